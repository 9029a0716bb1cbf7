package response

import (
	"strings"

	"tokenring/session/request"
)

// piece is a part of a line in one style.
type piece struct {
	text string
	role request.Role
	hit  bool // a match
}

// split parts the spans of a line where matches begin and end. A match may
// reach over several spans.
func split(match request.Pattern, spans []request.Span) []piece {
	var whole strings.Builder
	for _, s := range spans {
		whole.WriteString(s.Text)
	}
	rest, at := whole.String(), 0
	var ends []int // of what is no match and what is one, in turn
	for found := match.In(rest); found >= 0; found = match.In(rest) {
		ends = append(ends, at+found, at+found+len(match))
		at, rest = at+found+len(match), rest[found+len(match):]
	}
	ends = append(ends, at+len(rest))
	out := make([]piece, 0, len(spans)+len(ends))
	at, hit := 0, false
	for _, s := range spans {
		for s.Text != "" {
			n := min(ends[0]-at, len(s.Text))
			if n > 0 {
				out = append(out, piece{text: s.Text[:n], role: s.Role, hit: hit})
			}
			at, s.Text = at+n, s.Text[n:]
			if at == ends[0] && len(ends) > 1 {
				ends, hit = ends[1:], !hit
			}
		}
	}
	return out
}
