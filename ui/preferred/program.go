package preferred

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"
)

// Program is a program that gets the terminal until it ends. It implements
// tea.ExecCommand.
type Program struct {
	Text []byte // the text that is edited, before and after; of a pager what is shown

	life    context.Context // ends the program
	command []string
	environ []string
	name    string // of the file that Text is copied to; "" hands it over on standard input
	temp    string // the folder for that file; "" is the system's

	in       io.Reader
	out, err io.Writer
}

// Open edits an existing file with an editor as Editor returns it.
func Open(life context.Context, editor, environ []string, path string) *Program {
	return &Program{life: life, command: append(editor[:len(editor):len(editor)], path), environ: environ}
}

// Edit edits a copy of a text in the person's editor. While that runs the copy is a file
// of mode 0600 and of the name in a new folder of mode 0700, which is removed afterwards
// whatever happened.
func Edit(life context.Context, environ []string, text []byte, name string) (*Program, error) {
	editor, err := Editor(environ)
	return &Program{life: life, command: editor, environ: environ, Text: text, name: name}, err
}

// Page shows a text in the person's pager, which reads it from standard input. less waits
// for a key also where its variable says -F: what it wrote would vanish with its end.
func Page(life context.Context, environ []string, text string) *Program {
	options := named(environ, "LESS")
	environ = append(environ[:len(environ):len(environ)], "LESS="+options+" -+F")
	return &Program{life: life, command: pager(environ), environ: environ, Text: []byte(text)}
}

// SetStdin implements tea.ExecCommand.
func (p *Program) SetStdin(r io.Reader) { p.in = r }

// SetStdout implements tea.ExecCommand. The program gets the terminal itself: to a pipe,
// editors and pagers write otherwise.
func (p *Program) SetStdout(w io.Writer) {
	if t, ok := w.(interface{ Terminal() *os.File }); ok {
		w = t.Terminal()
	}
	p.out = w
}

// SetStderr implements tea.ExecCommand.
func (p *Program) SetStderr(w io.Writer) { p.err = w }

// onTerminal counts the programs that have the terminal.
var onTerminal atomic.Int32

// Takes reports whether a signal is meant for a program of the person that has the terminal:
// the system sends those of the keyboard to every program there.
func Takes(s os.Signal) bool {
	return onTerminal.Load() > 0 && (s == os.Interrupt || s == syscall.SIGQUIT)
}

// sameKey is how long the signal of a key is waited for after the program that it ended.
const sameKey = 300 * time.Millisecond

// giveTerminal has the signals of the keyboard end only the program that is started next,
// until it is taken back. That one does not inherit it, as it would a signal that is ignored.
func giveTerminal() (takeBack func()) {
	theirs := make(chan os.Signal, 1)
	signal.Notify(theirs, os.Interrupt, syscall.SIGQUIT)
	onTerminal.Add(1)
	return func() {
		time.AfterFunc(sameKey, func() {
			signal.Stop(theirs)
			onTerminal.Add(-1)
		})
	}
}

// endDelay is how long a program may take to end, and how long its output is waited for
// after that: one that it started may hold it open.
const endDelay = time.Second

// Run implements tea.ExecCommand. It returns when the program has ended; Text stays as it
// was if that failed.
func (p *Program) Run() (err error) {
	if p.name == "" {
		return p.run(p.command)
	}
	dir, err := os.MkdirTemp(p.temp, "tokenring-") // 0700
	if err != nil {
		return fmt.Errorf("there is no place for a temporary file: %w", err)
	}
	defer func() {
		if gone := os.RemoveAll(dir); gone != nil && err == nil {
			err = fmt.Errorf("the plain text still lies in %s; remove it: %w", dir, gone)
		}
	}()
	path := filepath.Join(dir, p.name)
	if err := os.WriteFile(path, p.Text, 0o600); err != nil {
		return fmt.Errorf("the text cannot be written for the editor: %w", err)
	}
	if err := p.run(append(p.command[:len(p.command):len(p.command)], path)); err != nil {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the edited text cannot be read: %w", err)
	}
	if !bytes.HasSuffix(p.Text, []byte("\n")) {
		text = bytes.TrimSuffix(text, []byte("\n")) // editors end the last line
	}
	p.Text = text
	return nil
}

func (p *Program) run(command []string) error {
	cmd := exec.CommandContext(p.life, command[0], command[1:]...)
	cmd.Env, cmd.WaitDelay = p.environ, endDelay
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it has a terminal to restore
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.in, p.out, p.err
	if p.name == "" && p.Text != nil {
		cmd.Stdin = bytes.NewReader(p.Text)
	}
	defer giveTerminal()()
	if in, ok := p.in.(term.File); ok {
		if before, err := term.GetState(in.Fd()); err == nil { // one that is killed leaves it raw
			defer func() { _ = term.Restore(in.Fd(), before) }()
		}
	}
	return failure(command[0], cmd.Run(), nil)
}

// failure names the program that failed, and what it wrote about it last, which is not safe
// for a terminal; nil for one that did not.
func failure(program string, err error, said []byte) error {
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("there is no program %s on your PATH", program)
	case !errors.As(err, &exit):
		return fmt.Errorf("%s cannot be run: %w", program, err)
	}
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return fmt.Errorf("%s failed (%w): %s", program, err, last)
	}
	return fmt.Errorf("%s failed: %w", program, err)
}
