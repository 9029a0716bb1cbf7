package definition

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"tokenring/session/body"
	"tokenring/session/jq"
	"tokenring/session/lazy"
	"tokenring/session/yaml"
)

// reading is a text of the file in which jq reads names.
type reading struct {
	at       *yaml.Node
	scope    *scope
	queries  []*jq.Query
	template *jq.Template // nil where the place takes jq itself
}

// names lists the names that the text reads from the scope.
func (r *reading) names() []string {
	var out []string
	for _, q := range r.queries {
		for _, name := range q.Refs() {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// vars lists the names that the text reads in .vars.
func (r *reading) vars() []string {
	var out []string
	for _, q := range r.queries {
		for _, key := range q.Keys() {
			if key.Name == vars {
				out = append(out, key.Text)
			}
		}
	}
	return out
}

// later adds a check that needs every name of the file.
func (d *decoder) later(check func()) { d.checks = append(d.checks, check) }

// lint checks a user's file after all of it is read: undeclared names, secrets where they would be
// shown, and valid mistakes, such as a condition that never holds or an expression that would be
// sent literally. Otherwise only the server's answer would reveal them.
func (d *decoder) lint() {
	for i := range d.readings {
		d.headerCase(&d.readings[i])
	}
	for _, check := range d.checks {
		check()
	}
	tokens := d.def.CredentialNames()
	for i := range d.readings {
		r := &d.readings[i]
		d.comparisons(r)
		d.checkNames(r, tokens)
		d.checkBare(r)
	}
}

// headerCase reports headers that are read by a name with upper-case letters.
func (d *decoder) headerCase(r *reading) {
	for _, q := range r.queries {
		for _, key := range q.Keys() {
			if lower := strings.ToLower(key.Text); key.Name == "headers" && lower != key.Text {
				line, col := d.placeOfText(r.at, key.Text)
				d.ProblemAt(line, col, r.at.Path, "write .headers["+strconv.Quote(lower)+"]", "header names are in lower case here")
			}
		}
	}
}

// comparisons reports comparisons of a value with a text that it never is.
func (d *decoder) comparisons(r *reading) {
	for _, q := range r.queries {
		for _, c := range q.Compared() {
			known := d.textsOf(c.Name)
			if len(known) == 0 || c.Text == "" || slices.Contains(known, c.Text) {
				continue
			}
			line, col := d.placeOfText(r.at, strconv.Quote(c.Text))
			d.ProblemAt(line, col, r.at.Path, yaml.OneOf(known), ".%s is never %q", c.Name, yaml.Clip(c.Text))
		}
	}
}

// textsOf lists all possible texts of a value; nil: unknown.
func (d *decoder) textsOf(name string) []string {
	switch name {
	case "login":
		return d.loginNames
	case "attach":
		return d.attach
	}
	var out []string
	for _, f := range d.def.AllFields() {
		if f.Name == name && f.Type != TypeEnum {
			return nil
		} else if f.Name == name {
			out = append(out, f.Options...)
		}
	}
	return out
}

// placeOfText finds the place of a part of a text.
func (d *decoder) placeOfText(n *yaml.Node, part string) (line, col int) {
	return d.Locate(n, max(0, strings.Index(n.Text, part)))
}

// lifetime reports OAuth's expires_in in place of a time.
func (d *decoder) lifetime(n *yaml.Node) {
	last := n.Text[strings.LastIndexAny(n.Text, ".")+1:]
	if strings.HasPrefix(n.Text, ".") && !strings.ContainsAny(n.Text, " |") && (last == "expires_in" || last == "expiresIn") {
		d.Problem(n, "write seconds("+n.Text+")", "%s is a length of time, not a time", last)
	}
}

// listed reports an address of a request whose origin is not listed. If base_url or an origin has
// an expression, only a run can tell.
func (d *decoder) listed(n *yaml.Node) {
	origin, whole := fixedOrigin(n.Text)
	if !whole {
		return
	}
	if d.partial {
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

// fixedOrigin returns the scheme and host of an address, and whether they contain no expression.
func fixedOrigin(address string) (origin string, whole bool) {
	scheme, rest, ok := strings.Cut(address, "://")
	host := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host = rest[:i]
	}
	return scheme + "://" + host, ok && host != "" && !strings.Contains(scheme+host, "${")
}

// placeholder matches the placeholders of other tools: {{token}}, {{ .token }}, {{$token}},
// $token, {id}, and :id between the slashes of a path.
var placeholder = lazy.Regexp(`\{\{\s*[.$]?([A-Za-z_]\w*)\s*\}\}|\$([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\}|/:([A-Za-z_]\w*)`)

// bareRead matches a path of jq.
var bareRead = lazy.Regexp(`^\.([A-Za-z_][A-Za-z0-9_]*)(\.[A-Za-z_][A-Za-z0-9_]*|\[[^\]]*\])*$`)

// isBody reports whether a place is in a body, where {name} and $name may be of another language,
// such as GraphQL.
func isBody(path string) bool {
	for part := range strings.SplitSeq(path, ".") {
		part, _, _ = strings.Cut(part, "[")
		if slices.Contains(body.Kinds(), part) {
			return true
		}
	}
	return false
}

// bare is a name that a text seems to read, but without ${…}.
type bare struct {
	name        string
	word        string // as written
	replacement string
}

// bareNames finds such names in the text around the ${…} of a template.
func (r *reading) bareNames() []bare {
	if r.template == nil {
		return nil
	}
	var out []bare
	plain := r.template.Plain()
	if strings.ContainsAny(plain, "{$:") {
		for _, m := range placeholder().FindAllStringSubmatch(plain, -1) {
			if m[1] == "" && isBody(r.at.Path) {
				continue
			}
			name := cmp.Or(m[1], m[2], m[3], m[4])
			out = append(out, bare{name, strings.TrimPrefix(m[0], "/"), "${." + name + "}"})
			plain = strings.Replace(plain, m[0], "", 1)
		}
	}
	if len(r.queries) > 0 {
		return out
	}
	for word := range strings.FieldsSeq(plain) {
		if m := bareRead().FindStringSubmatch(word); m != nil {
			out = append(out, bare{m[1], word, "${" + word + "}"})
		}
	}
	return out
}

// checkBare reports bare names that are known.
func (d *decoder) checkBare(r *reading) {
	for _, b := range r.bareNames() {
		if slices.Contains(d.known(r.scope), b.name) {
			d.Problem(r.at, "write "+b.replacement, "%s is sent literally: this place takes text, not jq", b.word)
		}
	}
}

// meansCapture reports whether one of the texts names a capture without ${…}.
func (d *decoder) meansCapture(texts []reading) bool {
	return slices.ContainsFunc(texts, func(r reading) bool {
		return slices.ContainsFunc(r.bareNames(), func(b bare) bool { return slices.Contains(d.captured, b.name) })
	})
}

// mustCapture reports a name that no flow captures.
func (d *decoder) mustCapture(n *yaml.Node, name string) {
	if !slices.Contains(d.captured, name) && !d.isBlurred() {
		d.Problem(n, yaml.Suggest(name, d.captured), "nothing captures %s", name)
	}
}

// sameEverywhere reports a field of a login that hides a field of the account, or that another
// login declares differently: an account has one value per name.
func (d *decoder) sameEverywhere(n *yaml.Node, field Field) {
	inAccount := strings.HasPrefix(n.Path, "fields[")
	if !inAccount && slices.Contains(d.accountFields, field.Name) {
		d.Problem(n, "rename one of them", "%s is already a field of the account", field.Name)
		return
	}
	for _, login := range d.def.Logins {
		for _, other := range login.Fields {
			if other.Name == field.Name && (other.Secret != field.Secret || other.Type != field.Type) && !inAccount {
				d.Problem(n, "give both the same type and secret, or other names",
					"%s is another kind of field in login %s", field.Name, login.Name)
			}
		}
	}
}

// notAField reports a capture or prompt that would hide a field.
func (d *decoder) notAField(n *yaml.Node, name string) {
	if slices.Contains(d.allFields(), name) {
		d.Problem(n, "rename one of them", "%s is already the name of a field", name)
	}
}

// noProof reports proves: false on a request whose success never proves anything, or does because
// it is the check.
func (d *decoder) noProof(n *yaml.Node, r *Request) {
	check := d.def.Check
	switch {
	case r.Attach == AttachNone:
		d.Problem(n, "leave it out", "a request without the token proves nothing anyway")
	case check == nil || check.Request == nil || check.Alive != nil:
	case check.Request.Method == r.Method && check.Request.Attach == r.Attach && check.Request.Path.Source() == r.Path.Source() && check.Request.URL.Source() == r.URL.Source():
		d.Problem(n, "tell a live session by the answer: check: {alive: .body.id != null}", "the check makes this call and takes its success for a proof")
	}
}
