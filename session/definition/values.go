package definition

import (
	"context"
	"strconv"
	"sync"

	"tokenring/session"
	"tokenring/session/jq"
	"tokenring/session/secret"
)

// Value converts the text of a form to the type of its field. An empty text
// becomes the default, or nil.
func (f *Field) Value(text string) any {
	if text == "" {
		return f.Default
	}
	switch f.Type {
	case TypeBool:
		v, _ := strconv.ParseBool(text)
		return v
	case TypeInt:
		if v, err := strconv.Atoi(text); err == nil {
			return v
		}
	}
	return text
}

// Scope returns the values of an account that conditions and sketches may read without a
// key, with a placeholder for each secret.
func (d *Definition) Scope(rec *session.Record) jq.Scope {
	a := &rec.Account
	scope := jq.Scope{"login": a.Login, "attach": a.Attach}
	if rec.Session != nil {
		for _, t := range rec.Session.Tokens {
			scope[t.Name] = secret.Hidden
		}
	}
	for f := range d.EachField(a.Login) {
		scope[f.Name] = f.Value(a.Values[f.Name])
		if f.Secret && a.HasSecret(f.Name) {
			scope[f.Name] = secret.Hidden
		}
	}
	return scope
}

// Conditions returns a function that reports whether a condition holds for an account; nil always
// does. It makes the scope at the first condition, because most definitions have few.
func (d *Definition) Conditions(rec *session.Record) func(when *jq.Query) bool {
	scope := sync.OnceValue(func() jq.Scope { return d.Scope(rec) })
	return func(when *jq.Query) bool {
		return when == nil || when.Match(context.Background(), scope())
	}
}
