package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// stack holds the overlays, the topmost last.
type stack struct{ all []*opened }

type opened struct {
	overlay screen.Overlay
	box     widget.Box // where it was drawn last, frame included
}

func (s *stack) top() *opened {
	if len(s.all) == 0 {
		return nil
	}
	return s.all[len(s.all)-1]
}

// unsaved reports whether an overlay holds text that was typed and not saved.
func (s *stack) unsaved() bool {
	return slices.ContainsFunc(s.all, func(o *opened) bool {
		d, ok := o.overlay.(screen.Draft)
		return ok && d.Unsaved()
	})
}

// remove closes an overlay and everything above it.
func (s *stack) remove(o screen.Overlay) {
	at := slices.IndexFunc(s.all, func(x *opened) bool { return x.overlay == o })
	if at < 0 {
		return
	}
	for i := len(s.all) - 1; i >= at; i-- {
		s.all[i].overlay.Close()
	}
	s.all = s.all[:at]
}

// draw draws the overlay over a shaded frame, in its first high lines.
func (o *opened) draw(th *theme.Theme, frame string, wide, high int) (string, *tea.Cursor) {
	w, h := o.overlay.Size(wide-6, high-4)
	w, h = max(1, min(w, wide-4)), max(1, min(h, high-4))
	if w >= wide-8 { // a sliver of the frame would look torn
		w = wide - 2
	}
	o.box = widget.Centre(w+2, h, wide, high)
	if bottom := o.box.Y + o.box.H - 1; o.box.W < wide && theme.EndsFrame(strings.Split(frame, "\n")[bottom]) {
		if o.box.Y > bodyTop { // two frames with the same edge would look torn
			o.box.Y--
		} else {
			o.box.H--
		}
	}
	inner, rows := widget.Inner(o.box.W, o.box.H)
	pane := widget.Pane{Theme: th, Frame: th.Frame(), Title: o.overlay.Title(), Focus: true}
	view := widget.Indent(o.overlay.View(inner-2, rows), 1)
	frame = widget.Splice(widget.Shade(th, frame), pane.View(view, o.box.W, o.box.H), o.box)
	return frame, shift(o.overlay.Cursor(), o.box.X+2, o.box.Y+1)
}

func (s *stack) open(o screen.Overlay) tea.Cmd {
	s.all = append(s.all, &opened{overlay: o})
	return o.Init()
}

// closeAll closes every overlay.
func (s *stack) closeAll() {
	if len(s.all) > 0 {
		s.remove(s.all[0].overlay)
	}
}
