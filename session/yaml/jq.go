package yaml

import (
	"errors"
	"strings"

	"tokenring/session/jq"
)

// Query parses a bare jq expression. It returns nil if it is invalid.
func (r *Reader) Query(n *Node) *jq.Query {
	src, ok := r.Scalar(n)
	if !ok {
		return nil
	}
	if strings.TrimSpace(src) == "" {
		r.Problem(n, "leave the key out", "the jq expression is empty")
		return nil
	}
	q := r.queries[src]
	if q != nil {
		return q
	}
	q = jq.Lazy(src)
	if r.Trusted {
		return q
	}
	if err := q.Check(); err != nil {
		hint := ""
		if i := strings.Index(src, "${"); i >= 0 {
			hint = "this value is a jq expression: write .name, not ${.name}"
		}
		r.syntaxProblem(n, err, hint)
		return nil
	}
	if r.queries == nil {
		r.queries = map[string]*jq.Query{}
	}
	r.queries[src] = q
	return q
}

// Condition parses a jq expression that must hold. It returns nil if it is invalid, or holds
// whatever the values are.
func (r *Reader) Condition(n *Node) *jq.Query {
	q := r.Query(n)
	if q == nil || r.Trusted || r.conditions[q] {
		return q
	}
	if err := q.CheckCondition(); err != nil {
		r.syntaxProblem(n, err, "")
		return nil
	}
	if r.conditions == nil {
		r.conditions = map[*jq.Query]bool{}
	}
	r.conditions[q] = true
	return q
}

// Template parses a text with ${…}. It returns nil if it is invalid.
func (r *Reader) Template(n *Node) *jq.Template {
	src, ok := r.Scalar(n)
	if !ok {
		return nil
	}
	t, err := jq.LazyTemplate(src)
	if err == nil && !r.Trusted {
		err = t.Check()
	}
	if err != nil {
		r.syntaxProblem(n, err, "")
		return nil
	}
	return t
}

// Tree reads a JSON body whose texts and keys are templates. It calls text for each of
// them, which reports mistakes, and returns nil after any.
func (r *Reader) Tree(n *Node, text func(*Node)) *jq.Tree {
	before := len(r.problems)
	value := treeValue(n, text)
	if len(r.problems) > before {
		return nil
	}
	t, err := jq.ParseTree(value, jq.LazyTemplate) // text has checked the templates
	if err != nil {
		r.syntaxProblem(n, err, "")
		return nil
	}
	return t
}

// syntaxProblem reports an error of jq at its place in the text.
func (r *Reader) syntaxProblem(n *Node, err error, hint string) {
	text, line, col := "not valid jq", n.Line, n.Column
	if at, ok := errors.AsType[*jq.SyntaxError](err); ok {
		text = at.Msg
		line, col = r.Locate(n, at.Offset)
		if hint == "" {
			hint = at.Hint
		}
	}
	r.ProblemAt(line, col, n.Path, hint, "%s", text)
}

// Plain returns the value of a text, number or boolean for jq, or nil.
func (n *Node) Plain() any {
	switch n.Kind {
	case Text:
		return n.Text
	case Number:
		number, _ := jq.Scalar(n.Number)
		return number
	case Bool:
		return n.Text == "true"
	}
	return nil
}

// treeValue converts a node to plain values and calls text for its texts and keys.
func treeValue(n *Node, text func(*Node)) any {
	switch n.Kind {
	case Text:
		text(n)
	case Sequence:
		out := make([]any, 0, len(n.Items))
		for _, item := range n.Items {
			out = append(out, treeValue(item, text))
		}
		return out
	case Mapping:
		out := make(map[string]any, len(n.Entries))
		for _, e := range n.Entries {
			text(e.Key)
			out[e.Key.Text] = treeValue(e.Value, text)
		}
		return out
	}
	return n.Plain()
}
