package vault_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/store"
	keyvault "tokenring/store/vault"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/screen/dialog"
	"tokenring/ui/screen/vault"
	"tokenring/ui/theme"
	"tokenring/ui/uitest"
)

const passphrase = "canary battery staple 42"

// ring is a desktop's keyring in a test's hands.
type ring struct {
	entries map[string]string
	broken  error
	hangs   chan struct{} // when not nil, nothing is answered until it is closed
}

func (r *ring) Get(_, user string) (string, error) {
	if r.hangs != nil {
		<-r.hangs
	}
	if r.broken != nil {
		return "", r.broken
	}
	v, ok := r.entries[user]
	if !ok {
		return "", keyvault.ErrNoEntry
	}
	return v, nil
}

func (r *ring) Set(_, user, value string) error {
	r.entries[user] = value
	return r.broken
}

func (r *ring) Delete(_, user string) error {
	delete(r.entries, user)
	return r.broken
}

type fixture struct {
	t     *testing.T
	ctx   *screen.Context
	clock *uitest.Clock
	stage *uitest.Stage
	asked screen.Overlay // the last question
	vault *keyvault.Vault
	store *store.Store
	dir   string
	ring  *ring
	env   map[string]string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	b := &fixture{t: t, dir: filepath.Join(t.TempDir(), "ring"), ring: &ring{entries: map[string]string{}}, env: map[string]string{}}
	b.clock = uitest.NewClock(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC))
	var err error
	b.store, err = store.Open(t.Context(), store.Options{Dir: b.dir, Now: b.clock.Now})
	check(t, err)
	t.Cleanup(func() { b.store.Close() })
	b.start()
	return b
}

// start is tokenring being started: the vault is as the store has it.
func (b *fixture) start() {
	b.t.Helper()
	var err error
	b.vault, err = keyvault.Open(b.t.Context(), keyvault.Options{
		Meta: b.store, Keyring: b.ring, Wait: time.Minute, Getenv: func(name string) string { return b.env[name] },
		Argon: keyvault.Argon{Time: 1, Memory: 64, Threads: 1},
	})
	check(b.t, err)
	b.ctx = &screen.Context{
		Life: b.t.Context(), Now: b.clock.Now, Keys: uitest.Keys(), Settings: screen.DefaultSettings(),
		Theme: theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor}),
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (b *fixture) open(w, h int) *uitest.Driver {
	b.t.Helper()
	o := vault.New(b.ctx, b.vault, b.status(), nil)
	b.t.Cleanup(o.Close)
	b.stage = &uitest.Stage{Screen: o, Above: func(q screen.Question) screen.Overlay { b.asked = dialog.NewQuestion(b.ctx, q); return b.asked }}
	return uitest.Start(b.t, b.stage, b.clock, uitest.NewTimers(b.clock), w, h)
}

func (b *fixture) status() session.VaultStatus { return b.vault.Status(b.t.Context()) }

func (b *fixture) wantOpen(way session.Way) {
	b.t.Helper()
	if s := b.status(); s.State != session.VaultOpen || s.Way != way {
		b.t.Fatalf("the vault is %+v, want it open by %s", s, way)
	}
	if !b.closed() {
		b.t.Fatal("the overlay did not close")
	}
}

func (b *fixture) closed() bool {
	for _, m := range b.stage.Asked {
		if _, is := m.(screen.ClosedMsg); is {
			return true
		}
	}
	return false
}

// keyID names the key that seals everything.
func (b *fixture) keyID() string {
	b.t.Helper()
	id, err := b.store.Meta(b.t.Context(), "key_id")
	check(b.t, err)
	return string(id)
}

func (b *fixture) choosePassphrase() {
	b.t.Helper()
	check(b.t, b.vault.Choose(b.t.Context(), session.WayPassphrase, secret.New(passphrase)))
}

func TestAtFirstAWayIsChosen(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	d := b.open(74, 18)
	d.Sees("Where should it be kept?", "Keyring", "Passphrase", "Key variable (not here)", "Memory only")
	d.Press("down", "down")
	d.Sees("▌ Memory only") // the cursor passes by what cannot be chosen
	d.ClickOn("Key variable")
	if b.closed() {
		t.Fatal("a way that cannot be used was taken")
	}
	d.Press("home", "enter")
	b.wantOpen(session.WayKeyring)
}

func TestAVariableThatIsSetIsTheFirstChoice(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.env[keyvault.KeyVariable] = "not a key"
	d := b.open(74, 18)
	d.Sees("▌ Keyring", "Key variable (not here)")
	b.env[keyvault.KeyVariable] = strings.Repeat("ab", 32)
	d = b.open(74, 18)
	d.Sees("▌ Key variable")
	d.Press("enter")
	b.wantOpen(session.WayVariable)
}

func TestAPassphraseIsTypedTwice(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	d := b.open(74, 18)
	d.Press("down", "enter")
	d.Type("aaaaaaaaaaaa")
	d.Sees("weak")
	d.Press("ctrl+x")
	d.Type(passphrase)
	d.Sees("good")
	d.Press("enter")
	d.Type("something else")
	d.Press("enter")
	d.Sees("the passphrases differ")
	d.SeesNot("canary", "something else")
	d.Golden()
	d.Press("ctrl+x")
	d.Type(passphrase)
	d.Press("enter")
	b.wantOpen(session.WayPassphrase)
}

func TestAShortPassphraseIsRefused(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	d := b.open(74, 18)
	d.Press("down", "enter")
	d.Type("ab")
	d.Press("enter")
	d.Type("ab")
	d.Press("enter")
	d.Sees("at least")
	d.Press("esc")
	d.Sees("Where should it be kept?")
	d.Press("esc")
	if !b.closed() {
		t.Fatal("the overlay did not close")
	}
}

func TestAWrongPassphraseCanBeTypedAgain(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.choosePassphrase()
	b.start()
	d := b.open(74, 8)
	d.Type("canary wrong")
	d.Press("enter")
	d.Sees("wrong passphrase")
	d.SeesNot("canary")
	d.Type(passphrase)
	d.Press("enter")
	b.wantOpen(session.WayPassphrase)
}

func TestTheKeyringOpensTheVaultByItself(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	check(t, b.vault.Choose(t.Context(), session.WayKeyring, secret.String{}))
	b.start()
	b.open(74, 8)
	b.wantOpen(session.WayKeyring)
	if !slices.Contains(b.stage.Asked, tea.Msg(screen.NotedMsg{Text: "the vault is open"})) {
		t.Errorf("nothing says that it is open: %v", b.stage.Asked)
	}
}

func TestAKeyringThatDoesNotAnswerIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	check(t, b.vault.Choose(t.Context(), session.WayKeyring, secret.String{}))
	b.start()
	b.ring.broken = errors.New("the keyring is locked")
	d := b.open(74, 8)
	b.ring.broken, b.ring.hangs = nil, make(chan struct{})
	d.Hurry(0)
	d.Press("r")
	d.Hurry(time.Second)
	d.Advance(7 * time.Second)
	d.Sees("waiting for the keyring… 7 s", "esc stops it")
	d.Press("esc")
	d.Wait("the end of the wait", func() bool { return strings.Contains(d.Frame(), "it was stopped") })
	d.Sees("no token can be")
	d.Golden()
	close(b.ring.hangs)
	d.Wait("the keyring's answer", func() bool { d.Press("r"); return b.closed() })
	b.wantOpen(session.WayKeyring)
}

func TestTheRecoveryPassphraseOpensWhatTheKeyringCannot(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	check(t, b.vault.Choose(t.Context(), session.WayKeyring, secret.String{}))
	d := b.open(74, 16)
	d.Sees("open · keyring", "Lock now", "Recovery passphrase")
	d.Golden()
	d.Press("down", "enter")
	d.Type(passphrase)
	d.Press("enter")
	d.Type(passphrase)
	d.Press("enter")
	if !b.closed() {
		t.Fatal("the recovery passphrase was not set")
	}
	b.start()
	b.ring.broken = errors.New("the collection is gone")
	d = b.open(74, 16)
	d.Sees("the collection is gone", "Recovery passphrase")
	d.Type(passphrase)
	d.Press("enter")
	d.Sees("open · recovery passphrase", "The keyring did not open it", "Keyring (not here)", "▌ Passphrase")
	if b.closed() {
		t.Fatal("nothing was offered")
	}
	d.Press("esc")
	b.wantOpen(session.WayKeyring)
	clear(b.ring.entries)
	b.ring.broken = nil
	d = b.open(74, 16)
	d.Sees("open · recovery passphrase")
	d.Press("down", "down", "enter")
	d.Sees("▌ Keyring")
	d.Press("enter")
	b.wantOpen(session.WayKeyring)
	b.start()
	b.open(74, 16)
	b.wantOpen(session.WayKeyring)
}

func TestTheKeyMovesBehindAPassphrase(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	check(t, b.vault.Choose(t.Context(), session.WayKeyring, secret.String{}))
	d := b.open(74, 16)
	d.Press("down", "down", "enter")
	d.SeesNot("Keyring", "Memory")
	d.Press("enter")
	d.Type(passphrase)
	d.Press("enter")
	d.Type(passphrase)
	d.Press("enter")
	b.wantOpen(session.WayPassphrase)
	b.start()
	clear(b.ring.entries)
	check(t, b.vault.Unlock(t.Context(), secret.New(passphrase)))
}

func TestNothingIsOfferedWhereNoWayIsUsable(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.choosePassphrase()
	b.ring.broken = errors.New("no keyring runs")
	d := b.open(74, 18)
	accepts := func() bool {
		return slices.ContainsFunc(b.asked.Keys(), func(h keymap.Hint) bool { return h.Action == keymap.Accept })
	}
	if !accepts() {
		t.Error("nothing can be chosen")
	}
	d.Press("down", "down", "down", "enter")
	d.Sees("Keyring (not here)", "Key variable (not here)")
	if accepts() {
		t.Error("the footer offers to choose what cannot be chosen")
	}
}

func TestThePassphraseIsChanged(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.choosePassphrase()
	d := b.open(74, 16)
	d.Press("down", "enter")
	for _, text := range []string{"not the old one", "three other words", "three other words"} {
		d.Type(text)
		d.Press("enter")
	}
	d.Sees("wrong passphrase")
	d.Type(passphrase)
	d.Press("ctrl+s")
	if !b.closed() {
		t.Fatalf("the passphrase was not changed:\n%s", d.Frame())
	}
	b.start()
	check(t, b.vault.Unlock(t.Context(), secret.New("three other words")))
}

func TestTheKeyIsChanged(t *testing.T) {
	t.Parallel()
	for _, way := range []session.Way{session.WayKeyring, session.WayPassphrase} {
		for _, spare := range []bool{false, true} {
			b, typed := newFixture(t), []string{}
			if way == session.WayPassphrase {
				b.choosePassphrase()
				typed = append(typed, passphrase)
			} else {
				check(t, b.vault.Choose(t.Context(), way, secret.String{}))
			}
			if spare {
				check(t, b.vault.SetRecovery(t.Context(), secret.New("a spare in the drawer")))
				typed = append(typed, "a spare in the drawer")
			}
			before := b.keyID()
			d := b.open(60, 16)
			d.Press("end", "enter")
			for _, text := range typed {
				d.Type("wrong " + text)
				d.Press("enter")
			}
			if len(typed) > 0 {
				d.Sees("wrong", "Enter what opens the vault now")
				d.Fits()
			}
			for _, text := range typed {
				d.Type(text)
				d.Press("enter")
			}
			if !b.closed() || b.keyID() == before {
				t.Errorf("%s, spare %t: the key was not changed:\n%s", way, spare, d.Frame())
			}
			b.start()
			if way == session.WayPassphrase {
				check(t, b.vault.Unlock(t.Context(), secret.New(passphrase)))
			}
			if spare {
				b.start()
				b.ring.broken = errors.New("the collection is gone")
				check(t, b.vault.Unlock(t.Context(), secret.New("a spare in the drawer")))
			}
		}
	}
}

func TestLockingIsAskedOfTheRoot(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.choosePassphrase()
	d := b.open(58, 14)
	d.Press("enter")
	last := b.stage.Asked[len(b.stage.Asked)-1]
	if do, ok := last.(screen.AskedMsg); !ok || do.Action != keymap.Lock {
		t.Fatalf("asked for %T", last)
	}
}

func TestEverySizeIsLaidOut(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{20, 3}, {40, 5}, {58, 14}, {200, 60}} {
		b := newFixture(t)
		d := b.open(size[0], size[1])
		for range 4 {
			d.Fits()
			if !strings.Contains(d.Frame(), theme.SignCursor) {
				t.Errorf("at %v the cursor is not seen:\n%s", size, d.Frame())
			}
			d.Press("down")
		}
		d.Press("up", "up", "enter")
		d.Fits()
	}
}
