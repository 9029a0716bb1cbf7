package accounts

import (
	"strconv"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// columns holds the widths that the columns of all rows need, in cells.
type columns struct {
	name, env, backend, host int
}

const (
	usualText  = 32 // of a name, a backend or a host, before the gauge gets room
	mostEnv    = 10
	leftWidth  = 7 // "≥23h59m", "expired"
	leastHost  = 16
	leastGauge = 2
	mostGauge  = 10
	fixedWidth = 3 + leftWidth + 1 // cursor, sign and blank; what is left; the blank at the end
	markWidth  = 2
)

// measure sets the widths that rows need. A backend that is the same in
// all of several rows needs no column; their hosts tell them apart.
func (c *columns) measure(rows []row) {
	*c = columns{}
	same := len(rows) > 1
	for i := range rows {
		s := rows[i].snap
		c.name = max(c.name, widget.Width(s.Account.Name))
		c.env = max(c.env, min(mostEnv, widget.Width(s.Account.Environment)))
		c.backend = max(c.backend, widget.Width(s.Title))
		c.host = max(c.host, widget.Width(s.Host))
		same = same && s.Title == rows[0].snap.Title
	}
	if same {
		c.backend = 0
	}
}

// shape holds the widths of the columns in a row.
type shape struct {
	name, env, backend, host, gauge int // 0: not shown
	marks                           bool
	width                           int
}

// fit divides w cells among the columns, the most important first.
func (c columns) fit(w int, marks bool) shape {
	s := shape{width: w, marks: marks}
	room := w - fixedWidth
	if marks {
		room -= markWidth
	}
	// widen gives a column up to n cells, and none if it cannot have least of them.
	widen := func(column *int, least, n int) {
		blank := 0
		if *column == 0 {
			blank = 1 // between it and the next one
		}
		if more := min(n-*column, room-blank); more > 0 && *column+more >= min(least, n) {
			*column += more
			room -= more + blank
		}
	}
	widen(&s.name, 1, max(8, min(c.name, 16)))
	widen(&s.env, 4, c.env)
	widen(&s.backend, 9, min(c.backend, 9))
	widen(&s.gauge, leastGauge, leastGauge)
	widen(&s.name, 1, min(c.name, usualText))
	widen(&s.backend, 9, min(c.backend, 16))
	widen(&s.host, leastHost, min(c.host, leastHost))
	widen(&s.backend, 9, min(c.backend, usualText))
	widen(&s.host, leastHost, min(c.host, usualText))
	widen(&s.gauge, leastGauge, mostGauge)
	widen(&s.name, 1, c.name)
	widen(&s.host, leastHost, c.host)
	for _, column := range []*int{&s.backend, &s.host, &s.name} {
		if *column > 0 {
			*column += max(0, room)
			break
		}
	}
	return s
}

// Width returns the width at which the list shows every column in full.
func (l *List) Width() int {
	const frame = 2
	w := frame + fixedWidth + markWidth + mostGauge + 1
	for _, column := range []int{l.cols.name, l.cols.env, l.cols.backend, l.cols.host} {
		if column > 0 {
			w += column + 1
		}
	}
	return w
}

// body draws the visible rows and the filter.
func (l *List) body(w, rows int) string {
	var b strings.Builder
	b.Grow(w * rows * 3)
	l.ticks = false
	now := l.ctx.Now()
	s := l.shape(w)
	from, to := l.scroll.Window()
	if len(l.lines) == 0 {
		b.WriteString(l.empty(w))
	}
	for i := from; i < to; i++ {
		if i > from {
			b.WriteByte('\n')
		}
		ln := &l.lines[i]
		if ln.row < 0 {
			b.WriteString(l.headLine(ln, w))
			continue
		}
		b.WriteString(l.row(&l.book.rows[ln.row], s, now, i == l.scroll.Cursor))
	}
	if !l.filtering() {
		return b.String()
	}
	for n := max(1, to-from); n < rows; n++ {
		b.WriteByte('\n')
	}
	b.WriteString("\n" + l.filter.View(w))
	return b.String()
}

// shape leaves out the column that the headings of the groups repeat.
func (l *List) shape(w int) shape {
	cols := l.cols
	switch l.group {
	case byBackend:
		cols.backend = 0
	case byEnvironment:
		cols.env = 0
	}
	return cols.fit(w, len(l.marked) > 0)
}

func (l *List) empty(w int) string {
	th := l.ctx.Theme
	switch {
	case !l.loaded:
		return " " + th.Muted.Render("reading the store"+theme.SignMore)
	case l.filter.Value() != "":
		return widget.Cut(" "+th.Muted.Render("no account matches the filter"), w)
	}
	return widget.Cut(" "+th.Muted.Render(l.ctx.NoAccount()), w)
}

func (l *List) headLine(ln *line, w int) string {
	th := l.ctx.Theme
	look := th.Muted
	if l.group == byEnvironment {
		look = th.Environment(ln.head)
	}
	return widget.Cut(" "+look.Render(l.ctx.Line(ln.head))+th.Faint.Render(" "+strconv.Itoa(ln.count)), w)
}

func (l *List) row(r *row, s shape, now time.Time, cursor bool) string {
	th := l.ctx.Theme
	look, sign := th.State(r.state)
	if r.snap.Changed {
		look, sign = th.State(session.StateFailed)
	}
	if r.state == session.StateWorking {
		sign = theme.Spinner(l.spin)
	}
	var b strings.Builder
	b.Grow(s.width * 4)
	name, bar := th.Text, " "
	if cursor {
		bar, name = th.Accent.Render(theme.SignCursor), th.Strong
		if !l.focus {
			bar = th.Muted.Render(theme.SignCursor)
		}
	}
	b.WriteString(bar)
	if s.marks {
		mark := "  "
		if l.marked[r.snap.Account.ID] {
			mark = th.Accent.Render(theme.SignMark) + " "
		}
		b.WriteString(mark)
	}
	b.WriteString(look.Render(sign))
	b.WriteByte(' ')
	b.WriteString(name.Render(widget.FitMiddle(l.ctx.Line(r.snap.Account.Name), s.name)))
	if s.env > 0 {
		b.WriteByte(' ')
		b.WriteString(th.Environment(r.snap.Account.Environment).Render(widget.Fit(l.ctx.Line(r.snap.Account.Environment), s.env)))
	}
	if s.backend > 0 {
		b.WriteByte(' ')
		b.WriteString(th.Muted.Render(widget.Fit(l.ctx.Line(r.snap.Title), s.backend)))
	}
	if s.host > 0 {
		b.WriteByte(' ')
		b.WriteString(th.Muted.Render(widget.FitMiddle(l.ctx.Line(r.snap.Host), s.host)))
	}
	b.WriteByte(' ')
	b.WriteString(look.Render(widget.FitRight(l.left(r, now), leftWidth)))
	b.WriteByte(' ')
	if s.gauge > 0 {
		b.WriteString(l.gauge(r, s.gauge, now, look))
		b.WriteByte(' ')
	}
	if !cursor {
		return b.String()
	}
	if l.focus {
		return th.Selection.Under(b.String())
	}
	return th.SelectionAway.Under(b.String())
}

// left returns the word or the countdown at the end of a row.
func (l *List) left(r *row, now time.Time) string {
	if r.snap.Changed && r.state != session.StateWorking {
		return "changed"
	}
	switch r.state {
	case session.StateNeedsLogin:
		return "login"
	case session.StateNoSession:
		return "–"
	case session.StateNotYet:
		return "not yet"
	case session.StateWorking:
		return l.progress(r.snap.Work, now)
	case session.StateFailed, session.StateExpired, session.StateUnknown:
		return string(r.state)
	}
	if p := r.snap.Session.Primary(); p != nil && p.AtLeast() {
		return "≥" + widget.UntilRoughly(r.place.End, now)
	}
	if widget.Seconds(r.place.End.Sub(now)) {
		l.ticks = true
	}
	return widget.Until(r.place.End, now)
}

func (l *List) progress(w *session.Work, now time.Time) string {
	if w == nil {
		return "…"
	}
	l.ticks = true
	if w.Step.Of == 0 {
		return widget.Left(now.Sub(w.Started))
	}
	return strconv.Itoa(w.Step.Index) + "/" + strconv.Itoa(w.Step.Of) + " " + widget.Left(now.Sub(w.Started))
}

func (l *List) gauge(r *row, cells int, now time.Time, look theme.Style) string {
	part, ok := r.snap.Fraction(r.snap.Session.Primary(), now)
	if !ok || part <= 0 || r.state == session.StateNeedsLogin {
		return widget.Blank(cells)
	}
	return widget.Gauge(look, l.ctx.Theme.Faint, part, cells)
}
