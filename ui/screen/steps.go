package screen

import (
	"tokenring/ui/keymap"
	"tokenring/ui/widget"
)

// Steps returns the number of lines by which a key moves s; 0 for other keys.
func Steps(a keymap.Action, s *widget.Scroll) int {
	switch a {
	case keymap.Up, keymap.PickUp:
		return -1
	case keymap.Down, keymap.PickDown:
		return 1
	case keymap.PageUp, keymap.PickPageUp:
		return -s.Page()
	case keymap.PageDown, keymap.PickPageDown:
		return s.Page()
	case keymap.Top:
		return -s.Len
	case keymap.Bottom:
		return s.Len
	}
	return 0
}
