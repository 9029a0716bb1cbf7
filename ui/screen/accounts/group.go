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
	switch g {
	case byBackend:
		return "backend"
	case byEnvironment:
		return "environment"
	case byProject:
		return "project"
	}
	return ""
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
		if l.group == byProject {
			return cmp.Compare(rank(l.project(l.book.rows[i].snap)), rank(l.project(l.book.rows[j].snap)))
		}
		return cmp.Or(cmp.Compare(strings.ToLower(x), strings.ToLower(y)), cmp.Compare(x, y))
	})
	return order
}

func rank(first bool) int {
	if first {
		return 0
	}
	return 1
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
