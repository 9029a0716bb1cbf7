package definition

import (
	"slices"
	"strings"

	"tokenring/session/secret"
)

// SentNames lists the values that must be printable ASCII: those described as tokens, the one
// that a refresh needs, and those that the attach modes send without encoding.
func (d *Definition) SentNames() []string {
	names := append(d.described(), d.Refresh.needs()...)
	for _, m := range d.Attach {
		names = slices.Concat(names, sentBy(slices.Concat(m.Headers, m.Query, m.Cookies)), m.Path.Sent())
	}
	return names
}

// PlacedNames lists the values that the definition's requests put into a header or a path, which
// cannot contain control characters.
func (d *Definition) PlacedNames() []string {
	names := sentBy(d.Headers)
	for _, r := range d.allRequests() {
		names = slices.Concat(names, sentBy(r.Headers), r.Path.Sent())
	}
	return names
}

// allRequests returns the requests of every flow, and the test requests.
func (d *Definition) allRequests() (all []*Request) {
	for _, s := range d.allSteps() {
		all = append(all, s.Request)
	}
	if d.Check != nil {
		all = append(all, d.Check.Request)
	}
	for i := range d.Requests {
		all = append(all, &d.Requests[i])
	}
	return slices.DeleteFunc(all, func(r *Request) bool { return r == nil })
}

// allSteps returns the steps of every login, of the refresh and of the logout.
func (d *Definition) allSteps() (steps []Step) {
	for i := range d.Logins {
		steps = append(steps, d.Logins[i].Steps...)
	}
	if d.Refresh != nil {
		steps = append(steps, d.Refresh.Steps...)
	}
	if d.Logout != nil {
		steps = append(steps, d.Logout.Steps...)
	}
	return steps
}

// TokenInputs lists the secret fields and the prompts of a login into which the user pastes a
// token: a field with such a name, and any value that becomes one of SentNames or is sent in an
// Authorization header without encoding.
func (d *Definition) TokenInputs(login string) []string {
	l := d.Login(login)
	if l == nil {
		return nil
	}
	sent := d.SentNames()
	for i := range l.Steps {
		sent = append(sent, l.Steps[i].sends(sent)...)
	}
	var names []string
	for _, f := range d.FieldsFor(login) {
		if f.Secret && (slices.Contains(sent, f.Name) || strings.HasSuffix(secret.FoldName(f.Name), "token")) {
			names = append(names, f.Name)
		}
	}
	for i := range l.Steps {
		if p := l.Steps[i].Prompt; p != nil && slices.Contains(sent, p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}

// PasteLogin returns a login that stores a pasted token without a call, with the field for it, or
// "".
func (d *Definition) PasteLogin() (login, field string) {
	for i := range d.Logins {
		l := &d.Logins[i]
		needed := slices.DeleteFunc(slices.Clone(l.Fields), func(f Field) bool { return !f.Secret && (f.Optional || f.Default != nil) })
		if l.Offline() && len(needed) == 1 && slices.Contains(d.TokenInputs(l.Name), needed[0].Name) {
			return l.Name, needed[0].Name
		}
	}
	return "", ""
}

// sends lists the values from which a step makes one of the named values, except for values of an
// answer, or that it puts into an Authorization header.
func (s *Step) sends(named []string) []string {
	var names []string
	for _, c := range s.Capture {
		if slices.Contains(named, c.Name) {
			names = append(names, c.Query.Sent()...)
		}
	}
	if s.Request != nil {
		for _, p := range s.Request.Headers {
			if strings.EqualFold(p.Name.Source(), "Authorization") {
				names = append(names, p.Value.Sent()...)
			}
		}
	}
	return names
}

// sentBy lists the values that pairs send without encoding, in names too.
func sentBy(pairs []Pair) []string {
	var names []string
	for _, p := range pairs {
		names = slices.Concat(names, p.Name.Sent(), p.Value.Sent())
	}
	return names
}
