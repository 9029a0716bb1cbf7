package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tokenring/session/jq"
	"tokenring/session/transport"
)

// answer is a response as jq sees it.
type answer struct {
	res      *transport.Response
	scope    jq.Scope
	isJSON   bool
	received time.Time // the server's clock
}

func newAnswer(res *transport.Response, offset time.Duration) *answer {
	a := &answer{res: res, received: res.Received.Add(offset).Round(0)}
	var body any
	body, a.isJSON = decodeJSON(res.Body)
	headers := make(map[string]any, len(res.Header))
	for name, values := range res.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	cookies := make(map[string]any, len(res.Cookies))
	for _, c := range res.Cookies {
		cookies[c.Name] = c.Value
	}
	a.scope = jq.Scope{
		"status": res.Status, "headers": headers, "cookies": cookies, "body": body,
		"text": strings.ToValidUTF8(string(res.Body), "\ufffd"), "received": int(a.received.Unix()),
	}
	return a
}

// decodeJSON reads a body that is one JSON value, whatever the Content-Type
// calls it: servers label JSON as text, and error pages as JSON.
func decodeJSON(body []byte) (any, bool) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil || len(bytes.TrimSpace(body[dec.InputOffset():])) > 0 {
		return nil, false
	}
	return jq.Numbers(v), true
}

// sent describes what the answer holds where q looked: names and types, never
// values. A nil q looked at the body.
func (a *answer) sent(q *jq.Query) string {
	var parts []string
	if reads(q, "headers") {
		parts = append(parts, "headers "+listed(slices.Sorted(maps.Keys(a.res.Header))))
	}
	if reads(q, "cookies") {
		var names []string
		for _, c := range a.res.Cookies {
			names = append(names, c.Name)
		}
		if len(names) == 0 {
			parts = append(parts, "no cookies")
		} else {
			parts = append(parts, "cookies "+listed(names))
		}
	}
	if len(parts) == 0 || reads(q, "body") || reads(q, "text") {
		parts = append(parts, a.sentBody())
	}
	return "it sent " + strings.Join(parts, " and ")
}

func (a *answer) sentBody() string {
	switch {
	case len(bytes.TrimSpace(a.res.Body)) == 0:
		return "no body"
	case a.isJSON:
		return shape(a.scope["body"], 2)
	case !utf8.Valid(a.res.Body):
		return fmt.Sprintf("%d bytes that are no text", len(a.res.Body))
	case isHTML(a.res):
		return "a web page"
	}
	return fmt.Sprintf("text of %d bytes", len(a.res.Body))
}

func isHTML(res *transport.Response) bool {
	return strings.HasPrefix(http.DetectContentType(res.Body), "text/html") ||
		strings.Contains(res.Header.Get("Content-Type"), "html")
}

// shape names the members of a JSON value and their types, depth levels deep.
func shape(v any, depth int) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		if strings.TrimSpace(v) == "" {
			return "an empty string"
		}
		return "a string"
	case []any:
		if len(v) == 0 {
			return "an empty list"
		}
		return fmt.Sprintf("a list of %d", len(v))
	case map[string]any:
		if len(v) == 0 {
			return "an empty object"
		}
		if depth == 0 {
			return "an object"
		}
		var members []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			members = append(members, name+" ("+shape(v[name], depth-1)+")")
		}
		return "an object with " + listed(members)
	}
	return "a number"
}

// maxListed bounds a list in a sentence.
const maxListed = 12

func listed(names []string) string {
	if len(names) > maxListed {
		return strings.Join(names[:maxListed], ", ") + fmt.Sprintf(" and %d more", len(names)-maxListed)
	}
	return strings.Join(names, ", ")
}
