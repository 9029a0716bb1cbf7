package widget

import (
	"strings"

	"tokenring/ui/theme"
)

// Gauge draws a part of 0 to 1 in the given number of cells. What is left
// shows at least one full cell as long as it is more than nothing.
func Gauge(full, empty theme.Style, part float64, cells int) string {
	if cells <= 0 {
		return ""
	}
	n := int(part*float64(cells) + 0.5)
	if part > 0 {
		n = max(1, n)
	}
	n = max(0, min(n, cells))
	return full.Render(strings.Repeat(theme.SignGaugeFull, n)) +
		empty.Render(strings.Repeat(theme.SignGaugeEmpty, cells-n))
}

// Tabs is a line of tabs, one of them open.
type Tabs struct {
	Names []string
	Open  int
}

// View draws the tabs in w cells: the open one in brackets, so that it is
// known without colour.
func (t *Tabs) View(th *theme.Theme, w int) string {
	var b strings.Builder
	for i, name := range t.Names {
		if i == t.Open {
			b.WriteString(th.TabOn.Render("[" + name + "]"))
		} else {
			b.WriteString(th.TabOff.Render(" " + name + " "))
		}
		if i < len(t.Names)-1 {
			b.WriteByte(' ')
		}
	}
	return Cut(b.String(), w)
}

// At returns the tab under column x, or -1.
func (t *Tabs) At(x int) int {
	for i, name := range t.Names {
		w := Width(name) + 2
		if x >= 0 && x < w {
			return i
		}
		x -= w + 1
	}
	return -1
}
