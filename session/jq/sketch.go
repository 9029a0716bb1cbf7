package jq

import (
	"context"
	"strings"
)

// Sketch returns t for a person to read: with the plain values of the scope
// filled in, and {name} in place of the rest. A secret is never revealed to
// it, whatever the expression does with its name.
func (t *Template) Sketch(ctx context.Context, scope Scope) string {
	if t == nil {
		return ""
	}
	plain := Scope{}
	for name, v := range scope {
		switch v.(type) {
		case string, bool, int, float64:
			plain[name] = v
		}
	}
	var out strings.Builder
	for _, p := range t.parts {
		if p.query == nil {
			out.WriteString(p.literal)
			continue
		}
		out.WriteString(p.query.sketch(ctx, plain))
	}
	return out.String()
}

func (q *Query) sketch(ctx context.Context, plain Scope) string {
	missing, refs := "…", q.look().refs
	for _, name := range refs {
		if plain[name] == nil {
			missing = name
		}
	}
	if missing == "…" && len(refs) > 0 {
		if v, err := q.Value(ctx, plain); err == nil && v != nil && v != "" {
			return text(v)
		}
		missing = refs[0]
	}
	return "{" + missing + "}"
}
