package definition

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/yaml"
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

// Place finds an expression in the text of a definition: below a path such as logins[0].steps[1],
// or else anywhere.
func Place(text []byte, path, expression string) (line, column int, ok bool) {
	r := yaml.New("")
	root := r.Read(text, "")
	if root == nil || strings.TrimSpace(expression) == "" {
		return 0, 0, false
	}
	n := find(root, path, expression)
	if n == nil {
		n = find(root, "", expression)
	}
	if n == nil {
		return 0, 0, false
	}
	line, column = r.Locate(n, strings.Index(n.Text, expression))
	return line, column, true
}

// OutcomePath returns the path of an outcome of the definition, for Place.
func (d *Definition) OutcomePath(o *Outcome) string {
	for i := range d.Outcomes {
		if &d.Outcomes[i] == o {
			return fmt.Sprintf("outcomes[%d]", i)
		}
	}
	return "outcomes"
}

// find returns the first text at or below path that equals the expression, or else contains it.
func find(n *yaml.Node, path, expression string) *yaml.Node {
	var whole, part *yaml.Node
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		inside := path == "" || n.Path == path || strings.HasPrefix(n.Path, path+".") || strings.HasPrefix(n.Path, path+"[")
		switch {
		case !inside || n.Text == "":
		case whole == nil && strings.TrimSpace(n.Text) == strings.TrimSpace(expression):
			whole = n
		case part == nil && strings.Contains(n.Text, expression):
			part = n
		}
		for _, e := range n.Entries {
			walk(e.Key)
			walk(e.Value)
		}
		for _, item := range n.Items {
			walk(item)
		}
	}
	walk(n)
	if whole != nil {
		return whole
	}
	return part
}
