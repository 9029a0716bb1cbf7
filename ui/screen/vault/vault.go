// Package vault is the overlay of the vault: the choice of how its key is
// kept, unlocking it, and its state with what can be changed about it.
package vault

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget/field"
)

type page int

const (
	pageWaiting    page = iota // for the keyring, or the stretching of a passphrase
	pageMenu                   // a question above asks for the way, or for what to do
	pagePassphrase             // questions
	pageLocked                 // it could not be opened and nothing can be typed
)

// Vault is the vault as far as the overlay calls it.
type Vault interface {
	Choices(ctx context.Context) []session.Choice
	Choose(ctx context.Context, way session.Way, passphrase secret.String) error
	Unlock(ctx context.Context, passphrase secret.String) error
	Status(ctx context.Context) session.VaultStatus
	Move(ctx context.Context, way session.Way, passphrase secret.String) error
	Rewrap(ctx context.Context, old, new secret.String) error
	SetRecovery(ctx context.Context, passphrase secret.String) error
	HasRecovery(ctx context.Context) (bool, error)
	Rekey(ctx context.Context, o session.RekeyOptions) (left int, err error)
}

// Overlay is the vault's.
type Overlay struct {
	screen.Base
	ctx    *screen.Context
	vault  Vault
	status session.VaultStatus
	desk   screen.Desk

	page    page
	before  page               // where esc leads while something is waited for
	stop    context.CancelFunc // ends what is waited for
	waits   string             // what for
	since   time.Time
	menu    *screen.Question // asked last, or nil
	ask     questions
	set     *field.Set
	spare   bool // there is a recovery passphrase
	problem string
	then    func() tea.Cmd // what needs the key
	did     bool           // the vault was opened or changed
}

// New makes the overlay for the state of the vault: the choice of a way while
// there is none, unlocking while it is locked, else what is in force. The root
// opens it for keymap.Vault, and for what begins with the key, which is then.
func New(ctx *screen.Context, vault Vault, status session.VaultStatus, then func() tea.Cmd) *Overlay {
	return &Overlay{Base: screen.NewBase(ctx), ctx: ctx, status: status, vault: vault, then: then, set: field.NewSet(ctx.Theme, ctx.Keys)}
}

// Next returns what needed the key if the overlay opened the vault, else nil.
func (o *Overlay) Next() func() tea.Cmd {
	if !o.did {
		return nil
	}
	return o.then
}

// Title says what the overlay is about.
func (o *Overlay) Title() string {
	switch o.status.State {
	case session.VaultUnset:
		return "Where the key is kept"
	case session.VaultLocked:
		return "Unlock the vault"
	}
	return "The vault"
}

// Init asks for the choices, or for the key.
func (o *Overlay) Init() tea.Cmd {
	switch o.status.State {
	case session.VaultUnset:
		return o.choices()
	case session.VaultLocked:
		return o.unlockFirst()
	}
	return o.overview()
}

const forKeyring = "waiting for the keyring"

// wait does something that takes a while and shows what it waits for. do runs
// outside the screen; what it returns goes on inside.
func (o *Overlay) wait(what string, do func(context.Context) func() tea.Cmd) tea.Cmd {
	if o.page != pageWaiting {
		o.before = o.page
	}
	o.page, o.waits, o.since, o.problem = pageWaiting, what, o.ctx.Now(), ""
	ctx, stop := context.WithCancel(o.Life)
	o.stop = stop
	return o.desk.Run(o.Life, func() func() tea.Cmd {
		defer stop()
		next := do(ctx)
		return func() tea.Cmd {
			o.page = o.before
			return next()
		}
	})
}

// Update takes keys for the page that is shown, and ends of waiting.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	if key, ok := msg.(tea.KeyPressMsg); ok && o.ctx.Keys.Match(key, keymap.Dialog) == keymap.Close {
		return o.back()
	}
	switch o.page {
	case pagePassphrase:
		return o.answer(msg)
	case pageLocked:
		if key, ok := msg.(tea.KeyPressMsg); ok && o.ctx.Keys.Match(key, keymap.Dialog) == keymap.Again {
			return o.fetch()
		}
	}
	return nil
}

// back is esc: it stops what is waited for, leaves the questions, or closes.
func (o *Overlay) back() tea.Cmd {
	switch o.page {
	case pageWaiting:
		o.stop()
		o.desk.Drop()
		switch {
		case o.before == pageLocked, o.before == pageWaiting && o.status.State == session.VaultLocked:
			o.locked("it was stopped")
			return nil
		case o.before == pageMenu:
			return o.again()
		case o.before != pageWaiting:
			o.page = o.before
			return nil
		}
	case pagePassphrase:
		if o.menu != nil {
			return o.again()
		}
	}
	return o.leave()
}

// leave closes, and says what it means that nothing was chosen.
func (o *Overlay) leave() tea.Cmd {
	unlock := o.ctx.Keys.Key(keymap.Vault)
	switch o.status.State {
	case session.VaultUnset:
		return tea.Batch(screen.Close(o), screen.Notify(screen.Warning,
			"nothing secret can be stored until you choose where the key is kept; "+unlock+" asks again"))
	case session.VaultLocked:
		return tea.Batch(screen.Close(o), screen.Notify(screen.Warning,
			"the vault stays locked; "+unlock+" unlocks it"))
	}
	return screen.Close(o)
}

// opened closes after the vault was opened, with a notice unless notice is "".
func (o *Overlay) opened(notice string) tea.Cmd {
	o.did = true
	done := tea.Batch(screen.Close(o), screen.Changed())
	if notice == "" {
		return done
	}
	return tea.Batch(done, screen.Notify(screen.Info, notice))
}

// unlockFirst begins with what can be done without a person.
func (o *Overlay) unlockFirst() tea.Cmd {
	switch o.status.Way {
	case session.WayPassphrase:
		return o.questions(toUnlock, "")
	case session.WayMemory:
		o.locked(o.status.Reason)
		return nil
	}
	return o.fetch()
}

// fetch asks for the key where it is kept.
func (o *Overlay) fetch() tea.Cmd {
	v, way := o.vault, o.status.Way
	what := forKeyring
	if way == session.WayVariable {
		what = "reading the key variable"
	}
	return o.wait(what, func(ctx context.Context) func() tea.Cmd {
		err := v.Unlock(ctx, secret.String{})
		spare := false
		if err != nil {
			spare, _ = v.HasRecovery(ctx)
		}
		return func() tea.Cmd {
			o.spare = spare
			switch {
			case err == nil:
				return o.opened("the vault is open")
			case spare:
				return o.questions(toUnlock, reason(err))
			}
			o.locked(reason(err))
			return nil
		}
	})
}

func (o *Overlay) locked(why string) {
	o.page, o.before, o.problem = pageLocked, pageLocked, secret.CleanLine(why)
}

func reason(err error) string {
	if errors.Is(err, context.Canceled) {
		return "it was stopped"
	}
	return secret.CleanLine(err.Error())
}

// Ticks reports whether seconds are being counted.
func (o *Overlay) Ticks() bool { return o.page == pageWaiting }

// Cursor implements screen.Screen.
func (o *Overlay) Cursor() *tea.Cursor {
	if o.page != pagePassphrase {
		return nil
	}
	return o.set.Cursor()
}
