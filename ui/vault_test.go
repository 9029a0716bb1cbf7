package ui_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/engine"
	"tokenring/session/secret"
	"tokenring/store/vault"
	"tokenring/ui"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/uitest"
)

// TestNoDialogForASecretOpensByItself locks the vault under a person's hands.
func TestNoDialogForASecretOpensByItself(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"U", "y", "Y", "l", "r", "R", "c", "M", "v"} {
		r := newRing(t).street()
		r.show(120, 36)
		r.Press("j", "j", "j")
		r.vault.Lock()
		r.Send(screen.ChangedMsg{})
		r.Sees("the vault is locked: no token can be used; U unlocks it", "locked; U unlocks")
		r.SeesNot("╭ Unlock")
		r.Press(key) // needs it
		r.Sees("╭ Unlock")
		if t.Failed() {
			t.Fatal(key)
		}
	}
}

// TestLockingHidesWhatWasUnsealed locks and unlocks the vault while claims and a revealed token are shown.
func TestLockingHidesWhatWasUnsealed(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	r.keptBy(&prompting{entries: map[string]string{}})
	r.show(120, 36)
	r.Press("/", "a", "d", "m", "enter", "enter", "2", "v")
	r.Sees("Token id", "shown in full for", "ada@example.org")
	r.Press(":")
	r.Type("lock")
	r.Press("enter")
	r.Sees("✕ the vault is locked; U unlocks it")
	r.SeesNot("shown in full", "ada@example.org")
	r.Press("Y") // the keyring unlocks it first
	r.Sees("╭ Copy")
	r.SeesNot("vault is locked")
	r.Press("esc", "2")
	r.Sees("Token id", "ada@example.org")
	r.SeesNot("shown in full")
}

// TestWhatNeedsTheKeyGoesOnOnceItIsThere: for the account under the cursor, for marked ones, for a request, and inside an
// overlay. It does not once the person gave up, or where another account is under the cursor by then.
func TestWhatNeedsTheKeyGoesOnOnceItIsThere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keys     []string // the last one needs the key
		meantime func(*ring)
		shows    string
		not      string
	}{
		"account":   {keys: []string{"j", "Y"}, shows: "╭ Copy"},
		"marked":    {keys: []string{"j", "space", "j", "space", "x"}, shows: "Log out 2 accounts?"},
		"given up":  {keys: []string{"j", "Y"}, meantime: func(r *ring) { r.Press("esc", "esc") }, shows: "the vault stays locked", not: "╭ Copy"},
		"elsewhere": {keys: []string{"j", "Y"}, meantime: func(r *ring) { r.Send(screen.ChoseMsg{Account: "id-admin"}) }, shows: "▌● admin@edge", not: "╭ Copy"},
		"marks are gone": {keys: []string{"j", "space", "j", "space", "x"}, meantime: func(r *ring) {
			must(r.t, r.store.DeleteAccount(r.t.Context(), "id-editor"))
			must(r.t, r.store.DeleteAccount(r.t.Context(), "id-viewer"))
			r.Send(screen.ChangedMsg{})
		}, shows: "the vault is open", not: "Log out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, board := newRing(t), &prompting{entries: map[string]string{}}
			r.keptBy(board)
			r.show(120, 36)
			r.config.Engine.Vault.Lock()
			r.Send(screen.ChangedMsg{})
			board.answered = make(chan struct{})
			r.Hurry(100 * time.Millisecond)
			r.Press(c.keys...)
			r.Sees("waiting for the keyring…")
			if c.meantime != nil {
				c.meantime(r)
			}
			close(board.answered)
			r.Wait("the end of the wait", func() bool { return !strings.Contains(r.Frame(), "waiting for") })
			r.Wait("what goes on", func() bool { return strings.Contains(r.Frame(), c.shows) })
			if c.not != "" {
				r.SeesNot(c.not)
			}
		})
	}
}

// TestWhatNeedsTheKeyGoesOnAfterRecovery keeps the key nowhere new.
func TestWhatNeedsTheKeyGoesOnAfterRecovery(t *testing.T) {
	t.Parallel()
	r, board := newRing(t), &prompting{entries: map[string]string{}}
	r.keptBy(board)
	must(t, r.vault.SetRecovery(t.Context(), secret.New("a spare in the drawer")))
	r.show(120, 36)
	r.config.Engine.Vault.Lock()
	clear(board.entries)
	r.Send(screen.ChangedMsg{})
	r.Press("j", "Y")
	r.Sees("Recovery passphrase")
	r.Type("a spare in the drawer")
	r.Press("enter")
	r.Sees("Move the key to where it opens again")
	r.Press("esc")
	r.Sees("╭ Copy")
}

// TestNoActionFallsToAnotherAccount asks for one on an account that was removed.
func TestNoActionFallsToAnotherAccount(t *testing.T) {
	t.Parallel()
	r := newRing(t).street()
	r.show(120, 36)
	r.Press("j")
	r.Send(screen.AskedMsg{Action: keymap.CopyMenu, Account: "id-gone"})
	r.SeesNot("╭ Copy")
	r.Sees("the account is not in the list")
}

// TestAnActionWaitsForItsAccount asks for one while the accounts are being read.
func TestAnActionWaitsForItsAccount(t *testing.T) {
	t.Parallel()
	r := newRing(t).street()
	r.Driver = uitest.Start(t, early{ui.New(r.config)}, r.clock, r.timers, 120, 36)
	r.Sees("╭ Copy from viewer@edge")
	must(t, r.store.Close())
	r.Driver = uitest.Start(t, early{ui.New(r.config)}, r.clock, r.timers, 120, 36)
	r.Sees("is closed", "+1 more") // the action ended too: it does not wait for another reading
}

type early struct{ *ui.Model }

func (m early) Init() tea.Cmd {
	cmd := m.Model.Init()
	_, refused := m.Update(screen.AskedMsg{Action: keymap.CopyMenu, Account: "id-viewer"})
	return tea.Batch(cmd, refused)
}

// prompting is a keyring whose prompt waits for a person.
type prompting struct {
	mu       sync.Mutex
	entries  map[string]string
	answered chan struct{}
}

func (p *prompting) Get(_, user string) (string, error) {
	p.mu.Lock()
	answered := p.answered
	p.mu.Unlock()
	if answered != nil {
		<-answered
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.entries[user], nil
}

func (p *prompting) Set(_, user, value string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.entries[user] = value
	return nil
}

func (p *prompting) Delete(string, string) error { return nil }

// TestTheScreenOpensWhenThePromptIsAnswered waits longer than a program would.
func TestTheScreenOpensWhenThePromptIsAnswered(t *testing.T) {
	t.Parallel()
	for _, looking := range []bool{false, true} {
		r, board := newRing(t), &prompting{entries: map[string]string{}}
		r.keptBy(board)
		board.answered = make(chan struct{})
		r.Driver = uitest.StartHurried(t, 100*time.Millisecond, ui.New(r.config), r.clock, r.timers, 100, 30)
		r.Wait("the word about the keyring", func() bool { return strings.Contains(r.Frame(), "waiting for the keyring") })
		if looking {
			r.Press("U")
			r.Sees("waiting for the keyring…", "esc stops it")
		}
		close(board.answered)
		r.Wait("the end of the wait", func() bool { return !strings.Contains(r.Frame(), "waiting for") })
		r.SeesNot("╭ Unlock", "locked")
		r.Sees("keyring")
	}
}

// keptBy keeps the key of the ring in a keyring, with the vault locked at the start.
func (r *ring) keptBy(board *prompting) {
	r.t.Helper()
	options := vault.Options{Meta: r.store, Keyring: board}
	var err error
	r.vault, err = vault.Open(r.t.Context(), options)
	must(r.t, err)
	must(r.t, r.vault.Choose(r.t.Context(), session.WayKeyring, secret.String{}))
	r.manager = engine.New(engine.Config{Store: r.store, Vault: r.vault, Now: r.clock.Now, Catalog: definition.NewCatalog("")})
	r.street()
	locked, err := vault.Open(r.t.Context(), options)
	must(r.t, err)
	r.config.Engine = engine.New(engine.Config{Store: r.store, Vault: locked, Now: r.clock.Now, Catalog: definition.NewCatalog("")})
}

// TestWhatIsSealedIsReadOnceTheVaultIsOpen lists the accounts before the keyring answers.
func TestWhatIsSealedIsReadOnceTheVaultIsOpen(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	r.keptBy(&prompting{entries: map[string]string{}})
	r.show(120, 36)
	r.Press("/", "m", "e", "@", "enter", "enter")
	r.Sees("the server refused to renew the session: it was revoked")
	r.SeesNot("sealed; unlock")
}
