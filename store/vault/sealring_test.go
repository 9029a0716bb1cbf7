package vault

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/store"
)

const oldWords = "words of a server, in clear"

// oldRing is a ring as versions before the sealing of accounts left it.
type oldRing struct {
	*fixture
	t  *testing.T
	db *sql.DB // as something other than tokenring opens it
	k  dataKey
}

// newOldRing makes a ring whose key is in the variable and which has a recovery
// passphrase: an account with a password and a reference, words in clear, and an
// approval.
func newOldRing(t *testing.T) *oldRing {
	t.Helper()
	w := newFixture(t)
	w.env[KeyVariable] = someKey
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.store.Dir(), "tokenring.db")+"?_pragma=busy_timeout(5000)")
	check(t, err)
	t.Cleanup(func() { db.Close() })
	r := &oldRing{fixture: w, t: t, db: db, k: newDataKey()}

	rec := &record{Version: 1, Way: session.WayVariable, KeyID: r.k.id[:]}
	kek, _ := parseKey(someKey)
	variable := wrap{Kind: session.WayVariable}
	spare := wrap{Kind: recovery, Salt: make([]byte, saltSize), Argon: &cheap}
	spareKey, err := spare.deriveKey(pass)
	check(t, err)
	r.sealOld(&variable, kek)
	r.sealOld(&spare, spareKey)
	rec.Wraps = []wrap{variable, spare}
	text, err := json.Marshal(rec)
	check(t, err)
	r.exec(`INSERT INTO meta VALUES ('vault', ?)`, text)

	a := &session.Account{ID: "a1", Name: "me", Definition: "d", BaseURL: "https://cms.example", Origin: "https://cms.example",
		References: map[string]string{"key": "env:KEY"}, Secrets: []string{"password"}}
	check(t, w.store.PutAccount(t.Context(), a, []session.Sealed{
		r.box(a.Binding("field:password"), "the password"), r.box(a.Binding("ref:key"), "env:KEY"),
	}))
	check(t, w.store.PutSession(t.Context(), &session.Session{AccountID: "a1", Generation: 1}, 0, nil))
	r.exec(`INSERT INTO sessions VALUES ('a1', ?, x'')`, oldWords)
	r.exec(`INSERT INTO events (account_id, at, kind, ok, text) VALUES ('a1', 1, 'refresh', 0, ?)`, oldWords)
	r.exec(`INSERT INTO meta VALUES ('trust:/p/tokenring.yaml', ?)`, []byte("hash"))
	return r
}

// sealOld seals a wrap as earlier versions did.
func (r *oldRing) sealOld(w *wrap, kek *[keySize]byte) {
	w.Nonce = make([]byte, nonceSize)
	random(w.Nonce)
	aead, short, err := xchacha(kek, w.Nonce)
	check(r.t, err)
	w.Box = aead.Seal(nil, short, r.k.key[:], w.additionalData(r.store.ID(), r.k.id[:]))
}

// box seals a value as earlier versions did.
func (r *oldRing) box(b session.Binding, plain string) session.Sealed {
	s := session.Sealed{Name: b.Name, Origin: b.Origin, Origins: b.Origins}
	box := append([]byte{1}, r.k.id[:]...)
	nonce := make([]byte, chacha20poly1305.NonceSizeX)
	random(nonce)
	aead, short, err := xchacha(r.k.key, nonce)
	check(r.t, err)
	s.Box = aead.Seal(append(box, nonce...), short, []byte(plain), binding(1, r.store.ID(), b.AccountID, &s, r.k.id))
	return s
}

func (r *oldRing) exec(query string, args ...any) {
	r.t.Helper()
	_, err := r.db.Exec(query, args...)
	check(r.t, err)
}

// unlocked opens the vault in another process, so to say.
func (r *oldRing) unlocked(passphrase secret.String) *Vault {
	r.t.Helper()
	v := r.vault(r.t)
	check(r.t, v.Unlock(r.t.Context(), passphrase))
	r.store.SealWords(v)
	return v
}

// sealed returns the account as it was sealed, or nil.
func (r *oldRing) sealed(v *Vault) *session.Account {
	r.t.Helper()
	rec, err := r.store.Account(r.t.Context(), "a1")
	check(r.t, err)
	b := rec.Account.SealBinding()
	plain, err := v.Open(b, session.Sealed{Name: b.Name, Box: rec.Account.Seal})
	if errors.Is(err, session.ErrSealDamaged) {
		return nil
	}
	check(r.t, err)
	a := &session.Account{}
	check(r.t, json.Unmarshal(plain, a))
	return a
}

func (r *oldRing) record() []byte {
	r.t.Helper()
	text, err := r.store.Meta(r.t.Context(), recordName)
	check(r.t, err)
	return text
}

func (r *oldRing) wantNoOldWords() {
	r.t.Helper()
	for _, name := range []string{"tokenring.db", "tokenring.db-wal"} {
		data, err := os.ReadFile(filepath.Join(r.store.Dir(), name))
		if err == nil && bytes.Contains(data, []byte(oldWords)) {
			r.t.Errorf("%s holds the words in clear", name)
		}
	}
}

func TestAnOldRingIsSealedAtTheFirstUnlock(t *testing.T) {
	t.Parallel()
	r := newOldRing(t)
	r.exec(`INSERT INTO accounts (id, name, definition, login, attach, environment, guard, fields, secrets,
		keep_alive, relogin, allow_http, base_url, origin, origins, grants, refs, box)
		SELECT 'forged', 'forged', definition, login, attach, environment, guard, fields, secrets,
		keep_alive, relogin, allow_http, base_url, origin, origins, grants, '3:key8:cmd:evil', x'' FROM accounts`)
	v := r.unlocked(secret.String{})
	a := r.sealed(v)
	if a == nil || a.BaseURL != "https://cms.example" || a.References["key"] != "env:KEY" {
		t.Fatalf("the account is sealed as %+v", a)
	}
	if rec, err := r.store.Account(t.Context(), "forged"); err != nil || rec.Account.Seal != nil {
		t.Errorf("a reference that nothing confirms was sealed: %v", err)
	}
	rec, err := r.store.Account(t.Context(), "a1")
	check(t, err)
	events, err := r.store.Events(t.Context(), "a1", 1)
	check(t, err)
	if rec.Session.EndedReason != oldWords || events[0].Text != oldWords {
		t.Errorf("the words are %q and %q", rec.Session.EndedReason, events[0].Text)
	}
	approval, err := r.store.Approval(t.Context(), "/p/tokenring.yaml")
	check(t, err)
	b := session.ApprovalBinding("/p/tokenring.yaml")
	wantOpens(t, v, b, session.Sealed{Name: b.Name, Box: approval}, "hash")
	secrets, err := r.store.Sealed(t.Context(), "a1", "")
	check(t, err)
	if len(secrets) != 1 || secrets[0].Box[0] != boxVersion {
		t.Fatalf("the secrets are %+v", secrets)
	}
	wantOpens(t, v, rec.Account.Binding("field:password"), secrets[0], "the password")
	r.wantNoOldWords()
	if bytes.Contains(r.record(), []byte("rewrite")) {
		t.Error("the file is written anew at each unlock")
	}
	if before := r.record(); r.unlocked(secret.String{}) == nil || !bytes.Equal(before, r.record()) {
		t.Error("the second unlock wrote the record")
	}
	r.unlocked(pass) // and the recovery passphrase still opens it
}

// TestNoRowUndoesTheSealing changes an account after the first unlock and then
// everything that could make the ring look unsealed.
func TestNoRowUndoesTheSealing(t *testing.T) {
	t.Parallel()
	const noSeals = `UPDATE accounts SET box = x''; DELETE FROM approvals`
	for name, undo := range map[string]func(r *oldRing, old []byte){
		"the seals are gone": func(r *oldRing, _ []byte) { r.exec(noSeals) },
		"the old record is back": func(r *oldRing, old []byte) {
			r.exec(noSeals)
			r.exec(`UPDATE meta SET value = ? WHERE name = 'vault'`, old)
		},
		"everything sealed is gone": func(r *oldRing, _ []byte) {
			r.exec(noSeals + `; DELETE FROM sealed; DELETE FROM events; DELETE FROM sessions`)
		},
		"the record says it was not sealed": func(r *oldRing, _ []byte) {
			r.exec(noSeals + `; DELETE FROM sealed; DELETE FROM events; DELETE FROM sessions`)
			r.exec(`UPDATE meta SET value = CAST(replace(CAST(value AS TEXT), '"sealed":true,', '') AS BLOB) WHERE name = 'vault'`)
		},
		"only the recovery wrap is left": func(r *oldRing, old []byte) {
			r.exec(noSeals + `; DELETE FROM sealed; DELETE FROM events; DELETE FROM sessions`)
			var rec record
			check(r.t, json.Unmarshal(old, &rec))
			rec.Wraps = rec.Wraps[1:]
			text, err := json.Marshal(rec)
			check(r.t, err)
			r.exec(`UPDATE meta SET value = ? WHERE name = 'vault'`, text)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newOldRing(t)
			old := r.record()
			r.unlocked(secret.String{})
			r.exec(`UPDATE accounts SET base_url = 'http://thief.example', refs = ''`)
			r.exec(`INSERT INTO meta VALUES ('trust:/p/theirs.yaml', ?)`, []byte("hash"))
			undo(r, old)
			for _, passphrase := range []secret.String{{}, pass} {
				v := r.vault(t)
				if v.Unlock(t.Context(), passphrase) != nil {
					continue // not opened is not sealed
				}
				if a := r.sealed(v); a != nil {
					t.Errorf("it was sealed as %+v", a)
				}
				if box, err := r.store.Approval(t.Context(), "/p/theirs.yaml"); box != nil || err != nil {
					t.Errorf("the approval of a row was sealed: %v", err)
				}
			}
		})
	}
}

// TestARingOpenedByItsRecoveryPassphraseFirst is not sealed as it is: that passphrase
// cannot tell whether it was sealed before.
func TestARingOpenedByItsRecoveryPassphraseFirst(t *testing.T) {
	t.Parallel()
	r := newOldRing(t)
	delete(r.env, KeyVariable)
	v := r.unlocked(pass)
	if r.sealed(v) != nil {
		t.Error("the account was sealed")
	}
	r.wantNoOldWords()
	r.env[KeyVariable] = someKey
	if r.sealed(r.unlocked(secret.String{})) != nil {
		t.Error("the account was sealed later")
	}
}

func TestAKilledRewriteIsRepeated(t *testing.T) {
	t.Parallel()
	r := newOldRing(t)
	backup := filepath.Join(r.store.Dir(), "tokenring.schema2.db")
	r.exec(`INSERT INTO requests (id, account_id, name, method, path, sealed_name, sealed_origin, sealed_origins, box)
		VALUES ('r1', 'a1', 'get', 'GET', '/u/the password/me', 'request:r1', '', '', x'')`)
	r.exec(`VACUUM INTO ?`, backup)
	old, err := os.ReadFile(backup)
	check(t, err)
	check(t, os.Remove(backup)) // so that the first unlock does not clean it
	reader, err := r.db.Begin() // the log cannot be emptied while another process reads
	check(t, err)
	var n int
	check(t, reader.QueryRow(`SELECT count(*) FROM events`).Scan(&n))
	r.unlocked(secret.String{})
	if !strings.Contains(string(r.record()), `"rewrite":true`) {
		t.Fatalf("the record is %s", r.record())
	}
	check(t, reader.Rollback())
	check(t, os.WriteFile(backup, old, 0o600))
	check(t, r.store.Close())
	r.store, err = store.Open(t.Context(), store.Options{Dir: r.store.Dir(), Now: time.Now}) // another process
	check(t, err)
	t.Cleanup(func() { _ = r.store.Close() })
	r.unlocked(secret.String{})
	r.wantNoOldWords()
	if data, err := os.ReadFile(backup); err != nil || bytes.Contains(data, []byte("the password")) {
		t.Errorf("the copy holds a secret in a path: %v", err)
	}
	if strings.Contains(string(r.record()), "rewrite") {
		t.Errorf("the record is %s", r.record())
	}
}

func TestANewRingIsSealedFromTheStart(t *testing.T) {
	t.Parallel()
	for _, way := range []session.Way{session.WayPassphrase, session.WayVariable, session.WayKeyring} {
		w := newFixture(t)
		w.chosen(t, way)
		v := w.vault(t)
		check(t, v.Unlock(t.Context(), pass))
		rec, err := v.record(t.Context())
		check(t, err)
		if w := rec.find(way); w == nil || !w.Sealed || rec.Rewrite {
			t.Errorf("%s: %+v", way, rec)
		}
	}
}

// TestAnOldRingHasNoSecretInAPath gives an old ring requests and runs whose names and
// paths hold secrets: one that looks like it, and the account's own password, also where
// that is a common word.
func TestAnOldRingHasNoSecretInAPath(t *testing.T) {
	t.Parallel()
	for _, known := range []string{"Winter2024!", "datarhei"} {
		t.Run(known, func(t *testing.T) { t.Parallel(); noSecretInAPath(t, known) })
	}
}

func noSecretInAPath(t *testing.T, known string) {
	const looks = "x8Kq2LmZ9vRtYw4PnBs7HdJc"
	r := newOldRing(t)
	box := r.box(session.Binding{AccountID: "a1", Name: "field:password", Origin: "https://cms.example"}, known)
	r.exec(`UPDATE sealed SET box = ? WHERE name = 'field:password'`, box.Box)
	for i, path := range []string{"/services/T02/" + looks, "/u/" + known + "/me", "/plain"} {
		name := strings.ReplaceAll("get"+path, "/", "-")
		r.exec(`INSERT INTO requests (id, account_id, name, method, path, sealed_name, sealed_origin, sealed_origins, box)
			VALUES (?1, 'a1', ?2, 'GET', ?3, 'request:' || ?1, '', '', x'')`, strconv.Itoa(i), name, path)
		r.exec(`INSERT INTO runs (id, account_id, actor, at, name, method, path, status, duration, size, verdict, error, sealed_name, sealed_origin, sealed_origins, box_size, box)
			VALUES (?1, 'a1', '', 1, ?2, 'GET', ?3, 200, 1, 1, '', '', 'run:' || ?1, '', '', 0, x'')`, strconv.Itoa(i), name, path)
	}
	r.unlocked(secret.String{})
	requests, err := r.store.Requests(t.Context(), "a1")
	check(t, err)
	var got []string
	for _, one := range requests {
		got = append(got, one.Name+" "+one.Path)
	}
	want := []string{"get-plain /plain", "get-services-T02-•••••• /services/T02/••••••", "get-u-••••••-me /u/••••••/me"}
	if !slices.Equal(got, want) {
		t.Errorf("the requests are %q", got)
	}
	runs, err := r.store.Runs(t.Context(), session.RunQuery{AccountID: "a1"})
	check(t, err)
	for _, one := range runs {
		if !slices.Contains(want, one.Name+" "+one.Path) {
			t.Errorf("a run is %s %s", one.Name, one.Path)
		}
	}
	for _, name := range []string{"tokenring.db", "tokenring.db-wal"} {
		data, err := os.ReadFile(filepath.Join(r.store.Dir(), name))
		if err == nil && (bytes.Contains(data, []byte(looks)) || bytes.Contains(data, []byte(known))) {
			t.Errorf("%s holds a secret of a path", name)
		}
	}
}
