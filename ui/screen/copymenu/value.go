package copymenu

import (
	"context"

	tea "charm.land/bubbletea/v2"

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
	life, m, id, ticket := o.life, o.engine, o.id, o.desk.Take()
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

func claims(ctx context.Context, m Engine, id string) (secret.String, error) {
	raw, err := named("")(ctx, m, id)
	if err != nil {
		return secret.String{}, err
	}
	text, err := token.Parse(raw.Reveal()).ClaimsJSON()
	return secret.New(string(text)), err
}

// header is what the attach mode puts on a request, as lines of text.
func header(ctx context.Context, m Engine, id string) (secret.String, error) {
	rec, err := m.Accounts.Record(ctx, id)
	if err != nil {
		return secret.String{}, err
	}
	headers, query, cookies, err := m.Requests.Attached(ctx, rec)
	if err != nil {
		return secret.String{}, err
	}
	return secret.New(flow.HeaderLines(headers, query, cookies)), nil
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
