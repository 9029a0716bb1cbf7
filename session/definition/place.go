package definition

import (
	"fmt"
	"strings"

	"tokenring/session/yaml"
)

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
