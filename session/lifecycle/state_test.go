package lifecycle_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/engine/enginetest"
	"tokenring/session/lifecycle"
	"tokenring/session/transport"
)

// standing is an account whose token came now and lives for life; 0 is no
// stated life.
func standing(life time.Duration, change func(*session.Snapshot)) *session.Snapshot {
	now := enginetest.NewClock().Now()
	token := session.TokenInfo{Name: "access", Primary: true, Token: true, Received: now, IssuedAt: now, Accepted: now}
	if life != 0 {
		token.ExpiresAt = now.Add(life)
	}
	s := &session.Snapshot{Record: session.Record{Account: session.Account{ID: "me"}, Session: &session.Session{Tokens: []session.TokenInfo{token}}}}
	if change != nil {
		change(s)
	}
	return s
}

func TestEveryStateOfAnAccount(t *testing.T) {
	t.Parallel()
	now := enginetest.NewClock().Now()
	refreshable := func(s *session.Snapshot) { s.CanRefresh = true }
	reloginable := func(s *session.Snapshot) { s.CanRelogin = true }
	failing := func(s *session.Snapshot) {
		s.CanRefresh, s.Failure = true, &session.Failure{Err: &transport.Error{Kind: transport.KindRefused}}
	}
	for _, tt := range []struct {
		name  string
		snap  *session.Snapshot
		after time.Duration
		want  session.State
	}{
		{"never logged in", standing(0, func(s *session.Snapshot) { s.Session = nil }), 0, session.StateNoSession},
		{"a login that failed", standing(0, func(s *session.Snapshot) { s.Session, s.Failure = nil, &session.Failure{} }), 0, session.StateFailed},
		{"a flow that runs", standing(time.Hour, func(s *session.Snapshot) { s.Work = &session.Work{} }), 0, session.StateWorking},
		{"a flow that runs after a final refusal", standing(time.Hour, func(s *session.Snapshot) {
			s.Work, s.Session.EndedReason = &session.Work{}, "refused"
		}), 0, session.StateWorking},
		{"a final refusal", standing(time.Hour, func(s *session.Snapshot) { s.CanRefresh, s.Session.EndedReason = true, "refused" }), 0, session.StateNeedsLogin},
		{"no stated life", standing(0, nil), 9 * time.Hour, session.StateUnknown},

		{"fresh, refreshable", standing(time.Hour, refreshable), 53 * time.Minute, session.StateValid},
		{"below the margin, refreshable", standing(time.Hour, refreshable), 55 * time.Minute, session.StateExpiring},
		{"over the margin, by a login", standing(time.Hour, reloginable), 53 * time.Minute, session.StateValid},
		{"below the margin, by a login", standing(time.Hour, reloginable), 55 * time.Minute, session.StateExpiring},
		{"over the margin of a long life", standing(10*time.Hour, refreshable), 8*time.Hour + 50*time.Minute, session.StateValid},
		{"below the margin of a long life", standing(10*time.Hour, reloginable), 9*time.Hour + 10*time.Minute, session.StateExpiring},
		{"nothing renews it, over five minutes", standing(10*time.Hour, nil), 9*time.Hour + 54*time.Minute, session.StateValid},
		{"nothing renews it, below five minutes", standing(10*time.Hour, nil), 9*time.Hour + 56*time.Minute, session.StateExpiring},
		{"nothing renews it, over half a short life", standing(4*time.Minute, nil), 110 * time.Second, session.StateValid},
		{"nothing renews it, below half a short life", standing(4*time.Minute, nil), 130 * time.Second, session.StateExpiring},

		{"dead, a refresh saves it", standing(time.Hour, refreshable), time.Hour, session.StateExpired},
		{"dead, a login saves it", standing(time.Hour, reloginable), time.Hour, session.StateExpired},
		{"dead, nothing saves it", standing(time.Hour, nil), time.Hour, session.StateNeedsLogin},
		{"dead, and the server is away", standing(time.Hour, failing), time.Hour, session.StateFailed},
		{"alive, though the server is away", standing(time.Hour, failing), time.Minute, session.StateValid},
		{"dead by the server's clock", standing(time.Hour, func(s *session.Snapshot) { s.Session.Offset = 2 * time.Hour }), 0, session.StateNeedsLogin},
	} {
		if got := tt.snap.StateAt(now.Add(tt.after)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestTheEndOfAToken(t *testing.T) {
	t.Parallel()
	now := enginetest.NewClock().Now()
	for _, tt := range []struct {
		name                 string
		stated, idle, usedAt time.Duration
		want                 time.Duration // 0: unknown
		atLeast              bool
	}{
		{"nothing known", 0, 0, 0, 0, false},
		{"stated", time.Hour, 0, time.Minute, time.Hour, false},
		{"sliding", 0, time.Hour, 0, time.Hour, true},
		{"sliding, used", 0, time.Hour, 30 * time.Minute, 90 * time.Minute, true},
		{"sliding below a stated end", 3 * time.Hour, time.Hour, 30 * time.Minute, 90 * time.Minute, true},
		{"sliding as far as the stated end", 80 * time.Minute, time.Hour, 30 * time.Minute, 80 * time.Minute, false},
	} {
		token := session.TokenInfo{Received: now, Accepted: now.Add(tt.usedAt), Idle: tt.idle}
		if tt.stated != 0 {
			token.ExpiresAt = now.Add(tt.stated)
		}
		want := time.Time{}
		if tt.want != 0 {
			want = now.Add(tt.want)
		}
		if got := token.End(); !got.Equal(want) || token.AtLeast() != tt.atLeast {
			t.Errorf("%s: ends at %v, at least: %v; want %v and %v", tt.name, got, token.AtLeast(), want, tt.atLeast)
		}
	}
}

func TestManyAccountsAreRenewedApart(t *testing.T) {
	t.Parallel()
	const life = 100 * time.Minute
	first, last := life, time.Duration(0)
	for i := range 200 {
		s := standing(life, func(s *session.Snapshot) {
			s.Account = session.Account{ID: fmt.Sprint("account ", i), KeepAlive: true}
			s.CanRefresh = true
		})
		at, ok := s.NextRefresh()
		again, _ := s.NextRefresh()
		if !ok || !at.Equal(again) {
			t.Fatalf("renewed at %v and %v", at, again)
		}
		after := at.Sub(enginetest.NewClock().Now())
		first, last = min(first, after), max(last, after)
	}
	if first < 80*time.Minute || last > 90*time.Minute || last-first < 9*time.Minute {
		t.Errorf("renewed between %v and %v of %v, want all over the tenth before the margin", first, last, life)
	}
}

func TestWhatIsNotRenewedByItself(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*session.Snapshot){
		"nobody asked for it":   func(s *session.Snapshot) { s.Account.KeepAlive = false },
		"the session is over":   func(s *session.Snapshot) { s.Session.EndedReason = "refused" },
		"there is no session":   func(s *session.Snapshot) { s.Session = nil },
		"nothing can renew it":  func(s *session.Snapshot) { s.CanRefresh = false },
		"its end is not known":  func(s *session.Snapshot) { s.Session.Tokens[0].ExpiresAt = time.Time{} },
		"use does not renew it": func(s *session.Snapshot) { s.CanRefresh, s.CanCheck = false, true },
	} {
		s := standing(time.Hour, func(s *session.Snapshot) { s.Account.KeepAlive, s.CanRefresh = true, true })
		if _, ok := s.NextRefresh(); !ok {
			t.Fatal("a session that can be kept alive is not")
		}
		change(s)
		if at, ok := s.NextRefresh(); ok {
			t.Errorf("%s, and yet it is renewed at %v", name, at)
		}
	}
}

func TestTheTimesOfAToken(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	ahead := func() time.Time { return b.Now().Add(10 * time.Minute) }
	server := emulator.NewRotating(emulator.RotatingOptions{Now: ahead, AccessLife: 5 * time.Minute})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	token := b.LogIn(id).Session.Primary()
	for name, at := range map[string]time.Time{"received": token.Received, "issued": token.IssuedAt, "accepted": token.Accepted} {
		if off := at.Sub(ahead()).Abs(); off > time.Second {
			t.Errorf("%s at %v, want %v: times are the server's", name, at, ahead())
		}
	}
}

// scripted adds an account at a server that answers as the test says. Its login
// takes nothing; more goes on with the definition.
func scripted(t *testing.T, b *enginetest.Fixture, more string, answer http.HandlerFunc) string {
	t.Helper()
	b.Define("scripted", `
base_url: ${.address}
logins: [{name: open, steps: [{request: {method: POST, path: /login}, capture: &tokens {access: .body.access, refresh?: .body.refresh}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`+more)
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", b.Now().Format(http.TimeFormat))
		answer(w, r)
	}))
	return b.Add(&draft.Form{Name: "scripted", Definition: "scripted", Login: "open", Values: map[string]string{"address": url}})
}

// refreshes is a refresh without conditions, for scripted.
const refreshes = `
refresh: {steps: [{request: {method: POST, path: /refresh}, capture: *tokens}]}
tokens: {refresh: {}}
`

// always answers everything alike.
func always(body *string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, *body) }
}

func TestWhenATokenWasIssued(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	answer := ""
	id := scripted(t, b, "", always(&answer))
	for _, tt := range []struct {
		name string
		iat  string
		want time.Duration // before it came
	}{
		{"as it says", fmt.Sprint(b.Now().Unix() - 3600), time.Hour},
		{"it says nothing", `null`, 0},
		{"from the future", fmt.Sprint(b.Now().Unix() + 3600), 0},
	} {
		claims := base64.RawURLEncoding.EncodeToString([]byte(`{"iat":` + tt.iat + `}`))
		answer = `{"access": "eyJhbGciOiJub25lIn0.` + claims + `."}`
		token := b.LogIn(id).Session.Primary()
		if got := token.Received.Sub(token.IssuedAt); got != tt.want {
			t.Errorf("%s: issued %v before it came, want %v", tt.name, got, tt.want)
		}
	}
}

func TestWhatARefreshLeavesKeepsItsTimes(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	answer := `{"access": "first-access-token", "refresh": "always-the-same"}`
	id := scripted(t, b, refreshes, always(&answer))
	before := b.LogIn(id).Session
	b.Clock.Advance(time.Minute)
	answer = `{"access": "second-access-token", "refresh": "always-the-same"}`
	snap, err := b.Refresh(b.Ctx, id, nil)
	enginetest.Check(t, err)
	if was, is := before.Token("refresh"), snap.Session.Token("refresh"); !is.Received.Equal(was.Received) {
		t.Errorf("the refresh token came at %v and now says %v", was.Received, is.Received)
	}
	if is := snap.Session.Token("access"); !is.Received.Equal(b.Now()) {
		t.Errorf("the new token says it came at %v", is.Received)
	}
}

func TestALoginIsKeptThoughItsCallerLeft(t *testing.T) {
	t.Parallel()
	race := &enginetest.Between{}
	b := enginetest.NewWith(t, enginetest.Options{Between: race})
	ctx, leave := context.WithCancel(b.Ctx)
	answer := `{"access": "some-access-token"}`
	id := scripted(t, b, "", always(&answer))
	race.BeforeLock = func(string) { leave() } // the server has answered
	if _, err := b.Login(ctx, id, lifecycle.LoginOptions{}); err != nil {
		t.Fatal(err)
	}
	b.WantState(id, session.StateUnknown)
}
