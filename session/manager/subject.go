package manager

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// Names of sealed values begin with what they are.
const (
	fieldPrefix = "field:"
	refPrefix   = "ref:"
	tokenPrefix = "token:"
)

// opened holds an account's secrets in the clear, for the length of one call.
type opened struct {
	fields map[string]secret.String
	refs   map[string]secret.String
	tokens map[string]secret.String
}

// of gives the part that a sealed value belongs to, and its name there.
func (o *opened) of(sealed string) (into map[string]secret.String, name string) {
	kind, name, _ := strings.Cut(sealed, ":")
	switch kind + ":" {
	case fieldPrefix:
		return o.fields, name
	case refPrefix:
		return o.refs, name
	case tokenPrefix:
		return o.tokens, name
	}
	return nil, ""
}

// open unseals what the store holds for the account.
func (m *Manager) open(ctx context.Context, a *session.Account) (opened, error) {
	o := opened{fields: map[string]secret.String{}, refs: map[string]secret.String{}, tokens: map[string]secret.String{}}
	sealed, err := m.store.Sealed(ctx, a.ID, "")
	if err != nil {
		return o, err
	}
	for _, s := range sealed {
		into, name := o.of(s.Name)
		if into == nil {
			continue
		}
		plain, err := m.vault.Open(a.Binding(s.Name), s)
		if err != nil {
			return o, fmt.Errorf("%s of %s: %w", name, a.Name, err)
		}
		into[name] = secret.New(string(plain))
	}
	return o, nil
}

// subject makes the account ready for a flow: definition, values, secrets,
// tokens. extra are secrets for this flow only.
func (m *Manager) subject(ctx context.Context, rec *session.Record, extra map[string]secret.String) (*flow.Subject, error) {
	sub, err := m.ready(ctx, rec, extra)
	if err != nil {
		return nil, err
	}
	return sub, m.lendTokens(ctx, &rec.Account, sub)
}

// ready is subject without what other accounts lend.
func (m *Manager) ready(ctx context.Context, rec *session.Record, extra map[string]secret.String) (*flow.Subject, error) {
	a := &rec.Account
	def, err := m.catalog.Get(a.Definition)
	if err != nil {
		return nil, err
	}
	o, err := m.open(ctx, a)
	if err != nil {
		return nil, err
	}
	sub := newSubject(a, def)
	for name, value := range o.fields {
		sub.Fields[name] = value
	}
	if err := m.refer(a, sub, o.refs); err != nil {
		return nil, err
	}
	for name, value := range extra {
		sub.Fields[name] = value
		delete(sub.Sources, name)
	}
	sub.Tokens = o.tokens
	if rec.Session != nil {
		sub.Offset = rec.Session.Offset
		sub.Lives = lives(rec.Session)
	}
	return sub, m.sameOrigins(a, sub)
}

// newSubject is a subject with the account's plain values and no secrets.
func newSubject(a *session.Account, def *definition.Definition) *flow.Subject {
	sub := &flow.Subject{
		Definition: def,
		Login:      a.Login,
		Attach:     a.Attach,
		Fields:     map[string]any{},
		Tokens:     map[string]secret.String{},
		AllowHTTP:  a.AllowHTTP,
	}
	for _, f := range def.FieldsFor(a.Login) {
		if f.Type != definition.TypeAccount {
			sub.Fields[f.Name] = plainValue(&f, a.Values[f.Name])
		}
	}
	for _, o := range a.Origins {
		sub.Origins = append(sub.Origins, transport.Origin(o))
	}
	return sub
}

// plainValue gives the text of a form its type. An empty one is the default,
// or null.
func plainValue(f *definition.Field, text string) any {
	if text == "" {
		return f.Default
	}
	switch f.Type {
	case definition.TypeBool:
		v, _ := strconv.ParseBool(text)
		return v
	case definition.TypeInt:
		if v, err := strconv.Atoi(text); err == nil {
			return v
		}
	}
	return text
}

// lendTokens fills fields of type account with the other account's primary
// token, when the person agreed to that pair.
func (m *Manager) lendTokens(ctx context.Context, a *session.Account, sub *flow.Subject) error {
	for _, f := range sub.Definition.FieldsFor(a.Login) {
		other := a.Values[f.Name]
		if f.Type != definition.TypeAccount || other == "" {
			continue
		}
		if !slices.Contains(a.Grants, other) {
			return fmt.Errorf("%s would send another account's token to %s; edit the account and agree to it first", a.Name, a.Origin)
		}
		lender, err := m.lender(ctx, other)
		if err != nil {
			return fmt.Errorf("the account that %s borrows its token from: %w", a.Name, err)
		}
		value, err := m.openToken(ctx, &lender.Account, lender.Session.Primary().Name)
		if err != nil {
			return err
		}
		sub.Fields[f.Name] = value
	}
	return nil
}

// lender is a living account to borrow a token from. One that borrows itself is
// none: two could wait for each other.
func (m *Manager) lender(ctx context.Context, id string) (session.Snapshot, error) {
	snap, err := m.Account(ctx, id)
	if err != nil {
		return snap, err
	}
	if m.borrows(&snap.Account) {
		return snap, fmt.Errorf("%s borrows a token itself", snap.Account.Name)
	}
	return m.Ensure(ctx, id, 0)
}

// borrows reports whether the account uses the token of another one.
func (m *Manager) borrows(a *session.Account) bool {
	def, err := m.catalog.Get(a.Definition)
	return err == nil && slices.ContainsFunc(def.FieldsFor(a.Login), func(f definition.Field) bool {
		return f.Type == definition.TypeAccount && a.Values[f.Name] != ""
	})
}

func (m *Manager) openToken(ctx context.Context, a *session.Account, name string) (secret.String, error) {
	sealed, err := m.store.Sealed(ctx, a.ID, tokenPrefix+name)
	if err != nil {
		return secret.String{}, err
	}
	for _, s := range sealed {
		if s.Name == tokenPrefix+name {
			plain, err := m.vault.Open(a.Binding(s.Name), s)
			return secret.New(string(plain)), err
		}
	}
	return secret.String{}, fmt.Errorf("%s has no %s: %w", a.Name, name, session.ErrNotFound)
}

// sameOrigins refuses to go on when the definition or a value now leads
// elsewhere than the credentials belong to.
func (m *Manager) sameOrigins(a *session.Account, sub *flow.Subject) error {
	base, further, err := origins(m.runner, sub)
	if err != nil {
		return err
	}
	if base.origin != a.Origin {
		return &session.OriginError{Was: a.Origin, Is: base.origin}
	}
	var widened []string
	for _, o := range further {
		if !slices.Contains(a.Origins, o) {
			widened = append(widened, o)
		}
	}
	if len(widened) > 0 {
		return &session.OriginError{Was: a.Origin, Is: base.origin, Widened: widened}
	}
	return nil
}

type base struct{ url, origin string }

// origins resolves where a subject's calls go: the base and, sorted, every
// further origin.
func origins(r *flow.Runner, sub *flow.Subject) (base, []string, error) {
	u, further, err := r.Resolve(sub)
	if err != nil {
		return base{}, nil, err
	}
	shown := *u
	shown.User, shown.RawQuery, shown.Fragment = nil, "", ""
	b := base{url: shown.String(), origin: string(transport.OriginOf(u))}
	var all []string
	for _, f := range further {
		if o := string(f.Origin); o != b.origin && !slices.Contains(all, o) {
			all = append(all, o)
		}
	}
	slices.Sort(all)
	return b, all, nil
}

func lives(s *session.Session) map[string]flow.Life {
	all := make(map[string]flow.Life, len(s.Tokens))
	for _, t := range s.Tokens {
		all[t.Name] = flow.Life{ExpiresAt: t.ExpiresAt, Source: t.Source, Idle: t.Idle, Token: t.Token}
	}
	return all
}

// plainScope is what conditions may look at without a key: a stand-in where a
// secret is.
func plainScope(a *session.Account, s *session.Session, def *definition.Definition) jq.Scope {
	scope := jq.Scope{"login": a.Login, "attach": a.Attach}
	if s != nil {
		for _, t := range s.Tokens {
			scope[t.Name] = secret.Hidden
		}
	}
	for _, f := range def.FieldsFor(a.Login) {
		scope[f.Name] = plainValue(&f, a.Values[f.Name])
		if f.Secret && a.HasSecret(f.Name) {
			scope[f.Name] = secret.Hidden
		}
	}
	return scope
}

func holds(when *jq.Query, scope jq.Scope) bool {
	return when == nil || when.Match(context.Background(), scope)
}

// unattended reports whether the account's login could run with nobody there:
// the definition allows it, nothing is asked, and every field is at hand.
func unattended(a *session.Account, def *definition.Definition, scope jq.Scope) bool {
	login := def.Login(a.Login)
	return login != nil && login.Unattended && !login.Asks() && len(missing(a, def, scope)) == 0
}

// missing lists the fields a login needs and the account does not hold.
func missing(a *session.Account, def *definition.Definition, scope jq.Scope) []definition.Field {
	var fields []definition.Field
	for _, f := range def.FieldsFor(a.Login) {
		if f.Optional || !holds(f.When, scope) {
			continue
		}
		if f.Secret && !a.HasSecret(f.Name) || !f.Secret && a.Values[f.Name] == "" && f.Default == nil {
			fields = append(fields, f)
		}
	}
	return fields
}
