//go:build unix

package cli

import (
	"os"
	"os/exec"
	"syscall"
)

// forwarded lists the signals that are passed on. Those of the keyboard reach
// the program of a terminal by themselves.
func forwarded(terminal bool) []os.Signal {
	all := []os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2}
	if !terminal {
		all = append(all, syscall.SIGINT, syscall.SIGQUIT)
	}
	return all
}

// statusOf is the exit code of a program, as a shell gives it.
func statusOf(exit *exec.ExitError) int {
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return exit.ExitCode()
}
