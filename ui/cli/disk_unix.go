//go:build unix

package cli

import "golang.org/x/sys/unix"

// freeSpace returns the bytes available to the user on the disk of a folder.
func freeSpace(dir string) (n int64, ok bool) {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return 0, false
	}
	return int64(uint64(st.Bavail) * uint64(st.Bsize)), true
}
