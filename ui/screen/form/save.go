package form

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
)

func (o *Overlay) submit() tea.Cmd {
	o.saving, o.tried, o.problem = true, true, ""
	m, d := o.engine, o.draft()
	// What was begun is written even when the screen is left meanwhile.
	ctx := context.WithoutCancel(o.Life)
	return o.saves.Run(o.Life, func() func() tea.Cmd {
		var snap session.Snapshot
		_, err := m.Drafts.Normalize(d)
		if err == nil {
			var rec *session.Record
			if rec, err = m.Drafts.Save(ctx, d); err == nil {
				snap = m.Accounts.Snapshot(rec)
			}
		}
		return func() tea.Cmd { return o.stored(&snap, err) }
	})
}

func (o *Overlay) stored(snap *session.Snapshot, err error) tea.Cmd {
	o.saving = err == nil // until it has closed
	var wrong draft.FieldErrors
	switch {
	case errors.As(err, &wrong):
		o.errs = wrong
		return tea.Batch(o.show(), o.firstWrong())
	case errors.Is(err, session.ErrVaultLocked):
		o.problem = "Nothing was saved, since the vault is not open. Open it and save again."
		return tea.Batch(screen.Changed(), screen.Do(keymap.Vault, ""))
	case err != nil:
		o.problem = "Not saved: " + secret.CleanLine(err.Error())
		return nil
	}
	o.dirty = false
	follow := tea.Sequence(screen.Changed(), screen.Choose(snap.Account.ID, ""))
	if o.id == "" {
		if o.then != nil {
			follow = tea.Batch(follow, o.then(snap.Account.ID))
		}
		return tea.Sequence(follow, screen.Close(o), logIn(o.ctx, snap))
	}
	text := snap.Account.Name + " is saved"
	if old := o.choices.account(o.id); old != nil && old.Session != nil && snap.Session == nil {
		text += "; its session was dropped, because it is another identity now"
	}
	return tea.Batch(screen.Close(o), follow, screen.Notify(screen.Info, o.ctx.Line(text)))
}

// logIn logs a new account in; unless that only stores what was typed, it asks first.
func logIn(ctx *screen.Context, s *session.Snapshot) tea.Cmd {
	login := screen.Do(keymap.Login, s.Account.ID)
	if s.OnlyStores {
		return login
	}
	return screen.Ask(screen.Question{
		Title: s.Account.Name + " is saved", Text: "Log in now?", Yes: "log in", No: "later", Do: func() tea.Cmd { return login },
	})
}

// firstWrong goes to the first field with an error.
func (o *Overlay) firstWrong() tea.Cmd {
	for _, f := range o.fields() {
		if f != nil && f.Control != nil && f.Error != "" {
			return o.set.Focus(f.ID)
		}
	}
	return nil
}
