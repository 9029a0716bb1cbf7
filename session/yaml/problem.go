package yaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tokenring/session/jq"
)

// maxProblems bounds the problems listed for one file.
const maxProblems = 20

// Problem is a mistake in a file.
type Problem struct {
	File   string
	Line   int    // from 1; 0 for the whole file
	Column int    // from 1, in characters
	Path   string // such as logins[0].steps[1].request
	Text   string
	Hint   string // what to do; may be empty
}

// Error returns "file:line:column: text (hint)".
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Text)
	if p.Hint != "" {
		b.WriteString(" (" + p.Hint + ")")
	}
	return b.String()
}

// Problems lists the mistakes in a file, ordered by place.
type Problems struct {
	List []Problem
	More int // problems that are not listed
}

// Error returns one line per problem.
func (p *Problems) Error() string {
	lines := make([]string, 0, len(p.List)+1)
	for _, one := range p.List {
		lines = append(lines, one.Error())
	}
	if p.More > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", p.More))
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the single problems for errors.As.
func (p *Problems) Unwrap() []error {
	errs := make([]error, len(p.List))
	for i, one := range p.List {
		errs[i] = one
	}
	return errs
}

// problemsOf sorts and bounds a list, or returns nil if it is empty. It drops the
// repetitions that aliases cause.
func problemsOf(list []Problem) error {
	if len(list) == 0 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	list = slices.CompactFunc(list, func(a, b Problem) bool {
		return a.Line == b.Line && a.Column == b.Column && a.Text == b.Text
	})
	out := &Problems{List: list}
	if len(list) > maxProblems {
		out.List, out.More = list[:maxProblems], len(list)-maxProblems
	}
	return out
}

// DidYouMean suggests the known word closest to an unknown one.
func DidYouMean(word string, known []string) string {
	if best := jq.Closest(word, known); best != "" {
		return "did you mean " + best + "?"
	}
	return ""
}

// OneOf returns a hint that lists the allowed words.
func OneOf(known []string) string {
	var out []string
	for _, k := range known {
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "one of " + strings.Join(out, ", ")
}

// Suggest returns [DidYouMean], or [OneOf] if no word is close.
func Suggest(word string, known []string) string {
	return cmp.Or(DidYouMean(word, known), OneOf(known))
}
