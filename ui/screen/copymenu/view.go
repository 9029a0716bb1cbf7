package copymenu

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

const (
	wantWide = 96
	longFrom = 76 // cells from which a row shows when a value is cleared
	details  = 5  // lines about the current entry
)

// Size returns room for every entry and the details of one.
func (o *Overlay) Size(maxW, maxH int) (w, h int) {
	w = min(maxW, wantWide)
	return w, min(maxH, len(o.status(w))+len(o.entries)+2+details)
}

// View draws the session's state, the entries, and the details of the current
// one.
func (o *Overlay) View(w, h int) string {
	out := append(o.status(w), "")
	if room := h - len(o.entries) - 3; len(out) > max(1, room) {
		out = out[:max(1, room)]
	}
	o.top = len(out)
	label := 0
	for i := range o.entries {
		label = max(label, widget.Width(o.entries[i].label))
	}
	for i := range o.entries {
		out = append(out, o.row(i, label, w))
	}
	out = append(out, "")
	rest := o.detail(w)
	if room := max(0, h-len(out)); len(rest) > room {
		rest = rest[:room]
		if o.asking && room > 0 { // the question must be read
			rest = o.question(w)[:min(room, len(o.question(w)))]
		}
	}
	return strings.Join(append(out, rest...), "\n")
}

// status shows the running work, the session's state, or the error.
func (o *Overlay) status(w int) []string {
	th := o.ctx.Theme
	switch err := o.failed(); {
	case o.busy():
		text := "checking the session" + theme.SignDot + widget.Left(o.ctx.Now().Sub(o.started))
		return []string{widget.Cut(th.Accent.Render(theme.Spinner(0))+" "+th.Text.Render(text), w)}
	case err != nil:
		look, sign := th.Bad, theme.SignFailed
		if needsLogin(err) {
			look, sign = th.State(session.StateNeedsLogin)
		}
		return widget.Noted(look, sign, o.ctx.Line(err.Error()), w)
	case o.contents == nil:
		return []string{""}
	}
	now := o.ctx.Now()
	state := o.contents.snap.StateAt(now)
	look, sign := th.State(state)
	text := string(state)
	if end, known := o.contents.snap.End(o.contents.snap.Session.Primary(), now); known {
		text += theme.SignDot + widget.Until(end, now) + " left"
	}
	line := look.Render(sign) + " " + th.Text.Render(text)
	if o.contents.refreshed {
		line += th.Good.Render(theme.SignDot + "refreshed just now")
	}
	return []string{widget.Cut(line, w)}
}

func (o *Overlay) row(i, label, w int) string {
	th, e := o.ctx.Theme, &o.entries[i]
	lead := "  "
	if i == o.scroll.Cursor {
		lead = th.AccentStrong.Render(theme.SignCursor) + " "
	}
	key := widget.Fit(o.ctx.Keys.Key(e.key), 3)
	fate := o.fate(e, w >= longFrom)
	first, _, more := strings.Cut(cmp.Or(e.brief, e.mask), "\n")
	shown := o.ctx.Line(first)
	if more {
		shown += theme.SignDot + fmt.Sprintf("%d lines", 1+strings.Count(e.mask, "\n"))
	}
	var line string
	if e.off != "" {
		line = lead + th.KeyOff.Render(key) + th.KeyOff.Render(widget.Fit(e.label, label)) + "  " + th.Faint.Render(o.ctx.Line(e.off))
		line = widget.Fit(line, w)
	} else {
		line = lead + th.Key.Render(key) + th.Strong.Render(widget.Fit(e.label, label)) + "  " + th.Muted.Render(shown)
		line = widget.Spread(line, th.Faint.Render(fate)+" ", w)
	}
	if i == o.scroll.Cursor {
		return th.Selection.Under(line)
	}
	return line
}

// detail shows in full what the current entry copies, masked, or its question.
func (o *Overlay) detail(w int) []string {
	if o.asking {
		return o.question(w)
	}
	th, e := o.ctx.Theme, o.current()
	if e.off != "" {
		return widget.Paragraph(th.Warn, o.ctx.Line(e.off), w)
	}
	if e.key == keymap.Login {
		return nil
	}
	out := widget.Paragraph(th.Text, o.ctx.Line(o.sentence(e)), w)
	if e.request && o.contents != nil && len(o.contents.curls) > 1 {
		switching := th.Key.Render(o.ctx.Keys.Key(keymap.CurlPrev)+" "+o.ctx.Keys.Key(keymap.CurlNext)) +
			th.Muted.Render(fmt.Sprintf(" another request%s%d of %d", theme.SignDot, o.request+1, len(o.contents.curls)))
		out = append(out, widget.Cut("  "+switching, w))
	}
	if e.brief != "" || widget.Width(e.mask) > w/2 { // the row does not show all of it
		for text := range strings.SplitSeq(e.mask, "\n") {
			out = append(out, widget.Paragraph(th.Muted, o.ctx.Line(text), w)...)
		}
	}
	return widget.Clip(out, details, w)
}

// sentence describes an entry.
func (o *Overlay) sentence(e *entry) string {
	if o.contents == nil {
		return ""
	}
	text := "Copies " + o.whatOf(e) + "."
	switch after := o.ctx.Settings.ClearAfter; {
	case e.secret && after > 0:
		text += " It is cleared from the clipboard after " + widget.Left(after) + "."
	case e.secret:
		text += " It stays on the clipboard."
	}
	return text
}

func (o *Overlay) question(w int) []string {
	th, e := o.ctx.Theme, o.current()
	out := widget.Paragraph(th.Text, o.ctx.Line(o.asks(e)), w)
	answer := th.Key.Render(o.ctx.Keys.Key(keymap.Confirm)) + th.Muted.Render(" copy it   ") +
		th.Key.Render(o.ctx.Keys.Key(keymap.Decline)) + th.Muted.Render(" leave it")
	return append(out, widget.Cut("  "+answer, w))
}

func needsLogin(err error) bool { return errors.Is(err, session.ErrNeedsLogin) }
