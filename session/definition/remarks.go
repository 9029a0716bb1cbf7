package definition

import (
	"context"
	"slices"

	"tokenring/session"
	"tokenring/session/jq"
	"tokenring/session/secret"
)

// Remark is a warning about a valid expression of a definition that is likely a mistake.
type Remark struct {
	Path, Expression string // for Place
	Text             string
}

// Remarks lists the outcomes that never match, and the conditions of flows that never hold.
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
	blind := func(path string, when *jq.Query) {
		if d.failsBlind(when) {
			all = append(all, Remark{path, when.Source(), "this sees only whether a capture is there, not its value: capture it only if the condition holds, and compare it with null"})
		}
	}
	if d.Refresh != nil {
		blind("refresh.when", d.Refresh.When)
	}
	if d.Check != nil {
		blind("check.when", d.Check.When)
	}
	if d.Logout != nil {
		blind("logout.when", d.Logout.When)
	}
	return all
}

// failsBlind reports whether a condition reads captured values alone and does not hold for a placeholder of each, which
// is all that [Definition.Scope] has of them.
func (d *Definition) failsBlind(when *jq.Query) bool {
	scope, names := jq.Scope{}, when.Refs()
	for _, name := range names {
		isField := slices.ContainsFunc(d.AllFields(), func(f Field) bool { return f.Name == name })
		if isField || slices.Contains([]string{jq.All, "login", "attach"}, name) {
			return false
		}
		scope[name] = secret.Hidden
	}
	return len(names) > 0 && !when.Match(context.Background(), scope)
}

// covers reports whether o applies to every flow of other.
func (o *Outcome) covers(other *Outcome) bool {
	if len(o.On) == 0 || len(other.On) == 0 {
		return len(o.On) == 0
	}
	return !slices.ContainsFunc(other.On, func(f session.Flow) bool { return !slices.Contains(o.On, f) })
}
