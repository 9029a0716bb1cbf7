package accounts

import (
	"cmp"
	"slices"
	"strings"

	"tokenring/session"
)

// grouping is the property accounts are grouped by.
type grouping int

const (
	ungrouped grouping = iota
	byBackend
	byEnvironment
	byProject // only inside a project
	groupings
)

func (g grouping) String() string {
	return [...]string{byBackend: "backend", byEnvironment: "environment", byProject: "project"}[g]
}

// others is the heading of the accounts outside the project.
const others = "others"

// head returns the heading of an account's group.
func (l *List) head(s *session.Snapshot) string {
	switch l.group {
	case byProject:
		if l.inProject(s) {
			return l.ctx.Project.Name()
		}
		return others
	case byBackend:
		return s.Title
	case byEnvironment:
		return cmp.Or(s.Account.Environment, "no environment")
	}
	return ""
}

// inProject reports whether an account belongs to the project.
func (l *List) inProject(s *session.Snapshot) bool {
	return l.ctx.Project != nil && slices.Contains(l.ctx.Project.Accounts, s.Account.Name)
}

// regroup switches to the next grouping.
func (l *List) regroup() {
	l.group = (l.group + 1) % groupings
	if l.group == byProject && l.ctx.Project == nil {
		l.group = ungrouped
	}
}

// groupedOrder returns the order with groups together, sorted by heading; within
// a group the most urgent account comes first.
func (l *List) groupedOrder() []int {
	if l.group == ungrouped {
		return l.book.order
	}
	order := slices.Clone(l.book.order)
	slices.SortStableFunc(order, func(i, j int) int {
		x, y := l.head(l.book.rows[i].snap), l.head(l.book.rows[j].snap)
		switch {
		case x == y:
			return 0
		case l.group == byProject && y == others:
			return -1
		case l.group == byProject:
			return 1
		}
		return cmp.Or(cmp.Compare(strings.ToLower(x), strings.ToLower(y)), cmp.Compare(x, y))
	})
	return order
}
