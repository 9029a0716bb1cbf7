package ui_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/engine"
	"tokenring/session/secret"
	"tokenring/session/transport"
	"tokenring/store"
	"tokenring/store/vault"
	"tokenring/ui"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/uitest"
)

// noon is when every test begins.
var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// canary is the signature of every token here. It must never be seen unasked.
const canary = "cAnArYcAnArYcAnArYcAnArY"

// ring is a store with accounts, and the screen on it.
type ring struct {
	*uitest.Driver
	t       testing.TB
	clock   *uitest.Clock
	timers  *uitest.Timers
	store   *store.Store
	vault   *vault.Vault
	manager *engine.Engine
	config  ui.Config
}

func newRing(t testing.TB) *ring { return newRingVia(t, http.DefaultTransport) }

func newRingVia(t testing.TB, net http.RoundTripper) *ring {
	t.Helper()
	r := &ring{t: t, clock: uitest.NewClock(noon)}
	r.timers = uitest.NewTimers(r.clock)
	var err error
	r.store, err = store.Open(t.Context(), store.Options{Dir: filepath.Join(t.TempDir(), "ring"), Now: r.clock.Now})
	must(t, err)
	t.Cleanup(func() { r.store.Close() })
	r.vault, err = vault.Open(t.Context(), vault.Options{Meta: r.store, Memory: true})
	must(t, err)
	if r.vault.Status(t.Context()).State != session.VaultOpen {
		must(t, r.vault.Choose(t.Context(), session.WayMemory, secret.String{}))
	}
	r.manager = engine.New(engine.Config{
		Store: r.store, Vault: r.vault, Now: r.clock.Now, Catalog: definition.NewCatalog(""),
		Client: transport.New(transport.Options{Now: r.clock.Now, Transport: net}),
	})
	settings := screen.DefaultSettings()
	settings.WatchEvery, settings.UTC = 0, true
	r.config = ui.Config{
		Life: t.Context(), Engine: r.manager, Keys: uitest.Keys(), Settings: settings,
		Theme: theme.Options{Dark: true, Profile: colorprofile.TrueColor}, Now: r.clock.Now, After: r.timers.After,
	}
	return r
}

// show opens the screen.
func (r *ring) show(w, h int) *ring {
	r.t.Helper()
	r.Driver = uitest.Start(r.t, ui.New(r.config), r.clock, r.timers, w, h)
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put writes an account, and its session when there is one, with a sealed
// value for each token.
func (r *ring) put(a session.Account, s *session.Session) {
	r.t.Helper()
	ctx := r.t.Context()
	must(r.t, r.manager.Credentials.SealAccount(&a))
	must(r.t, r.store.PutAccount(ctx, &a, nil))
	if s == nil {
		return
	}
	s.AccountID, s.Generation = a.ID, 1
	var sealed []session.Sealed
	for _, t := range s.Tokens {
		box, err := r.vault.Seal(a.Binding(session.TokenPrefix+t.Name), []byte(r.value(&a, &t)))
		must(r.t, err)
		sealed = append(sealed, box)
	}
	must(r.t, r.store.PutSession(ctx, s, 0, sealed))
}

// value is a token as its server would have made it.
func (r *ring) value(a *session.Account, t *session.TokenInfo) string {
	if t.Kind != "JWT" {
		return "0B5C8D5E-1F0A-" + canary
	}
	part := base64.RawURLEncoding.EncodeToString
	claims := fmt.Sprintf(`{"iss":"datarhei-core","sub":"admin","usefor":%q,"exi":600,"email":"ada@example.org",`+
		`"roles":["admin","editor"],"iat":%d,"exp":%d,"jti":"f1c2b3a4-5d6e-4f70-8192-a3b4c5d6e7f8"}`,
		t.Name, t.Received.Unix(), t.ExpiresAt.Unix())
	return part([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + part([]byte(claims)) + "." + canary
}

// jwt is a token with a stated life, of which some is left.
func jwt(name string, life, left time.Duration) session.TokenInfo {
	return session.TokenInfo{
		Name: name, Token: true, Kind: "JWT", Received: noon.Add(left - life), IssuedAt: noon.Add(left - life),
		ExpiresAt: noon.Add(left), Source: ".claims.exp",
	}
}

func primary(t session.TokenInfo) session.TokenInfo {
	t.Primary = true
	return t
}

// street fills the store with the accounts of a user of several APIs.
func (r *ring) street() *ring {
	r.t.Helper()
	core := session.Account{
		Definition: "datarhei-core", Login: "password", Environment: "staging",
		Values:  map[string]string{"address": "http://127.0.0.1:8080", "username": "admin"},
		Secrets: []string{"password"}, BaseURL: "http://127.0.0.1:8080/api", Origin: "http://127.0.0.1:8080", KeepAlive: true,
	}
	admin := core
	admin.ID, admin.Name = "id-admin", "admin@edge"
	r.put(admin, &session.Session{
		Started: noon.Add(-3 * time.Hour), Refreshed: noon.Add(-19 * time.Second), Refreshes: 3, HasOffset: true,
		Offset: 200 * time.Millisecond, Proven: noon.Add(-10 * time.Second),
		Tokens: []session.TokenInfo{
			primary(jwt("access", 10*time.Minute, 9*time.Minute+41*time.Second)),
			jwt("refresh", 24*time.Hour, 23*time.Hour+59*time.Minute),
		},
	})
	viewer := core
	viewer.ID, viewer.Name, viewer.Guard, viewer.KeepAlive = "id-viewer", "viewer@edge", session.GuardReadOnly, false
	r.put(viewer, &session.Session{
		Started: noon.Add(-time.Hour),
		Tokens:  []session.TokenInfo{primary(jwt("access", 10*time.Minute, 8*time.Minute+2*time.Second))},
	})
	editor := session.Account{
		ID: "id-editor", Name: "editor@shop", Definition: "knack", Environment: "staging", Login: "password",
		BaseURL: "https://api.knack.com/v1", Origin: "https://api.knack.com:443",
	}
	r.put(editor, &session.Session{
		Started: noon.Add(-47 * time.Hour),
		Tokens:  []session.TokenInfo{primary(opaque("token", 48*time.Hour, 2*time.Minute+10*time.Second))},
	})
	ops := session.Account{
		ID: "id-ops", Name: "ops@crm", Definition: "backendless", Environment: "dev",
		BaseURL: "https://eu-api.backendless.com/app", Origin: "https://eu-api.backendless.com:443",
	}
	idle := session.TokenInfo{Name: "user-token", Token: true, Primary: true, Kind: "opaque", Idle: time.Hour,
		Received: noon.Add(-time.Hour), Accepted: noon.Add(-90 * time.Second)}
	r.put(ops, &session.Session{Started: noon.Add(-time.Hour), Tokens: []session.TokenInfo{idle}})
	me := session.Account{
		ID: "id-me", Name: "me@market", Definition: "expressa", Environment: "prod", Guard: session.GuardTypedConfirm,
		BaseURL: "https://market.example/api", Origin: "https://market.example:443",
	}
	r.put(me, &session.Session{
		Started: noon.Add(-30 * time.Hour), Ended: noon.Add(-time.Hour), EndedReason: "the server refused to renew the session: it was revoked",
		Tokens: []session.TokenInfo{primary(jwt("token", 24*time.Hour, -6*time.Hour))},
	})
	r.put(session.Account{
		ID: "id-new", Name: "guest@shop", Definition: "knack", Environment: "qa-7",
		BaseURL: "https://api.knack.com/v1", Origin: "https://api.knack.com:443",
	}, nil)
	return r
}

func opaque(name string, life, left time.Duration) session.TokenInfo {
	t := jwt(name, life, left)
	t.Kind, t.Source = "opaque", "expires_in"
	return t
}
