package definition

import (
	"slices"

	"tokenring/session"
)

// Remark is a warning about a valid expression of a definition that is likely a mistake.
type Remark struct {
	Path, Expression string // for Place
	Text             string
}

// Remarks lists the outcomes that never match.
func (d *Definition) Remarks() []Remark {
	var all []Remark
	for i := range d.Outcomes {
		o := &d.Outcomes[i]
		text := ""
		switch {
		case o.Is == session.TokenRejected && len(o.On) > 0 && !slices.ContainsFunc(o.On, func(f session.Flow) bool { return f != session.FlowLogin }):
			text = "a login has no token yet: this counts as bad_credentials"
		case slices.ContainsFunc(d.Outcomes[:i], func(before Outcome) bool { return before.When.Source() == o.When.Source() && before.covers(o) }):
			text = "an outcome above has the same condition, and the first one decides"
		default:
			continue
		}
		all = append(all, Remark{d.OutcomePath(o), o.When.Source(), text})
	}
	return all
}

// covers reports whether o applies to every flow of other.
func (o *Outcome) covers(other *Outcome) bool {
	if len(o.On) == 0 || len(other.On) == 0 {
		return len(o.On) == 0
	}
	return !slices.ContainsFunc(other.On, func(f session.Flow) bool { return !slices.Contains(o.On, f) })
}
