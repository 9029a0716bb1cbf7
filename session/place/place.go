// Package place reads the files that an account names: secrets, certificates, keys.
package place

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// The errors of Read beside those of the system.
var (
	ErrKind = errors.New("not a file") // a folder, a pipe, a device
	ErrSize = errors.New("too large")
)

// Whole returns a path; one that begins with ~/ is below the home folder. The error
// says that the home folder is not known.
func Whole(path string) (string, error) {
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

// Read returns a file of at most most bytes. The error does not name the path.
func Read(path string, most int64) ([]byte, error) {
	data, err := read(path, most)
	var cause *os.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	if err != nil {
		clear(data)
		return nil, err
	}
	return data, nil
}

func read(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path) // before it is opened: opening a pipe waits for its writer
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, ErrKind
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(data)) > most {
		err = ErrSize
	}
	return data, err
}
