package definition

import (
	"iter"
	"slices"

	"tokenring/session"
	"tokenring/session/jq"
)

// AnyAPI is the built-in definition for any API, with a token that comes from elsewhere.
const AnyAPI = "token"

// Basic is the built-in definition for HTTP Basic (RFC 7617).
const Basic = "basic"

// Named returns the definition of a name, or nil.
func Named(all []*Definition, name string) *Definition {
	if at := slices.IndexFunc(all, func(d *Definition) bool { return d.Name == name }); at >= 0 {
		return all[at]
	}
	return nil
}

// Login returns the login of a name, or nil; "" is the first.
func (d *Definition) Login(name string) *Login {
	return first(d.Logins, func(x *Login) bool { return name == "" || x.Name == name })
}

// CanName reports whether an outcome of a definition can have the kind.
func CanName(k session.OutcomeKind) bool { return slices.Contains(kindNames, string(k)) }

// AttachMode returns the attach mode of a name; "" is the first. It returns nil for
// an unknown name and for AttachNone.
func (d *Definition) AttachMode(name string) *Attach {
	return first(d.Attach, func(x *Attach) bool { return name == "" || x.Name == name })
}

// TokenSpec returns the description of a captured token, or nil.
func (d *Definition) TokenSpec(name string) *TokenSpec {
	return first(d.Tokens, func(x *TokenSpec) bool { return x.Name == name })
}

// Request returns the test request of a name, or nil.
func (d *Definition) Request(name string) *Request {
	return first(d.Requests, func(x *Request) bool { return x.Name == name })
}

// FieldsFor returns the fields of an account with this login: the account's, then the login's.
func (d *Definition) FieldsFor(login string) []Field {
	var out []Field
	for f := range d.EachField(login) {
		out = append(out, *f)
	}
	return out
}

// EachField yields pointers to the fields of FieldsFor, which must not be changed.
func (d *Definition) EachField(login string) iter.Seq[*Field] {
	return func(yield func(*Field) bool) {
		for i := range d.Fields {
			if !yield(&d.Fields[i]) {
				return
			}
		}
		if l := d.Login(login); l != nil {
			for i := range l.Fields {
				if !yield(&l.Fields[i]) {
					return
				}
			}
		}
	}
}

// Label implements session.Fields.
func (d *Definition) Label(login, field string) string {
	for f := range d.EachField(login) {
		if f.Name == field {
			return f.Label
		}
	}
	return field
}

// ModeFor returns the named attach mode, or for "" the first whose condition holds, or nil.
func (d *Definition) ModeFor(name string, holds func(when *jq.Query) bool) *Attach {
	return first(d.Attach, func(m *Attach) bool { return name == m.Name || name == "" && holds(m.When) })
}

// AllFields returns the fields of the account and of every login.
func (d *Definition) AllFields() []Field {
	out := slices.Clone(d.Fields)
	for i := range d.Logins {
		out = append(out, d.Logins[i].Fields...)
	}
	return out
}

// Prompt returns the prompt of that name among the steps, or nil.
func (l *Login) Prompt(name string) *Prompt {
	for _, s := range l.Steps {
		if s.Prompt != nil && s.Prompt.Name == name {
			return s.Prompt
		}
	}
	return nil
}

// Asks reports whether a step of the login needs the user.
func (l *Login) Asks() bool {
	return slices.ContainsFunc(l.Steps, func(s Step) bool { return s.Prompt != nil || s.Show != nil || s.Authorize != nil || s.Browser != nil })
}

// NeedsPerson returns why the login cannot run without a user, or "" if it can. A conditional
// prompt or notice does not count.
func (l *Login) NeedsPerson() string {
	if !l.Unattended {
		return "the definition says that this login must not be repeated without a person"
	}
	for i := range l.Steps {
		switch s := &l.Steps[i]; {
		case s.When != nil:
		case s.Prompt != nil:
			return "this login always asks a person for " + s.Prompt.Label
		case s.Authorize != nil, s.Browser != nil:
			return "this login always needs a person at a browser"
		case s.Show != nil:
			return "this login always has a person do something"
		}
	}
	return ""
}

// Offline reports whether the login needs neither a server nor the user: the entered values become
// the session.
func (l *Login) Offline() bool {
	return !l.Asks() && !slices.ContainsFunc(l.Steps, func(s Step) bool { return s.Request != nil || s.Discover != nil })
}

// Discovers reports whether a login learns addresses of servers from an issuer.
func (d *Definition) Discovers() bool {
	return slices.ContainsFunc(d.Logins, func(l Login) bool {
		return slices.ContainsFunc(l.Steps, func(s Step) bool { return s.Discover != nil })
	})
}

// first returns the first element that fits, or nil.
func first[T any](list []T, fits func(*T) bool) *T {
	for i := range list {
		if fits(&list[i]) {
			return &list[i]
		}
	}
	return nil
}
