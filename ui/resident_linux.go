package ui

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// forgetProgram takes the pages of the program's code out of its memory, most of which only the
// start needs. What is needed again comes from the system's cache of files. Its data is left
// alone: where the program can be loaded at any address, the loader has changed it in memory.
func forgetProgram() {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, _ := os.ReadFile("/proc/self/maps")
	for line := range strings.Lines(string(maps)) { // 00400000-01005000 r-xp 00000000 fe:00 13312145 /usr/bin/tokenring
		span, mode, _ := strings.Cut(line, " ")
		from, to, _ := strings.Cut(span, "-")
		start, err := strconv.ParseUint(from, 16, 64)
		end, endErr := strconv.ParseUint(to, 16, 64)
		if err == nil && endErr == nil && strings.HasPrefix(mode, "r-x") && strings.HasSuffix(line, " "+program+"\n") {
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, uintptr(start), uintptr(end-start), unix.MADV_DONTNEED)
		}
	}
}
