//go:build unix

package private

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"tokenring/session/shell"
)

// checkOwner returns an error, with the command that fixes it, if the file belongs to
// another user or others may do more than a.
func (a Access) checkOwner(path string, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if uid := int(st.Uid); uid != os.Geteuid() && (a == Nothing || uid != 0) {
		return fmt.Errorf("%s belongs to another user (%w); run tokenring as its owner, or set %s to a folder of your own",
			path, ErrPermissions, a.variable())
	}
	perm := info.Mode().Perm()
	switch {
	case a == Nothing && perm&0o077 != 0:
		mode := "600"
		if info.IsDir() {
			mode = "700"
		}
		return fmt.Errorf("%s holds secrets but has the mode %04o (%w, needs 0%s); run: chmod %s %s",
			path, perm, ErrPermissions, mode, mode, shell.Quote(path))
	case a == Reading && (perm&0o002 != 0 || perm&0o020 != 0 && st.Uid != st.Gid):
		// Systems with a group for each user, of the same number, let it write.
		return fmt.Errorf("others may write %s, which decides where secrets are sent (%w); run: chmod go-w %s",
			path, ErrPermissions, shell.Quote(path))
	}
	return nil
}
