package matrix

import (
	"errors"
	"strconv"
	"strings"

	"tokenring/session"
	"tokenring/session/suite"
	"tokenring/ui/requestui"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// How wide a cell and the names of requests are, in cells of the screen.
const (
	narrowCell = 12 // "✕ no answer"
	wideCell   = 20
	widestName = 32
)

// footLines is the number of lines below the grid about the cell under the cursor.
const footLines = 4

// View implements screen.Screen.
func (o *Overlay) View(w, h int) string {
	th := o.ctx.Theme
	switch {
	case o.err != "":
		return strings.Join(requestui.Failed(o.ctx, "Nothing was sent.", o.err, o.next, w), "\n")
	case len(o.cells) == 0:
		return "\n" + th.Muted.Render("looking at the accounts")
	}
	o.measure(w)
	out := o.header()
	o.drawn.top = len(out)
	o.scroll.Resize(len(o.cells), h-len(out)-footLines)
	o.scroll.To(o.cursor.row)
	from, to := o.scroll.Window()
	for row := from; row < to; row++ {
		out = append(out, o.row(row))
	}
	out = widget.Fill(out, h-footLines)
	return strings.Join(append(out, o.foot(w)...), "\n")
}

// measure lays out the columns so that the one of the cursor is visible.
func (o *Overlay) measure(w int) {
	d := &o.drawn
	d.name = 0
	for _, c := range o.ready.plan.Cases {
		d.name = max(d.name, widget.Width(o.ctx.Line(c.Name)))
	}
	d.name = min(d.name, widestName, max(6, w/3)) + 2
	columns := len(o.ready.plan.Identities)
	whole := narrowCell // so that the names of accounts are whole
	for _, a := range o.ready.plan.Identities {
		whole = max(whole, widget.Width(o.ctx.Line(a.Name))+1)
	}
	d.cell = max(min(whole, wideCell), min(wideCell, (w-d.name)/columns))
	d.columns = max(1, min(columns, (w-d.name)/d.cell))
	o.shift = max(0, min(o.shift, o.cursor.column, columns-d.columns))
	o.shift = max(o.shift, o.cursor.column-d.columns+1)
}

// header draws the accounts and their results.
func (o *Overlay) header() []string {
	th, p := o.ctx.Theme, o.ready.plan
	names := th.Muted.Render(widget.Fit(o.elsewhere(), o.drawn.name))
	marks := o.progress()
	report := &suite.Report{Plan: p, Cells: o.cells}
	for j := o.shift; j < o.shift+o.drawn.columns; j++ {
		look := th.Strong
		if a := p.Identities[j]; a.Environment != "" && !a.IsAnonymous() {
			look = th.Environment(a.Environment)
		}
		names += look.Render(widget.FitMiddle(o.ctx.Line(p.Identities[j].Name), o.drawn.cell-1) + " ")
		marks += o.fared(report.TallyOf(j))
	}
	return []string{names, marks}
}

// elsewhere points to the sides on which accounts are hidden.
func (o *Overlay) elsewhere() string {
	left, right := o.shift, len(o.ready.plan.Identities)-o.shift-o.drawn.columns
	text := ""
	if left > 0 {
		text = "←" + strconv.Itoa(left) + " "
	}
	if right > 0 {
		text += strconv.Itoa(right) + "→"
	}
	return text
}

// progress counts the cells that have ended while some are on their way.
func (o *Overlay) progress() string {
	th := o.ctx.Theme
	if o.work.stop == nil {
		return widget.Blank(o.drawn.name)
	}
	t := o.tally()
	all := len(o.cells) * len(o.cells[0])
	since := o.ctx.Now().Sub(o.work.since)
	text := theme.Spinner(int(since.Seconds())) + " " + strconv.Itoa(all-t.Left) + "/" + strconv.Itoa(all)
	return th.Accent.Render(widget.Fit(text, o.drawn.name))
}

func (o *Overlay) fared(t suite.Tally) string {
	th := o.ctx.Theme
	text := strconv.Itoa(t.Passed) + "/" + strconv.Itoa(len(o.cells))
	look := th.Muted
	switch {
	case t.Failed+t.Broken+t.Interrupted > 0:
		look, text = th.Bad, theme.SignFailed+" "+text
	case t.Refused > 0 && t.Passed == 0 && t.Left == 0:
		text = theme.SignUnknown + " " + strconv.Itoa(t.Refused) + " refused"
	case t.Left == 0:
		look, text = th.Good, theme.SignOK+" "+text
	}
	return look.Render(widget.Fit(text, o.drawn.cell))
}

func (o *Overlay) row(row int) string {
	th := o.ctx.Theme
	c := o.ready.plan.Cases[row]
	look := th.Text
	if row == o.cursor.row {
		look = th.Strong
	}
	line := look.Render(widget.FitMiddle(o.ctx.Line(c.Name), o.drawn.name-2)) + " "
	for j := o.shift; j < o.shift+o.drawn.columns; j++ {
		at := place{row, j}
		cell := widget.Fit(o.cell(&o.cells[row][j], at == o.marked), o.drawn.cell-1)
		gap := " "
		if at == o.cursor { // a sign too, as colours may not be seen
			gap, cell = th.AccentStrong.Render(theme.SignCursor), th.Selection.Under(cell)
		}
		line += gap + cell
	}
	return line
}

// cell is the result of one request as one account.
func (o *Overlay) cell(r *suite.Result, marked bool) string {
	th := o.ctx.Theme
	lead := ""
	if marked {
		lead = th.Accent.Render(theme.SignMark)
	}
	switch r.Verdict {
	case suite.Waiting:
		return lead + th.Faint.Render("·")
	case suite.Running:
		return lead + th.Accent.Render(theme.Spinner(int(o.ctx.Now().Sub(o.work.since).Seconds())))
	case suite.Skipped:
		return lead + th.Muted.Render("– skipped")
	case suite.Interrupted:
		return lead + th.Bad.Render(theme.SignFailed+" interrupted")
	case suite.Broken:
		return lead + o.broken(r)
	}
	sign := th.Good.Render(theme.SignOK)
	switch r.Verdict {
	case suite.Failed:
		sign = th.Bad.Render(theme.SignFailed)
	case suite.Refused:
		sign = th.Muted.Render(theme.SignUnknown)
	}
	text := lead + sign + " " + requestui.StatusLook(th, r.Status, r.Verdict == suite.Refused).Render(strconv.Itoa(r.Status))
	took := " " + requestui.Took(r.Took)
	if widget.Width(text)+widget.Width(took) < o.drawn.cell {
		text += th.Muted.Render(took)
	}
	return text
}

// broken says in a word why there is no answer.
func (o *Overlay) broken(r *suite.Result) string {
	th := o.ctx.Theme
	switch {
	case errors.Is(r.Err, session.ErrNeedsLogin):
		look, sign := th.State(session.StateNeedsLogin)
		return look.Render(sign + " login")
	case r.Run == nil:
		return th.Bad.Render(theme.SignFailed + " not sent")
	}
	return th.Bad.Render(theme.SignFailed + " no answer")
}

// foot describes the cell under the cursor.
func (o *Overlay) foot(w int) []string {
	th := o.ctx.Theme
	r, c := &o.cells[o.cursor.row][o.cursor.column], o.ready.plan.Cases[o.cursor.row]
	who := o.ready.plan.Identities[o.cursor.column]
	spec := c.Spec(who.Name)
	side := requestui.Side{Account: &o.ready.accounts[o.cursor.column], Run: r.Run}
	method, target, _ := strings.Cut(side.Call(o.ctx, spec), " ")
	what := requestui.MethodLook(th, spec.Method).Render(method) + " " + th.Text.Render(target) +
		th.Muted.Render(" as "+o.ctx.Line(who.Name)+" at "+o.ctx.Line(who.Host))
	lines := []string{th.Border.Render(strings.Repeat("─", w)), widget.Cut(what, w)}
	switch {
	case r.Why != "":
		text := r.Why
		if next := requestui.Remedy(o.ctx, r.Err, r.Run, "", r.Next); next != "" {
			text += "; " + next
		}
		look := th.Bad
		if r.Verdict == suite.Refused {
			look = th.Muted
		}
		for _, l := range widget.Wrap(o.ctx.Line(text), w-2) {
			lines = append(lines, look.Render(l))
		}
	case spec.Expect != "":
		lines = append(lines, th.Muted.Render(widget.Cut("expects "+o.ctx.Line(spec.Expect), w)))
	default:
		lines = append(lines, th.Muted.Render("expects no refusal, and a status below 400"))
	}
	return widget.Fill(lines, footLines)[:footLines]
}
