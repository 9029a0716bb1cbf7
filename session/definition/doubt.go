package definition

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tokenring/session"
	"tokenring/session/jq"
	"tokenring/session/yaml"
)

// Some of what a file says is valid and cannot be meant: it would never hold,
// give nothing, or be sent as it stands. It is refused as what is not valid is,
// for the server's answer would be the only other sign of it.

// doubt looks at an expression that compiled.
func (d *decoder) doubt(n *yaml.Node, q *jq.Query) {
	for _, key := range q.Keys() {
		if lower := strings.ToLower(key.Text); key.Name == "headers" && lower != key.Text {
			line, col := d.placeOfText(n, key.Text)
			d.ProblemAt(line, col, n.Path, "write .headers["+strconv.Quote(lower)+"]", "names of headers are read in lower case")
		}
	}
	for _, c := range q.Compared() {
		d.later = append(d.later, func() { d.comparable(n, c) })
	}
}

// comparable reports a text that a value is compared with and never is.
func (d *decoder) comparable(n *yaml.Node, c jq.Pair) {
	known := d.textsOf(c.Name)
	if len(known) == 0 || c.Text == "" || slices.Contains(known, c.Text) {
		return
	}
	line, col := d.placeOfText(n, strconv.Quote(c.Text))
	d.ProblemAt(line, col, n.Path, yaml.OneOf(known), ".%s is never %q", c.Name, yaml.Clip(c.Text))
}

// textsOf lists all that a value can be; nil where that is not known.
func (d *decoder) textsOf(name string) []string {
	switch name {
	case "login":
		return d.loginNames
	case "attach":
		return d.attach
	}
	var out []string
	for _, fields := range slices.Concat([][]Field{d.def.Fields}, d.loginFields()) {
		for _, f := range fields {
			if f.Name == name && f.Type != TypeEnum {
				return nil
			} else if f.Name == name {
				out = append(out, f.Options...)
			}
		}
	}
	return out
}

func (d *decoder) loginFields() [][]Field {
	var out [][]Field
	for _, l := range d.def.Logins {
		out = append(out, l.Fields)
	}
	return out
}

// placeOfText finds where a text holds another.
func (d *decoder) placeOfText(n *yaml.Node, part string) (line, col int) {
	return d.Locate(n, max(0, strings.Index(n.Text, part)))
}

// reached reports outcomes that are never asked, as one before them holds
// wherever they do.
func (d *decoder) reached(whens []*yaml.Node) {
	for i, o := range d.def.Outcomes {
		for j, before := range d.def.Outcomes[:i] {
			if o.When != nil && before.When != nil && includes(before.On, o.On) && before.When.Covers(o.When) {
				d.Problem(whens[i], "put it first, or give the two different flows under on:",
					"this outcome is never reached: the one of line %d holds before it", whens[j].Line)
				break
			}
		}
	}
}

// includes reports whether an outcome of some flows is asked in all those of
// another; none are all.
func includes(flows, others []session.Flow) bool {
	if len(flows) == 0 {
		return true
	}
	return len(others) > 0 && !slices.ContainsFunc(others, func(f session.Flow) bool { return !slices.Contains(flows, f) })
}

// lifetime reports a lifetime where a time is wanted, under the name that
// OAuth 2.0 gives it.
func (d *decoder) lifetime(n *yaml.Node) {
	last := n.Text[strings.LastIndexAny(n.Text, ".")+1:]
	if strings.HasPrefix(n.Text, ".") && !strings.ContainsAny(n.Text, " |") && (last == "expires_in" || last == "expiresIn") {
		d.Problem(n, "write seconds("+n.Text+")", "%s is a length of time, not a time", last)
	}
}

// jsonText reports a JSON body that is written as one text.
func (d *decoder) jsonText(n *yaml.Node) {
	if n.Kind == yaml.Text && !strings.HasPrefix(n.Text, "${") && strings.ContainsAny(n.Text[:min(1, len(n.Text))], "{[") {
		d.Problem(n, "write it as YAML: json: {user: \"${.user}\"}, or put it under text", "this body would be sent as one JSON text")
	}
}

// commonMethods are those that a mistyped one is compared with.
var commonMethods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}

// method reads a method; extensions of HTTP have others than the common ones.
func (d *decoder) method(n *yaml.Node) string {
	m, _ := d.Scalar(n)
	upper := strings.ToUpper(m)
	switch {
	case m != upper && slices.Contains(commonMethods, upper):
		d.Problem(n, "write "+upper, "methods are in capitals")
	case !isMade(m, isCapital, isCapital) || m == "CONNECT" || m == "TRACE":
		d.Problem(n, "GET, POST, PUT, PATCH, DELETE, …, in capitals", "this is not a method")
	case !slices.Contains(commonMethods, m) && yaml.DidYouMean(m, commonMethods) != "":
		d.Problem(n, yaml.DidYouMean(m, commonMethods), "%s is not a method", yaml.Clip(m))
	}
	return cmp.Or(m, "GET")
}

// listed reports an address of a request whose origin nothing lists. Where an
// expression makes base_url or an origin, that is seen when it runs; without a
// definition, nothing lists any.
func (d *decoder) listed(n *yaml.Node) {
	origin, whole := fixedOrigin(n.Text)
	if !whole {
		return
	}
	if d.alone {
		d.Problem(n, "write a path: it is appended to the address of each account", "%s may be no address of the accounts", yaml.Clip(origin))
		return
	}
	hint := "add it: origins: [" + strconv.Quote(origin) + "]"
	addresses := []string{}
	if d.def.BaseURL != nil {
		addresses = append(addresses, d.def.BaseURL.Source())
	}
	for _, o := range d.def.Origins {
		if strings.HasPrefix(o.URL.Source(), "${") {
			return
		}
		addresses = append(addresses, o.URL.Source())
	}
	for _, a := range addresses {
		if other, _ := fixedOrigin(a); strings.EqualFold(other, origin) {
			return
		}
	}
	d.Problem(n, hint, "%s is neither base_url's origin nor one of origins", yaml.Clip(origin))
}

// fixedOrigin gives scheme and host of an address, and whether no expression
// makes a part of them.
func fixedOrigin(address string) (origin string, whole bool) {
	scheme, rest, ok := strings.Cut(address, "://")
	host := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host = rest[:i]
	}
	return scheme + "://" + host, ok && host != "" && !strings.Contains(scheme+host, "${")
}

// Ways of writing a value that other tools have: {{token}}, {{ .token }},
// {{$token}}, $token, {id}, and :id between the slashes of a path.
var placeholder = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\{\{\s*[.$]?([A-Za-z_]\w*)\s*\}\}|\$([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\}|/:([A-Za-z_]\w*)`)
})

// bareRead is a path of jq, compiled when the first definition is read.
var bareRead = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\.([A-Za-z_][A-Za-z0-9_]*)(\.[A-Za-z_][A-Za-z0-9_]*|\[[^\]]*\])*$`)
})

// bare is a value that a text seems to mean and has without ${…}.
type bare struct {
	at          *yaml.Node
	scope       *scope
	name        string // of the value
	word        string // as it stands
	replacement string
}

// bareNames remembers what looks like a value in plain text, which is the whole
// of a template or stands around its ${…}.
func (d *decoder) bareNames(n *yaml.Node, s *scope, plain string, whole bool) {
	if strings.ContainsAny(plain, "{$:") {
		for _, m := range placeholder().FindAllStringSubmatch(plain, -1) {
			if m[1] == "" && isBody(n.Path) {
				continue
			}
			name, word := cmp.Or(m[1], m[2], m[3], m[4]), strings.TrimPrefix(m[0], "/")
			d.bare = append(d.bare, bare{n, s, name, word, "${." + name + "}"})
			plain = strings.Replace(plain, m[0], "", 1)
		}
	}
	if !whole {
		return
	}
	for word := range strings.FieldsSeq(plain) {
		if m := bareRead().FindStringSubmatch(word); m != nil {
			d.bare = append(d.bare, bare{n, s, m[1], word, "${" + word + "}"})
		}
	}
}

// isBody reports a place inside a body, whose own language may have {name} and
// $name, as GraphQL does.
func isBody(path string) bool {
	for part := range strings.SplitSeq(path, ".") {
		part, _, _ = strings.Cut(part, "[")
		if part == "json" || part == "text" || part == "form" {
			return true
		}
	}
	return false
}

// checkBare reports those of them that name something known.
func (d *decoder) checkBare() {
	for _, b := range d.bare {
		if slices.Contains(d.known(b.scope), b.name) {
			d.Problem(b.at, "write "+b.replacement, "%s is sent as it stands: this place takes text, not jq", b.word)
		}
	}
}

// meansCapture reports whether one of them is a capture, written without ${…}.
func (d *decoder) meansCapture(list []bare) bool {
	return slices.ContainsFunc(list, func(b bare) bool { return slices.Contains(d.captured, b.name) })
}
