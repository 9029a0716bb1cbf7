//go:build unix

package cli

import (
	"os"
	"os/exec"
	"syscall"
)

// caught lists the signals that do not end this program while it runs another:
// what they mean is for that one to say.
func caught() []os.Signal {
	return []os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGINT, syscall.SIGQUIT}
}

// passed reports whether a signal is passed on. Those of the keyboard reach the
// program of a terminal by themselves.
func passed(s os.Signal, terminal bool) bool {
	return !terminal || s != syscall.SIGINT && s != syscall.SIGQUIT
}

// statusOf is the exit code of a program, as a shell gives it.
func statusOf(exit *exec.ExitError) int {
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return exit.ExitCode()
}
