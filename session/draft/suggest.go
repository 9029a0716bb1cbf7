package draft

import (
	"maps"
	"net/url"
	"slices"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/definition"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/session/transport"
)

// generic is the definition of any API, for a token of none that is known.
const generic = "token"

// Suggest returns a form for an account with a token that was found at an address, or "". Its definition and address are
// those of an account of the same server, else of the definition that knows the server.
func Suggest(raw secret.String, at string, accounts []session.Snapshot, all []*definition.Definition) *Form {
	servers := serversOf(raw, at)
	recognizer := definition.NewRecognizer(all)
	for _, u := range servers {
		if same := ofServer(accounts, u); len(same) > 0 {
			a := &same[0].Account
			if def := named(all, a.Definition); def != nil {
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
	def, values := named(all, generic), map[string]string{}
	if def != nil && len(servers) > 0 {
		values = def.AddressValues(servers[0])
		if check, err := address.Parse(secret.IssuerOf(raw.Reveal()).Check); err == nil && check.Host == servers[0].Host {
			values["check_path"] = check.Path
		}
	}
	return suggested(def, "", values)
}

func suggested(def *definition.Definition, login string, values map[string]string) *Form {
	d := &Form{Account: session.Account{Login: login, Values: values}}
	if def != nil {
		d.Definition = def.Name
		d.SetDefaults(def)
	}
	return d
}

func named(all []*definition.Definition, name string) *definition.Definition {
	if at := slices.IndexFunc(all, func(d *definition.Definition) bool { return d.Name == name }); at >= 0 {
		return all[at]
	}
	return nil
}

// Renewable lists the accounts for which takes reports that they take a pasted token. The first ones, as many as same,
// are of a server of a token that was found at an address, or "".
func Renewable(raw secret.String, at string, accounts []session.Snapshot, takes func(*session.Record) bool) (all []session.Snapshot, same int) {
	accounts = slices.DeleteFunc(slices.Clone(accounts), func(s session.Snapshot) bool { return !takes(&s.Record) })
	for _, u := range serversOf(raw, at) {
		for _, s := range ofServer(accounts, u) {
			if !slices.ContainsFunc(all, func(had session.Snapshot) bool { return had.Account.ID == s.Account.ID }) {
				all = append(all, s)
			}
		}
	}
	same = len(all)
	for _, s := range accounts {
		if !slices.ContainsFunc(all[:same], func(had session.Snapshot) bool { return had.Account.ID == s.Account.ID }) {
			all = append(all, s)
		}
	}
	return all, same
}

func ofServer(accounts []session.Snapshot, u *url.URL) (same []session.Snapshot) {
	origin := string(transport.OriginOf(u))
	for i := range accounts {
		if accounts[i].Account.Origin == origin {
			same = append(same, accounts[i])
		}
	}
	return same
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
