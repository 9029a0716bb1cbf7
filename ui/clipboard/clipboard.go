// Package clipboard copies secrets to the clipboard of the user's machine, and
// clears them again.
package clipboard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"sync"

	native "github.com/atotto/clipboard"

	"tokenring/session/secret"
)

// ErrNone reports that this process cannot reach a clipboard: it runs over SSH,
// without a display, or without the tools. The terminal may still copy (OSC 52),
// but cannot read the copy back.
var ErrNone = errors.New("cannot reach a clipboard")

// System is the clipboard of the desktop this process runs on.
type System struct {
	usable bool
	write  func(string) error
	read   func() (string, error)
}

// New finds the user's clipboard from the environment. Over SSH there is none:
// the clipboard there belongs to another machine.
func New(getenv func(string) string) *System {
	s := &System{usable: usable(getenv, native.Unsupported), write: native.WriteAll, read: native.ReadAll}
	if getenv("WAYLAND_DISPLAY") != "" && getenv("DISPLAY") != "" {
		s.write, s.read = writeOrX, readOrX
	}
	return s
}

// onX are the commands that write and read the clipboard of X, tried where the tool of
// Wayland fails.
var onX = []struct{ write, read []string }{
	{[]string{"xclip", "-in", "-selection", "clipboard"}, []string{"xclip", "-out", "-selection", "clipboard"}},
	{[]string{"xsel", "--input", "--clipboard"}, []string{"xsel", "--output", "--clipboard"}},
}

func writeOrX(text string) error {
	err := native.WriteAll(text)
	for i := 0; err != nil && i < len(onX); i++ {
		cmd := exec.Command(onX[i].write[0], onX[i].write[1:]...)
		cmd.Stdin = strings.NewReader(text)
		if cmd.Run() == nil {
			return nil
		}
	}
	return err
}

func readOrX() (string, error) {
	text, err := native.ReadAll()
	for i := 0; err != nil && i < len(onX); i++ {
		if out, failed := exec.Command(onX[i].read[0], onX[i].read[1:]...).Output(); failed == nil {
			return string(out), nil
		}
	}
	return text, err
}

func usable(getenv func(string) string, unsupported bool) bool {
	if unsupported {
		return false
	}
	for _, ssh := range [...]string{"SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT"} {
		if getenv(ssh) != "" {
			return false
		}
	}
	return reachable(getenv)
}

// Available reports whether there is a clipboard.
func (s *System) Available() bool { return s.usable }

// Copy puts the value on the clipboard, or returns ErrNone.
func (s *System) Copy(ctx context.Context, v secret.String) error {
	if !s.usable {
		return ErrNone
	}
	_, err := within(ctx, func() (struct{}, error) { return struct{}{}, s.write(v.Reveal()) })
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNone, err)
	}
	return nil
}

// Read returns the text on the clipboard, "" if there is none, or ErrNone with what its tool says.
func (s *System) Read(ctx context.Context) (secret.String, error) {
	if !s.usable {
		return secret.String{}, ErrNone
	}
	text, err := within(ctx, s.read)
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		said := strings.TrimSpace(string(ended.Stderr))
		if empty().MatchString(said) {
			return secret.String{}, nil
		}
		err = fmt.Errorf("%w: %s", ErrNone, secret.CleanLine(cmp.Or(said, err.Error())))
	}
	return secret.New(text), err
}

// Check returns why the clipboard cannot be reached, asking its tool.
func (s *System) Check(ctx context.Context) error {
	_, err := s.Read(ctx)
	return err
}

// empty matches what xclip and wl-paste say of a clipboard without text.
var empty = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)target \S+ not available|no owner for the|nothing is copied|no selection|no suitable type`)
})

// Clear empties the clipboard if it still holds the value, and reports
// whether it did.
func (s *System) Clear(ctx context.Context, v secret.String) (bool, error) {
	text, err := s.Read(ctx)
	if err != nil || !text.Equal(v) {
		return false, err
	}
	_, err = within(ctx, func() (struct{}, error) { return struct{}{}, s.write("") })
	return err == nil, err
}

// within runs a call that takes no context until ctx ends.
func within[T any](ctx context.Context, call func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := call()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
