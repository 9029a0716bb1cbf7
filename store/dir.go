package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// DefaultDir returns the folder of the store: $TOKENRING_HOME, else tokenring in
// $XDG_DATA_HOME, else in the platform's folder for data of programs. It ignores a
// relative $XDG_DATA_HOME, as the XDG Base Directory Specification demands.
func DefaultDir(env func(string) string) (string, error) {
	if home := env("TOKENRING_HOME"); home != "" {
		return filepath.Abs(home)
	}
	if data := env("XDG_DATA_HOME"); filepath.IsAbs(data) {
		return filepath.Join(data, "tokenring"), nil
	}
	return platformDir(runtime.GOOS, env)
}

func platformDir(goos string, env func(string) string) (string, error) {
	base, rest := "HOME", filepath.Join(".local", "share")
	switch goos {
	case "windows":
		base, rest = "LOCALAPPDATA", ""
	case "darwin":
		rest = filepath.Join("Library", "Application Support")
	}
	home := env(base)
	if home == "" {
		return "", errors.New("cannot find a folder for the store: set TOKENRING_HOME or " + base)
	}
	return filepath.Join(home, rest, "tokenring"), nil
}

// prepareDir makes the folder and its folder of locks, checks that they are private
// to the user, and returns its path without symbolic links: every process must use
// the same locks.
func prepareDir(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("the store has no folder")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of the store: %w", explainFile(dir, err))
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", fmt.Errorf("find the folder of the store: %w", explainFile(dir, err))
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", fmt.Errorf("find the folder of the store: %w", err)
	}
	if err := checkDir(dir); err != nil {
		return "", err
	}
	locks := filepath.Join(dir, locksName)
	if err := os.Mkdir(locks, 0o700); err != nil && !os.IsExist(err) {
		return "", explainFile(dir, err)
	}
	return dir, checkDir(locks)
}

// checkDir returns an error unless dir is a folder private to the user.
func checkDir(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return noFolderError(dir)
	}
	return checkOwner(dir, info, "0700", "700")
}

// checkFile returns an error unless path is a plain file private to the user. A
// symbolic link to a database would separate it from its log and its locks.
func checkFile(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode()&os.ModeSymlink != 0 {
		return fmt.Errorf("%s is a symbolic link; link its folder instead, or set TOKENRING_HOME to the target folder", path)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a plain file; move it aside", path)
	}
	return checkOwner(path, info, "0600", "600")
}
