package form

import (
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/certificate"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/ui/widget/field"
)

// idConnection is the id of the switch that shows the fields of the connection, whose
// ids are the names of its parts.
const idConnection = "own connection"

// connectionTexts are the parts of a connection that are no secrets.
var connectionTexts = []struct {
	id, label, help, hint string
	of                    func(*session.Connection) *string
}{
	{session.ConnectionCertificate, "Certificate", "A client certificate, which servers ask for: the path of a PEM or PKCS#12 file, read at each use.", "/path/to/client.pem",
		func(c *session.Connection) *string { return &c.ClientCertificate }},
	{session.ConnectionAuthority, "Authority", "The path of a file with further trusted authorities.", "/path/to/ca.pem",
		func(c *session.Connection) *string { return &c.Authority }},
	{session.ConnectionProxy, "Proxy", "Overrides the environment; direct for none.", "http://user@proxy.example.com:3128",
		func(c *session.Connection) *string { return &c.Proxy }},
	{session.ConnectionTimeout, "Timeout", "How long one call may take; overrides the backend's.", "90s",
		func(c *session.Connection) *string { return &c.Timeout }},
	{session.ConnectionBrowser, "Browser", "The command that opens login pages, such as another profile of a browser.", "firefox -P work",
		func(c *session.Connection) *string { return &c.Browser }},
}

// connectionSecrets are its secrets, each after the text it belongs to.
var connectionSecrets = map[string][]definition.Field{
	session.ConnectionCertificate: {
		{Name: session.ConnectionKey, Label: "Its key", Secret: true, Optional: true},
		{Name: session.ConnectionPassphrase, Label: "Passphrase", Help: "Of the key, if it is encrypted.", Secret: true, Optional: true},
	},
	session.ConnectionProxy: {
		{Name: session.ConnectionProxyPassword, Label: "Password", Help: "Of the user that the proxy's address names.", Secret: true, Optional: true},
	},
}

// connection returns the questions about the way to the servers.
func (o *Overlay) connection(moved bool) []*field.Field {
	s := o.sheet
	has := !s.begin.Connection.IsZero() || o.def.ClientCertificate ||
		s.was != nil && slices.ContainsFunc(session.ConnectionSecrets(), s.was.HasSecret)
	shown := s.toggle(idConnection, "Connection", "its own certificate, proxy or browser", "A client certificate, an authority, a proxy, a timeout or addresses in place of DNS, for all calls of this account, and the browser of its logins.", has)
	out := []*field.Field{shown}
	if !o.def.Connection.IsZero() {
		out = append(out, field.Note("note:connection", "The definition says how to get there: "+o.ctx.Line(o.def.Connection.String())))
	}
	if !on(s, idConnection, has) {
		return out
	}
	for _, t := range connectionTexts {
		out = append(out, s.text(t.id, t.label, t.help, t.hint, inOneLine(*t.of(&s.begin.Connection))))
		for i := range connectionSecrets[t.id] {
			f := &connectionSecrets[t.id][i]
			out = append(out, s.secret(f, f.Label, f.Help, moved))
		}
	}
	return append(out, s.text(session.ConnectionResolve, "Resolve", "HOST:PORT:ADDRESS, several separated by spaces: connects there instead of asking DNS.",
		"api.example.com:443:10.0.0.5", strings.Join(s.begin.Connection.Resolve, " ")))
}

func (s *sheet) text(id, label, help, hint, value string) *field.Field {
	f := s.once(id, label, help, func() field.Control { return field.NewText(s.ctx.Theme, value) })
	if t, ok := f.Control.(*field.Text); ok {
		t.Hint = hint
	}
	return f
}

// inOneLine returns certificates without line breaks; reading restores them.
func inOneLine(text string) string {
	if certificate.Inline(text) {
		return strings.Join(strings.Fields(text), " ")
	}
	return text
}

// draftConnection puts the connection into a draft. What was not shown stays as it was,
// and what the switch took away is left out.
func (o *Overlay) draftConnection(d *draft.Form) {
	s := o.sheet
	d.Connection = s.begin.Connection
	c, made := controlOf[*field.Switch](s, idConnection)
	switch {
	case !made:
		return
	case !c.On:
		d.Connection = session.Connection{}
		if s.was != nil {
			d.Forget = append(d.Forget, slices.DeleteFunc(session.ConnectionSecrets(), func(name string) bool { return !s.was.HasSecret(name) })...)
		}
		return
	}
	for _, t := range connectionTexts {
		to := t.of(&d.Connection)
		if typed, ok := controlOf[*field.Text](s, t.id); ok && typed.Value() != inOneLine(*to) {
			*to = typed.Value()
		}
		for i := range connectionSecrets[t.id] {
			s.draftSecret(d, &connectionSecrets[t.id][i])
		}
	}
	if typed, ok := controlOf[*field.Text](s, session.ConnectionResolve); ok {
		d.Connection.Resolve = strings.Fields(typed.Value())
	}
}
