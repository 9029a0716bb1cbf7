// Package private checks that the files and folders of the program belong to the
// user who runs it. Whatever the program keeps is checked here before it is read,
// written or deleted.
package private

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// ErrPermissions says that other users could read or change a file or folder.
var ErrPermissions = errors.New("unsafe permissions")

// Access is what other users may do with a file or folder.
type Access int

const (
	// Nothing is for secrets: others may neither read nor write, and a symbolic link
	// is refused.
	Nothing Access = iota
	// Reading is for the configuration, which decides where secrets are sent: only
	// the user and root may write. A symbolic link, as programs make that manage such
	// files, leads to the file that is checked.
	Reading
)

// Folder returns an error unless path is a folder that allows other users no more
// than a. It may be fs.ErrNotExist, and is ErrPermissions if others could do more.
func Folder(path string, a Access) error {
	info, err := a.stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder; move it aside, or set %s to another folder", path, a.variable())
	}
	return a.checkOwner(path, info)
}

// File returns an error unless path is a plain file that allows other users no more
// than a. It may be fs.ErrNotExist, and is ErrPermissions if others could do more.
func File(path string, a Access) error {
	info, err := a.stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a plain file; move it aside", path)
	}
	return a.checkOwner(path, info)
}

func (a Access) stat(path string) (fs.FileInfo, error) {
	if a == Reading {
		return os.Stat(path)
	}
	info, err := os.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		err = fmt.Errorf("%s is a symbolic link; move its target here and link the whole folder instead, or set %s to another folder", path, a.variable())
	}
	return info, err
}

// variable names the environment variable that moves such files.
func (a Access) variable() string {
	if a == Nothing {
		return "TOKENRING_HOME"
	}
	return "XDG_CONFIG_HOME"
}
