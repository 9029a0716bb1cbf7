package definition

import (
	"slices"
)

// CredentialNames lists the values and captures that are credentials: TokenNames, and what a
// refresh or logout spends, with its fields. The metadata of an issuer is not a credential.
func (d *Definition) CredentialNames() []string {
	names := slices.Concat(d.TokenNames(), d.Refresh.needs(), d.Refresh.Sends())
	if d.Logout != nil {
		names = append(names, spent(d.Logout.Steps)...)
	}
	published := d.Published()
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(published, name) })
}

// IdentityTokens lists the tokens that only identify a person: no request sends them.
func (d *Definition) IdentityTokens() []string {
	var names []string
	for i := range d.Logins {
		for _, s := range d.Logins[i].Steps {
			if s.Identify != nil {
				names = append(names, s.Identify.Token.Refs()...)
			}
		}
	}
	return names
}

// Published lists the captures from the metadata of issuers, of the addresses in its place, and
// of the address of the API.
func (d *Definition) Published() []string {
	names := d.APIURL.Refs()
	for i := range d.Logins {
		for _, s := range d.Logins[i].Steps {
			if s.Discover == nil && !s.published {
				continue
			}
			names = append(names, namesOf(s.Capture)...)
		}
	}
	return names
}

// Told lists the captures in the message of a refusal that are not credentials.
func (d *Definition) Told() []string {
	var names []string
	for _, s := range d.allSteps() {
		if s.Fail != nil {
			names = append(names, s.Fail.Message.Refs()...)
		}
	}
	if len(names) == 0 { // the usual case
		return nil
	}
	credentials := d.CredentialNames()
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(credentials, name) })
}

// Stays reports whether a value is only for the server of the login: a secret field, another
// account's token, or a value that only a refresh sends.
func (d *Definition) Stays(name string) bool {
	secrets := func(f Field) bool { return f.Name == name && (f.Secret || f.Type == TypeAccount) }
	return slices.ContainsFunc(d.AllFields(), secrets) || slices.Contains(d.refreshReads(), name) &&
		slices.Contains(d.CredentialNames(), name) && !slices.Contains(d.AttachedNames(), name)
}

// Rotates reports whether every answer may contain a new token.
func (d *Definition) Rotates() bool {
	if len(d.EachAnswer) == 0 { // the usual case, and a suite calls this for each request
		return false
	}
	tokens := d.CredentialNames()
	return slices.ContainsFunc(d.EachAnswer, func(c Capture) bool { return slices.Contains(tokens, c.Name) })
}

// TokenNames lists the captures that are described as tokens or attached to requests.
func (d *Definition) TokenNames() []string {
	return append(d.described(), d.AttachedNames()...)
}

// described lists the captures that are described as tokens.
func (d *Definition) described() (names []string) {
	for i := range d.Tokens {
		names = append(names, d.Tokens[i].Name)
	}
	return names
}

// SessionTokens lists the captures of a session: those described as tokens, the primary of each
// attach mode, and the one that a refresh needs.
func (d *Definition) SessionTokens() []string {
	names := d.described()
	for i := range d.Attach {
		if primary := d.Attach[i].Primary; primary != "" {
			names = append(names, primary)
		}
	}
	return append(names, d.Refresh.needs()...)
}

// AttachedNames lists the values that the attach modes add to requests.
func (d *Definition) AttachedNames() []string {
	var names []string
	for i := range d.Attach {
		names = append(names, d.Attach[i].Reads()...)
	}
	return names
}

// RefreshTokens lists the tokens that a refresh needs or sends.
func (d *Definition) RefreshTokens() []string {
	tokens := append(d.TokenNames(), d.Refresh.needs()...)
	return slices.DeleteFunc(d.refreshReads(), func(name string) bool { return !slices.Contains(tokens, name) })
}

// Spends lists the tokens that a new one replaces: those that a refresh sends, and those that
// answers bring.
func (d *Definition) Spends() []string {
	return append(d.RefreshTokens(), namesOf(d.EachAnswer)...)
}

// refreshReads lists the values that a refresh needs or that its requests read.
func (d *Definition) refreshReads() []string {
	r := d.Refresh
	if r == nil {
		return nil
	}
	names := append(r.Sends(), r.needs()...)
	for i := range r.Steps {
		call := r.Steps[i].Request
		if call == nil {
			continue
		}
		if m := d.AttachMode(call.Attach); m != nil && call.Attach != AttachDefault { // which is none here
			names = append(names, m.Reads()...)
		}
		names = slices.Concat(names, call.Path.Refs(), call.URL.Refs())
	}
	return names
}

// Names lists the values of an account that a request can read.
func (d *Definition) Names() []string {
	names := append(d.Readable(), d.CredentialNames()...)
	for _, f := range d.AllFields() {
		names = append(names, f.Name)
	}
	return names
}

// Readable lists the values of an account that an expectation can read: plain fields, and
// captures that are not credentials.
func (d *Definition) Readable() []string {
	names := []string{"login", "attach", vars}
	for _, f := range d.AllFields() {
		if !f.Secret {
			names = append(names, f.Name)
		}
	}
	steps, captures := []Step{}, slices.Clone(d.EachAnswer)
	for i := range d.Logins {
		steps = append(steps, d.Logins[i].Steps...)
	}
	if d.Refresh != nil {
		steps = append(steps, d.Refresh.Steps...)
	}
	for i := range steps {
		captures = append(captures, steps[i].Capture...)
	}
	if d.Check != nil {
		captures = append(captures, d.Check.Capture...)
	}
	hidden := d.CredentialNames()
	for _, c := range captures {
		if !slices.Contains(hidden, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

// Reads lists the values that the mode adds to requests.
func (m *Attach) Reads() []string {
	names := ReadBy(slices.Concat(m.Headers, m.Query, m.Cookies))
	for i := range m.Sign {
		names = append(names, m.Sign[i].Pair.Value.Refs()...)
	}
	return slices.Concat(names, m.Path.Refs(), m.Body.Refs())
}

// Sends lists the values that the requests of a refresh send; r may be nil.
func (r *Refresh) Sends() []string {
	if r == nil {
		return nil
	}
	return spent(r.Steps)
}

// needs lists the token that must still be alive, if any; r may be nil.
func (r *Refresh) needs() []string {
	if r == nil || r.Needs == "" {
		return nil
	}
	return []string{r.Needs}
}

// spent lists the values that the requests of steps spend.
func spent(steps []Step) []string {
	var names []string
	for i := range steps {
		if r := steps[i].Request; r != nil {
			names = append(names, r.Spends()...)
		}
	}
	return names
}

// Spends lists the values that the headers, query and body of a request read. The path holds
// only ids.
func (r *Request) Spends() []string {
	names := ReadBy(slices.Concat(r.Headers, r.Query))
	if r.Body != nil {
		names = append(names, r.Body.Refs()...)
	}
	return names
}

// Reads lists the values that a JWT contains or is signed with.
func (s *Sign) Reads() []string {
	return slices.Concat(s.Key.Refs(), s.Alg.Refs(), s.As.Refs(), s.Header.Refs(), s.Claims.Refs())
}

// ReadBy lists the values that pairs read.
func ReadBy(pairs []Pair) []string {
	var names []string
	for _, p := range pairs {
		names = slices.Concat(names, p.Name.Refs(), p.Value.Refs())
	}
	return names
}
