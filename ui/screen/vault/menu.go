package vault

import (
	"cmp"
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/prose"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// menu is a few things to choose from.
type menu struct {
	items []entry
	at    int
	rows  []int // the entry on each line, as drawn last; -1 for none
}

// entry is one of them. An entry without do cannot be chosen; text says why.
type entry struct {
	title, text string
	do          func() tea.Cmd
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
			var items []entry
			for _, c := range found {
				if o.offers(c.Way) {
					items = append(items, o.way(c))
				}
			}
			if o.page = pageMenu; len(items) == 0 {
				o.problem = "this run keeps nothing; for accounts that stay, leave the demo and start tokenring"
				return nil
			}
			usable := slices.IndexFunc(items, func(e entry) bool { return e.do != nil })
			o.menu = menu{items: items, at: max(0, usable)}
			return nil
		}
	})
}

func (o *Overlay) way(c session.Choice) entry {
	e := entry{title: cmp.Or(titles[c.Way], string(c.Way)), text: secret.CleanLine(c.Why)}
	switch {
	case !c.Usable:
	case c.Way == session.WayPassphrase:
		e.do = func() tea.Cmd { return o.questions(toChoose, "") }
	default:
		e.do = func() tea.Cmd { return o.take(c.Way, secret.String{}) }
	}
	return e
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
				o.problem = reason(err)
				return nil
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
	o.page = pageMenu
	o.menu = menu{}
	add := func(title, text string, do func() tea.Cmd) {
		o.menu.items = append(o.menu.items, entry{title, text, do})
	}
	ask := func(p purpose) func() tea.Cmd { return func() tea.Cmd { return o.questions(p, "") } }
	if o.status.Way == session.WayMemory {
		add("Keep the key", "choose where it is kept, so that what is stored can be opened after this run", o.choices)
		return nil
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
	return nil
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
				o.problem = reason(err)
				return nil
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

func (o *Overlay) choose(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		a := o.ctx.Keys.Match(msg, keymap.Dialog, keymap.List)
		if a == keymap.Accept {
			return o.accept()
		}
		list := widget.Scroll{Len: len(o.menu.items), Height: len(o.menu.items), Cursor: o.menu.at}
		list.Move(screen.Steps(a, &list))
		o.menu.to(list.Cursor)
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft && msg.Y >= 0 && msg.Y < len(o.menu.rows) && o.menu.rows[msg.Y] >= 0 {
			o.menu.at = o.menu.rows[msg.Y]
			return o.accept()
		}
	}
	return nil
}

// to moves to an entry, or to the nearest one that can be chosen, first in the direction of the move.
func (m *menu) to(at int) {
	step := cmp.Compare(at, m.at)
	for _, d := range [2]int{step, -step} {
		for i := at; i != m.at && i >= 0 && i < len(m.items); i += d {
			if m.items[i].do != nil {
				m.at = i
				return
			}
		}
	}
}

// chosen returns what the entry under the cursor does; nil if it cannot be chosen, or there is none.
func (m *menu) chosen() func() tea.Cmd {
	if m.at >= len(m.items) {
		return nil
	}
	return m.items[m.at].do
}

func (o *Overlay) accept() tea.Cmd {
	do := o.menu.chosen()
	if do == nil {
		return nil
	}
	o.problem = ""
	return do()
}
