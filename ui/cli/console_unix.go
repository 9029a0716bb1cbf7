//go:build unix

package cli

import "os"

// openTerminal opens the terminal that the program was started from.
func openTerminal() (*os.File, error) { return os.OpenFile("/dev/tty", os.O_RDWR, 0) }
