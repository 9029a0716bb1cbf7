package response

import (
	"strings"

	"tokenring/session/request"
	"tokenring/ui/requestui"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// viewer shows the part of a document that fits into a window. It asks the
// document for the lines seen and for no others, so that a body of any size
// costs the same.
type viewer struct {
	doc   *request.Document // nil: there is nothing to read
	top   int               // the first line seen
	row   int               // of its wrapped rows, the first one seen
	left  int               // the first column seen; 0 while lines are wrapped
	wrap  bool
	tail  bool // stay at the end while further lines become known
	more  bool // a line goes on to the right of the window, as drawn last
	found int  // the line of the last match; -1: none
	match request.Pattern

	w, h int // of the window, as drawn last
}

// show takes another document and begins at its top.
func (v *viewer) show(doc *request.Document) {
	v.doc, v.top, v.row, v.left, v.tail, v.found = doc, 0, 0, 0, false, -1
}

// lines returns how many lines are known so far.
func (v *viewer) lines() int {
	if v.doc == nil {
		return 0
	}
	return v.doc.Lines()
}

// move goes n rows down, or up.
func (v *viewer) move(n int) {
	v.tail = false
	if !v.wrap {
		v.top = max(0, min(v.top+n, v.lines()-v.h))
		return
	}
	for ; n < 0 && (v.top > 0 || v.row > 0); n++ {
		if v.row--; v.row < 0 {
			v.top--
			v.row = len(v.wrapped(v.top)) - 1
		}
	}
	for ; n > 0 && v.top < v.lines(); n-- {
		if v.row++; v.row >= len(v.wrapped(v.top)) {
			v.top, v.row = v.top+1, 0
		}
	}
	v.settle()
}

// start goes to the first line.
func (v *viewer) start() { v.top, v.row, v.left, v.tail = 0, 0, 0, false }

// end goes to the last line known.
func (v *viewer) end() {
	v.top, v.row = v.lines(), 0
	if !v.wrap {
		v.top = max(0, v.lines()-v.h)
	}
	v.settle()
}

// settle keeps the last row at the lower edge of the window at most.
func (v *viewer) settle() {
	if !v.wrap {
		v.top, v.row = max(0, min(v.top, v.lines()-v.h)), 0
		return
	}
	room := v.h
	for line := v.lines() - 1; line >= 0; line-- {
		rows := len(v.wrapped(line))
		if last := rows - room; last >= 0 {
			if v.top > line || v.top == line && v.row > last {
				v.top, v.row = line, last
			}
			return
		}
		room -= rows
	}
	v.top, v.row = 0, 0
}

// slide moves the window n columns to the right, as far as there is text, or left.
func (v *viewer) slide(n int) {
	if !v.wrap && (n < 0 || v.more) {
		v.left = max(0, v.left+n)
	}
}

// setWrap breaks long lines, or lets them run out of the window.
func (v *viewer) setWrap(on bool) {
	v.wrap, v.row, v.left = on, 0, 0
	v.settle()
}

// reveal scrolls to a line, and to the match in it.
func (v *viewer) reveal(line int) {
	v.found, v.tail = line, false
	if line < v.top || line >= v.top+v.h || v.wrap {
		v.top, v.row = max(0, line-v.h/3), 0
		v.settle()
	}
	if v.wrap || v.doc == nil {
		return
	}
	text := ""
	for _, s := range v.doc.Line(line) {
		text += s.Text
	}
	at := v.match.In(text)
	if at < 0 {
		return
	}
	col := len([]rune(text[:at]))
	if col < v.left || col+len([]rune(string(v.match))) > v.left+v.w {
		v.left = max(0, col-v.w/3)
	}
}

// view draws the window.
func (v *viewer) view(th *theme.Theme, w, h int) []string {
	if v.w != w || v.h != h {
		v.w, v.h = w, h
		v.settle()
	}
	if v.tail {
		v.end()
	}
	out := make([]string, 0, h)
	v.more = false
	if v.wrap {
		for line, row := v.top, v.row; line < v.lines() && len(out) < h; line, row = line+1, 0 {
			rows := v.wrapped(line)
			for _, pieces := range rows[min(row, len(rows)):] {
				if len(out) < h {
					out = append(out, v.paint(th, line, pieces, false))
				}
			}
		}
		return out
	}
	for line := v.top; line < min(v.top+h, v.lines()); line++ {
		spans, more := v.doc.LineSlice(line, v.left, w-1)
		out = append(out, v.paint(th, line, split(v.match, spans), more))
	}
	return out
}

// paint colours the pieces of one row.
func (v *viewer) paint(th *theme.Theme, line int, pieces []piece, more bool) string {
	var b strings.Builder
	width := 0
	for _, p := range pieces {
		width += widget.Width(p.text)
		b.WriteString(look(th, p).Render(p.text))
	}
	row := b.String()
	v.more = v.more || more || width > v.w
	if width >= v.w && more || width > v.w {
		row, width = widget.Cut(row, v.w), v.w
	} else if more {
		row, width = row+th.Faint.Render(theme.SignMore), width+1
	}
	if line == v.found {
		row = th.Selection.Under(row + widget.Blank(v.w-width))
	}
	return row
}

func look(th *theme.Theme, p piece) theme.Style {
	if p.hit {
		return th.Match
	}
	return requestui.RoleLook(th, p.role)
}

// wrapped breaks a line into rows as wide as the window. A line of more than
// request.MaxColumns characters ends there.
func (v *viewer) wrapped(line int) [][]piece {
	width := max(1, v.w)
	var rows [][]piece
	var row []piece
	room := width
	for _, p := range split(v.match, v.doc.Line(line)) {
		for p.text != "" {
			if room == 0 || room < width && widget.Width(widget.CutAt(p.text, room)) > room {
				rows, row, room = append(rows, row), nil, width
			}
			head := widget.CutAt(p.text, room)
			row = append(row, piece{text: head, role: p.role, hit: p.hit})
			room = max(0, room-widget.Width(head))
			p.text = p.text[len(head):]
		}
	}
	return append(rows, row)
}
