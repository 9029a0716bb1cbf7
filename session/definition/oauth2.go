package definition

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"tokenring/session/jq"
	"tokenring/session/token"
	"tokenring/session/yaml"
)

//go:embed oauth2.yaml
var oauth2File []byte

// grant is the `oauth2` of a login: its values as expressions of jq.
type grant struct {
	login  string
	at     *yaml.Node
	values map[string]string // by the name that oauth2.yaml has for it, without the $
	extra  []yaml.Entry      // of the form of the token request
	signed []yaml.Entry      // of the JWT that jwt_bearer exchanges
}

// oauth2Values are the keys of `oauth2` that are one template each.
var oauth2Values = []string{"issuer", "client_id", "client_secret", "audience", "resource", "username", "password", "redirect", "login_hint", "prompt",
	"subject_token", "subject_token_type", "requested_token_type"}

// oauth2Endpoints are the keys of its `endpoints`.
var oauth2Endpoints = []string{"authorization", "device", "token", "userinfo", "introspection", "revocation"}

// grantLogin reads the `oauth2` of a login and returns the steps that it stands for.
func (d *decoder) grantLogin(n *yaml.Node, login string, names *loginScope) []Step {
	f, s := d.Mapping(n), &scope{login: names}
	g := &grant{login: login, at: n, values: map[string]string{}}
	kind := f.Need("grant", "one of "+strings.Join(grants(), ", "))
	word := d.WordOf(kind, grants())
	for _, key := range oauth2Values {
		g.values[key] = expression(d.template(f.Get(key), s))
	}
	g.values["scopes"] = d.scopes(f.Get("scopes"), s)
	steps := oauth2Parts().Lookup("issuer")
	if at := f.Get("endpoints"); at != nil {
		steps = oauth2Parts().Lookup("endpoints")
		d.endpoints(at, g, s)
	}
	if f.Has("issuer") == f.Has("endpoints") && n.Kind == yaml.Mapping {
		d.Problem(n, "issuer: the address that the server calls itself, or endpoints: {token: …}", "write one of issuer and endpoints")
	}
	switch word {
	case "password":
		f.Need("username", "whose tokens they are")
		f.Need("password", "of the user")
	case "token_exchange":
		f.Need("subject_token", "the token to exchange, such as that of a field of type account")
	case "jwt_bearer":
		d.assertion(f.Need("assertion", "{alg, key, header, claims}"), g, s)
	}
	if word != "jwt_bearer" { // whose assertion says who asks
		f.Need("client_id", "the id that the server knows the client by")
	}
	d.clientKey(f.Get("client_key"), g, s)
	auth := f.Get("auth")
	g.values["method"] = clientMethod(d.choice(auth, clientMethods, s), g)
	if auth != nil && auth.Text == "private_key_jwt" {
		f.Need("client_key", "the key that the client signs with: {from: .client_key}")
	} else if auth != nil && auth.Text == "client_secret_jwt" {
		f.Need("client_secret", "the secret that the client signs with")
	}
	if g.values["auth"] = g.values["method"]; f.Has("issuer") {
		g.values["auth"] = ".client_auth"
	}
	g.extra = d.Mapping(f.Get("extra")).At.Entries
	for _, e := range g.extra {
		d.template(e.Value, s)
	}
	f.Done()
	if word == "" {
		return nil
	}
	d.grants = append(d.grants, g)
	both := slices.Concat(steps.Items, oauth2Parts().Lookup("grants").Lookup(word).Items)
	var out []Step
	d.generate(func() {
		all := g.fill(&yaml.Node{Kind: yaml.Sequence, Items: both}, g.values)
		out = d.steps(d.Mappings(all.Items), s, &names.steps)
	})
	out[0].published = true
	return out
}

// endpoints reads the addresses of a server that publishes none.
func (d *decoder) endpoints(n *yaml.Node, g *grant, s *scope) {
	f := d.Mapping(n)
	f.Need("token", "where tokens are asked for")
	for _, name := range oauth2Endpoints {
		at := f.Get(name)
		if at != nil {
			d.address(at)
			d.listed(at)
		}
		g.values[name+"_endpoint"] = expression(d.template(at, s))
	}
	f.Done()
}

// expression returns a template as an expression of jq; null if there is none.
func expression(t *jq.Template) string {
	if t == nil {
		return "null"
	}
	return t.Expression()
}

// scopes reads a list or a text of scopes as one text, null if it is empty.
func (d *decoder) scopes(n *yaml.Node, s *scope) string {
	if n == nil {
		return "null"
	}
	items := []*yaml.Node{n}
	if n.Kind == yaml.Sequence {
		items = n.Items
	}
	var parts []string
	for _, item := range items {
		t := d.template(item, s)
		if t == nil {
			continue
		}
		parts = append(parts, t.Expression())
		if fault := token.ScopeFault(strings.ReplaceAll(t.Plain(), "…", "x")); fault != "" {
			d.Problem(item, "write each scope as the server names it", "of %s, %s", t.Plain(), fault)
		}
	}
	return "([" + strings.Join(parts, ", ") + `] | map(select((. // "") != "")) | join(" ") | if . == "" then null else . end)`
}

// clientKey reads the key that a client signs with to prove who it is, if it does (RFC 7523,
// section 2.2).
func (d *decoder) clientKey(n *yaml.Node, g *grant, s *scope) {
	f := d.Mapping(n)
	g.values["key_from"] = "null"
	if q := d.query(f.Need("from", "jq for the key: .client_key"), s); q != nil {
		g.values["key_from"] = "(" + q.Source() + ")"
	}
	g.values["key_as"] = expression(d.choice(f.Get("as"), KeyEncodings, s))
	g.values["key_alg"] = expression(d.choice(f.Get("alg"), token.SignAlgorithms(), s))
	g.values["key_id"] = expression(d.template(f.Get("id"), s))
	g.values["key_audience"] = expression(d.template(f.Get("audience"), s))
	f.Done()
}

// assertion reads the JWT that the grant jwt_bearer exchanges (RFC 7523, section 2.1).
// What its claims leave out of those that each has, is added.
func (d *decoder) assertion(n *yaml.Node, g *grant, s *scope) {
	if n == nil {
		return
	}
	d.jwt(n, s, &Sign{})
	for _, e := range n.Entries {
		if e.Key.Text == "claims" && e.Value.Kind == yaml.Mapping {
			claims := *e.Value
			claims.Entries = slices.Clone(claims.Entries)
			for _, usual := range oauth2Parts().Lookup("claims").Entries {
				if claims.Lookup(usual.Key.Text) == nil {
					claims.Entries = append(claims.Entries, yaml.Entry{Key: usual.Key, Value: g.fill(usual.Value, g.values)})
				}
			}
			e.Value = &claims
		}
		g.signed = append(g.signed, e)
	}
}

// The ways in which a client proves who it is, as files name them.
var clientMethods = []string{"basic", "post", "none", "private_key_jwt", "client_secret_jwt", "tls_client_auth"}

// clientMethod returns the expression of the way in which the client proves who it is:
// the one that the definition names, else by what the client has and the metadata the one
// that fits, and never found by trying, since a refused try may spend what works once.
func clientMethod(named *jq.Template, g *grant) string {
	offered := `["client_secret_basic"]` // the default of RFC 8414, section 2
	if g.values["issuer"] != "null" {
		offered = "((.body.token_endpoint_auth_methods_supported | arrays) // " + offered + ")"
	}
	fitting := `(if ` + g.values["key_from"] + ` != null then "private_key_jwt" elif ` + g.values["client_secret"] + ` == null then "none" else ` + offered +
		` | if index("client_secret_basic") != null then "basic" elif index("client_secret_post") != null then "post"` +
		` elif index("client_secret_jwt") != null then "client_secret_jwt" else "basic" end end)`
	switch {
	case named != nil:
		return "(" + named.Expression() + " // " + fitting + ")"
	case g.values["client_secret"] == "null" && g.values["key_from"] == "null":
		return `"none"`
	}
	return fitting
}

// oauth2Parts is oauth2.yaml, read once for all definitions. What they take of it is
// copied by fill.
var oauth2Parts = sync.OnceValue(func() *yaml.Node {
	r := yaml.New("oauth2.yaml")
	root := r.Read(oauth2File, "")
	if err := r.Err(); err != nil {
		panic(err) // a part of the program
	}
	return root
})

// grants lists the grants.
func grants() []string {
	var names []string
	for _, e := range oauth2Parts().Lookup("grants").Entries {
		names = append(names, e.Key.Text)
	}
	return names
}

// generate reads nodes that no person wrote: their texts are not linted.
func (d *decoder) generate(read func()) {
	d.generated = true
	read()
	d.generated = false
}

// fill copies a part of oauth2.yaml to where `oauth2` stands, its values filled in.
func (g *grant) fill(n *yaml.Node, values map[string]string) *yaml.Node {
	out := *n
	out.Line, out.Column, out.Path = g.at.Line, g.at.Column, g.at.Path
	out.Text = insert(n.Text, values)
	out.Items, out.Entries = nil, nil
	for _, item := range n.Items {
		out.Items = append(out.Items, g.fill(item, values))
	}
	for _, e := range n.Entries {
		switch e.Key.Text {
		case "$extra":
			out.Entries = append(out.Entries, g.extra...)
			continue
		case "$assertion":
			out.Entries = append(out.Entries, g.signed...)
			continue
		}
		out.Entries = append(out.Entries, yaml.Entry{Key: g.fill(e.Key, values), Value: g.fill(e.Value, values)})
	}
	return &out
}

// made are further $names, made of the values.
var made = map[string]string{
	"userinfo":       "(if .subject != null then .userinfo_endpoint else null end)",
	"basic":          `(if $auth == "basic" then "Basic " + ("\($client_id | @uri):\($client_secret // "" | @uri)" | @base64) else null end)`,
	"signs":          `($auth | IN("private_key_jwt", "client_secret_jwt"))`,
	"signs_with":     `(if $auth == "client_secret_jwt" then $client_secret else $key_from end)`,
	"signs_by":       `($key_alg // (($auth == "client_secret_jwt") as $shared | (.signing_algs // null | fromjson? | arrays) // ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA", "HS256"] | map(select(startswith("HS") == $shared))))`,
	"signed":         `(if $signs then .client_assertion else null end)`,
	"signed_type":    `(if $signs then "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" else null end)`,
	"asked":          `($scopes // "" | split(" "))`,
	"refused_scopes": `((.body.scope | strings | gsub(","; " ") | split(" ") | map(select(. != "")) | select(. != [])) as $granted | $asked - $granted - ["", "openid", "profile", "email", "address", "phone", "offline_access"] | if . == [] then null else join(", ") end)`,
	"posted_id":      `(if $auth == "basic" then null else $client_id end)`,
	"posted_secret":  `(if $auth == "post" then $client_secret else null end)`,
}

// insert replaces the $names of a text that are known by their expressions; others are
// variables of jq.
func insert(text string, values map[string]string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "$")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		name := after[:len(after)-len(strings.TrimLeftFunc(after, isValueRune))]
		expression, known := values[name]
		if text, is := made[name]; is {
			expression, known = insert(text, values), true
		}
		if !known {
			expression = "$" + name
		}
		out.WriteString(expression)
		text = after[len(name):]
	}
}

// grantFlows adds what the grants of the logins bring, where the definition says
// nothing itself: refresh, check, logout, tokens, outcomes and message.
func (d *decoder) grantFlows() {
	if len(d.grants) == 0 {
		return
	}
	shared := d.sharedGrant()
	part := func(key string) *yaml.Node { return shared.fill(oauth2Parts().Lookup(key), shared.values) }
	d.generate(func() {
		if d.def.Refresh == nil {
			d.def.Refresh = d.refresh(part("refresh"))
		}
		if d.def.Check == nil {
			d.def.Check = d.check(part("check"))
		}
		if d.def.Logout == nil {
			d.def.Logout = d.logout(part("logout"))
		}
		for _, e := range part("tokens").Entries {
			if d.def.TokenSpec(e.Key.Text) == nil {
				d.def.Tokens = append(d.def.Tokens, d.token(e.Key.Text, e.Value))
			}
		}
		d.outcomes(d.Mappings(part("outcomes").Items))
		if d.def.Message == nil {
			d.def.Message = d.query(part("message"), &scope{captures: true, allPrompts: true, answer: true})
		}
	})
}

// sharedGrant returns the values of all grants, each by the login of the account.
func (d *decoder) sharedGrant() *grant {
	grants := d.grants
	out := &grant{at: grants[0].at, values: map[string]string{}}
	for name, value := range grants[0].values {
		if slices.ContainsFunc(grants, func(g *grant) bool { return g.values[name] != value }) {
			value = "null"
			for _, g := range slices.Backward(grants) {
				value = "(if .login == " + jq.Quote(g.login) + " then " + g.values[name] + " else " + value + " end)"
			}
		}
		out.values[name] = value
	}
	return out
}
