package editor

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"tokenring/ui/preferred"
)

// external lets a text be edited in the person's own editor. While that runs
// the text lies as plain text in a file of mode 0600 in a new folder of mode
// 0700, which is removed afterwards whatever happened. It implements
// tea.ExecCommand.
type external struct {
	command []string // the editor with its arguments
	env     []string
	text    string // before and after
	suffix  string // of the file, so that the editor knows what it is
	temp    string // the folder for temporary files; "" is the system's

	in       io.Reader
	out, err io.Writer
}

// newExternal edits a text in the person's editor.
func newExternal(env []string, text, suffix string) (*external, error) {
	command, err := preferred.Editor(env)
	return &external{command: command, env: env, text: text, suffix: suffix}, err
}

// SetStdin implements tea.ExecCommand.
func (e *external) SetStdin(r io.Reader) { e.in = r }

// SetStdout implements tea.ExecCommand.
func (e *external) SetStdout(w io.Writer) { e.out = w }

// SetStderr implements tea.ExecCommand.
func (e *external) SetStderr(w io.Writer) { e.err = w }

// Run implements tea.ExecCommand. It returns when the editor was left, and
// keeps the text as it was when that failed.
func (e *external) Run() (err error) {
	dir, err := os.MkdirTemp(e.temp, "tokenring-") // 0700
	if err != nil {
		return fmt.Errorf("there is no place for a temporary file: %w", err)
	}
	defer func() {
		if gone := os.RemoveAll(dir); gone != nil && err == nil {
			err = fmt.Errorf("the plain text still lies in %s; remove it: %w", dir, gone)
		}
	}()
	path := filepath.Join(dir, "body"+e.suffix)
	if err := os.WriteFile(path, []byte(e.text), 0o600); err != nil {
		return fmt.Errorf("the text cannot be written for the editor: %w", err)
	}
	cmd := preferred.Open(context.Background(), e.command, e.env, path)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = e.in, e.out, e.err
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s failed, so that the text stays as it was: %w", e.command[0], err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the edited text cannot be read: %w", err)
	}
	if !strings.HasSuffix(e.text, "\n") {
		text = []byte(strings.TrimSuffix(string(text), "\n")) // editors end the last line
	}
	e.text = string(text)
	return nil
}
