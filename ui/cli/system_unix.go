//go:build unix

package cli

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// caughtSignals lists the signals that do not end this program while it runs
// another, which handles them.
func caughtSignals() []os.Signal {
	return []os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGINT, syscall.SIGQUIT}
}

// forwards reports whether to forward a signal. The terminal itself sends those
// of the keyboard to the program.
func forwards(s os.Signal, terminal bool) bool {
	return !terminal || s != syscall.SIGINT && s != syscall.SIGQUIT
}

// statusOf returns the exit code of a program, as a shell does.
func statusOf(exit *exec.ExitError) int {
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return exit.ExitCode()
}

// freeSpace returns the bytes available to the user on the disk of a folder.
func freeSpace(dir string) (n int64, ok bool) {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return 0, false
	}
	return int64(uint64(st.Bavail) * uint64(st.Bsize)), true
}
