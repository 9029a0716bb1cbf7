package draft

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/secret"
)

// Form is an account as a form holds it, before it is stored.
type Form struct {
	ID          string // "" for a new account
	Name        string
	Definition  string
	Login       string
	Attach      string
	Environment string
	Guard       session.Guard
	Values      map[string]string
	Secrets     map[string]secret.String // entered now; absent keeps what is stored
	References  map[string]string        // entered now, in the place of a stored secret: env:NAME, cmd:…
	Forget      []string                 // stored secrets and references to delete
	KeepAlive   bool
	Relogin     bool
	AllowHTTP   bool
	Origins     []string // further origins the person agreed to
	Grants      []string // ids of accounts whose token may go to this account's origin
}

// MaxName is the longest name of an account, in runes.
const MaxName = 64

// FieldError is what is wrong with one field of a draft. Field is a field of
// the definition, or one of name, definition, login, attach, environment,
// origins.
type FieldError struct{ Field, Text string }

func (e FieldError) Error() string { return e.Field + ": " + e.Text }

// FieldErrors is everything that is wrong with a draft.
type FieldErrors []FieldError

func (e FieldErrors) Error() string {
	lines := make([]string, len(e))
	for i := range e {
		lines[i] = e[i].Error()
	}
	return strings.Join(lines, "; ")
}

// For gives the text for one field, or "".
func (e FieldErrors) For(field string) string {
	for i := range e {
		if e[i].Field == field {
			return e[i].Text
		}
	}
	return ""
}

func (e *FieldErrors) add(field, format string, args ...any) {
	*e = append(*e, FieldError{Field: field, Text: fmt.Sprintf(format, args...)})
}

// FormOf reads an account into a form. Secrets stay where they are.
func FormOf(a *session.Account) *Form {
	values := maps.Clone(a.Values)
	if values == nil {
		values = map[string]string{}
	}
	return &Form{
		ID: a.ID, Name: a.Name, Definition: a.Definition, Login: a.Login, Attach: a.Attach,
		Environment: a.Environment, Guard: a.Guard, Values: values, Secrets: map[string]secret.String{}, References: map[string]string{},
		KeepAlive: a.KeepAlive, Relogin: a.Relogin, AllowHTTP: a.AllowHTTP,
		Origins: slices.Clone(a.Origins), Grants: slices.Clone(a.Grants),
	}
}

// Preview says where an account of this form would send its credentials. The
// error is for the person: a value is missing or no URL.
func (e *Editor) Preview(d *Form) (credential.Destination, error) {
	def, err := e.Catalog.Get(d.Definition)
	if err != nil {
		return credential.Destination{}, err
	}
	return credential.DestinationOf(d.subject(def))
}

// subject is the draft as flows see it, with a stand-in for every secret.
func (d *Form) subject(def *definition.Definition) *flow.Subject {
	a := d.account()
	sub := credential.PlainSubject(&a, def)
	for _, f := range def.FieldsFor(d.Login) {
		if f.Secret {
			sub.Fields[f.Name] = secret.Hidden
		}
	}
	return sub
}

func (d *Form) account() session.Account {
	values := make(map[string]string, len(d.Values))
	for k, v := range d.Values {
		if v != "" {
			values[k] = v
		}
	}
	return session.Account{
		ID: d.ID, Name: strings.TrimSpace(d.Name), Definition: d.Definition, Login: d.Login, Attach: d.Attach,
		Environment: strings.TrimSpace(d.Environment), Guard: d.Guard, Values: values,
		KeepAlive: d.KeepAlive, Relogin: d.Relogin, AllowHTTP: d.AllowHTTP,
		Origins: d.Origins, Grants: d.Grants,
	}
}
