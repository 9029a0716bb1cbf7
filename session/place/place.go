// Package place reads the files that an account names (secrets, certificates, keys) and
// writes files atomically.
package place

import (
	"cmp"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Errors of Read, in addition to those of the system.
var (
	ErrKind = errors.New("not a file") // a folder, a pipe, a device
	ErrSize = errors.New("too large")
)

// ExpandHome replaces ~/ at the beginning of a path with the home folder.
func ExpandHome(path string) (string, error) {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return path, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path, err
	}
	return filepath.Join(home, rest), nil
}

// Read reads a file of at most limit bytes. The error does not name the path.
func Read(path string, limit int64) ([]byte, error) {
	data, err := read(path, limit)
	if err != nil {
		clear(data)
		return nil, Cause(err)
	}
	return data, nil
}

func read(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path) // before opening: to open a pipe waits for its writer
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, ErrKind
	case info.Size() > limit:
		return nil, ErrSize
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = ErrSize
	}
	return data, err
}

// Write writes a file whole or not at all. It replaces an existing file, which then has that
// mode, and follows a link; without replace it returns fs.ErrExist instead. A new file has the
// mode without the bits of the umask. The error does not name the path.
func Write(path string, data []byte, mode fs.FileMode, replace bool) error {
	info, err := os.Stat(path)
	exists := err == nil
	if exists && !info.Mode().IsRegular() {
		return ErrKind
	}
	if real, err := filepath.EvalSymlinks(path); err == nil && replace {
		path = real
	}
	part, err := writePart(filepath.Dir(path), data, mode, exists)
	if err != nil {
		return Cause(err)
	}
	if !replace { // the rename alone would replace a file that another program just made
		claim, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if err != nil {
			_ = os.Remove(part)
			return Cause(err)
		}
		_ = claim.Close()
	}
	if err := os.Rename(part, path); err != nil {
		_ = os.Remove(part)
		if !replace {
			_ = os.Remove(path)
		}
		return Cause(err)
	}
	return nil
}

// writePart writes a temporary file in a folder. After an error there is none. exact says that
// its mode is not subject to the umask.
func writePart(dir string, data []byte, mode fs.FileMode, exact bool) (path string, err error) {
	path = filepath.Join(dir, ".tokenring-"+rand.Text())
	part, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return "", err
	}
	if exact {
		err = part.Chmod(mode)
	}
	if err == nil {
		_, err = part.Write(data)
	}
	if err = cmp.Or(err, part.Sync(), part.Close()); err != nil {
		_ = os.Remove(path)
	}
	return path, err
}

// Cause returns an error of the system without the path or program that it names.
func Cause(err error) error {
	var path *os.PathError
	var link *os.LinkError
	var program *exec.Error
	switch {
	case errors.As(err, &program):
		return program.Err
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
