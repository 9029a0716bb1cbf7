package copymenu

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/flow"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// open reads an entry's value. If it contains a token, it first refreshes the
// session if necessary: the menu may have been open for a long time.
func (o *Overlay) open(e entry) tea.Cmd {
	life, m, id := o.Life, o.engine, o.id
	return o.desk.Run(o.Life, func() func() tea.Cmd {
		var value secret.String
		var first string
		var refreshed bool
		var err error
		if e.live {
			_, refreshed, err = ensure(life, m, id)
		}
		if err == nil {
			value, first, err = e.value(life, m, id)
		}
		return func() tea.Cmd { return o.opened(&e, value, first, refreshed, err) }
	})
}

func claims(ctx context.Context, m Engine, id string) (value secret.String, first string, err error) {
	raw, _, err := named("")(ctx, m, id)
	if err != nil {
		return secret.String{}, "", err
	}
	text, err := token.Parse(raw.Reveal()).ClaimsJSON()
	return secret.New(string(text)), "", err
}

// header returns what the attach mode adds to a request, as lines of text.
func header(ctx context.Context, m Engine, id string) (value secret.String, first string, err error) {
	rec, err := m.Accounts.Record(ctx, id)
	if err != nil {
		return secret.String{}, "", err
	}
	attached, err := m.Requests.Attached(ctx, rec)
	return secret.New(attached.Lines()), "", err
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
