package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tokenring/ui/theme"
)

// Box is where a modal lies on the screen, frame included.
type Box struct{ X, Y, W, H int }

// Contains reports whether a cell lies inside the frame.
func (b Box) Contains(x, y int) bool {
	return x > b.X && y > b.Y && x < b.X+b.W-1 && y < b.Y+b.H-1
}

// Centre places content of w by h with a frame around it on a screen.
func Centre(w, h, screenW, screenH int) Box {
	w, h = min(w+2, screenW), min(h+2, screenH)
	return Box{X: (screenW - w) / 2, Y: (screenH - h) / 2, W: w, H: h}
}

// Shade dims a whole screen, so that what is drawn over it stands out.
func Shade(th *theme.Theme, base string) string {
	lines := strings.Split(base, "\n")
	for i := range lines {
		lines[i] = th.Shade.Over(lines[i])
	}
	return strings.Join(lines, "\n")
}

// Splice lays a view over a base at a place. Only the lines it covers are
// touched, and of those only the covered cells.
func Splice(base, over string, at Box) string {
	lines := strings.Split(base, "\n")
	i := at.Y
	for row := range strings.SplitSeq(over, "\n") {
		if i >= 0 && i < len(lines) {
			lines[i] = spliceLine(lines[i], row, at.X)
		}
		i++
	}
	return strings.Join(lines, "\n")
}

// spliceLine replaces the cells of line from x on. A wide rune cut in half
// becomes a blank.
func spliceLine(line, over string, x int) string {
	end := x + Width(over)
	left := ansi.Truncate(line, x, "")
	right, rest := rightOf(line, end)
	return left + Blank(x-Width(left)) + over + Blank(rest-Width(right)) + right
}
