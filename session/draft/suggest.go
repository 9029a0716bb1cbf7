package draft

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/answer"
	"tokenring/session/definition"
	"tokenring/session/oauth"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/session/transport"
)

// Suggest returns a form for an account with a token that was found at an address, or "". Its definition and address are
// those of an account of the same server, else of the definition that knows the server.
func Suggest(raw secret.String, at string, accounts []session.Snapshot, all []*definition.Definition) *Form {
	servers := serversOf(raw, at)
	recognizer := definition.NewRecognizer(all)
	for _, u := range servers {
		if i := slices.IndexFunc(accounts, func(s session.Snapshot) bool { return isAt(&s, u) }); i >= 0 {
			a := &accounts[i].Account
			if def := definition.Named(all, a.Definition); def != nil {
				if login, _ := def.PasteLogin(); login != "" {
					return suggested(def, login, maps.Clone(a.Values))
				}
			}
		}
		if found, ok := recognizer.Match(u, nil); ok {
			if login, _ := found.Definition.PasteLogin(); login != "" {
				return suggested(found.Definition, login, found.Values)
			}
		}
	}
	def, values := definition.Named(all, definition.AnyAPI), map[string]string{}
	if def != nil && len(servers) > 0 {
		values = def.AddressValues(servers[0])
		if check, err := address.Parse(secret.IssuerOf(raw.Reveal()).Check); err == nil && check.Host == servers[0].Host {
			values["check_path"] = check.Path
		}
	}
	return suggested(def, "", values)
}

// maxPasted bounds a text whose backend Backends looks for, in bytes.
const maxPasted = 64 << 10

// Backends returns forms for an account of the backend that a text speaks of, the likeliest first: of its address or of
// the address where its issuer publishes metadata, which have no more than a path, or of an answer to its login.
func Backends(text string, all []*definition.Definition) (forms []*Form) {
	if text = address.Trim(text); len(text) > maxPasted {
		return nil
	}
	recognizer := definition.NewRecognizer(all)
	u, err := address.Parse(text)
	switch begin := strings.IndexByte(text, '{'); {
	case err == nil && u.User == nil && u.RawQuery+u.Fragment == "":
		if at, ok := backendAt(recognizer, u); ok {
			forms = append(forms, suggested(at.Definition, "", at.Values))
		}
	case err != nil && begin >= 0:
		known, tokens := backendsOf(recognizer, text)
		answered := recognizer.MatchAnswer(&answer.Answer{Body: []byte(text[begin:])}, tokens)
		for _, def := range answered {
			known = append(known, definition.Candidate{Definition: def, Values: map[string]string{}})
		}
		seen := map[*definition.Definition]bool{}
		for _, c := range known {
			if slices.Contains(answered, c.Definition) && !seen[c.Definition] {
				forms = append(forms, suggested(c.Definition, "", c.Values))
			}
			seen[c.Definition] = true
		}
	}
	return forms
}

// backendAt finds the backend of the issuer that publishes metadata at an address, else that of the address.
func backendAt(r *definition.Recognizer, u *url.URL) (definition.Candidate, bool) {
	if issuer, err := address.Parse(oauth.IssuerAt(u)); err == nil {
		if found, ok := r.MatchIssuer(issuer); ok {
			return found, true
		}
	}
	if found, ok := r.Match(u, nil); ok {
		if values, ok := found.Definition.LoginAt(u); ok {
			found.Values = values
		}
		return found, true
	}
	if hosted := r.AtHost(u); len(hosted) > 0 {
		return hosted[0], true
	}
	return definition.Candidate{}, false
}

// backendsOf finds the backends of the servers and issuers of the tokens in a text.
func backendsOf(r *definition.Recognizer, text string) (known []definition.Candidate, tokens []string) {
	var issuers []definition.Candidate
	found, _ := token.Find(text)
	for _, one := range found {
		value, _, _ := token.Enter(one.Text)
		tokens = append(tokens, value.Reveal())
		for _, u := range serversOf(value, token.AddressIn(text)) {
			if at, ok := r.Match(u, nil); ok {
				known = append(known, at)
			}
		}
		for _, issuer := range token.Parse(value.Reveal()).Texts("iss") {
			at, err := address.Parse(issuer)
			if _, fault := oauth.Locations(issuer); err != nil || fault != nil {
				continue
			}
			if of, ok := r.MatchIssuer(at); ok {
				issuers = append(issuers, of)
			}
		}
	}
	return append(known, issuers...), tokens
}

func suggested(def *definition.Definition, login string, values map[string]string) *Form {
	d := &Form{Account: session.Account{Login: login, Values: values}}
	if def != nil {
		d.Definition = def.Name
		d.SetDefaults(def)
	}
	return d
}

// Renewable lists the accounts for which takes reports that they take a pasted token. The first ones, as many as same,
// are of a server of a token that was found at an address, or "".
func Renewable(raw secret.String, at string, accounts []session.Snapshot, takes func(*session.Record) bool) (all []session.Snapshot, same int) {
	accounts = slices.DeleteFunc(slices.Clone(accounts), func(s session.Snapshot) bool { return !takes(s.Record) })
	for _, u := range serversOf(raw, at) {
		accounts = slices.DeleteFunc(accounts, func(s session.Snapshot) bool {
			is := isAt(&s, u)
			if is {
				all = append(all, s)
			}
			return is
		})
	}
	return append(all, accounts...), len(all)
}

// isAt reports whether an account is of the server at an address.
func isAt(s *session.Snapshot, u *url.URL) bool {
	return s.Account.Origin == string(transport.OriginOf(u))
}

// serversOf lists the addresses that a token may be of: where it was found, where its kind is checked, its audiences and
// its issuer.
func serversOf(raw secret.String, at string) (all []*url.URL) {
	t := token.Parse(raw.Reveal())
	texts := append([]string{at, secret.IssuerOf(raw.Reveal()).Check}, t.Texts("aud")...)
	for _, text := range append(texts, t.Texts("iss")...) {
		if u, err := address.Parse(text); err == nil {
			all = append(all, u)
		}
	}
	return all
}
