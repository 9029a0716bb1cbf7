package widget

import (
	tea "charm.land/bubbletea/v2"

	"tokenring/ui/theme"
)

// Scroll is a window of Height lines over Len, with a cursor in it. A view asks
// it for the lines seen and formats no others.
type Scroll struct {
	Len    int
	Height int
	Cursor int
	Offset int // the first line seen
}

// Resize takes a new number of lines and of those seen, and keeps the cursor
// in both.
func (s *Scroll) Resize(length, height int) {
	s.Len, s.Height = length, max(1, height)
	s.To(s.Cursor)
}

// To puts the cursor on a line and brings it into view.
func (s *Scroll) To(line int) {
	s.Cursor = max(0, min(line, s.Len-1))
	if s.Cursor < s.Offset {
		s.Offset = s.Cursor
	}
	if s.Cursor >= s.Offset+s.Height {
		s.Offset = s.Cursor - s.Height + 1
	}
	s.Offset = max(0, min(s.Offset, s.Len-s.Height))
}

// Move takes the cursor n lines down, or up.
func (s *Scroll) Move(n int) { s.To(s.Cursor + n) }

// Page returns how far a page key moves: one line less than is seen.
func (s *Scroll) Page() int { return max(1, s.Height-1) }

// Slide moves the window by n lines and takes the cursor along at its edge.
func (s *Scroll) Slide(n int) {
	s.Offset = max(0, min(s.Offset+n, s.Len-s.Height))
	s.Cursor = max(s.Offset, min(s.Cursor, s.Offset+s.Height-1, s.Len-1))
	s.Cursor = max(0, s.Cursor)
}

// Window returns the lines seen, as a half-open range.
func (s *Scroll) Window() (from, to int) {
	return s.Offset, min(s.Len, s.Offset+s.Height)
}

// Bar draws row i of a scroll bar beside the lines seen; a blank where the bar
// is not.
func (s *Scroll) Bar(th *theme.Theme, i int) string {
	if from, to := s.bar(s.Height); i >= from && i < to {
		return th.Muted.Render(theme.SignScroll)
	}
	return " "
}

// WheelSteps returns how many lines the wheel moves; 0 when it turns to the
// side.
func WheelSteps(b tea.MouseButton) int {
	switch b {
	case tea.MouseWheelUp:
		return -3
	case tea.MouseWheelDown:
		return 3
	}
	return 0
}

// bar returns the rows of a scroll bar of the given height, none when all is
// seen.
func (s *Scroll) bar(rows int) (from, to int) {
	if s.Len <= s.Height || rows <= 0 {
		return 0, 0
	}
	size := max(1, rows*s.Height/s.Len)
	from = (rows - size) * s.Offset / (s.Len - s.Height)
	return from, from + size
}

// AtTop returns the same window at the first line.
func (s Scroll) AtTop() Scroll {
	s.Cursor, s.Offset = 0, 0
	return s
}
