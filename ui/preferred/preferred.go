// Package preferred finds the programs that a person prefers.
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
	for _, name := range []string{"VISUAL", "EDITOR"} {
		for _, pair := range environ {
			if value, ok := strings.CutPrefix(pair, name+"="); ok && strings.TrimSpace(value) != "" {
				return strings.Fields(value), nil
			}
		}
	}
	if runtime.GOOS == "windows" {
		return nil, ErrNoEditor
	}
	return []string{"vi"}, nil
}
