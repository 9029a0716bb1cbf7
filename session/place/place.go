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

// Errors in addition to those of the system.
var (
	ErrKind     = errors.New("not a file") // a folder, a pipe, a device
	ErrSize     = errors.New("too large")
	ErrReadOnly = errors.New("the file is read-only")
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

// Write writes a file whole or not at all. With replace it replaces an existing file, unless
// that is read-only, also one that a link leads to; without, it returns fs.ErrExist instead. A
// new file has the mode without the bits of the umask, a replaced one what its old mode and this
// one have in common. The error does not name the path.
func Write(path string, data []byte, mode fs.FileMode, replace bool) error {
	path, part, err := writePart(path, data, mode, replace)
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

// CheckWrite returns the error that Write would return with replace, as far as it can be told
// before there is anything to write.
func CheckWrite(path string) error {
	_, part, err := writePart(path, nil, 0o600, true)
	if err != nil {
		return Cause(err)
	}
	return Cause(os.Remove(part))
}

// writePart writes a temporary file beside the one that it is to become, and returns both. After
// an error there is none.
func writePart(path string, data []byte, mode fs.FileMode, replace bool) (target, part string, err error) {
	info, err := os.Stat(path) // fails where the system does not follow a link, such as one of others in /tmp
	exists := err == nil
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return "", "", err
	case !info.Mode().IsRegular():
		return "", "", ErrKind
	case !replace:
		return "", "", fs.ErrExist
	case info.Mode()&0o200 == 0:
		return "", "", ErrReadOnly
	default:
		mode &= info.Mode().Perm()
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return "", "", err
		}
	}
	part = filepath.Join(filepath.Dir(path), ".tokenring-"+rand.Text())
	file, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return "", "", err
	}
	if exists { // whatever the umask
		err = file.Chmod(mode)
	}
	if err == nil {
		_, err = file.Write(data)
	}
	if err = cmp.Or(err, file.Sync(), file.Close()); err != nil {
		_ = os.Remove(part)
	}
	return path, part, err
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
