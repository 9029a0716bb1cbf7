package lifecycle_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"tokenring/session"
	"tokenring/session/engine/enginetest"
)

// giver is a server that renews any session and notes what was shown to it.
type giver struct {
	latency time.Duration

	mu    sync.Mutex
	now   int            // calls under way
	most  int            // at a time
	shown map[string]int // refresh tokens, by how often
	ended chan struct{}  // one for each answer
}

func newGiver(latency time.Duration, n int) *giver {
	return &giver{latency: latency, shown: map[string]int{}, ended: make(chan struct{}, 2*n)}
}

func (g *giver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Token string `json:"refresh_token"`
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	g.mu.Lock()
	g.shown[body.Token]++
	g.now++
	g.most = max(g.most, g.now)
	g.mu.Unlock()
	time.Sleep(g.latency)
	g.mu.Lock()
	g.now--
	g.mu.Unlock()
	fmt.Fprintf(w, `{"access_token":"new %[1]s","refresh_token":"next %[1]s","expires_in":3600}`, body.Token)
	g.ended <- struct{}{}
}

// crowd fills the store with accounts whose tokens all expire at the same moment, and
// returns their ids.
func crowd(b *enginetest.Fixture, url string, n int, end time.Time) []string {
	b.T.Helper()
	received := end.Add(-time.Hour)
	ids := make([]string, n)
	for i := range ids {
		a := session.Account{
			ID: fmt.Sprintf("id-%d", i), Name: fmt.Sprintf("user%d@market", i), Definition: "market", Login: "password",
			Values: map[string]string{"address": url, "username": "u"}, KeepAlive: true, BaseURL: url, Origin: url,
		}
		ids[i] = a.ID
		enginetest.Check(b.T, b.Credentials.SealAccount(&a))
		enginetest.Check(b.T, b.Store.PutAccount(b.Ctx, &a, nil))
		s := &session.Session{AccountID: a.ID, Generation: 1, Started: received}
		var sealed []session.Sealed
		for _, name := range []string{"access", "refresh"} {
			info := session.TokenInfo{Name: name, Primary: name == "access", Token: true, Received: received, IssuedAt: received, Kind: "opaque"}
			if info.Primary {
				info.ExpiresAt = end
			}
			s.Tokens = append(s.Tokens, info)
			one, err := b.Vault.Seal(session.Binding{AccountID: a.ID, Name: "token:" + name, Origin: a.Origin}, []byte(name+" of "+a.ID))
			enginetest.Check(b.T, err)
			sealed = append(sealed, one)
		}
		enginetest.Check(b.T, b.Store.PutSession(b.Ctx, s, 0, sealed))
	}
	return ids
}

// dueAtOnce keeps a crowd alive whose sessions are all due at one moment, as
// after a night's sleep, until each was renewed.
func dueAtOnce(t testing.TB, n int, latency time.Duration) (took time.Duration) {
	g := newGiver(latency, n)
	b := enginetest.NewWith(t, enginetest.Options{Now: wallClock})
	ids := crowd(b, enginetest.Serve(t, g), n, wallClock().Add(time.Second))
	began := time.Now()
	keepAlive(b, func() {
		for i := range n {
			select {
			case <-g.ended:
			case <-time.After(time.Minute):
				t.Fatalf("%d of %d sessions were renewed, then nothing came", i, n)
			}
		}
		took = time.Since(began)
	})
	enginetest.Check(t, b.Feed.Wait(b.Ctx)) // the last are written
	if len(g.shown) != n {
		t.Errorf("%d of %d refresh tokens were shown", len(g.shown), n)
	}
	for token, times := range g.shown {
		if times != 1 {
			t.Errorf("%s was shown %d times", token, times)
		}
	}
	if g.most > 8 || g.most < 2 {
		t.Errorf("%d exchanges ran at a time, want 8 at most", g.most)
	}
	for _, id := range ids {
		snap, err := b.Account(b.Ctx, id)
		enginetest.Check(t, err)
		if s := snap.StateAt(wallClock()); s != session.StateValid || snap.Session.Generation != 2 || !snap.Session.Pending.IsZero() {
			t.Fatalf("%s is %q, generation %d, pending %v", id, s, snap.Session.Generation, snap.Session.Pending)
		}
		if value, err := b.Token(b.Ctx, id, ""); err != nil || value.Reveal() != "new refresh of "+id {
			t.Fatalf("%s has the token of somebody else: %v", id, err)
		}
	}
	return took
}

func TestManyThatAreDueAtOnceAreRenewedFewAtATime(t *testing.T) {
	t.Parallel()
	dueAtOnce(t, 60, 5*time.Millisecond)
}

// BenchmarkDueAtOnce renews a thousand sessions at a server that takes 20 ms.
func BenchmarkDueAtOnce(b *testing.B) {
	const n = 1000
	var all time.Duration
	for b.Loop() {
		all += dueAtOnce(b, n, 20*time.Millisecond)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(all.Milliseconds())/float64(b.N), "ms/thousand")
}

// TestRefreshesAreSpread looks at a thousand sessions that were begun and end
// together: their refreshes lie a tenth of their life apart, evenly.
func TestRefreshesAreSpread(t *testing.T) {
	t.Parallel()
	const n, parts = 1000, 10
	end := enginetest.NewClock().Now().Add(time.Hour)
	var count [parts]int
	for i := range n {
		s := session.Snapshot{Abilities: session.Abilities{CanRefresh: true}, Record: &session.Record{
			Account: session.Account{ID: uuid.NewSHA1(uuid.Nil, []byte{byte(i), byte(i >> 8)}).String(), KeepAlive: true},
			Session: &session.Session{Tokens: []session.TokenInfo{{Primary: true, Received: end.Add(-time.Hour), IssuedAt: end.Add(-time.Hour), ExpiresAt: end}}},
		}}
		at, ok := s.NextRefresh(end.Add(-time.Hour))
		early := end.Add(-6 * time.Minute).Sub(at) // before the margin of a tenth
		if !ok || early < 0 || early >= 6*time.Minute {
			t.Fatalf("%s is renewed %v before its margin", s.Account.ID, early)
		}
		count[int(early*parts/(6*time.Minute))]++
	}
	for i, c := range count {
		if math.Abs(float64(c)-n/parts) > n/parts/2 {
			t.Errorf("part %d of the window has %d refreshes of %d: %v", i, c, n, count)
		}
	}
}
