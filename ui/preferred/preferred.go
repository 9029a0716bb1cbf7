// Package preferred runs the programs that a person prefers: an editor, a pager, and
// commands for a shell.
package preferred

import (
	"errors"
	"runtime"
	"strings"
)

// ErrNoEditor says that the variables name no editor.
var ErrNoEditor = errors.New("set VISUAL or EDITOR to the command of your editor")

// Editor returns the command of the person's editor with its arguments, as POSIX tools
// find it: VISUAL, then EDITOR, then vi.
func Editor(environ []string) ([]string, error) {
	if command := named(environ, "VISUAL", "EDITOR"); command != nil {
		return command, nil
	}
	if runtime.GOOS == "windows" {
		return nil, ErrNoEditor
	}
	return []string{"vi"}, nil
}

// pager returns the command of the person's pager with its arguments: PAGER, then less.
func pager(environ []string) []string {
	if command := named(environ, "PAGER"); command != nil {
		return command
	}
	if runtime.GOOS == "windows" {
		return []string{"more"}
	}
	return []string{"less"}
}

// named returns the words of the first of the variables that holds any, or nil.
func named(environ []string, variables ...string) []string {
	for _, name := range variables {
		for _, pair := range environ {
			if value, ok := strings.CutPrefix(pair, name+"="); ok && strings.TrimSpace(value) != "" {
				return strings.Fields(value)
			}
		}
	}
	return nil
}
