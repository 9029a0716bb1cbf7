// Package preferred finds the programs that a person prefers.
package preferred

import (
	"context"
	"errors"
	"os/exec"
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

// Open makes the process in which an editor, as Editor returns it, edits a file.
func Open(ctx context.Context, editor, environ []string, path string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, editor[0], append(editor[1:len(editor):len(editor)], path)...)
	cmd.Env = environ
	return cmd
}
