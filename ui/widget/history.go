package widget

import "slices"

// History holds the lines that were typed into inputs, the newest last, as long as the
// program runs.
type History struct{ lines []string }

// mostHistory is how many lines are kept.
const mostHistory = 50

// Add keeps a line; one that is there already becomes the newest.
func (h *History) Add(line string) {
	if line == "" {
		return
	}
	h.lines = append(slices.DeleteFunc(h.lines, func(l string) bool { return l == line }), line)
	h.lines = h.lines[max(0, len(h.lines)-mostHistory):]
}

// Recall replaces the text of an input by the line that is n older, and reports whether
// there is one. After the newest line comes the empty one.
func (h *History) Recall(in *Input, n int) bool {
	at := slices.Index(h.lines, in.Value())
	if at < 0 {
		at = len(h.lines)
	}
	switch at -= n; {
	case at < 0 || at > len(h.lines):
		return false
	case at == len(h.lines):
		in.Set("")
	default:
		in.Set(h.lines[at])
	}
	return true
}
