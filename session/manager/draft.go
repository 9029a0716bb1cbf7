package manager

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// Draft is an account as a form holds it, before it is stored.
type Draft struct {
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

// Draft reads an account into a form. Secrets stay where they are.
func (m *Manager) Draft(ctx context.Context, id string) (*Draft, error) {
	rec, err := m.store.Account(ctx, id)
	if err != nil {
		return nil, err
	}
	a := rec.Account
	values := make(map[string]string, len(a.Values))
	for k, v := range a.Values {
		values[k] = v
	}
	return &Draft{
		ID: a.ID, Name: a.Name, Definition: a.Definition, Login: a.Login, Attach: a.Attach,
		Environment: a.Environment, Guard: a.Guard, Values: values, Secrets: map[string]secret.String{}, References: map[string]string{},
		KeepAlive: a.KeepAlive, Relogin: a.Relogin, AllowHTTP: a.AllowHTTP,
		Origins: slices.Clone(a.Origins), Grants: slices.Clone(a.Grants),
	}, nil
}

// Destination is where an account's credentials would go.
type Destination struct {
	BaseURL string
	Origin  string
	Origins []string // every further origin, sorted
	Plain   bool     // plain HTTP beyond loopback: needs AllowHTTP
}

// Preview says where an account of this draft would send its credentials. The
// error is for the person: a value is missing or no URL.
func (m *Manager) Preview(d *Draft) (Destination, error) {
	def, err := m.catalog.Get(d.Definition)
	if err != nil {
		return Destination{}, err
	}
	return destination(m.runner, d.subject(def))
}

func destination(r *flow.Runner, sub *flow.Subject) (Destination, error) {
	b, further, err := origins(r, sub)
	if err != nil {
		return Destination{}, err
	}
	origin := transport.Origin(b.origin)
	return Destination{
		BaseURL: b.url, Origin: b.origin, Origins: further,
		Plain: strings.HasPrefix(b.origin, "http://") && !transport.Loopback(origin),
	}, nil
}

// subject is the draft as flows see it, with a stand-in for every secret.
func (d *Draft) subject(def *definition.Definition) *flow.Subject {
	a := d.account()
	sub := newSubject(&a, def)
	for _, f := range def.FieldsFor(d.Login) {
		if f.Secret {
			sub.Fields[f.Name] = secret.Hidden
		}
	}
	return sub
}

func (d *Draft) account() session.Account {
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

// Validate finds everything that keeps a draft from being saved; nil: nothing.
func (m *Manager) Validate(ctx context.Context, d *Draft) FieldErrors {
	var errs FieldErrors
	checkWord(&errs, "name", strings.TrimSpace(d.Name), true)
	checkWord(&errs, "environment", strings.TrimSpace(d.Environment), false)
	m.checkName(ctx, &errs, d)
	def, err := m.catalog.Get(d.Definition)
	if err != nil {
		errs.add("definition", "%v", err)
		return errs
	}
	login := def.Login(d.Login)
	if login == nil {
		errs.add("login", "%s has no login %q", def.Title, d.Login)
		return errs
	}
	if d.Attach != "" && def.AttachMode(d.Attach) == nil {
		errs.add("attach", "%s has no attach mode %q", def.Title, d.Attach)
	}
	if !slices.Contains(session.Guards(), d.Guard) {
		errs.add("guard", "there is no guard %q", d.Guard)
	}
	a := d.account()
	scope := plainScope(&a, nil, def)
	for _, f := range def.FieldsFor(d.Login) {
		if holds(f.When, scope) {
			m.checkField(ctx, &errs, d, &f)
		}
	}
	m.checkReferences(&errs, d)
	if len(errs) == 0 {
		m.checkDestination(&errs, d)
	}
	return errs
}

func checkWord(errs *FieldErrors, field, word string, required bool) {
	switch {
	case word == "" && required:
		errs.add(field, "give the account a name")
	case utf8.RuneCountInString(word) > MaxName:
		errs.add(field, "at most %d characters", MaxName)
	case word != secret.CleanLine(word) || strings.ContainsFunc(word, unicode.IsControl):
		errs.add(field, "only characters that can be seen")
	}
}

func (m *Manager) checkName(ctx context.Context, errs *FieldErrors, d *Draft) {
	name := strings.TrimSpace(d.Name)
	switch {
	case name == request.Nobody:
		errs.add("name", "%s is who sends no token; choose another name", request.Nobody)
		return
	case strings.HasPrefix(name, "-"):
		errs.add("name", "no dash at the beginning: commands would take it for a flag")
		return
	}
	other, err := m.Find(ctx, name)
	if err == nil && other.Account.ID != d.ID {
		errs.add("name", "another account has this name")
	}
}

func (m *Manager) checkField(ctx context.Context, errs *FieldErrors, d *Draft, f *definition.Field) {
	text := d.Values[f.Name]
	if f.Secret {
		return // asked for at login when it is not stored
	}
	if text == "" {
		if !f.Optional && f.Default == nil {
			errs.add(f.Name, "needed")
		}
		return
	}
	if text != secret.CleanLine(text) {
		errs.add(f.Name, "only characters that can be seen")
		return
	}
	switch f.Type {
	case definition.TypeURL:
		if u, err := url.Parse(text); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			errs.add(f.Name, "a full address, such as https://api.example.com")
		} else if u.User != nil {
			errs.add(f.Name, "an address without a user name or password in it")
		}
	case definition.TypeInt:
		if _, err := strconv.Atoi(text); err != nil {
			errs.add(f.Name, "a whole number")
		}
	case definition.TypeBool:
		if _, err := strconv.ParseBool(text); err != nil {
			errs.add(f.Name, "true or false")
		}
	case definition.TypeEnum:
		if !slices.Contains(f.Options, text) {
			errs.add(f.Name, "one of %s", strings.Join(f.Options, ", "))
		}
	case definition.TypeAccount:
		m.checkLender(ctx, errs, d, f.Name, text)
	}
}

func (m *Manager) checkLender(ctx context.Context, errs *FieldErrors, d *Draft, field, id string) {
	lender, err := m.Account(ctx, id)
	switch {
	case err != nil:
		errs.add(field, "there is no such account")
	case id == d.ID:
		errs.add(field, "an account cannot lend its token to itself")
	case m.borrows(&lender.Account):
		errs.add(field, "%s borrows a token itself and has none of its own to lend", lender.Account.Name)
	case !slices.Contains(d.Grants, id):
		errs.add(field, "agree first: the token of %s would be sent here", lender.Account.Name)
	}
}

func (m *Manager) checkDestination(errs *FieldErrors, d *Draft) {
	to, err := m.Preview(d)
	if err != nil {
		errs.add("base_url", "%v", err)
		return
	}
	if to.Plain && !d.AllowHTTP {
		errs.add("allow_http", "%s is not encrypted: use https, or allow plain HTTP for this account", to.Origin)
	}
	for _, o := range to.Origins {
		if !slices.Contains(d.Origins, o) {
			errs.add("origins", "calls also go to %s: agree to it first", o)
		}
	}
}
