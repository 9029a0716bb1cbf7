package field

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// line is one line of the set as it is drawn.
type line struct {
	field   *Field
	text    string
	control bool // the line holds the control
}

// Height returns the number of lines of all fields at a width.
func (s *Set) Height(w int) int { return len(s.layout(w)) }

// View draws the set in w by h cells, with the field in focus in sight.
func (s *Set) View(w, h int) string {
	s.top = 0
	s.lines = s.layout(w)
	bar := len(s.lines) > h
	if bar {
		s.lines = s.layout(w - 1)
	}
	s.slide(h)
	from, to := s.scroll.Window()
	rows := make([]string, max(1, h))
	for i, l := range s.lines[from:to] {
		rows[i] = l.text
		if bar {
			rows[i] = widget.Fit(l.text, w-1) + s.scroll.Bar(s.theme, i)
		}
	}
	return strings.Join(rows, "\n")
}

// Between draws the set in w by h cells between lines above and below it. The
// field in focus comes before them where there is little room.
func (s *Set) Between(above, below []string, w, h int) string {
	above = above[max(0, len(above)-max(0, h-1)):]
	rows := max(1, min(s.Height(w), h-len(above)))
	below = below[:max(0, min(len(below), h-len(above)-rows))]
	body := widget.Lines(s.View(w, rows), w, rows)
	s.top = len(above)
	return strings.Join(slices.Concat(above, body, below), "\n")
}

// slide brings the field in focus into the h lines seen: with the lines before
// the first field, and with those behind the last.
func (s *Set) slide(h int) {
	s.scroll.Len, s.scroll.Height = len(s.lines), max(1, h)
	if s.follow && s.focus != nil {
		from, to := s.span()
		s.scroll.Offset = min(from, max(s.scroll.Offset, to-h))
	}
	s.scroll.Slide(0)
}

func (s *Set) span() (from, to int) {
	from = -1
	for i := range s.lines {
		if s.lines[i].field == s.focus {
			if from < 0 {
				from = i
			}
			to = i + 1
		}
	}
	for to < len(s.lines) && s.lines[to].field.Control == nil && !s.lines[to].field.Heading {
		to++ // a note on it
	}
	answers := s.answers()
	if s.focus == answers[0] {
		from = 0
	}
	if s.focus == answers[len(answers)-1] {
		to = len(s.lines)
	}
	return max(0, from), to
}

func (s *Set) layout(w int) []line {
	labels := 0
	for _, f := range s.fields {
		if f.Control != nil {
			labels = max(labels, widget.Width(f.Label))
		}
	}
	labels = min(labels, max(8, w*2/5-4))
	s.column = labels + 4
	s.width = max(1, w-s.column)
	var out []line
	for _, f := range s.fields {
		if f.Control == nil {
			out = append(out, s.note(f, w, len(out) == 0)...)
			continue
		}
		for i, l := range strings.Split(s.answer(f, labels), "\n") {
			if i > 0 {
				l = widget.Blank(s.column) + l
			}
			out = append(out, line{f, l, i == 0})
		}
		sign := theme.SignFailed
		for _, l := range widget.Wrap(f.Error, s.width-2) {
			out = append(out, line{f, widget.Blank(s.column) + s.theme.Bad.Render(sign+" "+l), false})
			sign = " "
		}
	}
	return out
}

func (s *Set) answer(f *Field, labels int) string {
	focused := f == s.focus
	sign, look := "  ", s.theme.Muted
	if focused {
		sign, look = s.theme.AccentStrong.Render(theme.SignCursor)+" ", s.theme.Strong
	}
	if f.Error != "" {
		look = s.theme.Bad
	}
	return sign + look.Render(widget.Fit(f.Label, labels)) + "  " + f.Control.View(s.width, focused)
}

func (s *Set) note(f *Field, w int, first bool) []line {
	if f.Heading {
		head := line{f, "  " + s.theme.Strong.Render(widget.Cut(f.Text, w-2)), false}
		if first {
			return []line{head}
		}
		return []line{{f, "", false}, head}
	}
	look, sign := s.theme.Muted, theme.SignInfo
	if f.Warn {
		look, sign = s.theme.Warn, theme.SignWarn
	}
	var out []line
	for _, l := range widget.Wrap(f.Text, w-5) {
		out = append(out, line{f, "  " + look.Render(sign+" "+l), false})
		sign = " "
	}
	return out
}

// Cursor returns where the next character goes, relative to what was drawn last;
// nil while none is awaited.
func (s *Set) Cursor() *tea.Cursor {
	if s.focus == nil {
		return nil
	}
	c := s.focus.Control.Cursor()
	if c == nil {
		return nil
	}
	for i := range s.lines {
		if s.lines[i].field == s.focus && s.lines[i].control {
			row := i - s.scroll.Offset + c.Y
			if row < 0 || row >= s.scroll.Height {
				return nil
			}
			c.X += s.column
			c.Y = s.top + row
			return c
		}
	}
	return nil
}
