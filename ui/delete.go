package ui

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
)

// removal is a way to delete an account.
type removal struct{ logout, forGood bool }

// deleted describes accounts that can be restored.
const deleted = "deleted"

// deleteQuestion asks how to delete accounts.
func (m *Model) deleteQuestion(accounts []session.Snapshot) screen.Question {
	do := func(how removal) func() tea.Cmd {
		start := func(s *session.Snapshot, many bool) tea.Cmd { return m.delete(s, how, many) }
		return func() tea.Cmd {
			if len(accounts) == 1 {
				return start(&accounts[0], false)
			}
			did := deleted
			if how.forGood {
				did += " for good"
			}
			return m.each("deleting", did, keymap.Delete, start, accounts)
		}
	}
	text := "Credentials, tokens, saved requests and history stay sealed for a day. " + m.ctx.Keys.Sentence("", keymap.Undo, "restores them.")
	if m.ctx.Keys.Key(keymap.Undo) == "" {
		text = "Credentials, tokens, saved requests and history stay sealed for a day, to be restored."
	}
	if len(accounts) > 1 {
		text = named(accounts) + ". " + text
	}
	q := screen.Question{
		Title: "Delete " + subject(accounts) + "?", Text: text, Yes: "delete", Danger: true, Do: do(removal{}),
		Also: []screen.Answer{{Label: "delete for good, at once", Do: do(removal{forGood: true})}},
	}
	if slices.ContainsFunc(accounts, func(s session.Snapshot) bool { return s.Session != nil && s.CanLogout }) {
		q.Text += " Their sessions on the server stay valid until they expire, unless you log out."
		q.Also = append([]screen.Answer{{Label: "log out, then delete", Do: do(removal{logout: true})}}, q.Also...)
	}
	if slices.ContainsFunc(accounts, func(s session.Snapshot) bool { return s.Account.Guard == session.GuardTypedConfirm }) {
		q.Typed = subject(accounts)
	}
	return q
}

func (m *Model) delete(s *session.Snapshot, how removal, many bool) tea.Cmd {
	e, rec, name := m.engine, s.Record, s.Account.Name
	now, zone := m.ctx.Now, m.ctx.Zone()
	restores := m.ctx.Keys.Sentence(name+" is deleted", keymap.Undo, "restores it within a day")
	return m.run(s, "delete", many, func(ctx context.Context) (outcome, error) {
		end := outcome{text: restores}
		if how.logout && rec.Session != nil {
			result, err := e.Sessions.Logout(ctx, rec)
			if err != nil {
				return outcome{}, err
			}
			end = loggedOut(&result, result.Text(now(), zone)+"; "+restores)
		}
		err := e.Drafts.Delete(ctx, rec.Account.ID)
		if err == nil && how.forGood {
			end = outcome{text: name + " is deleted for good"}
			err = e.Drafts.Purge(ctx, rec.Account.ID)
		}
		return end, err
	})
}

// undo undoes the last deletion.
func (m *Model) undo() tea.Cmd {
	life, drafts := m.ctx.Life, m.engine.Drafts
	return m.undoing.Run(life, func() func() tea.Cmd {
		all, err := drafts.Deleted(life)
		if err == nil && len(all) == 0 {
			return func() tea.Cmd { return screen.Refuse("nothing was deleted within a day") }
		}
		var last session.Deleted
		if err == nil {
			last = all[0]
			last.Account, err = drafts.Undelete(life, last.ID)
		}
		return func() tea.Cmd {
			if err != nil {
				return screen.NotifyError(err)
			}
			text := m.ctx.Line(last.Label()) + " is restored"
			if len(all) > 1 {
				text = m.ctx.Keys.Sentence(text, keymap.Undo, "restores the next")
			}
			return tea.Batch(screen.Changed(), screen.Notify(screen.Info, text))
		}
	})
}
