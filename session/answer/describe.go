package answer

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"tokenring/session/jq"
	"tokenring/session/prose"
)

// Describe describes the parts of the answer that q reads by names and types, never by
// values. A nil q stands for the body.
func (a *Answer) Describe(q *jq.Query) string {
	refs, parts := q.Refs(), []string(nil)
	if slices.Contains(refs, "headers") {
		parts = append(parts, "headers "+prose.Some(slices.Sorted(maps.Keys(a.Header)), maxListed))
	}
	if slices.Contains(refs, "cookies") {
		parts = append(parts, a.describeCookies())
	}
	if len(parts) == 0 || slices.Contains(refs, "body") || slices.Contains(refs, "text") {
		parts = append(parts, a.describeBody())
	}
	return "it sent " + strings.Join(parts, " and ")
}

func (a *Answer) describeCookies() string {
	var names, removed []string
	seen := map[string]bool{}
	for _, c := range a.Jar() {
		names, seen[c.Name] = append(names, c.Name), true
	}
	for i := range a.Cookies {
		if name := a.Cookies[i].Name; !seen[name] {
			removed, seen[name] = append(removed, name), true
		}
	}
	text := "no cookies"
	if len(names) > 0 {
		text = "cookies " + prose.Some(names, maxListed)
	}
	if len(removed) > 0 { // they have expired (RFC 6265, section 5.3)
		text += ", but removed " + prose.Some(removed, maxListed)
	}
	return text
}

func (a *Answer) describeBody() string {
	body, isJSON := a.JSON()
	switch {
	case a.Note != "" && !isJSON:
		return fmt.Sprintf("%d bytes, but %s", len(a.Body), a.Note)
	case len(bytes.TrimSpace(a.Body)) == 0:
		return "no body"
	case isJSON:
		return shape(body, 2)
	case !utf8.Valid(a.Body):
		return fmt.Sprintf("%d bytes that are not text", len(a.Body))
	case a.Media == MediaHTML:
		return "a web page"
	}
	return fmt.Sprintf("text of %d bytes", len(a.Body))
}

// shape describes a JSON value by its members and their types, depth levels deep.
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
		return "an object with " + prose.Some(members, maxListed)
	}
	return "a number"
}

// maxListed limits the items of a list in a sentence.
const maxListed = 12
