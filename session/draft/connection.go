package draft

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"unicode/utf8"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/certificate"
	"tokenring/session/definition"
	"tokenring/session/reference"
	"tokenring/session/secret"
	"tokenring/session/shell"
	"tokenring/session/transport"
)

// cleanConnection takes the secrets out of what was entered in clear: the password in
// the address of a proxy, and a private key beside the certificate.
func cleanConnection(d *Form) {
	c := &d.Connection
	c.ClientCertificate, c.Authority, c.Proxy = strings.TrimSpace(c.ClientCertificate), strings.TrimSpace(c.Authority), strings.TrimSpace(c.Proxy)
	c.Timeout, c.Browser = strings.TrimSpace(c.Timeout), strings.TrimSpace(c.Browser)
	c.Resolve = slices.DeleteFunc(slices.Clone(c.Resolve), func(s string) bool { return strings.TrimSpace(s) == "" })
	if len(c.Resolve) == 0 {
		c.Resolve = nil
	}
	take := func(name, value string) {
		if value == "" {
			return
		}
		if d.NewSecrets == nil {
			d.NewSecrets = map[string]secret.String{}
		}
		if d.NewSecrets[name].IsZero() && d.References[name] == "" {
			d.NewSecrets[name] = secret.New(value)
		}
	}
	if certificate.Inline(c.ClientCertificate) {
		public, keys := certificate.Split(c.ClientCertificate)
		if public != "" || keys != "" {
			c.ClientCertificate = strings.TrimSpace(public)
		}
		take(session.ConnectionKey, keys)
	}
	if proxy, err := address.ParseProxy(c.Proxy); err == nil && proxy.User != nil {
		if password, has := proxy.User.Password(); has {
			take(session.ConnectionProxyPassword, password)
			proxy.User = url.User(proxy.User.Username())
			c.Proxy = proxy.String()
		}
	}
}

// connectionChanged reports whether a form says of the connection what the stored
// account does not, or the other way round.
func (d *Form) connectionChanged(old *session.Account) bool {
	if old == nil {
		return true
	}
	entered := func(name string) bool {
		return !d.NewSecrets[name].IsZero() || d.References[name] != "" || slices.Contains(d.Forget, name)
	}
	return !d.Connection.Equal(old.Connection) || slices.ContainsFunc(session.ConnectionSecrets(), entered)
}

// maxBrowser bounds a command in characters. Connection.String cuts off what is longer than 300.
const maxBrowser = 250

// browserFault returns why a command cannot open login pages, or "".
func browserFault(command string) string {
	words, err := shell.Split(command)
	switch {
	case err != nil:
		return err.Error()
	case utf8.RuneCountInString(command) > maxBrowser:
		return fmt.Sprintf("at most %d characters: who agrees to a command sees all of it", maxBrowser)
	case len(words) == 0:
		return ""
	}
	if _, err := exec.LookPath(words[0]); err != nil {
		return "no program " + words[0] + " is installed here; install it, correct its name, or give its whole path"
	}
	return ""
}

// checkConnection looks at the connection of a form. What commands and variables would
// say of its secrets is known only when it is used.
func (e *Editor) checkConnection(ctx context.Context, errs *FieldErrors, d *Form, def *definition.Definition) {
	var old *session.Account
	if d.ID != "" {
		if rec, err := e.Store.Account(ctx, d.ID); err == nil {
			old = &rec.Account
		}
	}
	if old != nil {
		if to, err := e.Preview(d); err == nil && to.Origin != old.Origin {
			old = nil // its secrets belong to the old address
		}
	}
	if !d.connectionChanged(old) {
		return
	}
	for _, one := range []struct{ name, text string }{
		{session.ConnectionProxy, d.Connection.Proxy}, {session.ConnectionResolve, strings.Join(d.Connection.Resolve, "")},
		{session.ConnectionBrowser, d.Connection.Browser},
		{session.ConnectionAuthority, strings.ReplaceAll(d.Connection.Authority, "\n", "")},
	} {
		if one.text != secret.CleanLine(one.text) {
			errs.add(one.name, "visible characters only")
			return
		}
	}
	if _, err := session.ParseTimeout(d.Connection.Timeout); err != nil {
		errs.add(session.ConnectionTimeout, "%v", err)
	}
	if fault := browserFault(d.Connection.Browser); fault != "" {
		errs.add(session.ConnectionBrowser, "%s", fault)
	}
	c := transport.Connection{Connection: d.Connection.Or(def.Connection)}
	unknown := false // a secret
	for name, into := range map[string]*secret.String{
		session.ConnectionKey: &c.Key, session.ConnectionPassphrase: &c.Passphrase, session.ConnectionProxyPassword: &c.ProxyPassword,
	} {
		value, known := e.connectionSecret(ctx, errs, d, old, name)
		*into, unknown = value, unknown || !known
	}
	if def.ClientCertificate && c.ClientCertificate == "" && c.Key.IsZero() && !unknown {
		errs.add(session.ConnectionCertificate, "needed: %s asks for a client certificate", def.Title)
		return
	}
	err := c.Check(e.Now())
	if part := partOf(err); unknown && (part == session.ConnectionKey || part == session.ConnectionPassphrase) {
		c.ClientCertificate = "" // the rest
		c.Key = secret.String{}
		err = c.Check(e.Now())
	}
	if part := partOf(err); part != "" && !(unknown && part == session.ConnectionProxyPassword) && errs.For(part) == "" {
		fault, _ := errors.AsType[*transport.ConnectionError](err)
		*errs = append(*errs, FieldError{Field: part, Text: fault.Text + ": " + fault.Hint, Secret: slices.Contains(session.ConnectionSecrets(), part)})
	}
}

func partOf(err error) string {
	if fault, ok := errors.AsType[*transport.ConnectionError](err); ok {
		return fault.Part
	}
	return ""
}

// connectionSecret returns a secret of the connection as the form leaves it, unless
// that is known only when it is used.
func (e *Editor) connectionSecret(ctx context.Context, errs *FieldErrors, d *Form, old *session.Account, name string) (value secret.String, known bool) {
	text := d.References[name]
	switch {
	case !d.NewSecrets[name].IsZero():
		return d.NewSecrets[name], true
	case slices.Contains(d.Forget, name):
		return value, true
	case text == "" && old != nil:
		text = old.References[name]
		if slices.Contains(old.Secrets, name) {
			if e.Opener.Authentic(old) != nil {
				return value, false
			}
			stored, err := e.Opener.Stored(ctx, old)
			return stored[session.FieldPrefix+name], err == nil
		}
	}
	ref, err := reference.Parse(text)
	switch {
	case text == "":
		return value, true
	case err != nil: // reported as a reference
		return value, false
	}
	value, err = ref.Peek()
	if err != nil {
		errs.add(name, "%v", err)
	}
	return value, err == nil && !value.IsZero()
}
