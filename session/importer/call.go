package importer

import (
	"encoding/json"
	"mime"
	"net/url"
	"path"
	"slices"
	"strings"

	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// call is one request as a file has it. Its texts are no templates.
type call struct {
	at      place
	kind    Kind
	name    string
	title   string
	method  string
	url     *url.URL // without query, fragment and user
	query   []request.Pair
	headers []request.Pair
	cookies []request.Pair
	body    string
	form    []request.Pair // a form in place of body
	follow  bool
	noAuth  bool // the file says that it goes out as nobody
	expect  string
}

// Bounds of a request that is taken over.
const (
	maxCallBody = 256 << 10
	maxValue    = 16 << 10 // of a header, cookie or parameter
	maxName     = 256      // of one that a note tells
	maxPairs    = 200
	maxCalls    = 500 // of one import
)

// address reads an absolute address into a call. Its query and user are the
// call's own.
func (c *call) address(text string) bool {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	if _, err := transport.ParseOrigin(u.String()); err != nil {
		return false
	}
	if u.User != nil {
		password, _ := u.User.Password()
		c.basic(u.User.Username(), password)
	}
	c.query = append(queryPairs(u.RawQuery), c.query...)
	u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment, u.User = "", false, "", "", nil
	c.url = u
	return true
}

// queryPairs reads a query in its order.
func queryPairs(raw string) []request.Pair {
	var pairs []request.Pair
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, request.Pair{Name: unescape(name), Value: unescape(value)})
	}
	return pairs
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

func (c *call) origin() transport.Origin { return transport.OriginOf(c.url) }

// header gives the value of a header that is sent; "" where there is none.
func (c *call) header(name string) string {
	for _, h := range c.headers {
		if !h.Off && strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

func (c *call) dropHeader(name string) {
	c.headers = slices.DeleteFunc(c.headers, func(h request.Pair) bool { return strings.EqualFold(h.Name, name) })
}

// addCookies takes a Cookie header apart.
func (c *call) addCookies(header string) {
	for part := range strings.SplitSeq(header, ";") {
		if name, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok && name != "" {
			c.cookies = append(c.cookies, request.Pair{Name: name, Value: value})
		}
	}
}

// noise are headers that a browser or the client adds by itself.
var noise = []string{
	"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "proxy-connection",
	"proxy-authorization", "user-agent", "accept-encoding", "accept-language", "referer", "origin", "dnt", "pragma",
	"cache-control", "priority", "if-none-match", "if-modified-since", "upgrade-insecure-requests", "postman-token",
	"access-control-request-headers", "access-control-request-method", "expect", "alt-used",
}

// tidy drops what a person would not have written and reads cookies and forms.
func (c *call) tidy() {
	for _, h := range c.headers {
		if strings.EqualFold(h.Name, "cookie") && !h.Off {
			c.addCookies(h.Value)
		}
	}
	c.headers = slices.DeleteFunc(c.headers, func(h request.Pair) bool {
		name := strings.ToLower(h.Name)
		return name == "cookie" || strings.HasPrefix(name, ":") || strings.HasPrefix(name, "sec-") ||
			slices.Contains(noise, name) || name == "accept" && (h.Value == "*/*" || h.Value == "")
	})
	c.readForm()
}

// readForm turns a body that is a form into its fields.
func (c *call) readForm() {
	media, _, _ := mime.ParseMediaType(c.header("Content-Type"))
	if media != "application/x-www-form-urlencoded" || c.body == "" || c.form != nil {
		return
	}
	if json.Valid([]byte(c.body)) { // curl -d '{…}' without a type: it is sent as what it is not
		return
	}
	form := queryPairs(c.body)
	for _, f := range form {
		if f.Name == "" || strings.ContainsAny(f.Name+f.Value, "\r\n") || strings.TrimSpace(f.Name) != f.Name || strings.Contains(f.Name, "=") {
			return
		}
	}
	c.form, c.body = form, ""
	c.dropHeader("Content-Type")
}

// bodyType says how a Spec holds the body.
func (c *call) bodyType() string {
	media, _, _ := mime.ParseMediaType(c.header("Content-Type"))
	switch {
	case c.form != nil:
		return request.BodyForm
	case json.Valid([]byte(c.body)) && (media == "" || media == "application/json" || strings.HasSuffix(media, "+json")):
		return request.BodyJSON
	}
	return request.BodyText
}

var idSegment = pattern(`^([0-9]+|[0-9a-fA-F]{16,}|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27})$`)

// pathTemplate is the path with {id} for what only tells one thing of many.
func (c *call) pathTemplate() string { return withIDs(c.url.EscapedPath()) }

func withIDs(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if idSegment().MatchString(s) {
			segments[i] = "{id}"
		}
	}
	return strings.Join(segments, "/")
}

// label names a call for a note. A word of its path that may be a secret is
// not in it.
func (c *call) label() string {
	segments := strings.Split(c.url.Path, "/")
	for i, s := range segments {
		if secret.Looks(s) || secret.Random(s) {
			segments[i] = secret.Hidden
		}
	}
	return c.method + " " + strings.Join(segments, "/")
}

// operation is what a GraphQL body asks for; "" for any other body.
func (c *call) operation() string {
	var ask struct {
		Query     string `json:"query"`
		Operation string `json:"operationName"`
	}
	if c.method != "POST" || json.Unmarshal([]byte(c.body), &ask) != nil {
		return ""
	}
	if ask.Operation == "" && ask.Query != "" {
		if m := operationName().FindStringSubmatch(ask.Query); m != nil {
			return m[1]
		}
	}
	return ask.Operation
}

var operationName = pattern(`^\s*(?:query|mutation|subscription)\s+(\w+)`)

// sameKind is equal for calls that a person takes for one request.
func (c *call) sameKind() string {
	return c.method + " " + string(c.origin()) + c.pathTemplate() + " " + c.operation()
}

var unfit = pattern(`[^\pL\pN._{}-]+`)

// word is a name of one word, of the path below the base address where the file
// gives no name.
func (c *call) word(base string) string {
	if c.name != "" {
		return strings.Trim(unfit().ReplaceAllString(strings.ToLower(c.name), "-"), "-")
	}
	if op := c.operation(); op != "" {
		return op
	}
	_, target, whole := strings.Cut(c.target(base), "://")
	if !whole {
		target = c.target(base)
	}
	word := strings.Trim(path.Clean(withIDs(target)), "/.")
	word = strings.Trim(unfit().ReplaceAllString(strings.ReplaceAll(unescape(word), "{id}", "id"), "-"), "-")
	if word == "" {
		word = "root"
	}
	if c.method != "GET" {
		word = strings.ToLower(c.method) + "-" + word
	}
	return word
}

// isFile are endings of what a page loads beside its data.
var isFile = []string{
	".js", ".mjs", ".css", ".map", ".html", ".htm", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".ico", ".bmp",
	".woff", ".woff2", ".ttf", ".otf", ".eot", ".mp4", ".webm", ".mp3", ".ogg", ".wasm", ".pdf", ".zip", ".webmanifest",
}

func (c *call) isFile() bool {
	return c.method == "GET" && slices.Contains(isFile, strings.ToLower(path.Ext(c.url.Path)))
}

// tooLarge says which part of a call is larger than a request may be; "" none.
func (c *call) tooLarge() string {
	if len(c.body) > maxCallBody {
		return "its body"
	}
	size := 0
	for _, pairs := range [][]request.Pair{c.query, c.headers, c.cookies, c.form} {
		if len(pairs) > maxPairs {
			return "the number of its parameters or headers"
		}
		for _, p := range pairs {
			size += len(p.Name) + len(p.Value)
			if len(p.Name)+len(p.Value) > maxValue && !strings.Contains(p.Name, "\n") {
				if len(p.Name) > maxName { // it may be a whole body
					return "the name of a parameter or header"
				}
				return p.Name
			}
		}
	}
	if size > maxCallBody {
		return "its parameters and headers"
	}
	return ""
}
