package accounts

import (
	"cmp"
	"slices"
	"strings"

	"tokenring/session"
)

// grouping is what accounts are gathered by.
type grouping int

const (
	ungrouped grouping = iota
	byBackend
	byEnvironment
	groupings
)

func (g grouping) String() string {
	switch g {
	case byBackend:
		return "backend"
	case byEnvironment:
		return "environment"
	}
	return ""
}

// of is the head of the group an account belongs to.
func (g grouping) of(s *session.Snapshot) string {
	switch g {
	case byBackend:
		return s.Title
	case byEnvironment:
		return cmp.Or(s.Account.Environment, "no environment")
	}
	return ""
}

// groupedOrder is the order with groups kept together, by name; within one,
// what dies next comes first.
func (l *List) groupedOrder() []int {
	if l.group == ungrouped {
		return l.book.order
	}
	order := slices.Clone(l.book.order)
	slices.SortStableFunc(order, func(i, j int) int {
		x, y := l.group.of(l.book.rows[i].snap), l.group.of(l.book.rows[j].snap)
		return cmp.Or(cmp.Compare(strings.ToLower(x), strings.ToLower(y)), cmp.Compare(x, y))
	})
	return order
}

// count tells each head how many accounts follow it.
func (l *List) count() {
	head := -1
	for i := range l.lines {
		switch {
		case l.lines[i].row < 0:
			head = i
		case head >= 0:
			l.lines[head].count++
		}
	}
}
