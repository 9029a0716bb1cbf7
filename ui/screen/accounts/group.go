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
	byProject // offered where there is one
	groupings
)

func (g grouping) String() string {
	return [...]string{byBackend: "backend", byEnvironment: "environment", byProject: "project"}[g]
}

// others is the head of the accounts that belong to no project.
const others = "others"

// head is the head of the group an account belongs to.
func (l *List) head(s *session.Snapshot) string {
	switch l.group {
	case byProject:
		if l.project(s) {
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

// project reports whether an account is one of the project's.
func (l *List) project(s *session.Snapshot) bool {
	return l.ctx.Project != nil && slices.Contains(l.ctx.Project.Accounts, s.Account.Name)
}

// regroup gathers by the next thing there is.
func (l *List) regroup() {
	l.group = (l.group + 1) % groupings
	if l.group == byProject && l.ctx.Project == nil {
		l.group = ungrouped
	}
}

// groupedOrder is the order with groups kept together, by name; within one,
// what dies next comes first.
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
