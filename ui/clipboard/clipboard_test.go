package clipboard

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"tokenring/session/secret"
)

func env(pairs map[string]string) func(string) string {
	return func(name string) string { return pairs[name] }
}

func TestOnlyThePersonsOwnClipboardIsUsed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env         map[string]string
		unsupported bool
		want        bool
	}{
		"a desktop":     {env: map[string]string{"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, want: true},
		"over SSH":      {env: map[string]string{"DISPLAY": ":10", "SSH_CONNECTION": "10.0.0.1 22"}},
		"without tools": {env: map[string]string{"DISPLAY": ":0"}, unsupported: true},
	} {
		if got := usable(env(c.env), c.unsupported); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhatWasCopiedIsTakenBackAndNothingElse(t *testing.T) {
	t.Parallel()
	board := ""
	s := &System{usable: true,
		write: func(v string) error { board = v; return nil },
		read:  func() (string, error) { return board, nil }}
	token := secret.New("a-token-to-copy")
	if err := s.Copy(t.Context(), token); err != nil || board != "a-token-to-copy" {
		t.Fatalf("copied %q, %v", board, err)
	}
	if text, err := s.Read(t.Context()); err != nil || !text.Equal(token) {
		t.Errorf("read %v: %v", text.Equal(token), err)
	}
	if cleared, err := s.Clear(t.Context(), token); !cleared || err != nil || board != "" {
		t.Errorf("cleared %v, %v; the board holds %q", cleared, err, board)
	}
	board = "something the person copied since"
	if cleared, err := s.Clear(t.Context(), token); cleared || err != nil || board == "" {
		t.Errorf("cleared %v, %v; the board holds %q", cleared, err, board)
	}
}

func TestAHelperThatHangsIsLeftBehind(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	s := &System{usable: true, write: func(string) error { <-release; return nil }}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Copy(ctx, secret.New("token")); !errors.Is(err, ErrNone) || !errors.Is(err, context.Canceled) {
		t.Errorf("a hanging helper gives %v", err)
	}
	if err := (&System{}).Copy(t.Context(), secret.New("token")); !errors.Is(err, ErrNone) {
		t.Errorf("no clipboard gives %v", err)
	}
}

func TestAToolThatFailsIsNoClipboard(t *testing.T) {
	t.Parallel()
	for said, works := range map[string]bool{
		"Error: Can't open display: :99":        false,
		"Failed to connect to a Wayland server": false,
		"":                                      false,
		"Error: target STRING not available":    true, // it is empty, or holds a picture
		"Error: There is no owner for the CLIPBOARD selection": true,
		"Nothing is copied":                  true,
		"No suitable type of content copied": true,
	} {
		s := &System{usable: true, read: func() (string, error) {
			text, err := exec.Command("sh", "-c", `printf '%s\n' "$1" >&2; exit 1`, "sh", said).Output()
			return string(text), err
		}}
		if text, err := s.Read(t.Context()); (err == nil) != works || err != nil && !errors.Is(err, ErrNone) || !text.IsZero() {
			t.Errorf("%q: %v", said, err)
		}
	}
	if err := (&System{}).Check(t.Context()); !errors.Is(err, ErrNone) {
		t.Errorf("none: %v", err)
	}
}

// TestTheClipboardOfXStandsInForThatOfWayland runs itself where wl-copy is installed and
// cannot connect.
func TestTheClipboardOfXStandsInForThatOfWayland(t *testing.T) {
	if os.Getenv("CLIPBOARD_ON_X") != "" {
		s := New(os.Getenv)
		if err := s.Copy(t.Context(), secret.New("canary")); err != nil {
			t.Fatal(err)
		}
		if held, err := s.Clear(t.Context(), secret.New("canary")); !held || err != nil {
			t.Fatal(held, err)
		}
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("Wayland and X are on Linux")
	}
	dir := t.TempDir()
	const broken = "echo 'failed to connect to a Wayland server' >&2; exit 1"
	for name, script := range map[string]string{
		"wl-copy": broken, "wl-paste": broken,
		"xclip": `case $1 in -in) cat >"$0.held" ;; -out) cat "$0.held" ;; esac`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "CLIPBOARD_ON_X=1", "WAYLAND_DISPLAY=wayland-9", "DISPLAY=:9"}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
