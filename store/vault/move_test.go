package vault

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/secret"
)

// TestThePromptOfAKeyringIsWaitedFor answers the prompt after the time of callers without a
// person.
func TestThePromptOfAKeyringIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	s := seal(t, w.chosen(t, session.WayKeyring), cms, "x")
	o := w.options()
	o.Wait = time.Millisecond
	w.ring.hang = make(chan struct{})
	v, err := Open(t.Context(), o)
	check(t, err)
	errs := make(chan error)
	go func() { errs <- v.Unlock(t.Context(), secret.String{}) }()
	_, err = v.Open(cms, s) // gives up while the other waits
	wantErr(t, err, session.ErrVaultLocked)
	close(w.ring.hang)
	check(t, <-errs)
	wantOpens(t, v, cms, s, "x")
}

// TestAPassphraseOpensWhileAKeyringHangs: the first unlock waits for a prompt that stays
// open.
func TestAPassphraseOpensWhileAKeyringHangs(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	v := w.chosen(t, session.WayKeyring)
	s := seal(t, v, cms, "x")
	check(t, v.SetRecovery(t.Context(), otherPass))
	w.ring.hang = make(chan struct{})
	defer close(w.ring.hang)
	v = w.vault(t)
	errs := make(chan error)
	go func() { errs <- v.Unlock(t.Context(), secret.String{}) }()
	for len(v.busy) == 0 {
		runtime.Gosched()
	}
	wantErr(t, v.Unlock(t.Context(), pass), session.ErrWrongPassphrase)
	wantErr(t, <-errs, context.Canceled)
	check(t, v.Unlock(t.Context(), otherPass))
	wantOpens(t, v, cms, s, "x")
}

func TestAKeyMoves(t *testing.T) {
	t.Parallel()
	for _, from := range lastingWays {
		for _, to := range lastingWays {
			for _, recovered := range []bool{false, true} {
				ctx, w := t.Context(), newFixture(t)
				v := w.chosen(t, from)
				s := seal(t, v, cms, "x")
				check(t, v.SetRecovery(ctx, otherPass))
				w.env[KeyVariable] = someKey
				if recovered {
					clear(w.ring.entries)
					w.env[KeyVariable] = strings.Repeat("ab", 32)
					v = w.vault(t)
					wantErr(t, v.Move(ctx, to, pass), session.ErrVaultLocked)
					check(t, v.Unlock(ctx, otherPass))
					if st := v.Status(ctx); !st.Recovered {
						t.Errorf("%s: %+v", from, st)
					}
				}
				next := secret.New("three other words")
				if err := v.Move(ctx, to, next); from == session.WayPassphrase && to == from {
					if err == nil {
						t.Error("a passphrase was replaced without the old one")
					}
					continue
				} else if err != nil {
					t.Fatalf("%s to %s: %v", from, to, err)
				}
				if st := wantState(t, v, session.VaultOpen, to); st.Recovered {
					t.Errorf("%s to %s: still open by recovery", from, to)
				}
				v = w.vault(t)
				check(t, v.Unlock(ctx, map[session.Way]secret.String{session.WayPassphrase: next}[to]))
				wantOpens(t, v, cms, s, "x")
				wantState(t, v, session.VaultOpen, to)
				v = w.vault(t)
				check(t, v.Unlock(ctx, otherPass))
				if err := v.Unlock(ctx, pass); from == session.WayPassphrase && w.vault(t).Unlock(ctx, pass) == nil {
					t.Errorf("the old passphrase still opens (%v)", err)
				}
			}
		}
	}
}

func TestAMoveThatFailsLeavesTheOldWay(t *testing.T) {
	t.Parallel()
	ctx, w := t.Context(), newFixture(t)
	v := w.chosen(t, session.WayPassphrase)
	s := seal(t, v, cms, "x")
	w.ring.err = errors.New("locked")
	w.env[KeyVariable] = "too weak"
	for way, p := range map[session.Way]secret.String{
		session.WayKeyring: {}, session.WayVariable: {}, session.WayPassphrase: secret.New("short"), session.WayMemory: {}, "": pass,
	} {
		if v.Move(ctx, way, p) == nil {
			t.Errorf("moved to %q", way)
		}
	}
	wantErr(t, newFixture(t).vault(t).Move(ctx, session.WayPassphrase, pass), ErrUnset)
	next := w.vault(t)
	check(t, next.Unlock(ctx, pass))
	wantOpens(t, next, cms, s, "x")
}

func TestAResetDropsWhatIsSealedAndNothingElse(t *testing.T) {
	t.Parallel()
	ctx, w := t.Context(), newFixture(t)
	v := w.chosen(t, session.WayKeyring)
	a := &session.Account{ID: "a1", Name: "admin@edge", Definition: "d", Origin: cms.Origin, Secrets: []string{"password"}}
	text, err := a.SealText()
	check(t, err)
	a.Seal = seal(t, v, a.SealBinding(), string(text)).Box
	check(t, w.store.PutAccount(ctx, a, []session.Sealed{seal(t, v, cms, "x")}))
	clear(w.ring.entries) // the key is lost

	next := w.vault(t)
	w.ring.err = errors.New("locked")
	if next.Reset(ctx, session.WayKeyring, secret.String{}) == nil {
		t.Fatal("reset without a keyring")
	}
	if n, err := w.store.CountBoxes(ctx); n != 2 || err != nil {
		t.Fatalf("a reset that failed left %d boxes, %v", n, err)
	}
	w.ring.err = nil
	check(t, next.Reset(ctx, session.WayPassphrase, pass))
	wantState(t, next, session.VaultOpen, session.WayPassphrase)
	if n, err := w.store.CountBoxes(ctx); n != 0 || err != nil {
		t.Errorf("%d boxes are left, %v", n, err)
	}
	rec, err := w.store.Account(ctx, "a1")
	check(t, err)
	if kept := rec.Account; kept.Name != a.Name || kept.Origin != a.Origin || len(kept.Secrets) > 0 || len(kept.Seal) > 0 {
		t.Errorf("the account is %+v", rec.Account)
	}
	last := w.vault(t)
	check(t, last.Unlock(ctx, pass))
	wantOpens(t, last, cms, seal(t, next, cms, "y"), "y")
	wantErr(t, newFixture(t).vault(t).Reset(ctx, session.WayPassphrase, pass), ErrUnset)
}

func TestSpellingsOfAPassphrase(t *testing.T) {
	t.Parallel()
	const nfc, nfd = "caf\u00e9 cr\u00e8me br\u00fbl\u00e9e", "cafe\u0301 cre\u0300me bru\u0302le\u0301e"
	for _, set := range []string{nfc, nfd} {
		for _, typed := range []string{nfc, nfd} {
			ctx, w := t.Context(), newFixture(t)
			check(t, w.vault(t).Choose(ctx, session.WayPassphrase, secret.New(set)))
			check(t, w.vault(t).Unlock(ctx, secret.New(typed)))

			// An earlier version sealed with the text as it was typed.
			rec, err := w.vault(t).record(ctx)
			check(t, err)
			k := newDataKey()
			copy(k.id[:], rec.KeyID)
			wrapped := rec.Wraps[0]
			kek, err := wrapped.deriveKey(secret.New(set))
			check(t, err)
			check(t, wrapped.seal(w.store.ID(), kek, k))
			text, err := json.Marshal(rec.with(&wrapped))
			check(t, err)
			check(t, w.store.PutMeta(ctx, recordName, text))
			check(t, w.vault(t).Unlock(ctx, secret.New(typed)))
			wantErr(t, w.vault(t).Unlock(ctx, secret.New("cafe creme brulee")), session.ErrWrongPassphrase)
		}
	}
	if CheckPassphrase(secret.New("e\u0301e\u0301e\u0301e\u0301")) == nil {
		t.Error("four letters of two code points each were taken for eight characters")
	}
}
