//go:build !unix

package cli

import (
	"os"
	"os/exec"
)

// caught lists the signals that do not end this program while it runs another.
func caught() []os.Signal { return []os.Signal{os.Interrupt} }

// passed reports whether a signal is passed on: none can be.
func passed(os.Signal, bool) bool { return false }

// statusOf is the exit code of a program.
func statusOf(exit *exec.ExitError) int { return exit.ExitCode() }
