package login

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

const sep = theme.SignDot

// Size fits what is shown.
func (o *Overlay) Size(maxW, maxH int) (w, h int) {
	w, o.room = min(maxW, 72), maxH
	h = len(o.above(w)) + len(o.help(w)) + 1
	if o.asking() {
		h += o.set.Height(w)
	}
	return w, min(maxH, max(7, h))
}

// asking reports whether the page has a question.
func (o *Overlay) asking() bool { return o.page == pageMissing || o.page == pageQuestion }

// View draws the progress of the flow, its question and the question's help.
func (o *Overlay) View(w, h int) string {
	above, help := o.above(w), o.help(w)
	if o.page == pageFailed {
		o.offset = max(0, min(o.offset, len(above)-h))
		return strings.Join(above[o.offset:], "\n")
	}
	if !o.asking() {
		return strings.Join(above, "\n")
	}
	return o.set.Between(above, help, w, h)
}

// Cursor implements screen.Screen.
func (o *Overlay) Cursor() *tea.Cursor {
	if !o.asking() {
		return nil
	}
	return o.set.Cursor()
}

func (o *Overlay) help(w int) []string {
	f := o.set.Focused()
	if !o.asking() || f == nil || f.Help == "" {
		return nil
	}
	return append([]string{""}, widget.Paragraph(o.ctx.Theme.Muted, f.Help, w)...)
}

// above returns the lines over the questions.
func (o *Overlay) above(w int) []string {
	th := o.ctx.Theme
	t := &text{w: w}
	t.say(th.Muted, secret.CleanLine(o.title)+sep+o.ctx.URL(o.account.BaseURL))
	t.gap()
	switch o.page {
	case pageLoading:
		t.say(th.Muted, "reading…")
	case pageMissing:
		if o.err != nil {
			t.say(th.Text, "Enter this again:")
		} else {
			t.say(th.Text, "This is not stored:")
		}
	case pageRunning, pageQuestion:
		t.say(th.Accent, o.progress())
		o.showNotice(t)
		t.gap()
		if o.page == pageRunning {
			t.say(th.Muted, o.ctx.Keys.Key(keymap.Close)+" cancels")
		}
	case pageFailed:
		o.showFailure(t)
	}
	return t.lines
}

func (o *Overlay) showNotice(t *text) {
	n, th := o.notice, o.ctx.Theme
	if n == nil {
		return
	}
	t.gap()
	t.say(th.Text, o.ctx.Line(n.Text))
	if n.URL != "" {
		t.link(th.AccentStrong, n.URL)
	}
	if n.Code != "" {
		t.say(th.Text, "Code")
		t.say(th.Strong, "  "+secret.CleanLine(n.Code))
	}
	if !n.Ends.IsZero() {
		t.gap()
		t.say(th.Muted, ends(n.Ends, o.ctx.Now()))
	}
	o.showDots(t, n.QR)
}

func ends(at, now time.Time) string {
	if !at.After(now) {
		return "It has expired"
	}
	return "It is valid for " + widget.Until(at, now)
}

// showDots draws a code for cameras, where there is room for all of it and it can be
// drawn dark on light.
func (o *Overlay) showDots(t *text, content string) {
	th := o.ctx.Theme
	if content == "" || !th.Coloured() || th.Options().ASCII {
		return
	}
	const below = 3 // how to cancel, and the gaps
	dots := widget.QR(content)
	if len(dots) == 0 || ansi.StringWidth(dots[0]) > t.w || len(t.lines)+1+len(dots)+below > o.room {
		return
	}
	t.gap()
	for _, line := range dots {
		t.lines = append(t.lines, th.Dots.Render(line))
	}
}

// showFailure shows the failure, the server's message, its meaning and the next
// step.
func (o *Overlay) showFailure(t *text) {
	th := o.ctx.Theme
	var f *session.Failure
	if !errors.As(o.err, &f) {
		t.say(th.Bad, theme.SignFailed+" "+o.ctx.Line(o.err.Error()))
		t.gap()
		t.say(th.Text, o.otherwise())
		return
	}
	happened := "The login did not go through"
	if f.Of > 0 && f.Call != "" {
		happened += ": " + f.Call
	}
	t.say(th.Bad, theme.SignFailed+" "+o.ctx.Line(happened))
	t.gap()
	t.fact(th, "means", o.ctx.Line(f.Meaning))
	if f.Status != 0 {
		t.fact(th, "status", strconv.Itoa(f.Status))
	}
	if f.Message != "" {
		t.fact(th, "server", "“"+o.ctx.Line(f.Message)+"”")
	}
	t.fact(th, "found", o.ctx.Line(f.Detail))
	if now := o.ctx.Now(); f.Retry.After(now) {
		t.fact(th, "again", widget.Relative(f.Retry, now))
	}
	t.fact(th, "next", o.ctx.Line(f.Remedy(o.ctx.Zone())))
}

// otherwise returns the next step for an error that no server sent.
func (o *Overlay) otherwise() string {
	var moved *session.OriginError
	var changed *session.ChangedError
	keys := o.ctx.Keys
	switch {
	case errors.Is(o.err, session.ErrVaultLocked):
		return "Unlock the vault, then try again with " + keys.Key(keymap.Again) + "."
	case errors.As(o.err, &moved), errors.As(o.err, &changed):
		return "Edit the account with " + keys.Key(keymap.EditAccount) + "."
	}
	return "Try again with " + keys.Key(keymap.Again) + ", or edit the account with " + keys.Key(keymap.EditAccount) + "."
}

// Keys implements screen.Screen.
func (o *Overlay) Keys() []keymap.Hint {
	switch o.page {
	case pageMissing, pageQuestion:
		hints := append(o.set.Steps("log in"), o.set.Keys()...)
		switch n := o.notice; {
		case n == nil:
		case n.URL != "":
			hints = append(hints, keymap.Hint{Action: keymap.FormCopy})
		case n.Code != "":
			hints = append(hints, keymap.Hint{Action: keymap.FormCopy, Label: "copy code"})
		}
		return append(hints, keymap.Hint{Action: keymap.Close, Label: "cancel"})
	case pageFailed:
		return []keymap.Hint{{Action: keymap.Again}, {Action: keymap.EditAccount}, {Action: keymap.Close}}
	}
	hints := []keymap.Hint{{Action: keymap.Close, Label: "cancel"}}
	if o.notice != nil && o.notice.URL != "" {
		hints = append(hints, keymap.Hint{Action: keymap.CopyURL})
	}
	if o.notice != nil && o.notice.Code != "" {
		hints = append(hints, keymap.Hint{Action: keymap.CopyCode})
	}
	return hints
}

// text is lines being written within a width.
type text struct {
	w     int
	lines []string
}

func (t *text) gap() { t.lines = append(t.lines, "") }

func (t *text) say(look theme.Style, s string) {
	t.lines = append(t.lines, widget.Paragraph(look, s, t.w)...)
}

// fact writes a value after its name, or nothing for an empty value.
func (t *text) fact(th *theme.Theme, name, value string) {
	name = widget.Fit(name, 8)
	for _, l := range widget.Wrap(value, t.w-12) {
		t.lines = append(t.lines, "  "+th.Muted.Render(name)+th.Text.Render(l))
		name = widget.Blank(8)
	}
}

// link writes an address in full, clickable in terminals that support it.
func (t *text) link(look theme.Style, address string) {
	shown := secret.CleanLine(address)
	u, err := url.Parse(shown)
	safe := err == nil && shown == address && (u.Scheme == "https" || u.Scheme == "http")
	for _, l := range strings.Split(ansi.Hardwrap(shown, max(1, t.w-4), false), "\n") {
		l = look.Render(l)
		if safe {
			l = ansi.SetHyperlink(address) + l + ansi.ResetHyperlink()
		}
		t.lines = append(t.lines, "  "+l)
	}
}
