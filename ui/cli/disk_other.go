//go:build !unix

package cli

// freeSpace does not know the free space of a file system here.
func freeSpace(string) (n int64, ok bool) { return 0, false }
