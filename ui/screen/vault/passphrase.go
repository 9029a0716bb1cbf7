package vault

import (
	"context"
	"errors"
	"math"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/screen"
	"tokenring/ui/widget/field"
)

// purpose says why passphrases are asked for.
type purpose int

const (
	toUnlock  purpose = iota
	toChoose          // the first one of a store
	toRenew           // another one in its place
	toRecover         // a second one
	toRekey           // those in force, for another key
)

// questions are the passphrases being asked.
type questions struct {
	purpose         purpose
	old, new, again *field.Secret // nil where it is not asked
	spare           *field.Secret // beside old, for another key
	fields          []*field.Field
}

// questions asks for the passphrases a purpose takes.
func (o *Overlay) questions(p purpose, problem string) tea.Cmd {
	q := questions{purpose: p}
	add := func(id, label, help string) *field.Secret {
		c := field.NewSecret(o.ctx.Theme, o.ctx.Keys)
		q.fields = append(q.fields, &field.Field{ID: id, Label: label, Help: help, Control: c})
		return c
	}
	if p == toUnlock || p == toRenew || p == toRekey && o.status.Way == session.WayPassphrase {
		label := "Passphrase"
		if p == toRenew {
			label = "Old passphrase"
		} else if p == toUnlock && o.spare {
			label = "Recovery passphrase"
		}
		q.old = add("old", label, "")
	}
	if p == toRekey && o.spare {
		q.spare = add("spare", "Recovery passphrase", "If it is lost, remove it with: tokenring vault rekey --remove-recovery")
	}
	if p == toChoose || p == toRenew || p == toRecover {
		q.new = add("new", "New passphrase", "A few words that only you would put together.")
		q.again = add("again", "Once more", "Repeat it, since it is not shown.")
	}
	o.page, o.ask, o.problem = pagePassphrase, q, problem
	return tea.Batch(o.set.Show(q.fields), o.set.Focus(q.fields[0].ID))
}

func (o *Overlay) answer(msg tea.Msg) tea.Cmd {
	effect, cmd := o.set.Update(msg)
	if effect.Changed {
		o.problem = ""
		for _, f := range o.ask.fields {
			f.Error = ""
		}
	}
	if !effect.Submit {
		return cmd
	}
	for _, f := range o.ask.fields {
		if s, ok := f.Control.(*field.Secret); ok && s.Value().IsZero() {
			f.Error = "needed"
			return tea.Batch(cmd, o.set.Focus(f.ID))
		}
	}
	if o.ask.again != nil && !o.ask.again.Value().Equal(o.ask.new.Value()) {
		o.ask.fields[len(o.ask.fields)-1].Error = "the passphrases differ"
		return tea.Batch(cmd, o.set.Focus("again"))
	}
	return tea.Batch(cmd, o.submit())
}

func (o *Overlay) submit() tea.Cmd {
	v, q := o.vault, o.ask
	switch q.purpose {
	case toChoose:
		return o.take(session.WayPassphrase, q.new.Value())
	case toRenew:
		old, next := q.old.Value(), q.new.Value()
		return o.change("changing the passphrase", "the passphrase is changed", func(ctx context.Context) error {
			return v.Rewrap(ctx, old, next)
		})
	case toRekey:
		var keys session.RekeyOptions
		if q.old != nil {
			keys.Passphrase = q.old.Value()
		}
		if q.spare != nil {
			keys.Recovery = q.spare.Value()
		}
		return o.seal(keys)
	case toRecover:
		next := q.new.Value()
		return o.change("setting the recovery passphrase", "the recovery passphrase is set", func(ctx context.Context) error {
			return v.SetRecovery(ctx, next)
		})
	}
	return o.unlock(q.old.Value())
}

// unlock opens the vault with a passphrase. After the recovery passphrase it offers to keep
// the key where it opens again.
func (o *Overlay) unlock(passphrase secret.String) tea.Cmd {
	v := o.vault
	return o.wait("opening the vault", func(ctx context.Context) func() tea.Cmd {
		err := v.Unlock(ctx, passphrase)
		status := v.Status(ctx)
		return func() tea.Cmd {
			switch {
			case err != nil:
				return o.refused(err)
			case status.Recovered && !o.ctx.Keys.IsViewOnly():
				o.status, o.did = status, true
				return tea.Batch(screen.Changed(), o.choices())
			}
			return o.opened("the vault is open")
		}
	})
}

// change does something with the vault and closes when it went through.
func (o *Overlay) change(what, notice string, do func(context.Context) error) tea.Cmd {
	return o.wait(what, func(ctx context.Context) func() tea.Cmd {
		err := do(ctx)
		return func() tea.Cmd {
			if err != nil {
				return o.refused(err)
			}
			return o.opened(notice)
		}
	})
}

// refused stays at the questions. A wrong passphrase is emptied: it cannot be
// seen, so it cannot be corrected.
func (o *Overlay) refused(err error) tea.Cmd {
	var typed int
	for _, s := range []*field.Secret{o.ask.old, o.ask.spare} {
		if s != nil && errors.Is(err, session.ErrWrongPassphrase) {
			s.Set(secret.String{})
			typed++
		}
	}
	switch typed {
	case 0:
		return o.failed(err)
	case 1:
		o.ask.fields[0].Error = session.ErrWrongPassphrase.Error()
	default:
		o.problem = "one of the passphrases is wrong"
	}
	return o.set.Focus(o.ask.fields[0].ID)
}

// strength rates a new passphrase against someone who has the store and guesses:
// a word and what it means.
func strength(p secret.String) (word, means string, good bool) {
	text := []rune(p.Reveal())
	seen := map[rune]bool{}
	lower, other := true, false
	for _, r := range text {
		seen[r] = true
		lower = lower && (r >= 'a' && r <= 'z' || r == ' ')
		other = other || r > 0x7f
	}
	alphabet := 70.0
	switch {
	case lower:
		alphabet = 12 // letters of words follow one another
	case other:
		alphabet = 100
	}
	// What is repeated counts little.
	n := math.Min(float64(len(text)), 2.2*float64(len(seen)))
	switch bits := n * math.Log2(alphabet); {
	case len(text) == 0:
		return "", "", false
	case bits < 45:
		return "weak", "a computer guesses it within hours", false
	case bits < 65:
		return "fair", "it takes years to guess; one more word makes it good", true
	}
	return "good", "it is practically impossible to guess", true
}
