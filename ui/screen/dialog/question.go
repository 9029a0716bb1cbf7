// Package dialog holds the overlays that every screen may ask for: a question, a list to
// choose from, and the lines of a result.
package dialog

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// Question shows a text and the answers to it. Where the question wants something typed,
// only that text agrees; else a key does, and a dangerous question begins with no.
type Question struct {
	screen.Base
	ctx    *screen.Context
	ask    screen.Question
	input  *widget.Input // nil where a key is enough
	at     int           // the answer under the cursor
	wrong  bool          // something else was typed
	over   bool          // it was answered or left, and closes
	scroll widget.Scroll // of the text
	top    int           // the row below the text, as drawn last
	rows   []int         // the answer on each row from there on
	line   int           // the row of the input below the text
	second int           // where the second answer begins if both are on one row; 0: each has its own
}

// NewQuestion makes the overlay for a question.
func NewQuestion(ctx *screen.Context, q screen.Question) *Question {
	o := &Question{ctx: ctx, ask: q}
	if q.Typed != "" {
		o.input = widget.NewInput(ctx.Theme, "", "")
	}
	if o.to(0, 1); q.Danger {
		o.to(len(o.answers())-1, -1)
	}
	return o
}

// Title is the question's.
func (o *Question) Title() string { return o.ctx.Line(o.ask.Title) }

// Init begins typing where something must be typed.
func (o *Question) Init() tea.Cmd {
	if o.input != nil {
		return o.input.Focus()
	}
	return nil
}

// Size fits the text and the answers.
func (o *Question) Size(maxW, maxH int) (w, h int) {
	w = min(maxW, 64)
	switch {
	case o.ask.Lines != nil:
		w = min(maxW, 100)
	case o.ask.Do == nil:
		w = min(maxW, 74)
	}
	foot, _ := o.foot(w)
	return w, min(maxH, len(o.text(w))+len(foot))
}

// Update takes the answer, once: more keys may come before the question closes.
func (o *Question) Update(msg tea.Msg) tea.Cmd {
	if o.over {
		return nil
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if o.input != nil {
			return o.typed(msg)
		}
		return o.key(msg)
	case tea.MouseClickMsg:
		return o.click(msg)
	case tea.MouseWheelMsg:
		o.scroll.Slide(widget.WheelSteps(msg.Button))
		return nil
	}
	if o.input != nil {
		return o.input.Update(msg)
	}
	return nil
}

func (o *Question) key(msg tea.KeyPressMsg) tea.Cmd {
	a, last := o.ctx.Keys.Match(msg, keymap.Dialog, keymap.Form, keymap.List), len(o.answers())-1
	switch {
	case a == keymap.Close, a == keymap.Accept && last < 0:
		return o.leave()
	case a == keymap.Accept:
		return o.answer(o.at)
	case a == keymap.Confirm && o.ask.Do != nil:
		return o.answer(0)
	case a == keymap.Decline && o.ask.Do != nil:
		return o.answer(last)
	case a == keymap.PageUp, a == keymap.PageDown, last < 0:
		o.scroll.Slide(screen.Steps(a, &o.scroll))
	}
	switch a {
	case keymap.FormNext, keymap.FormRight, keymap.FormToggle, keymap.Down:
		o.to(o.at+1, 1)
	case keymap.FormPrev, keymap.FormLeft, keymap.Up:
		o.to(o.at-1, -1)
	case keymap.Top:
		o.to(0, 1)
	case keymap.Bottom:
		o.to(last, -1)
	}
	return nil
}

// to moves to an answer, or to the next one in a direction that can be chosen.
func (o *Question) to(at, step int) {
	all := o.answers()
	for i := range all {
		next := (at + i*step + len(all)) % len(all)
		if !all[next].Off {
			o.at = next
			return
		}
	}
}

// answers lists the answers; the last one of a question declines.
func (o *Question) answers() []screen.Answer {
	if o.ask.Do == nil {
		return o.ask.Also
	}
	all := append([]screen.Answer{{Label: o.verb(), Do: o.ask.Do}}, o.ask.Also...)
	return append(all, screen.Answer{Label: cmp.Or(o.ask.No, "no"), Do: o.ask.Otherwise})
}

func (o *Question) typed(msg tea.KeyPressMsg) tea.Cmd {
	switch a := o.ctx.Keys.Match(msg, keymap.Picker, keymap.Dialog); a {
	case keymap.PickPageUp, keymap.PickPageDown:
		o.scroll.Slide(screen.Steps(a, &o.scroll))
		return nil
	case keymap.Close:
		return o.leave()
	case keymap.Accept:
		o.wrong = strings.TrimSpace(o.input.Value()) != o.ask.Typed
		if o.wrong {
			return nil
		}
		return o.answer(0)
	}
	o.wrong = false
	return o.input.Update(msg)
}

func (o *Question) click(msg tea.MouseClickMsg) tea.Cmd {
	row := msg.Y - o.top
	if o.input != nil || msg.Button != tea.MouseLeft || row < 0 || row >= len(o.rows) || o.rows[row] < 0 {
		return nil
	}
	if o.second > 0 && msg.X >= o.second {
		return o.answer(1)
	}
	return o.answer(o.rows[row])
}

func (o *Question) answer(at int) tea.Cmd {
	a := o.answers()[at]
	if a.Off {
		return nil
	}
	return o.close(a.Do)
}

// leave closes without an answer.
func (o *Question) leave() tea.Cmd { return o.close(o.ask.Left) }

// close closes the question and goes on with then, unless it is nil.
func (o *Question) close(then func() tea.Cmd) tea.Cmd {
	o.over = true
	if then == nil {
		return screen.Close(o)
	}
	return tea.Sequence(screen.Close(o), then())
}

// View draws the text as far as there is room beside the answers.
func (o *Question) View(w, h int) string {
	text := o.text(w)
	foot, rows := o.foot(w)
	if len(text)+len(foot) > h && len(text) > 1 {
		text = text[1 : len(text)-1] // the blank lines around it
	}
	if last := len(foot) - 1; last >= 0 && rows[last] < 0 && o.input == nil && len(text)+len(foot) > h {
		foot, rows = foot[:last], rows[:last] // a blank line, too
	}
	if over := len(foot) - h; over > 0 {
		from := max(0, min(slices.Index(rows, o.at)-h/2, over))
		foot, rows = foot[from:from+h], rows[from:from+h]
		o.line -= from
	}
	o.top, o.rows = max(0, min(len(text), h-len(foot))), rows
	o.scroll.Len, o.scroll.Height = len(text), max(1, o.top)
	o.scroll.Slide(0)
	lines := slices.Clone(text[o.scroll.Offset:][:o.top])
	for i := range lines {
		if o.top < len(text) {
			lines[i] = widget.Fit(lines[i], w-1) + o.scroll.Bar(o.ctx.Theme, i)
		}
	}
	return strings.Join(append(lines, foot...), "\n")
}

func (o *Question) text(w int) []string {
	out := []string{""}
	for l := range strings.SplitSeq(o.ask.Text, "\n") {
		out = append(out, widget.Paragraph(o.ctx.Theme.Text, o.ctx.Line(l), w)...)
	}
	if o.ask.Lines != nil {
		out = append(out, o.ask.Lines(w-1)...)
	}
	if len(out) == 1 {
		return out
	}
	return append(out, "")
}

// foot draws the answers, or what is typed, and lists the answer on each row, -1 for none.
func (o *Question) foot(w int) (lines []string, rows []int) {
	th := o.ctx.Theme
	if o.input != nil {
		typed := secret.CleanLine(o.ask.Typed)
		lines = widget.Paragraph(th.Muted, "To "+o.verb()+", type "+typed+" and press "+o.ctx.Keys.Key(keymap.Accept)+".", w)
		note := ""
		if o.wrong {
			note = "  " + th.Bad.Render("this is not "+typed+"; nothing was done")
		}
		o.line = len(lines)
		lines = append(lines, "  "+th.Accent.Render("> ")+o.input.View(w-6), widget.Cut(note, w))
		rows = slices.Repeat([]int{-1}, len(lines))
		rows[o.line] = o.at // to be kept in sight
		return lines, rows
	}
	all := o.answers()
	if len(all) == 0 {
		return nil, nil
	}
	if o.ask.Do != nil && len(all) == 2 {
		yes, no := o.button(0), o.button(1)
		o.second = widget.Width(yes) + 2
		return []string{yes + "  " + no, ""}, []int{0, -1}
	}
	for i, a := range all {
		sign, look, name := "  ", th.Text, a.Label
		switch {
		case a.Off:
			look, name = th.Faint, name+" (not here)"
		case i == o.at:
			sign, look = th.AccentStrong.Render(theme.SignCursor)+" ", th.AccentStrong
		}
		lines, rows = append(lines, sign+look.Render(name)), append(rows, i)
		for _, l := range widget.Wrap(a.Text, w-6) {
			lines, rows = append(lines, "    "+th.Muted.Render(l)), append(rows, i)
		}
	}
	return append(lines, ""), append(rows, -1)
}

// button draws one of two answers.
func (o *Question) button(at int) string {
	th, label := o.ctx.Theme, o.answers()[at].Label
	if at == o.at {
		return "  " + th.Selection.Under(th.AccentStrong.Render("▸ "+label+" "))
	}
	return "  " + th.Muted.Render("  "+label+" ")
}

func (o *Question) verb() string { return cmp.Or(o.ask.Yes, "go on") }

// Cursor is in the line that must be typed.
func (o *Question) Cursor() *tea.Cursor {
	if o.input == nil {
		return nil
	}
	return o.input.Cursor(4, o.top+o.line)
}

// Keys lists the answers.
func (o *Question) Keys() []keymap.Hint {
	var hints []keymap.Hint
	scroll := keymap.PageDown
	switch can := func(a screen.Answer) bool { return !a.Off }; {
	case o.input != nil:
		hints, scroll = []keymap.Hint{{Action: keymap.Accept, Label: o.verb()}}, keymap.PickPageDown
	case o.ask.Do != nil:
		hints = []keymap.Hint{{Action: keymap.Confirm, Label: o.verb()}, {Action: keymap.Decline, Label: o.ask.No}, {Action: keymap.Accept, Label: "choose"}}
	case slices.ContainsFunc(o.ask.Also, can):
		hints = []keymap.Hint{{Action: keymap.Accept}, {Action: keymap.Down}}
	}
	hints = append(hints, keymap.Hint{Action: keymap.Close})
	if o.scroll.Len > o.scroll.Height {
		hints = append(hints, keymap.Hint{Action: scroll, Label: "scroll"})
	}
	return hints
}
