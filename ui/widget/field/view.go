package field

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// line is one line of the set as it is drawn.
type line struct {
	field   *Field
	text    string
	control bool // the control stands in it
}

// Height is how many lines all fields take at a width.
func (s *Set) Height(w int) int { return len(s.layout(w)) }

// View draws the set in w by h cells, with the field in focus in sight.
func (s *Set) View(w, h int) string {
	s.height = max(1, h)
	s.lines = s.layout(w)
	bar := len(s.lines) > h
	if bar {
		s.lines = s.layout(w - 1)
	}
	s.slide(h)
	var b strings.Builder
	for i := range h {
		if i > 0 {
			b.WriteByte('\n')
		}
		at := s.offset + i
		if at >= len(s.lines) {
			continue
		}
		if !bar {
			b.WriteString(s.lines[at].text)
			continue
		}
		b.WriteString(widget.Fit(s.lines[at].text, w-1))
		b.WriteString(s.bar(i, h))
	}
	return b.String()
}

// bar is the scroll bar's cell in row i of h.
func (s *Set) bar(i, h int) string {
	size := max(1, h*h/len(s.lines))
	from := 0
	if over := len(s.lines) - h; over > 0 {
		from = (h - size) * s.offset / over
	}
	if i >= from && i < from+size {
		return s.theme.Muted.Render(theme.SignScroll)
	}
	return " "
}

// slide brings the field in focus into the h lines seen: with what stands
// before the first field, and with what comes after the last.
func (s *Set) slide(h int) {
	if s.follow && s.focus != nil {
		from, to := s.span()
		if to > s.offset+h {
			s.offset = to - h
		}
		if from < s.offset {
			s.offset = from
		}
	}
	s.offset = max(0, min(s.offset, len(s.lines)-h))
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
		out = append(out, line{f, s.answer(f, labels), true})
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

// Cursor is where the next character goes, relative to the set as it was drawn
// last; nil while none is awaited.
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
			row := i - s.offset
			if row < 0 || row >= s.height {
				return nil
			}
			c.X += s.column
			c.Y += row
			return c
		}
	}
	return nil
}
