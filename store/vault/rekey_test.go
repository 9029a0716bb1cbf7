package vault

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/store"
)

// fill seals n values and stores them, in several tables.
func (w *fixture) fill(t testing.TB, v *Vault, n int) {
	t.Helper()
	ctx := t.Context()
	var sealed []session.Sealed
	for i := range n {
		sealed = append(sealed, seal(t, v, boundTo(fmt.Sprint("field:", i)), fmt.Sprint("value ", i)))
	}
	check(t, w.store.PutAccount(ctx, &session.Account{ID: cms.AccountID, Name: "a"}, sealed))
	check(t, w.store.PutRequest(ctx, &session.SavedRequest{ID: "q", AccountID: cms.AccountID, Sealed: seal(t, v, boundTo("request:q"), "request")}))
	check(t, w.store.AddRuns(ctx, &session.RunRecord{ID: "r", AccountID: cms.AccountID, At: time.Now(), Sealed: seal(t, v, boundTo("run:r"), "run")}))
}

func boundTo(name string) session.Binding {
	b := cms
	b.Name = name
	return b
}

// wantFilled opens every value of fill, and checks that v's key seals it.
func (w *fixture) wantFilled(t testing.TB, v *Vault, n int) {
	t.Helper()
	ctx := t.Context()
	sealed, err := w.store.Sealed(ctx, cms.AccountID, "")
	check(t, err)
	if len(sealed) != n {
		t.Fatalf("there are %d values", len(sealed))
	}
	for _, s := range sealed {
		wantOpens(t, v, boundTo(s.Name), s, "value "+strings.TrimPrefix(s.Name, "field:"))
	}
	requests, err := w.store.Requests(ctx, cms.AccountID)
	check(t, err)
	wantOpens(t, v, boundTo("request:q"), requests[0].Sealed, "request")
	run, err := w.store.Run(ctx, "r")
	check(t, err)
	wantOpens(t, v, boundTo("run:r"), run.Sealed, "run")
	for _, s := range append(sealed, requests[0].Sealed, run.Sealed) {
		if !bytes.Equal(s.Box[1:1+idSize], v.keyID[:]) {
			t.Errorf("%s has another key", s.Name)
		}
	}
}

func TestRekey(t *testing.T) {
	t.Parallel()
	for _, way := range lastingWays {
		ctx, w := t.Context(), newFixture(t)
		v := w.chosen(t, way)
		check(t, v.SetRecovery(ctx, otherPass))
		w.fill(t, v, 3)
		before, err := w.store.Meta(ctx, recordName)
		check(t, err)
		was := v.keyID
		_, err = v.Rekey(ctx, session.RekeyOptions{Passphrase: pass, Recovery: pass})
		wantErr(t, err, session.ErrWrongPassphrase)
		if way == session.WayPassphrase {
			_, err = v.Rekey(ctx, session.RekeyOptions{Passphrase: otherPass, Recovery: otherPass})
			wantErr(t, err, session.ErrWrongPassphrase)
		}
		if len(w.ring.entries) > 1 {
			t.Errorf("%s: entries were left: %d", way, len(w.ring.entries))
		}
		steps := 0
		left, err := v.Rekey(ctx, session.RekeyOptions{Passphrase: pass, Recovery: otherPass, Progress: func(done, total int) {
			if steps++; total != 5 || done != steps {
				t.Errorf("%s: %d of %d", way, done, total)
			}
		}})
		check(t, err)
		if left != 0 || steps != 5 || v.keyID == was {
			t.Errorf("%s: %d left after %d steps, key %x", way, left, steps, v.keyID)
		}
		w.wantFilled(t, v, 3)
		usual := secret.String{}
		if way == session.WayPassphrase {
			usual = pass
		}
		for _, passphrase := range []secret.String{usual, otherPass} { // the usual way, and recovery
			again := w.vault(t)
			check(t, again.Unlock(ctx, passphrase))
			w.wantFilled(t, again, 3)
		}
		if st := w.vault(t).Status(ctx); st.Way != way {
			t.Errorf("%s: %+v", way, st)
		}
		// The old record, with every key of its time, opens nothing of the new time.
		check(t, w.store.PutMeta(ctx, recordName, before))
		old := w.vault(t)
		check(t, old.Unlock(ctx, usual))
		sealed, err := w.store.Sealed(ctx, cms.AccountID, "")
		check(t, err)
		_, err = old.Open(boundTo(sealed[0].Name), sealed[0])
		wantErr(t, err, session.ErrSealDamaged)
	}
}

func TestRekeyWithoutRecovery(t *testing.T) {
	t.Parallel()
	ctx, w := t.Context(), newFixture(t)
	wantErr(t, func() error { _, err := w.vault(t).Rekey(ctx, session.RekeyOptions{}); return err }(), ErrUnset)
	v := w.chosen(t, session.WayKeyring)
	check(t, v.SetRecovery(ctx, otherPass))
	w.fill(t, v, 1)
	_, err := v.Rekey(ctx, session.RekeyOptions{RemoveRecovery: true})
	check(t, err)
	if has, err := v.HasRecovery(ctx); has || err != nil {
		t.Errorf("recovery %v, %v", has, err)
	}
	w.wantFilled(t, w.vault(t), 1)
	v.Lock()
	_, err = v.Rekey(ctx, session.RekeyOptions{})
	wantErr(t, err, session.ErrVaultLocked)
}

// What cannot be opened stays, and does not stop the rest.
func TestRekeyLeavesWhatItCannotOpen(t *testing.T) {
	t.Parallel()
	ctx, w := t.Context(), newFixture(t)
	v := w.chosen(t, session.WayVariable)
	w.fill(t, v, 2)
	damaged := seal(t, v, boundTo("field:1"), "x")
	damaged.Box[len(damaged.Box)-1] ^= 1
	check(t, w.store.PutAccount(ctx, &session.Account{ID: cms.AccountID, Name: "a"}, []session.Sealed{damaged}))
	left, err := v.Rekey(ctx, session.RekeyOptions{})
	if err != nil || left != 1 {
		t.Fatalf("%d left, %v", left, err)
	}
	sealed, err := w.store.Sealed(ctx, cms.AccountID, "")
	check(t, err)
	wantOpens(t, v, boundTo("field:0"), sealed[0], "value 0")
	if !bytes.Equal(sealed[1].Box, damaged.Box) {
		t.Error("the damaged value was changed")
	}
}

// Another process finds out that its key is old: it fetches the new one, or locks.
func TestOtherProcessesFollow(t *testing.T) {
	t.Parallel()
	for _, way := range lastingWays {
		ctx, w := t.Context(), newFixture(t)
		v := w.chosen(t, way)
		w.fill(t, v, 2)
		reader, writer := w.vault(t), w.vault(t)
		check(t, reader.Unlock(ctx, pass))
		check(t, writer.Unlock(ctx, pass))
		late := seal(t, writer, boundTo("field:late"), "x")
		_, err := v.Rekey(ctx, session.RekeyOptions{Passphrase: pass})
		check(t, err)

		account := &session.Account{ID: cms.AccountID, Name: "a"}
		wantErr(t, w.store.PutAccount(ctx, account, []session.Sealed{late}), store.ErrKeyChanged)
		sealed, err := w.store.Sealed(ctx, cms.AccountID, "")
		check(t, err)
		_, openErr := reader.Open(boundTo("field:0"), sealed[0])
		again, sealErr := writer.Seal(boundTo("field:0"), []byte("value 0"))
		if way == session.WayPassphrase {
			for _, locked := range []*Vault{reader, writer} {
				if st := wantState(t, locked, session.VaultLocked, way); !strings.Contains(st.Reason, "changed its data key") {
					t.Errorf("the reason is %q", st.Reason)
				}
				check(t, locked.Unlock(ctx, pass))
			}
			wantErr(t, openErr, session.ErrVaultLocked)
			wantErr(t, sealErr, session.ErrVaultLocked)
		} else {
			check(t, errors.Join(openErr, sealErr))
			check(t, w.store.PutAccount(ctx, account, []session.Sealed{again}))
		}
		w.wantFilled(t, reader, 2)
		w.wantFilled(t, writer, 2)
	}
}

// A process that is killed while it changes the key leaves the old one or the new one.
func TestRekeySurvivesKills(t *testing.T) {
	t.Parallel()
	ctx, w := t.Context(), newFixture(t)
	const values = 200
	v := w.chosen(t, session.WayVariable)
	w.fill(t, v, values)
	keys := map[[idSize]byte]bool{}
	for round := range 15 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), roleVariable+"=rekey", dirVariable+"="+w.store.Dir(), KeyVariable+"="+someKey)
		out, err := cmd.StdoutPipe()
		check(t, err)
		check(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for n := 0; n < round%3+1 && lines.Scan(); n++ {
		}
		time.Sleep(time.Duration(round) * 3 * time.Millisecond)
		check(t, cmd.Process.Kill())
		_ = cmd.Wait() // killed
		again := w.vault(t)
		check(t, again.Unlock(ctx, secret.String{}))
		w.wantFilled(t, again, values)
		keys[again.keyID] = true
	}
	if len(keys) < 3 {
		t.Errorf("only %d keys were seen", len(keys))
	}
}

// performRekey changes the key again and again.
func performRekey(ctx context.Context, v *Vault) error {
	fmt.Println("begins")
	for {
		if _, err := v.Rekey(ctx, session.RekeyOptions{}); err != nil {
			return err
		}
		fmt.Println("changed")
	}
}
