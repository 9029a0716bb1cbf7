package help

import (
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

const (
	twoFrom = 96 // cells from which there are two columns
	gap     = 3  // cells between them
	signs   = 19 // cells for what stands on the left of a row
)

// lay draws sections in w cells, in two columns where there is room.
func lay(th *theme.Theme, all []section, w int) []string {
	if w < twoFrom || len(all) == 1 {
		var out []string
		for i := range all {
			out = append(out, all[i].lines(th, w)...)
		}
		return trim(out)
	}
	half := (w - gap) / 2
	var blocks [][]string
	total := 0
	for i := range all {
		lines := all[i].lines(th, half)
		blocks = append(blocks, lines)
		total += len(lines)
	}
	var left, right []string
	for _, b := range blocks {
		// A section goes to the left as long as that evens the columns out.
		if len(right) == 0 && len(left)+len(b)/2 <= total/2 {
			left = append(left, b...)
		} else {
			right = append(right, b...)
		}
	}
	left, right = trim(left), trim(right)
	out := make([]string, max(len(left), len(right)))
	for i := range out {
		l, r := "", ""
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		out[i] = widget.Fit(l, half+gap) + r
	}
	return out
}

// lines draws a section: its heading, its rows, and a blank below.
func (s *section) lines(th *theme.Theme, w int) []string {
	out := []string{th.AccentStrong.Render(widget.Cut(s.title, w))}
	for i := range s.rows {
		out = append(out, s.rows[i].lines(th, w)...)
	}
	return append(out, "")
}

func (r *row) lines(th *theme.Theme, w int) []string {
	lead := "  "
	if r.live {
		lead = th.Accent.Render(theme.SignInfo) + " "
	}
	column := min(signs, w/2)
	room := max(8, w-2-column-1)
	var out []string
	for i, text := range widget.Wrap(r.text, room) {
		if i == 0 {
			out = append(out, lead+widget.Fit(r.sign, column)+" "+r.look.Render(text))
		} else {
			out = append(out, widget.Blank(2+column+1)+r.look.Render(text))
		}
	}
	return out
}

// trim takes the blanks off the end.
func trim(lines []string) []string {
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}
