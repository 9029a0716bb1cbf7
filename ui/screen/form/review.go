package form

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
)

// review is an account that was changed outside tokenring, with the changes.
type review struct {
	seen    *session.Account
	changed *session.ChangedError // nil: it was not
}

// reviewOf compares an account with its seal. Saving reports what keeps that from
// being done now, such as a locked vault.
func reviewOf(ctx context.Context, m Engine, id string) (*session.Account, *session.ChangedError) {
	seen, changed, err := m.Drafts.Review(ctx, id)
	if err != nil {
		return nil, nil
	}
	return seen, changed
}

// lost reports whether there is nothing to put back.
func (r *review) lost() bool { return len(r.changed.Changes) == 0 }

func (r *review) keys() []keymap.Hint {
	if r.lost() {
		return []keymap.Hint{{Action: keymap.Confirm, Label: "keep it"}, {Action: keymap.Close, Label: "decide later"}}
	}
	return []keymap.Hint{{Action: keymap.Confirm, Label: "undo"}, {Action: keymap.Decline, Label: "keep"}, {Action: keymap.Close, Label: "decide later"}}
}

// tell shows the changes and asks what to do about them.
func (r *review) tell(ctx *screen.Context, say func(theme.Style, string)) {
	th, name := ctx.Theme, ctx.Line(r.seen.Name)
	if r.lost() {
		say(th.Warn, name+" is not sealed with this ring's key and may have been changed outside tokenring.")
		for _, c := range r.seen.ChangesSince(&session.Account{}) {
			say(th.Text, "  "+c.Field+"  "+ctx.Line(c.Is))
		}
		say(th.Text, "Nothing is sent until you decide. "+ctx.Keys.Key(keymap.Confirm)+" keeps it as it is.")
		return
	}
	say(th.Warn, name+" was changed outside tokenring.")
	for _, c := range r.changed.Changes {
		say(th.Text, "  "+c.Field+"  was  "+ctx.Line(c.Was))
		say(th.Text, "  "+c.Field+"  is   "+ctx.Line(c.Is))
	}
	say(th.Text, "Nothing is sent until you decide. "+ctx.Keys.Key(keymap.Confirm)+" undoes the change, "+ctx.Keys.Key(keymap.Decline)+" keeps it.")
}

// settle ends the review and goes on to the form.
func (o *Overlay) settle(confirmed bool) tea.Cmd {
	r, m := o.review, o.engine
	if r.lost() && !confirmed {
		return nil
	}
	ctx := context.WithoutCancel(o.Life)
	return o.saves.Run(o.Life, func() func() tea.Cmd {
		var err error
		if confirmed && !r.lost() {
			err = m.Drafts.Restore(ctx, r.seen.ID)
		} else {
			err = m.Drafts.Accept(ctx, r.seen)
		}
		return func() tea.Cmd {
			o.problem = ""
			if err != nil {
				o.problem = secret.CleanLine(err.Error()) // some of it may be done, or there may be more to show
			}
			return tea.Batch(screen.Changed(), o.load())
		}
	})
}
