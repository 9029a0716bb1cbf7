//go:build !unix

package term

import "os"

// openTTY opens the terminal that the program was started from.
func openTTY() (*os.File, error) { return os.OpenFile("CONIN$", os.O_RDWR, 0) }
