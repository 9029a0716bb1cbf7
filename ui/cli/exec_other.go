//go:build !unix

package cli

import (
	"os"
	"os/exec"
)

// forwarded lists the signals that are passed on: none can be.
func forwarded(bool) []os.Signal { return []os.Signal{os.Interrupt} }

// statusOf is the exit code of a program.
func statusOf(exit *exec.ExitError) int { return exit.ExitCode() }
