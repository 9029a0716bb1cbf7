package flow

import (
	"context"
	"net/url"
	"strings"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/secret"
)

// Attached holds the values that an attach mode adds to a request.
type Attached struct {
	Headers, Query, Cookies []NameValue
}

// NameValue is one header, query parameter or cookie that carries the session.
type NameValue struct {
	Name  string
	Value secret.String
	raw   string // see definition.Pair
}

// Attached evaluates the subject's attach mode. The error is a
// *session.Failure, of kind NeedsPerson without a token.
func (s *Subject) Attached(ctx context.Context) (a Attached, err error) {
	b := newFacts(s, session.FlowRequest).builder()
	m, err := b.accountMode(ctx)
	if m != nil {
		if err = unwritable(m); err == nil {
			a, err = b.attached(ctx, m)
		}
	}
	return a, b.locate(err, &stepResult{})
}

// unwritable returns an error if a mode cannot be written as headers for any request.
func unwritable(m *definition.Attach) error {
	f := failure(session.Unsupported, "attach mode "+m.Name)
	f.Next = "send a request with tokenring, or copy one as curl"
	switch {
	case len(m.Sign) > 0:
		f.Meaning = "each request is signed by itself, so there is no header for others"
	case len(m.Headers)+len(m.Query)+len(m.Cookies) == 0:
		f.Meaning = "the token goes into the path or body of a request, not into a header"
	default:
		return nil
	}
	return f
}

// Lines formats the values in clear for curl and HTTP files: one line per header, one for the
// cookies, and a last one for the query parameters.
func (a Attached) Lines() string {
	return a.lines(func(raw string) string { return raw }, url.QueryEscape)
}

// MaskedLines is Lines with masked values. A scheme such as Bearer stays readable.
func (a Attached) MaskedLines() string { return a.lines(mask, mask) }

func (a Attached) lines(plain, escaped func(raw string) string) string {
	var lines, jar, params []string
	for _, h := range a.Headers {
		lines = append(lines, h.Name+": "+plain(h.Value.Reveal()))
	}
	for _, c := range a.Cookies {
		jar = append(jar, c.Name+"="+plain(c.Value.Reveal()))
	}
	if len(jar) > 0 {
		lines = append(lines, "Cookie: "+strings.Join(jar, "; "))
	}
	for _, q := range a.Query {
		params = append(params, url.QueryEscape(q.Name)+"="+escaped(q.Value.Reveal()))
	}
	if len(params) > 0 {
		lines = append(lines, strings.Join(params, "&"))
	}
	return strings.Join(lines, "\n")
}

func mask(raw string) string {
	if scheme, rest, ok := strings.Cut(raw, " "); ok && len(scheme) < 12 {
		return scheme + " " + secret.Mask(rest)
	}
	return secret.Mask(raw)
}
