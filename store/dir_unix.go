//go:build unix

package store

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"tokenring/session/shell"
)

// checkOwner returns an error, with the command that fixes it, if the file belongs to
// another user or others have any permission.
func checkOwner(path string, info fs.FileInfo, want, mode string) error {
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to another user (%w); run tokenring as its owner, or set TOKENRING_HOME to a folder of your own",
			path, ErrPermissions)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return fmt.Errorf("%s holds secrets but has the mode %04o (%w, needs %s); run: chmod %s %s",
			path, perm, ErrPermissions, want, mode, shell.Quote(path))
	}
	return nil
}
