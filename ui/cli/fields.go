package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/certificate"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/reference"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

// maxSecret bounds a secret on standard input, in bytes.
const maxSecret = 64 << 10

// Sources of secrets other than references.
const (
	fromStdin = "-"
	fromAsk   = "ask"
)

// errInArgument does not repeat the argument: it may be the secret.
var errInArgument = app.Usagef("do not pass a secret as an argument: every process on this machine can read it, and your shell keeps it")

// readSecret reads a secret from the source that a flag names: standard input,
// the user, a variable or a program. label names it in questions.
func readSecret(ctx context.Context, env *app.Env, label, source string) (secret.String, error) {
	switch {
	case source == fromStdin:
		return secretFromStdin(env)
	case source == fromAsk:
		c, err := env.Console()
		if err != nil {
			return secret.String{}, app.Advise(err, "use -, %s", reference.Forms)
		}
		return c.Hidden(ctx, label)
	case !reference.Is(source):
		return secret.String{}, app.Advise(errInArgument, "write - (standard input), ask, %s", reference.Forms)
	}
	ref, err := reference.Parse(source)
	if err != nil {
		return secret.String{}, app.Usage(err)
	}
	value, err := env.References().Read(ctx, ref)
	if err != nil {
		err = fmt.Errorf("%s: %w", label, err)
	}
	return value, err
}

// secretSources lists the sources of secrets for the help of flags.
const secretSources = "where SOURCE is - (standard input), ask, " + reference.Forms

// fieldFlags hold the fields that flags set.
type fieldFlags struct {
	connection connectionFlags

	set     []string // NAME=VALUE
	secrets []string // NAME=SOURCE
	refs    []string // NAME=SOURCE
}

func (g *fieldFlags) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&g.set, "set", nil, "set a field: `NAME=VALUE`")
	g.connection.flags(f)
	f.StringArrayVar(&g.secrets, "secret", nil, "set a secret field: `NAME=SOURCE`, "+secretSources)
}

// fill sets the fields of a form except the secrets, which are read last: an
// invalid form asks nothing.
func (g *fieldFlags) fill(fields []definition.Field, form *draft.Form) error {
	for _, pair := range g.set {
		name, value, err := splitPair("set", "VALUE", pair)
		if err != nil {
			return err
		}
		f, err := fieldNamed(fields, name)
		switch {
		case err != nil:
			return err
		case f.Secret:
			return app.Advise(errInArgument, "write --secret %s=SOURCE, %s", name, secretSources)
		}
		form.Values[name] = value
	}
	for _, pair := range g.refs {
		name, source, err := splitPair("ref", "SOURCE", pair)
		if err != nil {
			return err
		}
		if _, err := secretField(fields, name); err != nil {
			return err
		}
		if !reference.Is(source) {
			return app.Advise(errInArgument, "write %s", reference.Forms)
		}
		if _, err := reference.Parse(source); err != nil {
			return app.Usage(err)
		}
		form.References[name] = source
	}
	if err := g.connection.fill(form); err != nil {
		return err
	}
	for _, pair := range g.secrets {
		if name, _, _ := strings.Cut(pair, "="); form.References[name] != "" {
			return app.Usagef("%s is either a --secret or a --ref", name)
		}
	}
	return nil
}

// chooseLogin sets the login of a form that names none to the first, and
// returns an error if the definition has no such login.
func chooseLogin(def *definition.Definition, form *draft.Form) error {
	if l := def.Login(form.Login); l != nil {
		form.Login = l.Name
		return nil
	}
	names := make([]string, len(def.Logins))
	for i := range def.Logins {
		names[i] = def.Logins[i].Name
	}
	return app.Advise(app.Usagef("%s has no login %q", def.Title, secret.CleanLine(form.Login)), "--login is one of %s", strings.Join(names, ", "))
}

// checkAttach returns an error if the definition has no such attach mode.
func checkAttach(def *definition.Definition, name string) error {
	if name == "" || name == definition.AttachNone || def.AttachMode(name) != nil {
		return nil
	}
	names := []string{definition.AttachNone}
	for i := range def.Attach {
		names = append(names, def.Attach[i].Name)
	}
	return app.Advise(app.Usagef("%s has no attach mode %q", def.Title, secret.CleanLine(name)), "--attach is one of %s", strings.Join(names, ", "))
}

// answerable returns the fields of a login and, as secret fields, its prompts: what
// --secret may set for one login.
func answerable(def *definition.Definition, login string) []definition.Field {
	fields := def.FieldsFor(login)
	if l := def.Login(login); l != nil {
		for i := range l.Steps {
			if p := l.Steps[i].Prompt; p != nil {
				fields = append(fields, definition.Field{Name: p.Name, Label: p.Label, Secret: true})
			}
		}
	}
	return fields
}

// readSecrets reads the secret fields of flags: NAME=SOURCE.
func readSecrets(ctx context.Context, env *app.Env, fields []definition.Field, given []string) (map[string]secret.String, error) {
	secrets := map[string]secret.String{}
	for _, pair := range given {
		name, source, err := splitPair("secret", "SOURCE", pair)
		if err != nil {
			return nil, err
		}
		f, err := secretField(fields, name)
		if err != nil {
			return nil, err
		}
		if secrets[name], err = readSecret(ctx, env, f.Label, source); err != nil {
			return nil, err
		}
	}
	return secrets, nil
}

// secretField finds a secret field.
func secretField(fields []definition.Field, name string) (*definition.Field, error) {
	if f := connectionField(name); f != nil {
		return f, nil
	}
	f, err := fieldNamed(fields, name)
	if err == nil && !f.Secret {
		err = app.Advise(app.Usagef("%s is not a secret field", name), "write --set %s=…", name)
	}
	return f, err
}

// fieldNamed finds a field; the error lists the existing ones.
func fieldNamed(fields []definition.Field, name string) (*definition.Field, error) {
	names := make([]string, len(fields))
	for i := range fields {
		if names[i] = fields[i].Name; names[i] == name {
			return &fields[i], nil
		}
	}
	err := app.Usagef("there is no field %q", secret.CleanLine(name))
	if len(names) == 0 {
		return nil, err
	}
	return nil, app.Advise(err, "the fields are %s", strings.Join(names, ", "))
}

// splitPair splits NAME=VALUE; what calls the value of the flag.
func splitPair(flag, what, pair string) (name, value string, err error) {
	name, value, ok := strings.Cut(pair, "=")
	if !ok || name == "" { // not repeated: it may be a secret
		return "", "", app.Usagef("--%s takes NAME=%s", flag, what)
	}
	return name, value, nil
}

// readVariables reads the values of --var.
func readVariables(pairs []string) (map[string]string, error) {
	values := map[string]string{}
	for _, pair := range pairs {
		name, value, err := splitPair("var", "VALUE", pair)
		if err != nil {
			return nil, err
		}
		values[name] = value
	}
	return values, nil
}

func secretFromStdin(env *app.Env) (secret.String, error) {
	if term.Is(env.In) {
		return secret.String{}, app.Advise(app.Usagef("standard input is the terminal, which would show the secret"), "write ask instead of -")
	}
	text, err := readInput(env, "-", maxSecret)
	value := reference.Value(text)
	if err == nil && value.IsZero() {
		err = errors.New("standard input holds no secret")
	}
	if err != nil {
		return secret.String{}, err
	}
	return value, nil
}

// connectionFlags set an account's own way to its servers. They are named as those of
// curl.
type connectionFlags struct {
	cert, key, cacert, proxy, timeout, browser string
	resolve                                    []string
}

func (c *connectionFlags) flags(f *pflag.FlagSet) {
	f.StringVar(&c.cert, "cert", "", "show servers this client certificate: a PEM or PKCS#12 `FILE`, read at each use")
	f.StringVar(&c.key, "key", "", "the private key of --cert: a `FILE`, or env:NAME or cmd:program…, read at each use; --secret "+session.ConnectionKey+"=SOURCE stores it")
	f.StringVar(&c.cacert, "cacert", "", "trust the authorities in this `FILE` too")
	f.StringVar(&c.proxy, "proxy", "", "the proxy, `[scheme://][user@]host:port`, or direct for none; --secret "+session.ConnectionProxyPassword+"=SOURCE sets its password")
	f.StringArrayVar(&c.resolve, "resolve", nil, "connect to an address instead of a host's own: `HOST:PORT:ADDRESS`")
	f.StringVar(&c.timeout, "timeout", "", "how long one call of the account may take, such as `90s`")
	f.StringVar(&c.browser, "browser", "", "open login pages with this `COMMAND`, such as 'firefox -P work', instead of the usual browser")
}

// fill sets what the flags name of the connection of a form. It reads no file.
func (c *connectionFlags) fill(form *draft.Form) (err error) {
	to := session.Connection{Proxy: c.proxy, Resolve: c.resolve, Timeout: c.timeout, Browser: cmp.Or(c.browser, form.Connection.Browser)}
	if to.ClientCertificate, err = wholePath(c.cert); err != nil {
		return err
	}
	if to.Authority, err = wholePath(c.cacert); err != nil {
		return err
	}
	if proxy, err := address.ParseProxy(c.proxy); c.proxy != "" && err == nil && proxy.User != nil {
		if _, has := proxy.User.Password(); has {
			return app.Advise(errInArgument, "write --proxy %s://%s@%s and --secret %s=SOURCE, %s",
				proxy.Scheme, proxy.User.Username(), proxy.Host, session.ConnectionProxyPassword, secretSources)
		}
	}
	form.Connection = to.Or(form.Connection)
	switch {
	case c.key == "":
	case reference.Is(c.key):
		form.References[session.ConnectionKey] = c.key
	case certificate.Inline(c.key):
		return app.Advise(errInArgument, "name the key's file")
	default:
		path, err := wholePath(c.key)
		if err != nil {
			return err
		}
		form.References[session.ConnectionKey] = reference.File(path)
	}
	return nil
}

// wholePaths makes the paths of a form whole that a command of this folder names.
func wholePaths(form *draft.Form) (err error) {
	c := &form.Connection
	if !certificate.Inline(c.ClientCertificate) {
		c.ClientCertificate, err = wholePath(c.ClientCertificate)
	}
	if !certificate.Inline(c.Authority) && err == nil {
		c.Authority, err = wholePath(c.Authority)
	}
	path, ok := strings.CutPrefix(form.References[session.ConnectionKey], reference.File(""))
	if ok && err == nil {
		path, err = wholePath(path)
		form.References[session.ConnectionKey] = reference.File(path)
	}
	return err
}

// wholePath returns a path that does not depend on the working folder; "" stays "".
func wholePath(path string) (string, error) {
	if path == "" || strings.HasPrefix(path, "~/") {
		return path, nil
	}
	return filepath.Abs(path)
}

// connectionField returns the secret of a connection as a field; nil: it has no such
// secret.
func connectionField(name string) *definition.Field {
	label := map[string]string{
		session.ConnectionKey:           "Key of the client certificate",
		session.ConnectionPassphrase:    "Passphrase of the key",
		session.ConnectionProxyPassword: "Password for the proxy",
	}[name]
	if label == "" {
		return nil
	}
	return &definition.Field{Name: name, Label: label, Secret: true, Optional: true}
}

// connectionFlag names the flag that sets a part of a connection; "": it is not one.
func connectionFlag(part string) string {
	return map[string]string{
		session.ConnectionCertificate: "--cert", session.ConnectionAuthority: "--cacert", session.ConnectionProxy: "--proxy",
		session.ConnectionResolve: "--resolve", session.ConnectionKey: "--key", session.ConnectionTimeout: "--timeout",
		session.ConnectionBrowser: "--browser",
	}[part]
}
