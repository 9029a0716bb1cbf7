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

// The headings of the accounts outside the project, and of those without an
// environment.
const (
	others        = "others"
	noEnvironment = "no environment"
)

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
		return cmp.Or(s.Account.Environment, noEnvironment)
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

// grouped returns rows with groups together, sorted by heading; within a group they
// keep their order.
func (l *List) grouped(rows []int) []int {
	if l.group == ungrouped {
		return rows
	}
	order := slices.Clone(rows)
	slices.SortStableFunc(order, func(i, j int) int {
		return compareHeads(l.head(l.book.rows[i].snap), l.head(l.book.rows[j].snap))
	})
	return order
}

// compareHeads compares the headings of two groups.
func compareHeads(x, y string) int {
	return cmp.Or(cmp.Compare(weight(x), weight(y)), cmp.Compare(strings.ToLower(x), strings.ToLower(y)), cmp.Compare(x, y))
}

// weight sinks the group of the accounts that are in no other.
func weight(head string) int {
	if head == others || head == noEnvironment {
		return 1
	}
	return 0
}
