package widget

import (
	"strings"

	"tokenring/ui/theme"
)

// Pane is a frame with a title on its upper edge.
type Pane struct {
	Theme  *theme.Theme
	Frame  theme.Frame
	Title  string // plain text; the pane styles it
	Right  string // already styled, on the right of the upper edge
	Foot   string // already styled, on the right of the lower edge
	Focus  bool
	Scroll Scroll // a bar on the right edge when there is more than is seen
	Above  int    // rows above what scrolls
}

// Inner returns the room inside a frame of w by h.
func Inner(w, h int) (int, int) { return max(0, w-2), max(0, h-2) }

// View draws the frame of exactly w by h around body.
func (p *Pane) View(body string, w, h int) string {
	if w < 2 || h < 2 {
		return strings.Join(Lines("", max(w, 0), max(h, 0)), "\n")
	}
	edge := p.Theme.Border
	if p.Focus {
		edge = p.Theme.BorderFocus
	}
	inner, rows := Inner(w, h)
	var b strings.Builder
	b.Grow(w * h * 2)
	b.WriteString(p.top(edge, inner))
	left, right := edge.Render(p.Frame.Left), edge.Render(p.Frame.Right)
	bar := p.Theme.Muted.Render(theme.SignScroll)
	from, to := p.Scroll.bar(rows - p.Above)
	from, to = from+p.Above, to+p.Above
	for i, line := range Lines(body, inner, rows) {
		b.WriteByte('\n')
		b.WriteString(left)
		b.WriteString(line)
		if i >= from && i < to {
			b.WriteString(bar)
		} else {
			b.WriteString(right)
		}
	}
	b.WriteByte('\n')
	b.WriteString(p.bottom(edge, inner))
	return b.String()
}

func (p *Pane) top(edge theme.Style, inner int) string {
	title := p.Theme.Title
	if p.Focus {
		title = p.Theme.TitleFocus
	}
	right := p.Right
	if Width(right) > inner-6 {
		right = ""
	}
	room := inner - 2
	if right != "" {
		room -= Width(right) + 3
	}
	name := CutMiddle(p.Title, max(0, room))
	used := 0
	var b strings.Builder
	b.WriteString(edge.Render(p.Frame.TopLeft))
	if name != "" && room > 0 {
		b.WriteString(" " + title.Render(name) + " ")
		used += Width(name) + 2
	}
	end := 0
	if right != "" {
		end = Width(right) + 3
	}
	b.WriteString(edge.Render(strings.Repeat(p.Frame.Top, max(0, inner-used-end))))
	if right != "" {
		b.WriteString(" " + right + " " + edge.Render(p.Frame.Top))
	}
	b.WriteString(edge.Render(p.Frame.TopRight))
	return b.String()
}

func (p *Pane) bottom(edge theme.Style, inner int) string {
	foot := p.Foot
	if foot == "" || Width(foot) > inner-4 {
		return edge.Render(p.Frame.BottomLeft + strings.Repeat(p.Frame.Bottom, inner) + p.Frame.BottomRight)
	}
	fill := inner - Width(foot) - 3
	return edge.Render(p.Frame.BottomLeft+strings.Repeat(p.Frame.Bottom, fill)) + " " + foot + " " +
		edge.Render(p.Frame.Bottom+p.Frame.BottomRight)
}

// Beside puts two views of the same height next to each other. Every line of
// the left one must be equally wide.
func Beside(left, right string) string {
	l, r := strings.Split(left, "\n"), strings.Split(right, "\n")
	var b strings.Builder
	b.Grow(len(left) + len(right))
	for i := range l {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l[i])
		if i < len(r) {
			b.WriteString(r[i])
		}
	}
	return b.String()
}
