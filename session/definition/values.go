package definition

import (
	"context"
	"slices"
	"strconv"

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
	var ctx context.Context
	var scope jq.Scope
	return func(when *jq.Query) bool {
		if when == nil {
			return true
		}
		d.conditions.Lock()
		defer d.conditions.Unlock()
		if scope == nil {
			ctx, scope = jq.WithMemory(context.Background(), &d.conditions.Memory), d.Scope(rec)
		}
		return when.Match(ctx, scope)
	}
}

// Varies reports whether the account's login reads a field anew each time, from where it is kept or from another account.
func (d *Definition) Varies(a *session.Account) bool {
	for f := range d.EachField(a.Login) {
		if a.References[f.Name] != "" || f.Type == TypeAccount {
			return true
		}
	}
	return false
}

// Repeats reports whether the account's login brings a new session without a person. One that asks no server brings the
// same one, unless a field varies.
func (d *Definition) Repeats(a *session.Account) bool {
	login := d.Login(a.Login)
	return login != nil && login.NeedsPerson() == "" && (!login.Offline() || d.Varies(a))
}

// Extends reports whether sessions of the account can be extended in the background, also by its login where it may log in again.
func (d *Definition) Extends(a *session.Account) bool {
	return a.Relogin && d.Repeats(a) || d.Renews(a)
}

// Renews reports whether sessions of the account can be extended in the background without a login: by a refresh, or by
// the use of a token with an idle life.
func (d *Definition) Renews(a *session.Account) bool {
	login := d.Login(a.Login)
	if login == nil {
		return false
	}
	scope := d.Scope(&session.Record{Account: *a})
	for i := range login.Steps {
		for _, c := range login.Steps[i].Capture {
			scope[c.Name] = secret.Hidden
		}
	}
	holds := func(when *jq.Query) bool { return when == nil || when.Match(context.Background(), scope) }
	if r := d.Refresh; r != nil && holds(r.When) && (r.Needs == "" || scope[r.Needs] != nil) {
		return true
	}
	idle := slices.ContainsFunc(d.Tokens, func(t TokenSpec) bool { return t.Idle != nil })
	return idle && d.Check != nil && holds(d.Check.When)
}
