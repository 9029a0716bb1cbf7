//go:build unix

package preferred

import (
	"os/exec"
	"syscall"
)

// alone takes the terminal from a command, so that nothing that it starts can draw on it
// or wait for it, and has all of them end together.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
