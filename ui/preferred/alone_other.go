//go:build !unix

package preferred

import "os/exec"

// alone does nothing where there are no sessions of processes.
func alone(*exec.Cmd) {}
