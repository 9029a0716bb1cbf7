package jq

import (
	"context"
	"net/url"
	"strings"
	"unicode"
)

// Path evaluates t as the path of a URL, possibly with a query. It escapes each value to be one
// segment or a part of one, unless "| raw" ends its expression.
//
// A null or a control character is an error, as is a segment that values make empty, "." or
// "..": the request would go to another resource, and escaping cannot prevent that, because %2E
// is the same as a dot (RFC 3986, section 6.2.2.2).
func (t *Template) Path(ctx context.Context, scope Scope) (string, error) {
	var values []placed
	path, err := t.join(func(q *Query, at int) (string, error) {
		s, err := q.text(ctx, scope)
		if err == nil && strings.ContainsFunc(s, unicode.IsControl) {
			err = &EvalError{Source: q.source, Kind: "it returned a control character, which a path cannot contain"}
		}
		if err == nil && !q.look().raw {
			values, s = append(values, placed{q, at}), escape(s)
		}
		return s, err
	})
	if err != nil {
		return "", err
	}
	for _, v := range values {
		if kind := misleads(path, v.at); kind != "" {
			return "", &EvalError{Source: v.query.source, Kind: kind}
		}
	}
	return path, nil
}

// placed is an escaped value and its offset in a path.
type placed struct {
	query *Query
	at    int
}

// escape escapes all but the unreserved characters of RFC 3986, so that the result is the same
// text in a path and in a query.
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// misleads returns why the segment at an offset leads to another path, or "".
func misleads(path string, at int) string {
	before, after := path[:at], path[at:]
	if strings.ContainsAny(before, "?#") {
		return ""
	}
	before = before[strings.LastIndexByte(before, '/')+1:]
	if end := strings.IndexAny(after, "/?#"); end >= 0 {
		after = after[:end]
	}
	switch strings.ReplaceAll(strings.ToLower(before+after), "%2e", ".") {
	case "":
		return "it leaves a part of the path empty"
	case ".", "..":
		return "it returned dots that would lead to another path"
	}
	return ""
}
