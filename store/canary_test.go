package store

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/store/vault"
)

func TestNoSecretReachesAnyFileUnsealed(t *testing.T) {
	t.Parallel()
	const canary, passphrase = "canary-5c1e2b7f-sings", "a passphrase like a canary"
	raw := []byte("0123456789abcdefghijklmnopqrstuv")
	for _, way := range []session.Way{session.WayPassphrase, session.WayVariable} {
		ctx, s := t.Context(), newStore(t)
		v, err := vault.Open(ctx, vault.Options{
			Meta: s, Argon: vault.Argon{Time: 1, Memory: 8, Threads: 1},
			Getenv: func(string) string { return base64.StdEncoding.EncodeToString(raw) },
		})
		check(t, err)
		check(t, v.Choose(ctx, way, secret.New(passphrase)))
		check(t, v.SetRecovery(ctx, secret.New(passphrase+" too")))
		seal := func(name string) session.Sealed {
			b := session.Binding{AccountID: "a1", Name: name, Origin: "https://cms.example:443"}
			box, err := v.Seal(b, []byte(strings.Repeat(canary, 50)))
			check(t, err)
			return box
		}
		check(t, s.PutAccount(ctx, newAccount("a1"), []session.Sealed{seal("field:password")}))
		for generation := range int64(20) {
			check(t, s.PutSession(ctx, newSession("a1", generation+1), generation,
				[]session.Sealed{seal("token:access"), seal("token:refresh")}))
			check(t, s.MarkPending(ctx, "a1", generation+1, noon))
		}
		check(t, s.PutRequest(ctx, &session.SavedRequest{ID: "q1", AccountID: "a1", Sealed: seal("request:q1")}))
		run := newRun("r1", "a1", noon)
		run.Sealed = seal("run:r1")
		check(t, s.AddRuns(ctx, run))
		s.SealWords(v) // of a server that echoes
		check(t, s.AddEvent(ctx, &session.Event{AccountID: "a1", At: noon, Kind: session.EventRefresh, Text: canary}))
		check(t, s.EndRenewal(ctx, "a1", 20, noon, canary, "refresh"))
		noFileHolds(t, s.Dir(), map[string][]byte{"the secret": []byte(canary)})
		check(t, s.EndSession(ctx, "a1", 20, canary))
		release, err := s.Lock(ctx, "a1")
		check(t, err)
		defer release()

		want := map[string][]byte{
			"the secret": []byte(canary), "the passphrase": []byte(passphrase), "the key": raw,
			"the key in base64": []byte(base64.StdEncoding.EncodeToString(raw)), "the key in hex": []byte(hex.EncodeToString(raw)),
		}
		noFileHolds(t, s.Dir(), want)
		check(t, s.EndSession(ctx, "a1", 20, ""))
		check(t, s.Close())
		noFileHolds(t, s.Dir(), want)
	}
}

func noFileHolds(t *testing.T, dir string, canaries map[string][]byte) {
	t.Helper()
	files, found := 0, false
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files++
		found = found || bytes.Contains(data, []byte("https://cms.example:443"))
		for what, canary := range canaries {
			if bytes.Contains(data, canary) {
				t.Errorf("%s stands in %s", what, path)
			}
		}
		return err
	})
	check(t, err)
	if files < 4 || !found {
		t.Errorf("%d files were read, and the origin was found: %v", files, found)
	}
}
