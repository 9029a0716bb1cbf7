//go:build unix

package project

import (
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// owner returns who a file belongs to if that is another user, else "".
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
