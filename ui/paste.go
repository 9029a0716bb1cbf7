package ui

import (
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/address"
	"tokenring/session/attempt"
	"tokenring/session/draft"
	"tokenring/session/importer"
	"tokenring/session/prose"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/screen/editor"
	"tokenring/ui/screen/form"
)

// paste passes a paste to what takes text. On the panes it opens what the text is for.
func (m *Model) paste(msg tea.PasteMsg) tea.Cmd {
	if e, ok := m.focused().(*editor.Overlay); ok && !e.TakesText() && importer.IsCurl(strings.TrimSpace(msg.Content)) {
		return m.importCurl(msg.Content) // beside the request that is written
	}
	if m.stack.top() != nil || m.editing() {
		return m.focused().Update(msg)
	}
	switch text := strings.TrimSpace(msg.Content); {
	case text == "" || m.small():
		return nil
	case importer.IsCurl(text) && m.ctx.Keys.Refusal(keymap.Import) != "":
		return screen.Refuse(m.ctx.Keys.Refusal(keymap.Import))
	case importer.IsCurl(text):
		return m.importCurl(text)
	case isCallback(text):
		return screen.Refuse(m.ctx.Keys.Sentence("no login is waiting for this address", keymap.Login, "starts one, which takes it"))
	case m.ctx.Keys.Refusal(keymap.Add) == "":
		return m.addPasted(text)
	default:
		return m.readTokens(secret.New(text))
	}
}

// addPasted opens the form of an account at an address of a known backend; any other text is read for tokens.
func (m *Model) addPasted(text string) tea.Cmd {
	if _, err := address.Parse(text); err != nil {
		return m.readTokens(secret.New(text))
	}
	definitions := m.engine.form.Catalog
	return m.importing.Run(m.ctx.Life, func() func() tea.Cmd {
		fits := draft.Backends(text, definitions.List())
		return func() tea.Cmd {
			if len(fits) == 0 {
				return m.readTokens(secret.New(text))
			}
			return m.addWith(form.FromDraft(m.ctx, m.engine.form, fits[0], nil))
		}
	})
}

// isCallback reports whether a text is the address to which a login in the browser comes
// back (RFC 6749, section 4.1.2).
func isCallback(text string) bool {
	u, err := address.Parse(text)
	if err != nil {
		return false
	}
	q := u.Query()
	return q.Has("code") || q.Has("error") && q.Has("state")
}

// importCurl reads curl commands. A request to the server of an account opens in the
// editor; for another server, the form of an account opens.
func (m *Model) importCurl(text string) tea.Cmd {
	known, now := importer.Known{Now: m.ctx.Now()}, m.list.All()
	for i := range now {
		known.Accounts = append(known.Accounts, importer.KnownAccount{Account: now[i].Account})
	}
	definitions := m.engine.form.Catalog
	return m.importing.Run(m.ctx.Life, func() func() tea.Cmd {
		known.Backends = definitions.List()
		p, err := importer.Parse([]importer.File{{Name: "pasted", Data: []byte(text), Kind: importer.Curl}}, known, importer.Options{})
		return func() tea.Cmd {
			if err == nil && len(p.Accounts) != 1 {
				err = errors.New("commands for several servers, or none; import them with: tokenring import")
			}
			if err != nil {
				return screen.NotifyError(err)
			}
			return m.imported(&p.Accounts[0], p.Notes)
		}
	})
}

func (m *Model) imported(a *importer.Account, notes []importer.Note) tea.Cmd {
	var cmds []tea.Cmd
	for _, n := range notes {
		cmds = append(cmds, screen.Notify(screen.Advice, secret.CleanLine(n.Error())))
	}
	s := m.list.Account(a.ID)
	switch {
	case !a.Exists:
		begin := a.Form
		cmds = append(cmds, m.addWith(form.FromDraft(m.ctx, m.engine.form, &begin, func(id string) tea.Cmd { return m.addRequests(id, a.Requests) })))
	case s != nil && len(a.Requests) == 1:
		m.list.Select(s.Account.ID)
		cmds = append(cmds, m.follow(), requestui.Send(requestui.RequestForm{Account: s, Spec: a.Requests[0], Focus: "name"}))
	case s != nil && len(a.Requests) > 1:
		text := prose.Count(len(a.Requests), "request")
		cmds = append(cmds, screen.Ask(screen.Question{
			Title: "Add " + text + "?", Text: "They become requests of " + m.ctx.Line(s.Account.Name) + ".", Yes: "add",
			Do: func() tea.Cmd { return m.addRequests(s.Account.ID, a.Requests) },
		}))
	default:
		cmds = append(cmds, screen.Refuse("it has no new request"))
	}
	return tea.Batch(cmds...)
}

// addRequests saves imported requests with an account.
func (m *Model) addRequests(id string, specs []request.Spec) tea.Cmd {
	life, e := m.ctx.Life, m.engine
	return m.importing.Run(m.ctx.Life, func() func() tea.Cmd {
		rec, err := e.account.Accounts.Record(life, id)
		if err == nil {
			err = e.requests.SaveRequests(life, attempt.Addition{Account: &rec.Account, Requests: specs})
		}
		return func() tea.Cmd {
			if err != nil {
				return screen.NotifyError(err)
			}
			return tea.Batch(screen.Changed(), screen.Notify(screen.Info, prose.Count(len(specs), "request")+" added"))
		}
	})
}
