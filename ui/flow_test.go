package ui_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
	"tokenring/ui/screen"
)

// gate is a network that can be held shut.
type gate struct {
	mu   sync.Mutex
	shut chan struct{} // nil: open
}

func (g *gate) hold() (release func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = make(chan struct{})
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		close(g.shut)
		g.shut = nil
	})
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	g.mu.Lock()
	shut := g.shut
	g.mu.Unlock()
	if shut != nil {
		select {
		case <-shut:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

// edge starts a datarhei Core and logs accounts of the given names in there.
func edge(t *testing.T, g *gate, names ...string) *ring {
	t.Helper()
	r := newRingVia(t, g)
	core := emulator.NewDatarhei(emulator.DatarheiOptions{Now: r.clock.Now})
	l, err := emulator.Start(core)
	must(t, err)
	t.Cleanup(func() { l.Close() })
	for _, name := range names {
		snap, err := r.manager.Drafts.Save(t.Context(), &draft.Form{
			Account: session.Account{
				Name: name, Definition: "datarhei-core", Login: "password", Environment: "dev",
				Values: map[string]string{"address": l.URL, "username": "admin"},
			},
			NewSecrets: map[string]secret.String{"password": secret.New(emulator.Password)},
		})
		must(t, err)
		_, err = r.manager.Sessions.Login(t.Context(), snap, lifecycle.LoginOptions{})
		must(t, err)
	}
	return r
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	r := edge(t, &gate{}, "admin@edge").show(120, 36)
	r.Advance(9*time.Minute + 30*time.Second)
	r.Sees("◐ admin@edge", "30s left of 10m")
	r.Press("r")
	r.Sees("✓ admin@edge is refreshed", "● admin@edge", "10m00s left of 10m", "1 refresh")
	r.Advance(5 * time.Second)
	r.SeesNot("is refreshed")
}

func TestWorkIsSeenAndCanBeCancelled(t *testing.T) {
	t.Parallel()
	g := &gate{}
	r := edge(t, g, "admin@edge").show(120, 36)
	release := g.hold()
	defer release()
	r.Hurry(0)
	r.Press("c")
	r.Hurry(time.Second)
	r.Wait("the work to be seen", func() bool {
		r.Send(screen.ChangedMsg{})
		return strings.Contains(r.Frame(), "esc cancels")
	})
	r.Advance(3 * time.Second)
	r.Sees("esc cancels", "3s")
	r.Press("esc")
	r.Wait("the check to be cancelled", func() bool {
		return strings.Contains(r.Frame(), "check of admin@edge was cancelled")
	})
	r.Send(screen.ChangedMsg{})
	r.Wait("the account to be at rest", func() bool { return strings.Contains(r.Frame(), "● admin@edge") })
}

func TestADeadRefreshTokenLeavesTheLogin(t *testing.T) {
	t.Parallel()
	r := edge(t, &gate{}, "admin@edge")
	r.clock.Advance(23*time.Hour + 59*time.Minute + 50*time.Second)
	r.show(120, 36).Sees("◌ admin@edge", "expired")
	r.Advance(15 * time.Second) // now the refresh token is dead as well
	r.Sees("○ admin@edge", "1 needs login")
	r.Press("r")
	r.Sees("▲ nothing can renew this session; log in again")
}

func TestManyAreRefreshedAFewAtATime(t *testing.T) {
	t.Parallel()
	names := []string{"a@edge", "b@edge", "c@edge", "d@edge", "e@edge", "f@edge", "g@edge"}
	r := edge(t, &gate{}, names...).show(120, 36)
	r.Press("space", "space", "R")
	r.Sees("✓ 2 accounts refreshed")
	r.Press("esc", "esc", "R")
	r.Sees("✓ 7 accounts refreshed")
	r.SeesNot("refreshing")
}

func TestLoggingOutSaysHowItEnded(t *testing.T) {
	t.Parallel()
	r := edge(t, &gate{}, "admin@edge")
	r.show(120, 36)
	r.Press("x", "y")
	r.Sees("▲ admin@edge: forgotten here; this backend has no logout; the server still accepts the access token", "· admin@edge")
}
