package request

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tokenring/session/secret"
	"tokenring/session/shell"
	"tokenring/session/transport"
)

// TokenVariable is the shell variable for the account's token.
const TokenVariable = "TOKENRING_TOKEN"

// Curl formats the request as a curl command line for a POSIX shell, one option per line.
// With clear it contains everything that would be sent. Otherwise the account's token is
// $TOKENRING_TOKEN, another attached value is a variable named after its header, parameter or
// cookie, and other secrets are masked. Keys and certificates without a file, passphrases and
// proxy passwords are always variables. first says what to do before running the line, such
// as "set TOKENRING_TOKEN", or is "".
func Curl(r *transport.Request, token secret.String, clear bool) (line secret.String, first string) {
	c := &curl{token: token.Reveal(), clear: clear, red: r.Redact, own: secret.NewRedactor(token)}
	c.method(r)
	for _, l := range lines(r.Header) {
		if l.Name != "Cookie" && (l.Name != "Content-Type" || !r.Body.TypedByCurl()) {
			c.header(l.Name, c.words(l.Value))
		}
	}
	if r.Header["Accept-Encoding"] != nil {
		c.add(literal("--compressed")) // otherwise it would print compressed data
	}
	for _, l := range lines(r.AttachHeader) {
		c.header(l.Name, c.attached(l.Name, l.Value))
	}
	c.cookies(r)
	c.query(r)
	c.body(r)
	c.connection(&r.Connection)
	address := c.words(r.URL.String())
	if strings.ContainsAny(r.URL.String(), "[]{}") {
		c.add(literal("--globoff"))
	}
	if r.Follow && !r.Attaches() {
		c.add(literal("--location")) // curl would send custom headers with credentials to any host
	}
	text := "curl " + address.shell() + strings.Join(c.options, "")
	if r.Body.Piped() {
		text = "printf %b " + shell.Quote(escaped(c.masked(string(r.Body.Bytes())))) + " |\n  " + text
	}
	return secret.New(text), c.first(address)
}

// escaped escapes a text for the %b of printf (POSIX, XCU printf).
func escaped(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '\\' || c >= 0x7f {
			fmt.Fprintf(&b, `\0%03o`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// first returns what to do before running the command line.
func (c *curl) first(address text) string {
	var set []string
	for _, w := range append(c.used, address...) {
		if w.variable != "" && !slices.Contains(set, w.variable) {
			set = append(set, w.variable)
		}
	}
	var all []string
	if len(set) > 0 {
		all = append(all, "set "+strings.Join(set, ", "))
	}
	if c.hidden {
		all = append(all, "replace "+secret.Hidden+" with the secrets")
	}
	return strings.Join(all, ", and ")
}

// curl collects the options of a command line.
type curl struct {
	token    string
	clear    bool
	red, own *secret.Redactor
	options  []string
	used     text // of all options
	hidden   bool // a secret is masked
}

func (c *curl) add(words ...text) {
	line := " \\\n "
	for _, w := range words {
		line += " " + w.shell()
		c.used = append(c.used, w...)
	}
	c.options = append(c.options, line)
}

// method adds the method if curl would choose another.
func (c *curl) method(r *transport.Request) {
	usual := http.MethodGet
	if len(r.Body.Bytes()) > 0 {
		usual = http.MethodPost
	}
	switch {
	case r.Method == usual:
	case r.Method == http.MethodHead && len(r.Body.Bytes()) == 0:
		c.add(literal("--head"))
	default:
		c.add(literal("-X"), literal(r.Method))
	}
}

func (c *curl) header(name string, value text) {
	if len(value) == 0 {
		c.add(literal("-H"), literal(name+";")) // curl's syntax for an empty header
		return
	}
	c.add(literal("-H"), append(literal(name+": "), value...))
}

func (c *curl) cookies(r *transport.Request) {
	var all text
	for _, value := range r.Header["Cookie"] {
		all = append(all.separated("; "), c.words(value)...)
	}
	for _, cookie := range r.AttachCookie {
		all = append(all.separated("; "), literal(cookie.Name+"=")...)
		all = append(all, c.attached(cookie.Name, cookie.Value)...)
	}
	if len(all) > 0 {
		c.add(literal("-b"), all)
	}
}

// query adds the attached parameters; curl escapes their values.
func (c *curl) query(r *transport.Request) {
	option := "--data-urlencode"
	if len(r.Body.Bytes()) > 0 {
		option = "--url-query"
	}
	for i, name := range slices.Sorted(maps.Keys(r.AttachQuery)) {
		if i == 0 && len(r.Body.Bytes()) == 0 {
			c.add(literal("-G"))
		}
		for _, value := range r.AttachQuery[name] {
			c.add(literal(option), append(literal(url.QueryEscape(name)+"="), c.attached(name, value)...))
		}
	}
}

func (c *curl) body(r *transport.Request) {
	for _, o := range r.Body.Curl() {
		c.add(literal(o.Name), c.words(o.Value))
	}
	if _, declared := r.Header["Content-Type"]; !declared && len(r.Body.Bytes()) > 0 {
		c.add(literal("-H"), literal("Content-Type:")) // otherwise curl would declare a form
	}
}

// masked hides the secrets in text unless the command line is in clear.
func (c *curl) masked(s string) string {
	if c.clear {
		return s
	}
	out := c.own.Text(c.red.Text(s))
	c.hidden = c.hidden || out != s
	return out
}

// words returns a value with the token replaced by its variable.
func (c *curl) words(value string) text {
	if c.clear || c.token == "" {
		return literal(c.masked(value))
	}
	var out text
	for i, part := range strings.Split(value, c.token) {
		if i > 0 {
			out = append(out, word{variable: TokenVariable})
		}
		out = append(out, literal(c.masked(part))...)
	}
	return out
}

// attached returns a value of the attach mode. A value without the token is another
// credential, so only its scheme is shown.
func (c *curl) attached(name, value string) text {
	if c.clear || c.token != "" && strings.Contains(value, c.token) {
		return c.words(value)
	}
	return append(literal(schemeOf(value)), word{variable: variableName(name)})
}

// variableName returns TOKENRING_X_API_KEY for X-Api-Key.
func variableName(name string) string {
	return "TOKENRING_" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, name)
}
