package vault

import (
	"cmp"
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/prose"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
)

// offer asks what to do. A key that stops or goes back leads here again.
func (o *Overlay) offer(text string, entries []screen.Answer) tea.Cmd {
	if o.status.State == session.VaultOpen {
		text = strings.TrimSuffix(theme.SignOK+" open"+theme.SignDot+o.status.OpenedBy()+"\n"+text, "\n")
	}
	o.menu = &screen.Question{Title: o.Title(), Text: text, Also: entries, Left: o.leave}
	return o.again()
}

// again shows the menu once more.
func (o *Overlay) again() tea.Cmd {
	o.page, o.problem = pageMenu, ""
	return screen.Ask(*o.menu)
}

// failed tells what went wrong with what was chosen from the menu or typed.
func (o *Overlay) failed(err error) tea.Cmd {
	if o.page == pageMenu {
		return tea.Batch(screen.Notify(screen.Failure, reason(err)), o.again())
	}
	o.problem = reason(err)
	return nil
}

// moves reports whether a choice moves the key of an open vault.
func (o *Overlay) moves() bool {
	return o.status.State == session.VaultOpen && o.status.Way != session.WayMemory
}

// offers reports whether the key may be kept in a way. One that the keyring or the variable
// has lost may be kept there again.
func (o *Overlay) offers(way session.Way) bool {
	switch {
	case way == session.WayMemory:
		return o.status.State == session.VaultUnset
	case way == o.status.Way:
		return o.status.Recovered && way != session.WayPassphrase
	}
	return true
}

// choices asks how the key may be kept.
func (o *Overlay) choices() tea.Cmd {
	v := o.vault
	return o.wait("asking the keyring", func(ctx context.Context) func() tea.Cmd {
		found := v.Choices(ctx)
		return func() tea.Cmd {
			var ways []screen.Answer
			for _, c := range found {
				if o.offers(c.Way) {
					ways = append(ways, o.way(c))
				}
			}
			text := ""
			switch {
			case len(ways) == 0:
				text = "This run keeps nothing. For accounts that stay, leave the demo and start tokenring."
			case o.status.State == session.VaultUnset:
				text = "Passwords and tokens are sealed with a key. Where should it be kept?"
			case o.status.Recovered:
				text = "The " + string(o.status.Way) + " did not open it. Move the key to where it opens again."
			}
			return o.offer(text, ways)
		}
	})
}

func (o *Overlay) way(c session.Choice) screen.Answer {
	a := screen.Answer{Label: cmp.Or(titles[c.Way], string(c.Way)), Text: secret.CleanLine(c.Why), Off: !c.Usable}
	a.Do = func() tea.Cmd { return o.take(c.Way, secret.String{}) }
	if c.Way == session.WayPassphrase {
		a.Do = func() tea.Cmd { return o.questions(toChoose, "") }
	}
	return a
}

var titles = map[session.Way]string{
	session.WayKeyring:    "Keyring",
	session.WayPassphrase: "Passphrase",
	session.WayVariable:   "Key variable",
	session.WayMemory:     "Memory only",
}

// take makes the key, or moves it.
func (o *Overlay) take(way session.Way, passphrase secret.String) tea.Cmd {
	choose, what, done := o.vault.Choose, "making the key", "the key is made; the vault is open"
	if o.moves() {
		choose, what, done = o.vault.Move, "moving the key", "the key is moved"
	}
	if way == session.WayKeyring {
		what = forKeyring
	}
	return o.wait(what, func(ctx context.Context) func() tea.Cmd {
		err := choose(ctx, way, passphrase)
		return func() tea.Cmd {
			if err != nil {
				return o.failed(err)
			}
			return o.opened(done + kept[way])
		}
	})
}

var kept = map[session.Way]string{
	session.WayKeyring:    "; from now on the vault opens automatically",
	session.WayPassphrase: "; from now on the passphrase opens the vault",
	session.WayVariable:   "; keep the variable as it is",
	session.WayMemory:     " for this run only",
}

// overview shows what is in force and what can be changed.
func (o *Overlay) overview() tea.Cmd {
	var all []screen.Answer
	add := func(label, text string, do func() tea.Cmd) {
		all = append(all, screen.Answer{Label: label, Text: text, Do: do})
	}
	ask := func(p purpose) func() tea.Cmd { return func() tea.Cmd { return o.questions(p, "") } }
	if o.status.Way == session.WayMemory {
		add("Keep the key", "choose where it is kept, so that what is stored can be opened after this run", o.choices)
		return o.offer("", all)
	}
	add("Lock now", "the key is forgotten; tokens cannot be used until it is unlocked", func() tea.Cmd {
		return tea.Sequence(screen.Close(o), screen.Do(keymap.Lock, ""))
	})
	if o.status.Way == session.WayPassphrase {
		add("Change the passphrase", "sealed data does not change", ask(toRenew))
	}
	add("Recovery passphrase", "opens the vault when its key is unavailable; replaces an earlier one", ask(toRecover))
	add("Move the key", "to the keyring, behind a passphrase, or into a variable; sealed data does not change", o.choices)
	add("Change the key", "seals everything with a new key; what was copied before does not open what is stored from then on", o.rekey)
	return o.offer("", all)
}

// rekey changes the data key, after asking for the passphrases that the vault has.
func (o *Overlay) rekey() tea.Cmd {
	v := o.vault
	return o.wait("reading how the key is kept", func(ctx context.Context) func() tea.Cmd {
		spare, err := v.HasRecovery(ctx)
		return func() tea.Cmd {
			o.spare = spare
			switch {
			case err != nil:
				return o.failed(err)
			case !spare && o.status.Way != session.WayPassphrase:
				o.ask = questions{purpose: toRekey}
				return o.submit()
			}
			return o.questions(toRekey, "")
		}
	})
}

// seal makes the new key. Stopped, it leaves the old one in force.
func (o *Overlay) seal(keys session.RekeyOptions) tea.Cmd {
	v := o.vault
	return o.wait("sealing everything with a new key", func(ctx context.Context) func() tea.Cmd {
		left, err := v.Rekey(ctx, keys)
		return func() tea.Cmd {
			switch {
			case err != nil:
				return o.refused(err)
			case left > 0:
				return tea.Batch(o.opened(""), screen.Notify(screen.Warning,
					"the key is changed; "+prose.Count(left, "secret")+" did not open with the old key and could not be sealed again"))
			}
			return o.opened("the key is changed; copies of the ring made before still open with the old one")
		}
	})
}
