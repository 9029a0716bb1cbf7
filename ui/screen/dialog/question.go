// Package dialog holds the overlays that every screen may ask for: a question, a list to
// choose from, and the lines of a result.
package dialog

import (
	"cmp"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// Question asks before something that cannot be taken back. Where the question wants something typed, only
// that text agrees; else a key does, and a dangerous question begins with no.
type Question struct {
	screen.Base
	ctx   *screen.Context
	ask   screen.Question
	input *widget.Input // nil where a key is enough
	at    int           // the answer under the cursor
	wrong bool          // something else was typed
	row   int           // of the first answer or the input, as drawn last
	ends  []int         // where the answers on the row end, as drawn last; nil: each has a row
}

// NewQuestion makes the overlay for a question.
func NewQuestion(ctx *screen.Context, q screen.Question) *Question {
	o := &Question{ctx: ctx, ask: q}
	if q.Typed != "" {
		o.input = widget.NewInput(ctx.Theme, "", "")
	}
	if q.Danger {
		o.at = len(o.answers()) - 1
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

// Size fits the text.
func (o *Question) Size(maxW, maxH int) (w, h int) {
	w = min(maxW, 64)
	return w, min(maxH, len(o.lines(w)))
}

// Update takes the answer.
func (o *Question) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if o.input != nil {
			return o.typed(msg)
		}
		return o.key(msg)
	case tea.MouseClickMsg:
		return o.click(msg)
	}
	if o.input != nil {
		return o.input.Update(msg)
	}
	return nil
}

func (o *Question) key(msg tea.KeyPressMsg) tea.Cmd {
	all := len(o.answers())
	switch o.ctx.Keys.Match(msg, keymap.Dialog, keymap.Form, keymap.List) {
	case keymap.Confirm:
		return o.answer(0)
	case keymap.Decline:
		return o.answer(all - 1)
	case keymap.Close:
		return screen.Close(o)
	case keymap.Accept:
		return o.answer(o.at)
	case keymap.FormNext, keymap.FormRight, keymap.FormToggle, keymap.Down:
		o.at = (o.at + 1) % all
	case keymap.FormPrev, keymap.FormLeft, keymap.Up:
		o.at = (o.at + all - 1) % all
	}
	return nil
}

// answers lists the answers; the last one declines.
func (o *Question) answers() []screen.Answer {
	all := append([]screen.Answer{{Label: o.verb(), Do: o.ask.Do}}, o.ask.Also...)
	return append(all, screen.Answer{Label: cmp.Or(o.ask.No, "no"), Do: o.ask.Otherwise})
}

func (o *Question) typed(msg tea.KeyPressMsg) tea.Cmd {
	switch o.ctx.Keys.Match(msg, keymap.Dialog) {
	case keymap.Close:
		return screen.Close(o)
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
	at := msg.Y - o.row
	if o.input != nil || msg.Button != tea.MouseLeft || at < 0 || at >= len(o.answers()) || at > 0 && o.ends != nil {
		return nil
	}
	for at < len(o.ends)-1 && msg.X >= o.ends[at] {
		at++
	}
	return o.answer(at)
}

func (o *Question) answer(at int) tea.Cmd {
	do := o.answers()[at].Do
	if do == nil {
		return screen.Close(o)
	}
	return tea.Sequence(screen.Close(o), do())
}

// View draws the question.
func (o *Question) View(w, h int) string {
	lines := o.lines(w)
	if over := len(lines) - h; over > 0 {
		lines = lines[over:] // the answer must stay in sight
		o.row -= over
	}
	return strings.Join(lines, "\n")
}

func (o *Question) lines(w int) []string {
	th := o.ctx.Theme
	out := append([]string{""}, widget.Paragraph(th.Text, secret.CleanText(o.ask.Text), w)...)
	out = append(out, "")
	o.row = len(out)
	if o.input == nil {
		return append(append(out, o.buttons()...), "")
	}
	out = append(out, widget.Paragraph(th.Muted,
		"To "+o.verb()+", type "+secret.CleanLine(o.ask.Typed)+" and press "+o.ctx.Keys.Key(keymap.Accept)+".", w)...)
	o.row = len(out)
	out = append(out, "  "+th.Accent.Render("> ")+o.input.View(w-6))
	note := ""
	if o.wrong {
		note = "  " + th.Bad.Render("this is not "+secret.CleanLine(o.ask.Typed)+"; nothing was done")
	}
	return append(out, widget.Cut(note, w))
}

func (o *Question) verb() string { return cmp.Or(o.ask.Yes, "go on") }

// buttons draws two answers in a row, or each of more on its own.
func (o *Question) buttons() []string {
	th := o.ctx.Theme
	var out []string
	o.ends = nil
	for i, a := range o.answers() {
		text := "  " + th.Muted.Render("  "+a.Label+" ")
		if i == o.at {
			text = "  " + th.Selection.Under(th.AccentStrong.Render("▸ "+a.Label+" "))
		}
		out = append(out, text)
	}
	if len(out) > 2 {
		return out
	}
	o.ends = []int{widget.Width(out[0]) + 2, 0}
	return []string{out[0] + "  " + out[1]}
}

// Cursor is in the line that must be typed.
func (o *Question) Cursor() *tea.Cursor {
	if o.input == nil {
		return nil
	}
	return o.input.Cursor(4, o.row)
}

// Keys lists the two answers.
func (o *Question) Keys() []keymap.Hint {
	if o.input != nil {
		return []keymap.Hint{{Action: keymap.Accept, Label: o.verb()}, {Action: keymap.Close}}
	}
	return []keymap.Hint{
		{Action: keymap.Confirm, Label: o.verb()}, {Action: keymap.Decline, Label: o.ask.No},
		{Action: keymap.Accept, Label: "choose"}, {Action: keymap.Close},
	}
}
