//go:build unix

package cli

import "golang.org/x/sys/unix"

// freeSpace is how many bytes the person may still write where a folder lies.
func freeSpace(dir string) (n int64, ok bool) {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return 0, false
	}
	return int64(uint64(st.Bavail) * uint64(st.Bsize)), true
}
