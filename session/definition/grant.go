package definition

import (
	"context"
	"maps"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/body"
	"tokenring/session/jq"
)

// Grant is the grant that a login of an account requests from an authorization server.
type Grant struct {
	Issuer string // "": the server publishes no metadata
	Scope  string // as sent (RFC 6749, section 3.3)
	Field  string // the field for the scope; or ""
}

// GrantOf returns the grant of an account's login, by the account's plain values.
func (d *Definition) GrantOf(a *session.Account) (g Grant) {
	login := d.Login(a.Login)
	if login == nil {
		return g
	}
	ctx, values := context.Background(), d.Scope(&session.Record{Account: *a})
	for i := range login.Steps {
		s := &login.Steps[i]
		if s.Discover != nil {
			g.Issuer, _, _ = s.Discover.Issuer.Text(ctx, values)
		}
		if t := s.scopes(); t != nil {
			g.Scope, _, _ = t.Text(ctx, values)
			for f := range d.EachField(a.Login) {
				if g.Field == "" && f.Type == TypeString && !f.Secret && holdsWords(ctx, t, values, f.Name) {
					g.Field = f.Name
				}
			}
		}
	}
	return g
}

// holdsWords reports whether the words that are entered in a field are words of a text: those of a client_id within
// api://…/.default are not.
func holdsWords(ctx context.Context, text *jq.Template, values jq.Scope, field string) bool {
	const word = "word"
	with := maps.Clone(values)
	with[field] = word
	made, _, err := text.Text(ctx, with)
	return err == nil && slices.Contains(strings.Fields(made), word)
}

// scopes returns the scope parameter of a step, or nil.
func (s *Step) scopes() *jq.Template {
	const parameter = "scope"
	if s.Authorize != nil {
		if p := first(s.Authorize.Query, func(p *Pair) bool { return p.Name.Source() == parameter }); p != nil {
			return p.Value
		}
	}
	if s.Request == nil || s.Request.Body == nil || s.Request.Body.Kind() != body.Form {
		return nil
	}
	for _, l := range body.Leaves(body.Form, s.Request.Body.Source()) {
		if l.Path == parameter {
			t, _ := jq.ParseTemplate(l.Value)
			return t
		}
	}
	return nil
}

// Lacks returns the scope values that a grant does not have, separated by spaces.
func (g Grant) Lacks(scope string) string {
	has := strings.Fields(g.Scope)
	return strings.Join(slices.DeleteFunc(strings.Fields(scope), func(s string) bool { return slices.Contains(has, s) }), " ")
}
