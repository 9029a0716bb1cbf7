// Package preferred runs the programs that a person prefers: an editor, a pager, and
// commands for a shell.
package preferred

import (
	"errors"
	"runtime"
	"strings"

	"tokenring/session/shell"
)

// ErrNoEditor says that the variables name no editor.
var ErrNoEditor = errors.New("set VISUAL or EDITOR to the command of your editor")

// Editor returns the command of the person's editor with its arguments, as POSIX tools
// find it: VISUAL, then EDITOR, then vi.
func Editor(environ []string) ([]string, error) {
	if command := words(named(environ, "VISUAL", "EDITOR")); command != nil {
		return command, nil
	}
	if runtime.GOOS == "windows" {
		return nil, ErrNoEditor
	}
	return []string{"vi"}, nil
}

// pager returns the command of the person's pager with its arguments: PAGER, then less.
func pager(environ []string) []string {
	if command := words(named(environ, "PAGER")); command != nil {
		return command
	}
	if runtime.GOOS == "windows" {
		return []string{"more"}
	}
	return []string{"less"}
}

// named returns the value of the first of the variables that is not blank, or "".
func named(environ []string, variables ...string) string {
	for _, name := range variables {
		for _, pair := range environ {
			if value, ok := strings.CutPrefix(pair, name+"="); ok && strings.TrimSpace(value) != "" {
				return value
			}
		}
	}
	return ""
}

// words splits a command. Quotes keep blanks in a word, as in the path of a program.
func words(command string) []string {
	if words, err := shell.Split(command); err == nil {
		return words
	}
	return strings.Fields(command)
}
