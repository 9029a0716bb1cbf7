//go:build unix

package store

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// checkOwner refuses a file that is not ours or that has any permission for
// others, and says which command fixes it.
func checkOwner(path string, info fs.FileInfo, want, mode string) error {
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to another user (%w); run tokenring as its owner, or set TOKENRING_HOME to a folder of your own",
			path, ErrPermissions)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return fmt.Errorf("%s has the mode %04o and keeps secrets (%w, %s is needed); run: chmod %s %s",
			path, perm, ErrPermissions, want, mode, quote(path))
	}
	return nil
}
