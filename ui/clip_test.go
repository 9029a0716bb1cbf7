package ui_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"tokenring/session/secret"
	"tokenring/ui"
	"tokenring/ui/screen"
)

// board is a clipboard that other programs can change.
type board struct{ text string }

func (b *board) Copy(_ context.Context, v secret.String) error {
	b.text = v.Reveal()
	return nil
}

func (b *board) Available() bool { return true }

func (b *board) Clear(_ context.Context, v secret.String) (bool, error) {
	if b.text != v.Reveal() {
		return false, nil
	}
	b.text = ""
	return true, nil
}

func TestACopiedTokenIsTakenBack(t *testing.T) {
	t.Parallel()
	b := &board{}
	r := newRing(t).street()
	r.config.Clipboard = b
	r.show(120, 36)
	r.Press("j", "y")
	r.Sees("✓ copied the token of editor@shop", "clipboard clears in 45s")
	if !strings.HasSuffix(b.text, canary) {
		t.Fatalf("the clipboard holds %q", b.text)
	}
	r.Advance(40 * time.Second)
	r.Sees("clipboard clears in 5s")
	r.Advance(5 * time.Second)
	r.Sees("the clipboard is cleared")
	if b.text != "" {
		t.Error("the token is still on the clipboard")
	}
}

func TestWhatThePersonCopiedSinceStays(t *testing.T) {
	t.Parallel()
	b := &board{}
	r := newRing(t).street()
	r.config.Clipboard = b
	r.show(120, 36)
	r.Press("j", "y")
	b.text = "a shopping list"
	r.Advance(time.Minute)
	r.SeesNot("cleared", "clipboard")
	if b.text != "a shopping list" {
		t.Errorf("the clipboard holds %q", b.text)
	}
}

func TestQuittingTakesTheTokenBack(t *testing.T) {
	t.Parallel()
	b := &board{}
	r := newRing(t).street()
	r.config.Clipboard = b
	r.show(120, 36)
	r.Press("j", "y", "q")
	if !r.Quit() || b.text != "" {
		t.Errorf("quit %v, the clipboard holds %q", r.Quit(), b.text)
	}
}

// A signal ends the program without a key, perhaps before it learns that the token was
// copied.
func TestEveryEndTakesTheTokenBack(t *testing.T) {
	t.Parallel()
	b := &board{}
	r := newRing(t).street()
	r.config.Clipboard = b
	m := ui.New(r.config)
	_, copying := m.Update(screen.CopiedMsg{What: "the token", Value: secret.New("a token"), Secret: true})
	copying() // its message never arrives
	m.End()
	if b.text != "" {
		t.Errorf("the clipboard holds %q", b.text)
	}
	b.text = "a token" // copied again by the person
	m.End()
	if b.text == "" {
		t.Error("it was taken back twice")
	}
}

func TestASecondCopyStartsTheTimeAnew(t *testing.T) {
	t.Parallel()
	b := &board{}
	r := newRing(t).street()
	r.config.Clipboard = b
	r.show(120, 36)
	r.Press("j", "y")
	r.Advance(40 * time.Second)
	r.Press("y")
	r.Advance(10 * time.Second)
	r.Sees("clipboard clears in 35s")
	r.Send(screen.CopiedMsg{What: "a curl command", Value: secret.New("curl https://example.com")})
	r.Sees("copied a curl command")
	r.SeesNot("clipboard clears")
}

func TestWithoutAClipboardTheTerminalHelps(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 36)
	r.Press("j", "y")
	r.Sees("to the terminal (OSC 52), which may refuse it; it will not be cleared")
	if !strings.HasSuffix(r.Clipboard(), canary) {
		t.Errorf("the terminal was given %q", r.Clipboard())
	}
}

func TestATokenThatHasEndedIsRenewedBeforeItIsCopied(t *testing.T) {
	t.Parallel()
	b := &board{}
	r := edge(t, &gate{}, "admin@edge")
	r.config.Clipboard = b
	r.show(120, 36)
	r.Press("y")
	r.Sees("✓ copied the token of admin@edge ")
	first := b.text
	r.Advance(11 * time.Minute)
	r.Press("y")
	r.Sees("✓ copied the token of admin@edge (the session was renewed first)", "● admin@edge")
	if b.text == first || b.text == "" {
		t.Error("the dead token was copied")
	}
	r.Advance(time.Minute) // the clipboard is cleared
	r.clock.Advance(25 * time.Hour)
	r.Press("y")
	r.Sees("✕ copy of admin@edge failed: ", "log in again")
	if b.text != "" {
		t.Error("the dead token was copied")
	}
}
