package vault

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/store"
)

// cheap makes passphrases cost nothing.
var cheap = Argon{Time: 1, Memory: 8, Threads: 1}

// someKey is 32 bytes in base64.
const someKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

var pass, otherPass = secret.New("correct horse"), secret.New("battery staple")

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

// ring is a keyring in memory, or one that fails or hangs.
type ring struct {
	mu      sync.Mutex
	entries map[string]string
	err     error         // of every call
	hang    chan struct{} // every call waits for it to be closed
	gets    int
}

func newRing() *ring { return &ring{entries: map[string]string{}} }

func (r *ring) enter() error {
	r.mu.Lock()
	hang, err := r.hang, r.err
	r.mu.Unlock()
	if hang != nil {
		<-hang
	}
	return err
}

func (r *ring) Get(service, user string) (string, error) {
	if err := r.enter(); err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gets++
	value, ok := r.entries[service+"/"+user]
	if !ok {
		return "", ErrNoEntry
	}
	return value, nil
}

func (r *ring) Set(service, user, value string) error {
	if err := r.enter(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries[service+"/"+user] = value
	return nil
}

func (r *ring) Delete(service, user string) error {
	if err := r.enter(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.entries, service+"/"+user)
	return nil
}

// fixture is a store with a keyring and an environment.
type fixture struct {
	store *store.Store
	ring  *ring
	env   map[string]string
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: filepath.Join(t.TempDir(), "ring"), Now: time.Now})
	check(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return &fixture{store: s, ring: newRing(), env: map[string]string{}}
}

func (w *fixture) options() Options {
	return Options{
		Meta: w.store, Keyring: w.ring,
		Getenv: func(name string) string { return w.env[name] }, Argon: cheap, Wait: time.Minute,
	}
}

// vault starts another process, so to say.
func (w *fixture) vault(t testing.TB) *Vault {
	t.Helper()
	v, err := Open(t.Context(), w.options())
	check(t, err)
	return v
}

// chosen is a new vault with its way chosen.
func (w *fixture) chosen(t testing.TB, way session.Way) *Vault {
	t.Helper()
	if way == session.WayVariable {
		w.env[KeyVariable] = someKey
	}
	v := w.vault(t)
	check(t, v.Choose(t.Context(), way, pass))
	return v
}

func wantState(t testing.TB, v *Vault, state session.VaultState, way session.Way) session.VaultStatus {
	t.Helper()
	got := v.Status(context.Background())
	if got.State != state || got.Way != way {
		t.Fatalf("the vault is %+v, want %s by %q", got, state, way)
	}
	return got
}

var cms = session.Binding{AccountID: "a1", Name: "token:access", Origin: "https://cms.example:443",
	Origins: []string{"https://b.example:443", "https://a.example:443"}}

func seal(t testing.TB, v *Vault, b session.Binding, plain string) session.Sealed {
	t.Helper()
	s, err := v.Seal(b, []byte(plain))
	check(t, err)
	return s
}

func wantOpens(t testing.TB, v *Vault, b session.Binding, s session.Sealed, want string) {
	t.Helper()
	got, err := v.Open(b, s)
	if err != nil || string(got) != want {
		t.Fatalf("opened %q, %v; want %q", got, err, want)
	}
}

func TestMain(m *testing.M) {
	if os.Getenv(roleVariable) == "" {
		os.Exit(m.Run())
	}
	os.Exit(play())
}
