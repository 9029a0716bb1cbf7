package copymenu

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/flow"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/screen"
)

// openedMsg brings what was chosen, on its way to the clipboard.
type openedMsg struct {
	ticket    screen.Ticket
	what      string
	value     secret.String
	secret    bool
	refreshed bool
	err       error
}

// open gets an entry's value. Where a token goes with it, the session is made
// sure of once more: the menu may have stood open for long.
func (o *Overlay) open(e *entry) tea.Cmd {
	life, m, id, ticket := o.life, o.ctx.Manager, o.id, o.desk.Take()
	value, what, isSecret, live := e.value, e.what, e.secret, e.live
	return func() tea.Msg {
		msg := openedMsg{ticket: ticket, what: what, secret: isSecret}
		if live {
			if _, msg.refreshed, msg.err = ensure(life, m, id); msg.err != nil {
				return msg
			}
		}
		msg.value, msg.err = value(life, m, id)
		return msg
	}
}

func claims(ctx context.Context, m *session.Manager, id string) (secret.String, error) {
	t, err := m.Decode(ctx, id, "")
	if err != nil {
		return secret.String{}, err
	}
	text, err := claimsJSON(t)
	return secret.New(text), err
}

// claimsJSON writes the claims in their order and with the digits they came
// with; of duplicates the last one, which is the one that counts.
func claimsJSON(t *token.Token) (string, error) {
	last := map[string]int{}
	for i := range t.Claims {
		last[t.Claims[i].Name] = i
	}
	var object, out bytes.Buffer
	enc := json.NewEncoder(&object)
	enc.SetEscapeHTML(false)
	object.WriteByte('{')
	first := true
	for i, c := range t.Claims {
		if last[c.Name] != i {
			continue
		}
		if !first {
			object.WriteByte(',')
		}
		first = false
		if err := enc.Encode(c.Name); err != nil {
			return "", errors.New("the claims cannot be written as JSON")
		}
		object.WriteByte(':')
		object.Write(c.Raw)
	}
	object.WriteByte('}')
	if err := json.Indent(&out, object.Bytes(), "", "  "); err != nil {
		return "", errors.New("the claims cannot be written as JSON")
	}
	out.WriteByte('\n')
	return out.String(), nil
}

// header is what the attach mode puts on a request, as lines of text.
func header(ctx context.Context, m *session.Manager, id string) (secret.String, error) {
	headers, query, cookies, err := m.Attached(ctx, id)
	if err != nil {
		return secret.String{}, err
	}
	return secret.New(attached(headers, query, cookies, true)), nil
}

// form names what an attach mode makes.
func form(headers, query, cookies []flow.NameValue) string {
	switch {
	case len(headers) == 1 && len(query)+len(cookies) == 0:
		return "header"
	case len(headers)+len(cookies) == 0 && len(query) > 0:
		return "query"
	case len(headers)+len(query) == 0 && len(cookies) > 0:
		return "cookie header"
	}
	return "headers"
}

// attached writes header lines as curl and HTTP files take them: one a line,
// the cookies in one, and query parameters in a last one.
func attached(headers, query, cookies []flow.NameValue, clear bool) string {
	var lines, jar, params []string
	for _, h := range headers {
		lines = append(lines, h.Name+": "+plain(h.Value, clear))
	}
	for _, c := range cookies {
		jar = append(jar, c.Name+"="+plain(c.Value, clear))
	}
	if len(jar) > 0 {
		lines = append(lines, "Cookie: "+strings.Join(jar, "; "))
	}
	for _, q := range query {
		value := plain(q.Value, clear)
		if clear {
			value = url.QueryEscape(value)
		}
		params = append(params, url.QueryEscape(q.Name)+"="+value)
	}
	if len(params) > 0 {
		lines = append(lines, strings.Join(params, "&"))
	}
	return strings.Join(lines, "\n")
}

// plain is a value in clear or as a mask that leaves a scheme in front, such
// as Bearer, readable.
func plain(v secret.String, clear bool) string {
	raw := v.Reveal()
	if clear {
		return raw
	}
	if scheme, rest, ok := strings.Cut(raw, " "); ok && len(scheme) < 12 {
		return scheme + " " + secret.Mask(rest)
	}
	return secret.Mask(raw)
}
