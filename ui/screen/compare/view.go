package compare

import (
	"fmt"
	"strconv"
	"strings"

	"tokenring/session/request"
	"tokenring/ui/requestui"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// View implements screen.Screen.
func (o *Overlay) View(w, h int) string {
	th := o.ctx.Theme
	if o.width != w {
		o.width = w
		o.refold()
	}
	switch {
	case !o.since.IsZero():
		what := "comparing"
		if who := o.unsent(); who != "" {
			what = "on its way as " + who
		}
		return "\n" + requestui.Waiting(o.ctx, what, o.since, "", w)
	case o.err != "":
		return strings.Join(requestui.Failed(o.ctx, "The request was not sent as "+o.unsent()+".", o.err, "", w), "\n")
	}
	out := o.head(w)
	p := o.shown()
	if p == nil {
		return strings.Join(append(out, "", th.Muted.Render("bodies are hidden while others watch")), "\n")
	}
	p.scroll.Resize(len(p.lines), h-len(out))
	p.more = false
	from, to := p.scroll.Window()
	for i := from; i < to; i++ {
		out = append(out, o.line(p, i, w))
	}
	return strings.Join(out, "\n")
}

// unsent names the side that has no run; "" when both have one.
func (o *Overlay) unsent() string {
	for _, s := range []*requestui.Side{&o.pair.Left, &o.pair.Right} {
		if s.Run == nil {
			return s.Name(o.ctx)
		}
	}
	return ""
}

// head shows the result of each side and the number of differences.
func (o *Overlay) head(w int) []string {
	th := o.ctx.Theme
	var out []string
	if o.beside() {
		column := (w - 3) / 2
		left, right := o.outcome(&o.pair.Left, 0), o.outcome(&o.pair.Right, 0)
		out = append(out, "  "+widget.Fit(left, column-2)+th.Border.Render(" │ ")+widget.Cut(right, w-column-3))
	} else {
		name := max(widget.Width(o.pair.Left.Name(o.ctx)), widget.Width(o.pair.Right.Name(o.ctx)))
		left, right := o.outcome(&o.pair.Left, name), o.outcome(&o.pair.Right, name)
		out = append(out, widget.Cut(th.Bad.Render("-")+" "+left, w), widget.Cut(th.Good.Render("+")+" "+right, w))
	}
	tabs := &widget.Tabs{Names: []string{"Body", "Headers"}, Open: int(o.part)}
	return append(out, widget.Spread(tabs.View(th, w), o.verdict(), w))
}

// outcome is one side in a line: who, in name cells or more, status, time and size.
func (o *Overlay) outcome(s *requestui.Side, name int) string {
	th, r := o.ctx.Theme, s.Run
	dot := th.Faint.Render(theme.SignDot)
	who := s.Name(o.ctx)
	text := th.Strong.Render(who) + widget.Blank(max(0, name-widget.Width(who))+2)
	if r.Status == 0 {
		return text + th.Bad.Render("no answer") + dot + th.Muted.Render(o.ctx.Line(r.Err))
	}
	text += requestui.StatusLook(th, r.Status, s.Anonymous).Render(strconv.Itoa(r.Status) + " " + o.ctx.Line(r.StatusText))
	if sign := requestui.VerdictSign(th, r.Verdict); sign != "" {
		text += dot + sign
	}
	return text + dot + th.Text.Render(requestui.Took(r.Timings.Total)) + dot + th.Text.Render(requestui.Size(r.Size))
}

// verdict says in words how much of the part differs.
func (o *Overlay) verdict() string {
	th, p := o.ctx.Theme, o.shown()
	if p == nil {
		return ""
	}
	n, where := p.differences(), ""
	if p.column > 0 {
		where = th.Muted.Render("column " + requestui.Count(p.column+1) + theme.SignDot)
	}
	text := th.Warn.Render(strconv.Itoa(n) + " differences")
	switch at := p.current(); {
	case n == 0 && p.unseen:
		text = th.Warn.Render("the bytes differ")
	case n == 0:
		text = th.Good.Render("no difference")
	case n == 1:
		text = th.Warn.Render("1 difference")
	case at > 0:
		text = th.Warn.Render(fmt.Sprintf("%d of %d differences", at, n))
	}
	if p.lined.Cut || o.part == partBody && (o.pair.Left.Run.Cut || o.pair.Right.Run.Cut) {
		text += th.Muted.Render(" in what was compared: the bodies are cut")
	}
	return where + text
}

// line draws one line of the window.
func (o *Overlay) line(p *page, i, w int) string {
	th := o.ctx.Theme
	l := p.lines[i]
	if l.folded > 0 {
		return th.Faint.Render(widget.Cut("  "+theme.SignMore+" "+requestui.Count(l.folded)+" equal lines", w))
	}
	row := p.lined.Rows[l.row]
	if !o.beside() {
		return o.alone(p, l, row, w)
	}
	column := (w - 3) / 2
	mark, look := " ", th.Muted
	switch {
	case !row.Differs:
	case row.Left < 0:
		mark, look = "+", th.Good
	case row.Right < 0:
		mark, look = "-", th.Bad
	default:
		mark, look = "≠", th.Warn
	}
	left := o.text(p, p.left, row.Left, row.Differs, column-2)
	right := o.text(p, p.right, row.Right, row.Differs, w-column-3)
	return look.Render(mark) + " " + widget.Fit(left, column-2) + th.Border.Render(" │ ") + right
}

// alone draws a line that has the whole width.
func (o *Overlay) alone(p *page, l line, row request.Row, w int) string {
	th := o.ctx.Theme
	switch {
	case !row.Differs:
		return "  " + o.text(p, p.left, row.Left, false, w-2)
	case l.side == leftOnly:
		return th.Bad.Render("-") + " " + o.text(p, p.left, row.Left, true, w-2)
	}
	return th.Good.Render("+") + " " + o.text(p, p.right, row.Right, true, w-2)
}

// text is a line of a document in w cells: in colours where it differs.
func (o *Overlay) text(p *page, d *request.Document, at int, differs bool, w int) string {
	if at < 0 || w <= 0 {
		return ""
	}
	th := o.ctx.Theme
	var b strings.Builder
	begin, end := 0, 0 // of a span, in cells of the line
	for _, s := range d.Line(at) {
		look := th.Muted
		if differs {
			look = requestui.RoleLook(th, s.Role)
		}
		text := o.ctx.Line(s.Text)
		begin, end = end, end+widget.Width(text)
		text = widget.CutLeft(text, p.column-begin)
		room := w - max(0, begin-p.column)
		b.WriteString(look.Render(widget.Cut(text, room)))
		if widget.Width(text) > room {
			p.more = true
			break
		}
	}
	return b.String()
}
