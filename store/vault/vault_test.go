package vault

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/secret"
)

func TestKeyComesBackInTheNextProcess(t *testing.T) {
	t.Parallel()
	for _, way := range lastingWays {
		ctx, w := t.Context(), newFixture(t)
		v := w.vault(t)
		wantState(t, v, session.VaultUnset, "")
		_, err := v.Seal(cms, nil)
		wantErr(t, err, session.ErrVaultLocked)
		wantErr(t, v.Unlock(ctx, pass), ErrUnset)

		v = w.chosen(t, way)
		wantState(t, v, session.VaultOpen, way)
		s := seal(t, v, cms, "x")

		next := w.vault(t)
		if st := wantState(t, next, session.VaultLocked, way); st.Reason == "" {
			t.Errorf("%s: locked without a reason", way)
		}
		if way == session.WayPassphrase {
			_, err := next.Open(cms, s)
			wantErr(t, err, session.ErrVaultLocked)
			wantErr(t, next.Unlock(ctx, otherPass), session.ErrWrongPassphrase)
			wantErr(t, next.Unlock(ctx, secret.String{}), session.ErrVaultLocked)
			wantState(t, next, session.VaultLocked, way)
			check(t, next.Unlock(ctx, pass))
		} else {
			check(t, next.Unlock(ctx, secret.String{}))
		}
		wantState(t, next, session.VaultOpen, way)
		wantOpens(t, next, cms, s, "x")
	}
}

func TestFirstUseFetchesTheKeyAndLockingEndsThat(t *testing.T) {
	t.Parallel()
	for _, way := range []session.Way{session.WayKeyring, session.WayVariable} {
		ctx, w := t.Context(), newFixture(t)
		s := seal(t, w.chosen(t, way), cms, "x")
		asked := w.ring.gets
		v := w.vault(t)
		wantState(t, v, session.VaultLocked, way)
		v.Lock() // nothing to lock
		if w.ring.gets != asked {
			t.Errorf("%s: opening the vault or its status asked the keyring", way)
		}
		wantOpens(t, v, cms, s, "x")
		wantState(t, v, session.VaultOpen, way)

		v.Lock()
		_, err := v.Open(cms, s)
		wantErr(t, err, session.ErrVaultLocked)
		_, err = v.Seal(cms, nil)
		wantErr(t, err, session.ErrVaultLocked)
		if st := wantState(t, v, session.VaultLocked, way); !strings.Contains(st.Reason, "unlock it") {
			t.Errorf("%s: %q", way, st.Reason)
		}
		check(t, v.Unlock(ctx, secret.String{}))
		wantOpens(t, v, cms, s, "x")
	}
}

func TestLockWipesTheKey(t *testing.T) {
	t.Parallel()
	v := newFixture(t).chosen(t, session.WayKeyring)
	key := v.key
	if *key == [keySize]byte{} {
		t.Fatal("the key is all zeros")
	}
	v.Lock()
	if *key != [keySize]byte{} {
		t.Error("the key is still in memory")
	}
}

func TestMissingKeyIsNeverMadeAnew(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lose func(*fixture)
		says string
	}{
		"entry gone":    {func(w *fixture) { clear(w.ring.entries) }, "no key for this store"},
		"refused":       {func(w *fixture) { w.ring.err = errors.New("no\x1b[2J way") }, "the keyring refused: no␛[2J way"},
		"hangs":         {func(w *fixture) { w.ring.hang = make(chan struct{}) }, "did not answer in time"},
		"another key":   {func(w *fixture) { w.setEntry(someKey) }, "does not belong to this store"},
		"not even one":  {func(w *fixture) { w.setEntry("oops") }, "tokenring vault reset"},
		"no bus at all": {func(w *fixture) { w.ring.err = errNoBus }, "no keyring runs in this session"},
	} {
		ctx, w := t.Context(), newFixture(t)
		s := seal(t, w.chosen(t, session.WayKeyring), cms, "x")
		before, err := w.store.Meta(ctx, recordName)
		check(t, err)
		kept := maps.Clone(w.ring.entries)
		c.lose(w)

		o := w.options()
		if w.ring.hang != nil {
			o.Wait = 20 * time.Millisecond
		}
		v, err := Open(ctx, o)
		check(t, err)
		_, err = v.Open(cms, s)
		wantErr(t, err, session.ErrVaultLocked)
		within := func(call func(context.Context) error) error {
			ctx, cancel := context.WithTimeout(ctx, o.Wait)
			defer cancel()
			return call(ctx)
		}
		err = within(func(ctx context.Context) error { return v.Unlock(ctx, secret.String{}) })
		wantErr(t, err, session.ErrVaultLocked)
		st := wantState(t, v, session.VaultLocked, session.WayKeyring)
		if !strings.Contains(st.Reason, c.says) || !strings.HasSuffix(err.Error(), st.Reason) {
			t.Errorf("%s: reason %q, error %q, want %q", name, st.Reason, err, c.says)
		}
		for _, way := range []session.Way{session.WayPassphrase, session.WayMemory} {
			wantErr(t, v.Choose(ctx, way, pass), ErrChosen)
		}
		if within(func(ctx context.Context) error { return v.Choose(ctx, session.WayKeyring, pass) }) == nil {
			t.Errorf("%s: a key was chosen again", name)
		}
		if after, _ := w.store.Meta(ctx, recordName); string(after) != string(before) {
			t.Errorf("%s: the store's key was replaced", name)
		}

		if w.ring.hang != nil {
			close(w.ring.hang)
		}
		w.ring.mu.Lock()
		w.ring.entries, w.ring.err, w.ring.hang = kept, nil, nil
		w.ring.mu.Unlock()
		check(t, v.Unlock(ctx, secret.String{}))
		wantOpens(t, v, cms, s, "x")
	}
}

func (w *fixture) setEntry(value string) {
	for name := range w.ring.entries {
		w.ring.entries[name] = value
	}
}

func TestVariableMustBeTheSameEveryTime(t *testing.T) {
	t.Parallel()
	ctx, w := t.Context(), newFixture(t)
	s := seal(t, w.chosen(t, session.WayVariable), cms, "x")
	raw, _ := parseKey(someKey)
	for value, says := range map[string]string{
		"":                              "is not set",
		"hunter2hunter2hunter2":         "openssl rand",
		strings.Repeat("ab", 32):        "set it to that key; if it is lost, keep the accounts",
		someKey:                         "",
		" " + someKey + "\n":            "",
		strings.TrimRight(someKey, "="): "",
		hex.EncodeToString(raw[:]):      "",
	} {
		w.env[KeyVariable] = value
		v := w.vault(t)
		err := v.Unlock(ctx, secret.String{})
		if says == "" {
			check(t, err)
			wantOpens(t, v, cms, s, "x")
			continue
		}
		wantErr(t, err, session.ErrVaultLocked)
		if st := wantState(t, v, session.VaultLocked, session.WayVariable); !strings.Contains(st.Reason, says) {
			t.Errorf("%q: %q", value, st.Reason)
		}
		if value != "" && strings.Contains(err.Error(), value) {
			t.Errorf("%q is shown", value)
		}
	}
}

func TestFailedChoiceLeavesTheStoreUnset(t *testing.T) {
	t.Parallel()
	ctx, w := t.Context(), newFixture(t)
	w.ring.err = errors.New("locked")
	w.env[KeyVariable] = "too weak"
	v := w.vault(t)
	for way, p := range map[session.Way]secret.String{
		session.WayKeyring: {}, session.WayVariable: {}, session.WayPassphrase: secret.New("short"), "": pass, "other": pass,
	} {
		if v.Choose(ctx, way, p) == nil {
			t.Errorf("%q was chosen", way)
		}
		wantState(t, v, session.VaultUnset, "")
	}
	w.ring.err = nil
	check(t, v.Choose(ctx, session.WayKeyring, secret.String{}))
	if n := len(w.ring.entries); n != 1 {
		t.Errorf("the keyring holds %d entries", n)
	}
	for entry := range w.ring.entries {
		if !strings.HasPrefix(entry, service+"/"+w.store.ID()) {
			t.Errorf("the entry is named %s", entry)
		}
	}
}

func TestLateKeyringHarmsNoLaterChoice(t *testing.T) {
	t.Parallel()
	ctx, w := t.Context(), newFixture(t)
	o := w.options()
	o.Wait = 10 * time.Millisecond
	impatient, err := Open(ctx, o)
	check(t, err)
	w.ring.hang = make(chan struct{})
	hang := w.ring.hang
	soon, cancel := context.WithTimeout(ctx, o.Wait)
	defer cancel()
	if err := impatient.Choose(soon, session.WayKeyring, pass); err == nil || !strings.Contains(err.Error(), "prompt") {
		t.Fatalf("a keyring that hangs: %v", err)
	}
	wantState(t, impatient, session.VaultUnset, "")
	w.ring.mu.Lock()
	w.ring.hang = nil
	w.ring.mu.Unlock()
	s := seal(t, w.chosen(t, session.WayKeyring), cms, "x")
	close(hang) // the prompt of the first attempt is answered at last
	for n := 0; n < 2; {
		w.ring.mu.Lock()
		n = len(w.ring.entries)
		w.ring.mu.Unlock()
	}
	wantOpens(t, w.vault(t), cms, s, "x")
}

func TestWaitingForTheKeyringCanBeCancelled(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	w.chosen(t, session.WayKeyring)
	w.ring.hang = make(chan struct{})
	defer close(w.ring.hang)
	v := w.vault(t)
	ctx, cancel := context.WithCancel(t.Context())
	errs := make(chan error)
	go func() { errs <- v.Unlock(ctx, secret.String{}) }()
	cancel()
	wantErr(t, <-errs, context.Canceled)
	if st := wantState(t, v, session.VaultLocked, session.WayKeyring); strings.Contains(st.Reason, "cancel") {
		t.Errorf("reason %q", st.Reason)
	}
}

func TestMemoryOnlyLastsAsLongAsTheProcess(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	v := memoryVault(t)
	wantState(t, v, session.VaultOpen, session.WayMemory)
	wantOpens(t, v, cms, seal(t, v, cms, "x"), "x")
	if c := v.Choices(ctx); len(c) != 1 || c[0].Way != session.WayMemory {
		t.Errorf("choices %+v", c)
	}
	if v.Choose(ctx, session.WayPassphrase, pass) == nil || v.Rewrap(ctx, pass, otherPass) == nil {
		t.Error("a key in memory got another way")
	}
	v.Lock()
	wantErr(t, v.Unlock(ctx, pass), session.ErrVaultLocked)
	if st := wantState(t, v, session.VaultLocked, session.WayMemory); !strings.Contains(st.Reason, "is lost") {
		t.Errorf("reason %q", st.Reason)
	}
	check(t, v.Choose(ctx, session.WayMemory, secret.String{}))
	wantState(t, v, session.VaultOpen, session.WayMemory)
}

func TestMemoryFirstThenALastingWayLosesNothing(t *testing.T) {
	t.Parallel()
	ctx, w := t.Context(), newFixture(t)
	v := w.vault(t)
	check(t, v.Choose(ctx, session.WayMemory, secret.String{}))
	s := seal(t, v, cms, "x")
	wantState(t, w.vault(t), session.VaultUnset, "")
	check(t, v.Choose(ctx, session.WayPassphrase, pass))
	next := w.vault(t)
	check(t, next.Unlock(ctx, pass))
	wantOpens(t, next, cms, s, "x")
}

func TestPassphraseIsChangedWithoutTouchingWhatIsSealed(t *testing.T) {
	t.Parallel()
	ctx, w := t.Context(), newFixture(t)
	v := w.chosen(t, session.WayPassphrase)
	s := seal(t, v, cms, "x")
	wantErr(t, v.Rewrap(ctx, otherPass, otherPass), session.ErrWrongPassphrase)
	if v.Rewrap(ctx, pass, secret.New("short")) == nil {
		t.Error("a short passphrase was taken")
	}
	check(t, w.vault(t).Unlock(ctx, pass))

	check(t, v.Rewrap(ctx, pass, otherPass))
	next := w.vault(t)
	wantErr(t, next.Unlock(ctx, pass), session.ErrWrongPassphrase)
	check(t, next.Unlock(ctx, otherPass))
	wantOpens(t, next, cms, s, "x")

	if err := newFixture(t).chosen(t, session.WayKeyring).Rewrap(ctx, pass, otherPass); err == nil {
		t.Error("the passphrase of a keyring was changed")
	}
}

func TestRecoveryPassphraseOpensWhenTheUsualWayFails(t *testing.T) {
	t.Parallel()
	for _, way := range lastingWays {
		ctx, w := t.Context(), newFixture(t)
		v := w.chosen(t, way)
		s := seal(t, v, cms, "x")
		if has, err := v.HasRecovery(ctx); has || err != nil {
			t.Errorf("%s: a recovery passphrase from nowhere (%v)", way, err)
		}
		wantErr(t, w.vault(t).SetRecovery(ctx, otherPass), session.ErrVaultLocked)
		check(t, v.SetRecovery(ctx, secret.New("the first one")))
		check(t, v.SetRecovery(ctx, otherPass))

		clear(w.ring.entries)
		clear(w.env)
		next := w.vault(t)
		if has, err := next.HasRecovery(ctx); !has || err != nil {
			t.Errorf("%s: there is no recovery passphrase (%v)", way, err)
		}
		wantErr(t, next.Unlock(ctx, secret.New("the first one")), session.ErrWrongPassphrase)
		check(t, next.Unlock(ctx, otherPass))
		wantOpens(t, next, cms, s, "x")
		if way == session.WayPassphrase { // the forgotten one is replaced
			check(t, next.Rewrap(ctx, otherPass, secret.New("a new beginning")))
			check(t, w.vault(t).Unlock(ctx, secret.New("a new beginning")))
			wantErr(t, w.vault(t).Unlock(ctx, pass), session.ErrWrongPassphrase)
		}
	}
}

func TestRecoveryIsRefusedForAKeyThatIsNotTheStores(t *testing.T) {
	t.Parallel()
	ctx, w := t.Context(), newFixture(t)
	alone := w.vault(t)
	check(t, alone.Choose(ctx, session.WayMemory, secret.String{}))
	wantErr(t, alone.SetRecovery(ctx, otherPass), ErrUnset)
	w.chosen(t, session.WayKeyring)
	wantErr(t, alone.SetRecovery(ctx, otherPass), ErrChosen)
}

func TestChoicesSayWhatTheyMean(t *testing.T) {
	t.Parallel()
	ctx, w := t.Context(), newFixture(t)
	v := w.vault(t)
	usable := func() string {
		var out []string
		for _, c := range v.Choices(ctx) {
			if c.Why == "" || strings.Contains(c.Why, "\x1b") {
				t.Errorf("%s: %q", c.Way, c.Why)
			}
			out = append(out, fmt.Sprint(c.Way, " ", c.Usable))
		}
		return strings.Join(out, ", ")
	}
	if got := usable(); got != "keyring true, passphrase true, key variable false, memory only true" {
		t.Error(got)
	}
	w.ring.err = errors.New("\x1b[31m")
	w.env[KeyVariable] = someKey
	if got := usable(); got != "key variable true, keyring false, passphrase true, memory only true" {
		t.Error(got)
	}
}

func TestChangedRecordsDoNotOpen(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*record){
		"endless argon":   func(r *record) { r.Wraps[0].Argon.Time = 1 << 30 },
		"boundless argon": func(r *record) { r.Wraps[0].Argon.Memory = 1 << 30 },
		"costly argon":    func(r *record) { r.Wraps[0].Argon.Time, r.Wraps[0].Argon.Memory = 11, 1<<18 },
		"wide argon":      func(r *record) { r.Wraps[0].Argon.Threads = 17 },
		"another way":     func(r *record) { r.Way = "open" },
		"memory only":     func(r *record) { r.Way = session.WayMemory },
		"no threads":      func(r *record) { r.Wraps[0].Argon.Threads = 0 },
		"no argon":        func(r *record) { r.Wraps[0].Argon = nil },
		"another salt":    func(r *record) { r.Wraps[0].Salt[0] ^= 1 },
		"another kind":    func(r *record) { r.Wraps[0].Kind = recovery },
		"another id":      func(r *record) { r.KeyID[0] ^= 1 },
		"short nonce":     func(r *record) { r.Wraps[0].Nonce = r.Wraps[0].Nonce[1:] },
		"another box":     func(r *record) { r.Wraps[0].Box[0] ^= 1 },
		"no wraps":        func(r *record) { r.Wraps = nil },
		"a newer one":     func(r *record) { r.Version = 2 },
		"no version":      func(r *record) { r.Version = 0 },
	} {
		ctx, w := t.Context(), newFixture(t)
		w.chosen(t, session.WayPassphrase)
		rec, err := w.vault(t).record(ctx)
		check(t, err)
		change(rec)
		text, err := json.Marshal(rec)
		check(t, err)
		check(t, w.store.PutMeta(ctx, recordName, text))
		v := w.vault(t)
		if v.Unlock(ctx, pass) == nil {
			t.Errorf("%s: unlocked", name)
		}
		if st := v.Status(ctx); st.State != session.VaultLocked || st.Reason == "" {
			t.Errorf("%s: %+v", name, st)
		}
	}
}

func TestVaultOfAnotherStoreDoesNotOpen(t *testing.T) {
	t.Parallel()
	ctx, mine, other := t.Context(), newFixture(t), newFixture(t)
	mine.chosen(t, session.WayPassphrase)
	text, err := mine.store.Meta(ctx, recordName)
	check(t, err)
	check(t, other.store.PutMeta(ctx, recordName, text))
	wantErr(t, other.vault(t).Unlock(ctx, pass), session.ErrWrongPassphrase)
}

func TestOpenNeedsWhereToKeepTheKey(t *testing.T) {
	t.Parallel()
	if _, err := Open(t.Context(), Options{}); err == nil {
		t.Error("a vault without a store")
	}
	if a := DefaultArgon(); a.Time != 3 || a.Memory != 65536 || a.Threads < 1 || a.Threads > 4 {
		t.Errorf("the default cost is %+v", a)
	}
}
