//go:build !unix

package cli

// freeSpace is not known here.
func freeSpace(string) (n int64, ok bool) { return 0, false }
