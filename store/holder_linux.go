package store

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"tokenring/session/secret"
)

// holder returns the process that holds the lock of a file according to
// proc_locks(5), or 0.
func holder(path string) int {
	var st syscall.Stat_t
	if syscall.Stat(path, &st) != nil {
		return 0
	}
	inode := fmt.Sprintf(":%d", st.Ino)
	for range 3 { // the kernel writes the list in pieces while locks come and go
		if pid := lockedBy(inode); pid != 0 {
			return pid
		}
	}
	return 0
}

func lockedBy(inode string) int {
	text, err := os.ReadFile("/proc/locks")
	if err != nil {
		return 0
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		// 1: FLOCK  ADVISORY  WRITE 708 fd:01:1970 0 EOF; "->" after the number: a process that waits
		f := strings.Fields(lines.Text())
		if len(f) >= 6 && f[1] == "FLOCK" && strings.HasSuffix(f[5], inode) {
			pid, _ := strconv.Atoi(f[4])
			return pid
		}
	}
	return 0
}

// command returns the program of a process, its first argument if that is a word, and whether
// it is stopped: "tokenring refresh, stopped". See proc_pid_cmdline(5) and proc_pid_stat(5).
func command(pid int) string {
	dir := fmt.Sprintf("/proc/%d/", pid)
	text, err := os.ReadFile(dir + "cmdline")
	args := strings.Split(string(text), "\x00")
	if err != nil || args[0] == "" {
		return ""
	}
	doing := secret.CleanLine(filepath.Base(args[0]))
	if len(args) > 1 && isWord(args[1]) {
		doing += " " + args[1]
	}
	stat, _ := os.ReadFile(dir + "stat") // 708 (tokenring) T 1 …
	if _, rest, ok := strings.Cut(string(stat), ") "); ok && strings.HasPrefix(rest, "T") {
		doing += ", stopped"
	}
	return doing
}

// isWord reports whether an argument is the name of a command, not a value.
func isWord(arg string) bool {
	const longest = 12
	return arg != "" && len(arg) <= longest && strings.Trim(arg, "abcdefghijklmnopqrstuvwxyz") == ""
}
