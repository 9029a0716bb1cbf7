package copymenu

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/flow"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/screen"
)

// openedMsg carries the chosen value to the clipboard.
type openedMsg struct {
	ticket    screen.Ticket
	what      string
	value     secret.String
	secret    bool
	refreshed bool
	err       error
}

// open reads an entry's value. If it contains a token, it first refreshes the
// session if necessary: the menu may have been open for a long time.
func (o *Overlay) open(e *entry) tea.Cmd {
	life, m, id, ticket := o.Life, o.engine, o.id, o.desk.Take()
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

// header returns what the attach mode adds to a request, as lines of text.
func header(ctx context.Context, m Engine, id string) (secret.String, error) {
	rec, err := m.Accounts.Record(ctx, id)
	if err != nil {
		return secret.String{}, err
	}
	attached, err := m.Requests.Attached(ctx, rec)
	return secret.New(attached.Lines()), err
}

// form names what an attach mode makes.
func form(a flow.Attached) string {
	switch headers, query, cookies := len(a.Headers), len(a.Query), len(a.Cookies); {
	case headers == 1 && query+cookies == 0:
		return "header"
	case headers+cookies == 0 && query > 0:
		return "query"
	case headers+query == 0 && cookies > 0:
		return "cookie header"
	}
	return "headers"
}
