//go:build !unix

package cli

// freeSpace is not implemented on this system.
func freeSpace(string) (n int64, ok bool) { return 0, false }
