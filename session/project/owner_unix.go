//go:build unix

package project

import (
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// owner returns the name of another user who owns the file, or "".
func owner(info fs.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(stat.Uid) == os.Geteuid() {
		return ""
	}
	id := strconv.FormatUint(uint64(stat.Uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return "user " + id
}
