package dialog

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// Report shows a title and lines, which scroll.
type Report struct {
	screen.Base
	ctx    *screen.Context
	title  string
	text   string
	scroll widget.Scroll
}

// NewReport makes the overlay for a text of lines.
func NewReport(ctx *screen.Context, title, text string) *Report {
	return &Report{ctx: ctx, title: title, text: text}
}

// Title is the result in a few words.
func (o *Report) Title() string { return o.ctx.Line(o.title) }

// Size fits the lines.
func (o *Report) Size(maxW, maxH int) (w, h int) {
	w = min(maxW, 84)
	return w, min(maxH, len(o.lines(w))+2)
}

// lines wraps the text, with what is hidden while others watch.
func (o *Report) lines(w int) []string {
	var out []string
	for l := range strings.SplitSeq(o.text, "\n") {
		out = append(out, widget.Wrap(o.ctx.Line(l), w-2)...)
	}
	return out
}

// Update scrolls and closes.
func (o *Report) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		switch a := o.ctx.Keys.Match(msg, keymap.Dialog, keymap.List); a {
		case keymap.Close, keymap.Accept:
			return screen.Close(o)
		default:
			o.scroll.Slide(screen.Steps(a, &o.scroll))
		}
	case tea.MouseWheelMsg:
		o.scroll.Slide(widget.WheelSteps(msg.Button))
	}
	return nil
}

// View draws the visible lines.
func (o *Report) View(w, h int) string {
	lines := o.lines(w)
	o.scroll.Resize(len(lines), h)
	from, to := o.scroll.Window()
	out := make([]string, 0, h)
	for i, l := range lines[from:to] {
		l = o.ctx.Theme.Text.Render(l)
		if o.scroll.Len > h {
			l = widget.Fit(l, w-1) + o.scroll.Bar(o.ctx.Theme, i)
		}
		out = append(out, l)
	}
	return strings.Join(out, "\n")
}

// Keys lists what scrolls and closes.
func (o *Report) Keys() []keymap.Hint {
	hints := []keymap.Hint{{Action: keymap.Close}}
	if o.scroll.Len > o.scroll.Height {
		hints = append(hints, keymap.Hint{Action: keymap.Down, Label: "scroll"})
	}
	return hints
}
