package requests

import (
	"cmp"
	"strings"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// The widths of what a line shows, in cells.
const (
	methodWidth = 7
	statusWidth = 3
	ageWidth    = 8 // "364d ago"
	leastPath   = 8
)

// View implements screen.Screen.
func (p *Pane) View(w, h int) string {
	th := p.ctx.Theme
	var out []string
	if p.err != "" {
		for _, l := range widget.Wrap(p.ctx.Line(p.err), max(1, w-5)) {
			out = append(out, "  "+th.Bad.Render(theme.SignFailed+" "+l))
		}
	}
	p.top = len(out)
	filtering := p.filter.Focused() || p.filter.Value() != ""
	rows := max(1, h-p.top)
	if filtering {
		rows = max(1, rows-1)
	}
	if rows != p.scroll.Height || p.scroll.Len != len(p.lines) {
		p.scroll.Resize(len(p.lines), rows)
	}
	shape := p.shape(w)
	from, to := p.scroll.Window()
	for i := from; i < to; i++ {
		out = append(out, p.row(i, shape))
	}
	if len(p.lines) == 0 {
		out = append(out, p.nothing(w)...)
	}
	if !filtering {
		return strings.Join(out, "\n")
	}
	out = widget.Fill(out, p.top+rows)
	return strings.Join(append(out[:p.top+rows], " "+p.filter.View(max(1, w-1))), "\n")
}

// nothing explains why there is no line.
func (p *Pane) nothing(w int) []string {
	th := p.ctx.Theme
	text := ""
	switch {
	case p.snap == nil || p.err != "":
	case p.filter.Value() != "":
		text = "no request matches the filter"
	case !p.loaded:
		text = "reading"
	default:
		text = p.ctx.Keys.Sentence("no requests yet", keymap.RequestNew, "writes one")
	}
	return []string{"  " + th.Muted.Render(widget.Cut(text, w-2))}
}

// shape holds the widths of the columns.
type shape struct {
	width, name, path int // path 0: not shown
}

// shape divides the width: the names get what they need, the path the rest.
func (p *Pane) shape(w int) shape {
	s := shape{width: w}
	for i := range p.specs {
		s.name = max(s.name, widget.Width(p.ctx.Line(p.specs[i].Name)))
	}
	for i := range p.runs {
		s.name = max(s.name, widget.Width(p.runName(&p.runs[i])))
	}
	room := w - 2 - methodWidth - 1 - 1 - 3 - statusWidth - 1 - 1 - 1 - ageWidth - 1
	s.name = max(4, min(s.name, 28, room*3/5))
	s.path = room - s.name - 1
	if s.path < leastPath {
		s.name, s.path = max(4, room), 0
	}
	return s
}

// row draws one line.
func (p *Pane) row(i int, s shape) string {
	l := p.lines[i]
	var text string
	switch {
	case l.head != "":
		return " " + p.ctx.Theme.Muted.Render(l.head)
	case l.spec != nil:
		text = p.specRow(l.spec, s)
	default:
		text = p.runRow(l.run, s)
	}
	th := p.ctx.Theme
	if i != p.scroll.Cursor {
		return "  " + text
	}
	if !p.focus {
		return th.SelectionAway.Under(widget.Fit("  "+text, s.width))
	}
	return th.Selection.Under(widget.Fit(th.AccentStrong.Render(theme.SignCursor)+" "+text, s.width))
}

func (p *Pane) specRow(spec *request.Spec, s shape) string {
	th := p.ctx.Theme
	mark := " "
	if spec.Expect != "" {
		mark = th.Muted.Render(theme.SignInfo)
	}
	name := th.Text
	if !spec.Builtin {
		name = th.Strong
	}
	return p.columns(spec.Method, name.Render(widget.FitMiddle(p.ctx.Line(spec.Name), s.name)), p.targets[spec.Path()], mark, p.last[keyOf(spec)], s)
}

func (p *Pane) runRow(r *session.RunRecord, s shape) string {
	th := p.ctx.Theme
	return p.columns(r.Method, th.Muted.Render(widget.FitMiddle(p.runName(r), s.name)), p.targetOf(r), " ", r, s)
}

// targetOf returns where a run was sent. Of one whose address is not known it sketches the
// template.
func (p *Pane) targetOf(r *session.RunRecord) string {
	if r.Target == "" || r.Target == session.SealedText {
		return p.targets[r.Path]
	}
	return r.Target
}

// runName names the request of a run, after who sent it in place of the account.
func (p *Pane) runName(r *session.RunRecord) string {
	name := cmp.Or(p.ctx.Line(r.Name), "unsaved")
	if r.As != "" {
		name = p.ctx.Line(r.As) + ": " + name
	}
	return name
}

// columns lays out what requests and runs have in common.
func (p *Pane) columns(method, name, path, mark string, last *session.RunRecord, s shape) string {
	th := p.ctx.Theme
	var b strings.Builder
	b.WriteString(requestui.MethodLook(th, method).Render(widget.Fit(p.ctx.Line(requestui.Method(method)), methodWidth)))
	b.WriteString(" " + name + " ")
	if s.path > 0 {
		b.WriteString(th.Muted.Render(widget.FitMiddle(p.ctx.Line(path), s.path)) + " ")
	}
	b.WriteString(" " + mark + " ")
	if last == nil {
		b.WriteString(widget.Blank(statusWidth + 1 + 1 + 1 + ageWidth))
		return b.String()
	}
	sign := cmp.Or(requestui.VerdictSign(th, request.Verdict(last.Verdict)), " ")
	b.WriteString(requestui.StatusLook(th, last.Status, request.AccountName(last.As) == request.Anonymous).Render(widget.FitRight(requestui.Status(last.Status), statusWidth)))
	b.WriteString(" " + sign + " ")
	b.WriteString(th.Muted.Render(widget.FitRight(widget.Ago(last.At, p.ctx.Now()), ageWidth)))
	return b.String()
}
