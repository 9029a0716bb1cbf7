package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"tokenring/session/private"
)

// DefaultDir returns the folder of the store: $TOKENRING_HOME, or tokenring in
// $XDG_DATA_HOME or in the platform's data folder. It ignores a relative $XDG_DATA_HOME, as
// the XDG Base Directory Specification demands.
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

// prepareDir creates the folder and its folder of locks, checks that they are private to the
// user, and returns its path without symbolic links: every process must use the same locks.
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
	if err := private.Folder(dir, private.Nothing); err != nil {
		return "", err
	}
	locks := filepath.Join(dir, locksName)
	if err := os.Mkdir(locks, 0o700); err != nil && !os.IsExist(err) {
		return "", explainFile(dir, err)
	}
	return dir, private.Folder(locks, private.Nothing)
}
