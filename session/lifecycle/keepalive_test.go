package lifecycle_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/secret"
)

const renewal = "/auth/refresh" // the path of a Rotating backend

func wallClock() time.Time { return time.Now().Round(0) }

// piped is a fixture in a synctest bubble whose requests go to h.
func piped(t *testing.T, dir string, h http.Handler, change func(http.RoundTripper) http.RoundTripper) (b *enginetest.Fixture, url string) {
	t.Helper()
	l := emulatortest.StartPipe(h)
	t.Cleanup(func() { l.Close() })
	rt := &http.Transport{DialContext: l.DialContext}
	t.Cleanup(rt.CloseIdleConnections)
	var transport http.RoundTripper = rt
	if change != nil {
		transport = change(rt)
	}
	return enginetest.NewWith(t, enginetest.Options{Dir: dir, Now: wallClock, Transport: transport}), l.URL
}

// kept is market kept alive.
func kept(url, name string) *draft.Form {
	d := enginetest.Market(url, name)
	d.KeepAlive, d.Relogin = true, false
	return d
}

// keptMarket starts a server whose tokens last ten minutes and logs in to it with an account
// that is kept alive.
func keptMarket(t *testing.T, dir string) (server *emulatortest.Rotating, b *enginetest.Fixture, id string) {
	server = emulatortest.NewRotating(emulator.RotatingOptions{Now: wallClock, AccessLife: 10 * time.Minute})
	b, url := piped(t, dir, server, nil)
	id = b.Add(kept(url, "me@market"))
	b.LogIn(id)
	return server, b, id
}

// keepAlive lets sessions be kept alive while f runs.
func keepAlive(b *enginetest.Fixture, f func()) {
	b.T.Helper()
	ctx, cancel := context.WithCancel(b.Ctx)
	done := make(chan struct{})
	go func() {
		b.Sessions.KeepAlive(ctx)
		close(done)
	}()
	f()
	cancel()
	<-done
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestKeepAliveRenewsForHours(t *testing.T) {
	dir := t.TempDir() + "/ring"
	synctest.Test(t, func(t *testing.T) {
		server := emulatortest.NewRotating(emulator.RotatingOptions{Now: wallClock, AccessLife: 10 * time.Minute})
		b, url := piped(t, dir, server, nil)
		var ids []string
		for i := range 5 {
			ids = append(ids, b.Add(kept(url, fmt.Sprintf("account %d", i))))
			b.LogIn(ids[i])
		}
		keepAlive(b, func() {
			for range 60 {
				time.Sleep(2 * time.Minute)
				for _, id := range ids {
					if s := b.State(id); s != session.StateValid && s != session.StateExpiring && s != session.StateWorking {
						t.Fatalf("a session kept alive is %q", s)
					}
				}
			}
		})
		if r := server.Refreshes() / len(ids); r < 12 || r > 18 {
			t.Errorf("%d refreshes of a 10 minute token in two hours, want about 14", r)
		}
		if server.Reuses() != 0 {
			t.Errorf("%d spent refresh tokens were shown", server.Reuses())
		}
	})
}

func TestKeepAliveBacksOff(t *testing.T) {
	dir := t.TempDir() + "/ring"
	synctest.Test(t, func(t *testing.T) {
		server, b, _ := keptMarket(t, dir)
		server.FailNext(1000, http.StatusServiceUnavailable)
		keepAlive(b, func() { time.Sleep(2 * time.Hour) })
		if n := len(server.Requests()) - 1; n < 5 || n > 15 {
			t.Errorf("%d tries in two hours at a server that is down, want about ten", n)
		}
	})
}

func TestKeepAliveComesBackWhenTheServerLetsIt(t *testing.T) {
	dir := t.TempDir() + "/ring"
	synctest.Test(t, func(t *testing.T) {
		server, b, id := keptMarket(t, dir)
		server.LimitNext(renewal, 1000, 3*time.Hour)
		keepAlive(b, func() {
			time.Sleep(9*time.Minute + 50*time.Second)
			if _, _, err := b.Check(b.Ctx, id); err != nil || server.Calls(renewal) != 1 { // which lets nothing be renewed
				t.Errorf("checked after %d tries: %v", server.Calls(renewal), err)
			}
			time.Sleep(115 * time.Minute)
			b.WantState(id, session.StateExpired)
			if n := server.Calls(renewal); n != 1 {
				t.Errorf("%d tries, want 1: the server asked for three hours", n)
			}
			server.LimitNext("", 0, 0)
			b.LogIn(id) // the person does not wait, and what was asked for the old session is over
			time.Sleep(20 * time.Minute)
			b.WantState(id, session.StateValid)
		})
	})
}

// TestKeepAliveHeedsWhatAPersonWasTold renews by hand, and comes back when the server lets it.
func TestKeepAliveHeedsWhatAPersonWasTold(t *testing.T) {
	dir := t.TempDir() + "/ring"
	synctest.Test(t, func(t *testing.T) {
		server, b, id := keptMarket(t, dir)
		server.LimitNext(renewal, 1, time.Hour)
		keepAlive(b, func() {
			time.Sleep(time.Minute)
			if _, err := b.Refresh(b.Ctx, id, nil); err == nil {
				t.Error("refreshed")
			}
			told := wallClock()
			time.Sleep(58 * time.Minute)
			if n := server.Calls(renewal); n != 1 {
				t.Errorf("%d tries, want 1: the server asked for an hour", n)
			}
			snap, err := b.Account(b.Ctx, id)
			enginetest.Check(t, err)
			if next, _ := snap.NextRefresh(wallClock()); next.Before(told.Add(time.Hour-time.Second)) || next.After(told.Add(time.Hour+time.Second)) {
				t.Errorf("the next refresh is at %v, told at %v", next, told)
			}
			time.Sleep(4 * time.Minute)
			b.WantState(id, session.StateValid)
		})
	})
}

func TestKeepAliveComesBackWithinADay(t *testing.T) {
	dir := t.TempDir() + "/ring"
	synctest.Test(t, func(t *testing.T) {
		server, b, _ := keptMarket(t, dir)
		server.LimitNext(renewal, 1000, 240*time.Hour)
		keepAlive(b, func() { time.Sleep(30 * time.Hour) })
		if n := server.Calls(renewal); n != 2 {
			t.Errorf("%d tries in 30 hours at a server that asks for ten days, want a second one after a day", n)
		}
	})
}

// TestALoginEndsTheFailuresOfTheSessionBefore has a server fail for long, and a person log
// in: the first failure after that is the first of its session.
func TestALoginEndsTheFailuresOfTheSessionBefore(t *testing.T) {
	dir := t.TempDir() + "/ring"
	synctest.Test(t, func(t *testing.T) {
		server, b, id := keptMarket(t, dir)
		keepAlive(b, func() {
			server.FailNext(1000, http.StatusServiceUnavailable)
			time.Sleep(2 * time.Hour)
			server.FailNext(0, 0)
			b.LogIn(id)
			server.FailNext(1, http.StatusServiceUnavailable)
			tries := server.Calls(renewal)
			for server.Calls(renewal) == tries {
				time.Sleep(time.Second)
			}
			time.Sleep(2 * time.Minute)
			if n := server.Calls(renewal) - tries; n != 2 {
				t.Errorf("%d tries within two minutes of the first failure, want 2", n)
			}
			b.WantState(id, session.StateValid)
		})
	})
}

func TestKeepAliveOfManyComesBackApart(t *testing.T) {
	dir := t.TempDir() + "/ring"
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		tries := map[time.Time]int{}
		server := emulatortest.NewRotating(emulator.RotatingOptions{Now: wallClock, AccessLife: 10 * time.Minute})
		b, url := piped(t, dir, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/auth/refresh" {
				server.ServeHTTP(w, r)
				return
			}
			mu.Lock()
			tries[wallClock().Truncate(100*time.Millisecond)]++
			mu.Unlock()
			w.WriteHeader(http.StatusServiceUnavailable)
		}), nil)
		for i := range 8 {
			b.LogIn(b.Add(kept(url, fmt.Sprintf("account %d", i))))
		}
		time.Sleep(time.Hour) // the machine slept, and all are due at once
		keepAlive(b, func() { time.Sleep(5 * time.Minute) })
		most := 0
		start := time.Time{}
		for at := range tries {
			if start.IsZero() || at.Before(start) {
				start = at
			}
		}
		for at, n := range tries {
			if at.Sub(start) > 5*time.Second {
				most = max(most, n)
			}
		}
		if most == 0 || most == 8 {
			t.Errorf("%d of 8 accounts came back at the same moment", most)
		}
	})
}

func TestKeepAliveDoesNotRunInCircles(t *testing.T) {
	dir := t.TempDir() + "/ring"
	withoutDate := func(rt http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			answer, err := rt.RoundTrip(r)
			if err == nil {
				answer.Header.Del("Date")
			}
			return answer, err
		})
	}
	synctest.Test(t, func(t *testing.T) {
		var behind atomic.Int64
		clock := func() time.Time { return wallClock().Add(-time.Duration(behind.Load())) }
		server := emulatortest.NewRotating(emulator.RotatingOptions{Now: clock, AccessLife: 10 * time.Minute, OmitExpiresIn: true})
		b, url := piped(t, dir, server, withoutDate)
		b.LogIn(b.Add(kept(url, "me@market")))
		behind.Store(int64(time.Hour)) // so that a login, too, brings a token that has expired
		keepAlive(b, func() { time.Sleep(2 * time.Hour) })
		if n := server.Refreshes(); n < 1 || n > 15 {
			t.Errorf("%d refreshes in two hours of tokens that are dead on arrival, want about ten", n)
		}
	})
}

func TestKeepAliveUsesASessionThatSlides(t *testing.T) {
	dir := t.TempDir() + "/ring"
	synctest.Test(t, func(t *testing.T) {
		server := emulator.NewBackendless(emulator.BackendlessOptions{Now: wallClock, Idle: 30 * time.Minute})
		proxy := emulatortest.NewProxy(server, wallClock)
		b, url := piped(t, dir, proxy, nil)
		id := b.Add(&draft.Form{
			Account: session.Account{
				Name: "ops", Definition: "backendless", Login: "password", KeepAlive: true, Relogin: true,
				Values: map[string]string{
					"form": "server", "address": url, "app_id": emulator.BackendlessAppID, "rest_key": emulator.BackendlessRESTKey,
					"session_timeout": "1800", "identity": "viewer@example.com",
				},
			},
			NewSecrets: map[string]secret.String{"password": secret.New(emulator.Password)},
		})
		b.LogIn(id)
		keepAlive(b, func() {
			time.Sleep(3 * time.Hour)
			b.WantState(id, session.StateValid)
			if server.Logins() != 1 {
				t.Errorf("%d logins, want 1: use alone prolongs the session", server.Logins())
			}
			server.Revoke("viewer")
			time.Sleep(time.Hour)
			b.WantState(id, session.StateValid)
		})
		if n := len(proxy.Requests()); server.Logins() != 2 || n > 20 {
			t.Errorf("%d logins, want a second one after the session was ended; %d requests in all", server.Logins(), n)
		}
	})
}

func TestOnlyWhatIsKeptAliveIsTouched(t *testing.T) {
	dir := t.TempDir() + "/ring"
	synctest.Test(t, func(t *testing.T) {
		for name, o := range map[string]emulator.RotatingOptions{
			"with a stated end": {Now: wallClock, AccessLife: 10 * time.Minute},
			"opaque":            {Now: wallClock, OmitExpiresIn: true, OpaqueAccess: true},
		} {
			server := emulatortest.NewRotating(o)
			b, url := piped(t, dir+name, server, nil)
			d := kept(url, name)
			d.KeepAlive = false
			b.LogIn(b.Add(d))
			keepAlive(b, func() { time.Sleep(2 * time.Hour) })
			if n := len(server.Requests()); n != 1 {
				t.Errorf("%s: %d requests, want the login alone", name, n)
			}
		}
	})
}

func TestKeepAliveOfManyAtOnce(t *testing.T) {
	dir := t.TempDir() + "/ring"
	synctest.Test(t, func(t *testing.T) {
		server := emulatortest.NewRotating(emulator.RotatingOptions{Now: wallClock, AccessLife: 10 * time.Minute})
		var flying, most atomic.Int32
		counted := func(rt http.RoundTripper) http.RoundTripper {
			return roundTrip(func(r *http.Request) (*http.Response, error) {
				most.Store(max(most.Load(), flying.Add(1)))
				defer flying.Add(-1)
				return rt.RoundTrip(r)
			})
		}
		b, url := piped(t, dir, server, counted)
		var ids []string
		for i := range 60 {
			ids = append(ids, b.Add(kept(url, fmt.Sprintf("account %d", i))))
			b.LogIn(ids[i])
		}
		time.Sleep(time.Hour) // the machine slept
		server.SetLatency(2 * time.Second)
		keepAlive(b, func() { time.Sleep(20 * time.Second) })
		for _, id := range ids {
			b.WantState(id, session.StateValid)
		}
		if server.Refreshes() != len(ids) || most.Load() > 8 {
			t.Errorf("%d refreshes of %d accounts, %d at a time, want 8", server.Refreshes(), len(ids), most.Load())
		}
	})
}

func TestKeepAliveAndTheVault(t *testing.T) {
	dir := t.TempDir() + "/ring"
	synctest.Test(t, func(t *testing.T) {
		server := emulatortest.NewRotating(emulator.RotatingOptions{Now: wallClock, AccessLife: 10 * time.Minute})
		l := emulatortest.StartPipe(server)
		defer l.Close()
		rt := &http.Transport{DialContext: l.DialContext}
		defer rt.CloseIdleConnections()
		first := enginetest.NewWith(t, enginetest.Options{Dir: dir, Now: wallClock, Transport: rt})
		id := first.Add(kept(l.URL, "me@market"))
		first.LogIn(id)

		// The key is in a variable and is fetched on demand.
		b := enginetest.NewWith(t, enginetest.Options{Dir: dir, Now: wallClock, Transport: rt, Locked: true})
		keepAlive(b, func() {
			time.Sleep(11 * time.Minute)
			b.WantState(id, session.StateValid)
			b.Vault.Lock() // keep-alive must not unlock it
			time.Sleep(11 * time.Minute)
			b.WantState(id, session.StateExpired)
			if state := b.Vault.Status(b.Ctx).State; state != session.VaultLocked {
				t.Errorf("the vault is %s", state)
			}
			enginetest.Check(t, b.Vault.Unlock(b.Ctx, secret.String{}))
			time.Sleep(5 * time.Second)
			b.WantState(id, session.StateValid)
		})
	})
}

func TestKeepAliveWhenTheClockIsSet(t *testing.T) {
	for name, tt := range map[string]struct {
		step time.Duration
		down bool // the server, until the clock is set
	}{
		"back":                   {-30 * 24 * time.Hour, false},
		"back, after a failure":  {-30 * 24 * time.Hour, true},
		"ahead":                  {time.Hour, false},
		"a little back":          {-2 * time.Minute, false},
		"ahead, after a failure": {time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir() + "/ring"
			synctest.Test(t, func(t *testing.T) {
				server := emulatortest.NewRotating(emulator.RotatingOptions{Now: wallClock, AccessLife: 10 * time.Minute})
				var down atomic.Bool
				var step atomic.Int64
				rt := emulatortest.StartPipe(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if down.Load() {
						w.WriteHeader(http.StatusServiceUnavailable)
						return
					}
					server.ServeHTTP(w, r)
				}))
				t.Cleanup(func() { rt.Close() })
				transport := &http.Transport{DialContext: rt.DialContext}
				t.Cleanup(transport.CloseIdleConnections)
				now := func() time.Time { return wallClock().Add(time.Duration(step.Load())) }
				b := enginetest.NewWith(t, enginetest.Options{Dir: dir, Now: now, Transport: transport})
				id := b.Add(kept(rt.URL, "dev"))
				b.LogIn(id)
				down.Store(tt.down)
				keepAlive(b, func() {
					time.Sleep(9*time.Minute + 20*time.Second) // one renewal has failed, or succeeded
					step.Store(int64(tt.step))
					down.Store(false)
					time.Sleep(20 * time.Minute)
					if got := b.State(id); got != session.StateValid && got != session.StateExpiring {
						t.Errorf("after the clock was set, the session is %q", got)
					}
				})
			})
		})
	}
}
