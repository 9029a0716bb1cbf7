package form

import (
	"context"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/ui/screen"
)

// choices are the accounts and definitions that a form offers.
type choices struct {
	accounts    []session.Snapshot
	definitions []*definition.Definition
	problems    []error
}

// account finds an account by id.
func (w *choices) account(id string) *session.Snapshot {
	for i := range w.accounts {
		if w.accounts[i].Account.ID == id {
			return &w.accounts[i]
		}
	}
	return nil
}

// named reports whether an account other than id has the name.
func (w *choices) named(name, id string) bool {
	return slices.ContainsFunc(w.accounts, func(s session.Snapshot) bool {
		return s.Account.Name == name && s.Account.ID != id
	})
}

type loadedMsg struct {
	ticket  screen.Ticket
	choices choices
	draft   *draft.Form // of the account to edit
	err     error
}

func (o *Overlay) load() tea.Cmd {
	m, ctx, id, ticket := o.engine, o.Life, o.id, o.loads.Take()
	return func() tea.Msg {
		msg := loadedMsg{ticket: ticket}
		msg.choices.accounts, msg.err = m.Accounts.List(ctx)
		msg.choices.definitions, msg.choices.problems = m.Catalog.List(), m.Catalog.Problems()
		if msg.err == nil && id != "" {
			var rec *session.Record
			if rec, msg.err = m.Accounts.Record(ctx, id); msg.err == nil {
				msg.draft = draft.FormOf(&rec.Account)
			}
		}
		return msg
	}
}

// assessedMsg brings the state of a draft.
type assessedMsg struct {
	ticket  screen.Ticket
	asked   draft.Questions
	to      credential.Destination
	shown   string // the address of to; what is still to be typed stands in it in capitals
	lost    error  // why there is no destination yet
	errs    draft.FieldErrors
	checked bool // errs is meant
}

// assess finds out what the draft is asked, where it would send its
// credentials and, with check, what is wrong with it.
func (o *Overlay) assess(check bool) tea.Cmd {
	m, ctx, ticket, d := o.engine, o.Life, o.asks.Take(), o.draft()
	check = check || o.unchecked
	o.unchecked = check
	return func() tea.Msg {
		msg := assessedMsg{ticket: ticket, checked: check}
		if msg.asked, msg.lost = m.Drafts.Normalize(d); msg.lost != nil {
			return msg
		}
		msg.to, msg.lost = m.Drafts.Preview(d)
		msg.shown = sketch(m, d, msg.asked.Fields, msg.to.BaseURL)
		if check {
			msg.errs = m.Drafts.Validate(ctx, d)
		}
		return msg
	}
}

// sketch returns the address a draft will have, with the names of what it still
// needs in their places; otherwise when that makes none.
func sketch(m Engine, d *draft.Form, fields []definition.Field, otherwise string) string {
	whole := *d
	whole.Values = maps.Clone(d.Values)
	for _, f := range fields {
		if f.Type == definition.TypeString && !f.Secret && !f.Optional && whole.Values[f.Name] == "" {
			whole.Values[f.Name] = strings.ToUpper(f.Name)
		}
	}
	to, err := m.Drafts.Preview(&whole)
	if err != nil {
		return otherwise
	}
	return to.BaseURL
}

type savedMsg struct {
	ticket screen.Ticket
	snap   session.Snapshot
	err    error
}

func (o *Overlay) save() tea.Cmd {
	m, ticket, d := o.engine, o.saves.Take(), o.draft()
	// What was begun is written even when the screen is left meanwhile.
	ctx := context.WithoutCancel(o.Life)
	return func() tea.Msg {
		msg := savedMsg{ticket: ticket}
		if _, msg.err = m.Drafts.Normalize(d); msg.err == nil {
			var rec *session.Record
			if rec, msg.err = m.Drafts.Save(ctx, d); msg.err == nil {
				msg.snap = m.Accounts.Snapshot(rec)
			}
		}
		return msg
	}
}
