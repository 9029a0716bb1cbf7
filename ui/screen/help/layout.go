package help

import (
	"slices"

	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

const (
	twoFrom = 96 // cells from which there are two columns
	gap     = 3  // cells between them
	signs   = 17 // cells of the left column of a row
)

// layOut draws sections in w cells, in two columns if there is room.
func layOut(th *theme.Theme, all []section, w int) []string {
	if w < twoFrom || len(all) == 1 {
		var out []string
		for i := range all {
			out = append(out, all[i].lines(th, w)...)
		}
		return trim(out)
	}
	half := (w - gap) / 2
	blocks := make([][]string, len(all))
	for i := range all {
		blocks[i] = all[i].lines(th, half)
	}
	at := split(blocks)
	left, right := trim(slices.Concat(blocks[:at]...)), trim(slices.Concat(blocks[at:]...))
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

// split returns where to divide blocks to make the longer half shortest.
func split(blocks [][]string) int {
	total := 0
	for _, b := range blocks {
		total += len(b)
	}
	best, at, left := total, len(blocks), 0
	for i, b := range blocks {
		if longer := max(left, total-left); longer < best {
			best, at = longer, i
		}
		left += len(b)
	}
	return at
}

// lines draws a section: its heading, its rows, and a blank line.
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
	lead += widget.Fit(r.sign, column) + " "
	var out []string
	for _, text := range widget.Wrap(r.text, room) {
		out = append(out, lead+r.look.Render(text))
		lead = widget.Blank(2 + column + 1)
	}
	return out
}

// trim removes blank lines at the end.
func trim(lines []string) []string {
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}
