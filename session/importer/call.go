package importer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"mime"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"tokenring/session/address"
	"tokenring/session/body"
	"tokenring/session/draft"
	"tokenring/session/lazy"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// call is one request as its source describes it: method, address, headers, body and
// credentials. Its texts are not templates, and url holds its target.
type call struct {
	request.Spec
	at      place
	kind    Kind
	url     *url.URL                // without query, fragment and user
	asks    string                  // the query if it has no parameters: a ? is sent too
	raw     map[request.Pair]string // parameters that were escaped otherwise than they are now, as they were
	cookies []request.Pair
	creds   []credential // once they are taken out, the likeliest token first
	left    []string     // places of secrets that are not sent, and were emptied
	base    string       // the base address that the source names; "": the origin
	browser bool         // a browser wrote it
	bare    bool         // a credential without a request
	oneCall bool         // its scheme makes a credential of each call
	encoded bool         // its address is sent percent-encoded, unlike in the source

	way *draft.Form // to its server, which a command names: a connection with its secrets and references; or nil
}

// Bounds of an imported request.
const (
	maxCall  = 256 << 10
	maxTexts = 2001 // its body, and the names and values of parameters, headers and cookies
)

// address reads an absolute address into a call. Its query and user are the
// call's own.
func (p *parser) address(c *call, text string) bool {
	text, _, _ = strings.Cut(address.Trim(text), "#")
	text, query, asks := strings.Cut(text, "?")
	server := serverPart().FindString(text)
	u, err := address.Parse(server + escapeBytes(text[len(server):], rewritten)) // otherwise Parse would rewrite all escapes
	if err != nil {
		return false
	}
	if u.User != nil && strings.Trim(u.User.String(), ":") != "" {
		password, _ := u.User.Password()
		p.basic(c, u.User.Username(), password)
	}
	own := c.Query
	c.Query = nil
	c.addQuery(query)
	c.Query = append(c.Query, own...)
	if asks && len(c.Query) == len(own) {
		c.asks = "?" + query
	}
	u.User = nil
	typed := c.kind == Curl && (strings.Contains(query, "${") || strings.ContainsFunc(anyMark().ReplaceAllString(text+query, ""), func(r rune) bool { return r > '~' }))
	c.url, c.encoded = u, typed || strings.ContainsAny(text[len(server):], rewritten)
	return true
}

// rewritten are the characters of a path that are sent percent-encoded.
const rewritten = "\"<>\\^`{|}"

var serverPart = lazy.Regexp(`^[^/]*://[^/]*`)

// addressParts matches an address: scheme, host, and what is below it.
var addressParts = lazy.Regexp(`(?s)^(?:([^/?#]*)://)?([^/?#]*)(.*)$`)

// goTo reads the address of a call as people write it: behind variables for the server of
// the named account, or without a scheme. It counts a call whose address is not known.
func (p *parser) goTo(c *call, text string) bool {
	part := addressParts().FindStringSubmatch(text)
	scheme, host := part[1], part[2]
	switch {
	case p.into != nil && isOpen(scheme+host):
		text = p.into.fill(scheme, host, part[3])
	case scheme == "" && text != "":
		text = "http://" + text // as curl and Postman do
	}
	found := p.address(c, text)
	if !found {
		p.seen++
		name := firstOpen(scheme + host)
		p.nowhere[name] = append(p.nowhere[name], c.at)
	}
	return found
}

var beginsWord = lazy.Regexp(`^[\pL\pN_]`)

// fill returns an address with the account's own scheme and host in place of those that are
// in variables. A variable for the whole server has its base URL.
func (k *KnownAccount) fill(scheme, host, below string) string {
	base, err := address.Parse(strings.TrimRight(k.BaseURL, "/"))
	parts := anyMark().Split(host, -1)
	last := len(parts) - 1
	before, after := parts[0], parts[last]
	if err != nil || last > 1 && slices.Contains(parts[1:last], "") { // of two in a row the second may be of the path
		return scheme + "://" + host + below
	}
	if scheme == "" && last == 1 && before == "" && (after == "" || beginsWord().MatchString(after)) {
		if after != "" { // the variable ends in a slash
			after, below = "", "/"+after+below
		}
		if path := base.EscapedPath(); below != path && !strings.HasPrefix(below, path+"/") {
			below = path + below
		}
	}
	if scheme == "" || isOpen(scheme) {
		scheme = base.Scheme
	}
	if rest, ok := strings.CutPrefix(base.Host, before); ok && last > 0 && strings.HasSuffix(rest, after) {
		host = base.Host
	}
	return scheme + "://" + host + below
}

// addQuery adds the parameters of a query in their order.
func (c *call) addQuery(query string) {
	for _, part := range request.SplitQuery(query, query) {
		pair := parameter(strings.Trim(part, "&"))
		if written(pair) != part || pair.Name == "" {
			if c.raw == nil {
				c.raw = map[request.Pair]string{}
			}
			c.raw[pair] = part
		}
		c.Query = append(c.Query, pair)
	}
}

// parameter reads a part of a query.
func parameter(part string) request.Pair {
	name, value, _ := strings.Cut(part, "=")
	return request.Pair{Name: address.UnescapeQuery(name), Value: address.UnescapeQuery(value)}
}

// written returns a parameter as a request sends it.
func written(pair request.Pair) string { return escape(pair.Name) + "=" + escape(pair.Value) }

func (c *call) origin() transport.Origin { return transport.OriginOf(c.url) }

// header returns the value of a header that is sent, or "".
func (c *call) header(name string) string {
	for _, h := range c.Headers {
		if !h.Off && strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// offer adds a header unless its source has one.
func (c *call) offer(name, value string) {
	if value != "" && c.header(name) == "" {
		c.Headers = append(c.Headers, request.Pair{Name: name, Value: value})
	}
}

// put adds a header, a parameter of the query or a cookie.
func (c *call) put(in string, pair request.Pair) {
	switch in {
	case "query":
		c.Query = append(c.Query, pair)
	case "header":
		c.Headers = append(c.Headers, pair)
	case "cookie":
		c.cookies = append(c.cookies, pair)
	}
}

func (c *call) setHeader(name, value string) {
	c.dropHeader(name)
	c.put("header", request.Pair{Name: name, Value: value})
}

func (c *call) dropHeader(name string) {
	c.Headers = slices.DeleteFunc(c.Headers, func(h request.Pair) bool { return strings.EqualFold(h.Name, name) })
}

// addCookies takes a Cookie header apart.
func (c *call) addCookies(header string) {
	for part := range strings.SplitSeq(header, ";") {
		if name, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok && name != "" {
			c.cookies = append(c.cookies, request.Pair{Name: name, Value: value})
		}
	}
}

// noise are headers that a browser adds by itself.
var noise = []string{
	"user-agent", "accept-encoding", "accept-language", "referer", "origin", "dnt", "pragma", "cache-control", "priority", "if-none-match",
	"if-modified-since", "upgrade-insecure-requests", "access-control-request-headers", "access-control-request-method", "expect", "alt-used",
}

// tidy drops what a browser or the client adds by itself, and reads cookies and the body.
func (p *parser) tidy(c *call) {
	c.browser = c.browser || slices.ContainsFunc(c.Headers, func(h request.Pair) bool {
		name := strings.ToLower(h.Name)
		return strings.HasPrefix(name, "sec-") || name == "authority"
	}) || strings.HasPrefix(c.header("User-Agent"), "Mozilla/") && c.header("Accept-Language") != "" && c.header("Accept-Encoding")+c.header("Connection") != ""
	c.Headers = slices.DeleteFunc(c.Headers, func(h request.Pair) bool {
		name := strings.ToLower(strings.TrimSpace(h.Name))
		switch {
		case name == "":
			if !h.Off {
				p.once(c.at, "", "a header without a name was left out")
			}
			return true
		case name == "cookie" && !h.Off:
			c.addCookies(h.Value)
			return true
		case strings.HasPrefix(name, ":"), name == "postman-token", name == "content-length", name == "authority" && c.url != nil && h.Value == c.url.Host:
			return true
		case request.SetByClient(name):
			if !c.browser && !h.Off && !strings.EqualFold(h.Value, c.url.Host) {
				p.once(c.at, "", "the header %s was left out, since the client sets it itself", h.Name)
			}
			return true
		}
		return c.browser && (strings.HasPrefix(name, "sec-") || slices.Contains(noise, name) || name == "accept" && (h.Value == "*/*" || h.Value == ""))
	})
	c.readBody()
}

// readBody detects the kind of the body, if it is sent as it was written, and drops a
// Content-Type that follows from it. curl -d '{…}' declares a form and sends JSON.
func (c *call) readBody() {
	declared := c.header("Content-Type")
	media, _, _ := mime.ParseMediaType(declared)
	isJSON := media == "" || media == "application/json" || strings.HasSuffix(media, "+json")
	follows := true
	switch form, isForm := readForm(declared, c.Body); {
	case c.Body == "":
		c.BodyType, follows = body.Auto, c.browser
	case c.BodyType != body.Auto:
	case isForm:
		c.Body, c.BodyType = form, body.Form
	case isJSON && json.Valid([]byte(c.Body)) && !strings.Contains(c.Body, "${"):
		c.BodyType, follows = body.JSON, declared == "application/json"
	default:
		c.BodyType, follows = body.Text, false
	}
	if follows {
		c.dropHeader("Content-Type")
	}
}

const formType = "application/x-www-form-urlencoded"

// addForm adds a value to a body that is a form.
func (c *call) addForm(name, value string) {
	if c.Body != "" {
		c.Body += "&"
	}
	c.Body += strings.ReplaceAll(escape(name)+"="+escape(value), "+", "%20")
	c.offer("Content-Type", formType)
}

// readForm writes the values of a form one per line, if they are sent as they were
// written.
func readForm(declared, encoded string) (typed string, ok bool) {
	var lines []string
	if declared != formType {
		return "", false
	}
	for part := range strings.SplitSeq(encoded, "&") {
		p := parameter(part)
		if written(p) != part || p.Name == "" || strings.ContainsAny(p.Name+p.Value, "\r\n") || strings.TrimSpace(p.Name) != p.Name || strings.Contains(p.Name, "=") {
			return "", false
		}
		lines = append(lines, p.Name+"="+p.Value)
	}
	return strings.Join(lines, "\n"), true
}

var idSegment = lazy.Regexp(`^([0-9]+|[0-9a-fA-F]{16,}|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27})$`)

// withIDs returns a path with {id} in place of ids.
func withIDs(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if idSegment().MatchString(s) || isOpen(s) {
			segments[i] = "{id}"
		}
	}
	return strings.Join(segments, "/")
}

// isMethod matches a method as they are registered (RFC 9110, section 16.1).
var isMethod = lazy.Regexp(`^[A-Z-]{1,20}$`)

// label names a call for a note, without the parts of it that may be secrets.
func (c *call) label() string {
	origin := c.url.Scheme + "://" + c.url.Host
	path := anyMark().ReplaceAllStringFunc(c.url.Path, func(m string) string { return "{" + nameOf(m) + "}" })
	method := c.Method
	if !isMethod().MatchString(method) {
		method = "a call of"
	}
	return method + " " + strings.TrimPrefix(secret.MaskPath(origin+path), origin)
}

// operation returns the name of a GraphQL operation; "" for any other body.
func (c *call) operation() string {
	var ask struct {
		Query     string `json:"query"`
		Operation string `json:"operationName"`
	}
	if c.Method != "POST" || json.Unmarshal([]byte(c.Body), &ask) != nil {
		return ""
	}
	if ask.Operation == "" {
		if m := operationName().FindStringSubmatch(ask.Query); m != nil {
			return m[1]
		}
	}
	return ask.Operation
}

var operationName = lazy.Regexp(`^\s*(?:query|mutation|subscription)\s+(\w+)`)

// digest covers everything that a call sends, for comparison.
func (c *call) digest() digest {
	return digestOf(c.Name, c.Method, fmt.Sprint(c.url), c.asks, c.Query, c.Headers, c.cookies, c.Body, c.Attach)
}

// sameKind returns equal texts for calls that a person considers one request.
func (c *call) sameKind() string {
	return c.Method + " " + string(c.origin()) + withIDs(c.url.EscapedPath()) + " " + c.operation()
}

var unnamed = lazy.Regexp(`[^\pL\pN._{}-]+`)

// word returns a name of one word: that of the file, or else one made of the path
// below the base address.
func (c *call) word(base string) string {
	if c.Name != "" {
		return strings.Trim(unnamed().ReplaceAllString(strings.ToLower(secret.MaskText(c.Name)), "-"), "-")
	}
	if op := c.operation(); op != "" {
		return op
	}
	target := strings.TrimPrefix(secret.MaskPath(c.target(base)), c.url.Scheme+"://")
	word := strings.Trim(path.Clean(withIDs(target)), "/.")
	word = cmp.Or(strings.Trim(unnamed().ReplaceAllString(strings.ReplaceAll(address.Unescape(word), "{id}", "id"), "-"), "-"), "root")
	if c.Method != "GET" {
		word = strings.ToLower(c.Method) + "-" + word
	}
	return word
}

// unfit returns why a call cannot be kept as a request, or "".
func (c *call) unfit() string {
	texts := []string{c.Body}
	for _, p := range slices.Concat(c.Query, c.Headers, c.cookies) {
		texts = append(texts, p.Name, p.Value)
	}
	switch all := strings.Join(texts, " "); {
	case len(texts) > maxTexts:
		return "it has too many parameters or headers"
	case len(all) > maxCall:
		return "it is too large"
	case !utf8.ValidString(all):
		return "it holds bytes that are not UTF-8"
	}
	return ""
}
