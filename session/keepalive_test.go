package session_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"tokenring/session"
	"tokenring/session/emulator"
)

func wallClock() time.Time { return time.Now().Round(0) }

func TestKeepAliveRenewsForHours(t *testing.T) {
	dir := t.TempDir() + "/ring"
	synctest.Test(t, func(t *testing.T) {
		server := emulator.NewRotating(emulator.RotatingOptions{Now: wallClock, AccessLife: 10 * time.Minute})
		l := emulator.StartPipe(server)
		defer l.Close()
		rt := &http.Transport{DialContext: l.DialContext}
		defer rt.CloseIdleConnections()
		b := newBenchWith(t, benchOptions{dir: dir, now: wallClock, transport: rt})
		var ids []string
		for i := range 20 {
			d := market(l.URL, fmt.Sprintf("account %d", i))
			d.KeepAlive, d.Relogin = true, false
			ids = append(ids, b.add(d))
			b.login(ids[i])
		}
		ctx, cancel := context.WithCancel(b.ctx)
		defer cancel()
		done := make(chan struct{})
		go func() {
			b.KeepAlive(ctx)
			close(done)
		}()
		for range 60 {
			time.Sleep(2 * time.Minute)
			for _, id := range ids {
				if s := b.state(id); s != session.StateValid && s != session.StateExpiring && s != session.StateWorking {
					t.Fatalf("a session kept alive is %q", s)
				}
			}
		}
		cancel()
		<-done
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
		server := emulator.NewRotating(emulator.RotatingOptions{Now: wallClock, AccessLife: 10 * time.Minute})
		l := emulator.StartPipe(server)
		defer l.Close()
		rt := &http.Transport{DialContext: l.DialContext}
		defer rt.CloseIdleConnections()
		b := newBenchWith(t, benchOptions{dir: dir, now: wallClock, transport: rt})
		d := market(l.URL, "me@market")
		d.KeepAlive, d.Relogin = true, false
		id := b.add(d)
		b.login(id)
		server.FailNext(1000, http.StatusServiceUnavailable)
		ctx, cancel := context.WithCancel(b.ctx)
		defer cancel()
		done := make(chan struct{})
		go func() {
			b.KeepAlive(ctx)
			close(done)
		}()
		time.Sleep(2 * time.Hour)
		cancel()
		<-done
		if n := len(server.Requests()) - 1; n < 5 || n > 15 {
			t.Errorf("%d tries in two hours at a server that is down, want about ten", n)
		}
	})
}
