package screen

import (
	tea "charm.land/bubbletea/v2"

	"tokenring/ui/keymap"
	"tokenring/ui/widget"
)

// wheelSteps is how many lines one notch of the wheel moves.
const wheelSteps = 3

// Steps gives how many lines a key moves in what s shows; 0 for a key that
// does not move.
func Steps(a keymap.Action, s *widget.Scroll) int {
	switch a {
	case keymap.Up:
		return -1
	case keymap.Down:
		return 1
	case keymap.PageUp:
		return -s.Page()
	case keymap.PageDown:
		return s.Page()
	case keymap.Top:
		return -s.Len
	case keymap.Bottom:
		return s.Len
	}
	return 0
}

// WheelSteps gives how many lines the wheel moves; 0 when it turns to the side.
func WheelSteps(b tea.MouseButton) int {
	switch b {
	case tea.MouseWheelUp:
		return -wheelSteps
	case tea.MouseWheelDown:
		return wheelSteps
	}
	return 0
}
