package compare

import (
	"context"

	"tokenring/session/request"
	"tokenring/ui/widget"
)

// page is one part of the answers, lined up, and the window over it.
type page struct {
	left, right *request.Document
	lined       *request.Comparison
	lines       []line
	scroll      widget.Scroll
	column      int  // the first cell of the lines that is drawn
	more        bool // a line goes on to the right of the window, as drawn last
	unseen      bool // the bodies differ in bytes that are not drawn
}

// line is one line of the window: a row, one side of it, or the
// rows that were folded.
type line struct {
	row    int
	folded int  // how many equal rows; 0: none are folded here
	side   side // of the row
}

type side int

const (
	both side = iota
	leftOnly
	rightOnly
)

// surroundings is the number of equal rows shown around a difference.
const surroundings = 3

func newPage(ctx context.Context, left, right *request.Document) *page {
	return &page{left: left, right: right, lined: request.Compare(ctx, left, right)}
}

func (p *page) differences() int { return p.lined.Differences }

// arrange distributes the rows over the lines.
func (p *page) arrange(fold, beside bool) {
	p.lines = p.lines[:0]
	rows := p.lined.Rows
	for i := 0; i < len(rows); {
		if rows[i].Differs {
			i = p.differing(i, beside)
			continue
		}
		end := i
		for end < len(rows) && !rows[end].Differs {
			end++
		}
		p.equal(i, end, fold && p.lined.Differences > 0)
		i = end
	}
	p.scroll.Resize(len(p.lines), max(1, p.scroll.Height))
}

// differing adds a run of rows that differ; without room for two columns what
// is on the left comes first.
func (p *page) differing(from int, beside bool) (end int) {
	rows := p.lined.Rows
	for end = from; end < len(rows) && rows[end].Differs; end++ {
		if beside {
			p.lines = append(p.lines, line{row: end})
		}
	}
	if beside {
		return end
	}
	for i := from; i < end; i++ {
		if rows[i].Left >= 0 {
			p.lines = append(p.lines, line{row: i, side: leftOnly})
		}
	}
	for i := from; i < end; i++ {
		if rows[i].Right >= 0 {
			p.lines = append(p.lines, line{row: i, side: rightOnly})
		}
	}
	return end
}

// equal adds rows that are the same, folded in their middle.
func (p *page) equal(from, to int, fold bool) {
	head, tail := surroundings, surroundings
	if from == 0 {
		head = 0
	}
	if to == len(p.lined.Rows) {
		tail = 0
	}
	hidden := to - from - head - tail
	if !fold || hidden < 2 {
		head, tail, hidden = to-from, 0, 0
	}
	for i := from; i < from+head; i++ {
		p.lines = append(p.lines, line{row: i})
	}
	if hidden > 0 {
		p.lines = append(p.lines, line{row: from + head, folded: hidden})
	}
	for i := to - tail; i < to; i++ {
		p.lines = append(p.lines, line{row: i})
	}
}

// aside scrolls by n cells, to the right as far as there is text.
func (p *page) aside(n int) {
	if n < 0 || p.more {
		p.column = max(0, p.column+n)
	}
}

// begins reports whether the line is the first of a difference.
func (p *page) begins(i int) bool {
	differs := func(i int) bool { return p.lines[i].folded == 0 && p.lined.Rows[p.lines[i].row].Differs }
	return differs(i) && (i == 0 || !differs(i-1))
}

// current returns which difference was sought last, counted from 1, or 0 before the first.
func (p *page) current() (n int) {
	for i := range min(p.scroll.Cursor+1, len(p.lines)) {
		if p.begins(i) {
			n++
		}
	}
	return n
}

// seek brings the next difference to the upper third of the window, or the one
// before.
func (p *page) seek(back bool) {
	step, i := 1, p.scroll.Cursor+1
	if back {
		step, i = -1, p.scroll.Cursor-1
	}
	for ; i >= 0 && i < len(p.lines); i += step {
		if p.begins(i) {
			p.scroll.Offset = max(0, i-p.scroll.Height/3)
			p.scroll.To(i)
			return
		}
	}
}
