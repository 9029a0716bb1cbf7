package definition

import (
	"context"
	"slices"
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
	scope := jq.Scope{}
	add := func(name string) { scope[name] = d.value(rec, name) }
	add("login")
	add("attach")
	if rec.Session != nil {
		for i := range rec.Session.Tokens {
			add(rec.Session.Tokens[i].Name)
		}
	}
	for f := range d.EachField(rec.Account.Login) {
		add(f.Name)
	}
	return scope
}

// value returns one value of Scope, or nil.
func (d *Definition) value(rec *session.Record, name string) (value any) {
	a := &rec.Account
	switch {
	case rec.Session.Token(name) != nil:
		value = secret.Hidden
	case name == "login":
		value = a.Login
	case name == "attach":
		value = a.Attach
	}
	for f := range d.EachField(a.Login) { // a later one of the same name hides the others
		switch {
		case f.Name != name:
		case f.Secret && a.HasSecret(name):
			value = secret.Hidden
		default:
			value = f.Value(a.Values[name])
		}
	}
	return value
}

// Conditions returns a function that reports whether a condition holds for an account; nil always
// does. It makes the scope at the first condition, because most definitions have few.
func (d *Definition) Conditions(rec *session.Record) func(when *jq.Query) bool {
	scope := sync.OnceValue(func() jq.Scope { return d.Scope(rec) })
	return func(when *jq.Query) bool {
		if when == nil {
			return true
		}
		d.conditions.Lock()
		defer d.conditions.Unlock()
		return d.conditions.Match(when, func(name string) any { return d.value(rec, name) }, scope)
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
