//go:build !unix

package cli

import (
	"os"
	"os/exec"
)

// caughtSignals lists the signals that do not end this program while it runs another.
func caughtSignals() []os.Signal { return []os.Signal{os.Interrupt} }

// forwards returns false: this system cannot send signals.
func forwards(os.Signal, bool) bool { return false }

// statusOf returns the exit code of a program.
func statusOf(exit *exec.ExitError) int { return exit.ExitCode() }

// freeSpace does not know the free space of a file system here.
func freeSpace(string) (n int64, ok bool) { return 0, false }
