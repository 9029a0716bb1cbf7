package session_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/transport"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// standing is an account whose token came now and lives for life; 0 is no
// stated life.
func standing(life time.Duration, change func(*session.Snapshot)) *session.Snapshot {
	now := noon
	token := session.TokenInfo{Name: "access", Primary: true, Token: true, Received: now, IssuedAt: now, Accepted: now}
	if life != 0 {
		token.ExpiresAt = now.Add(life)
	}
	s := &session.Snapshot{Record: &session.Record{Account: session.Account{ID: "me"}, Session: &session.Session{Tokens: []session.TokenInfo{token}}}}
	if change != nil {
		change(s)
	}
	return s
}

func TestEveryStateOfAnAccount(t *testing.T) {
	t.Parallel()
	now := noon
	refreshable := func(s *session.Snapshot) { s.CanRefresh = true }
	reloginable := func(s *session.Snapshot) { s.CanRelogin = true }
	failing := func(s *session.Snapshot) {
		s.CanRefresh, s.Failure = true, &session.Failure{Err: &transport.Error{Kind: transport.KindRefused}}
	}
	final := func(s *session.Snapshot) {
		s.Session.RenewalEnded, s.Failure = noon, &session.Failure{Err: errors.New("refused")}
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
			s.Work, s.Session.Ended = &session.Work{}, noon
		}), 0, session.StateWorking},
		{"over", standing(time.Hour, func(s *session.Snapshot) { s.CanRefresh, s.Session.Ended = true, noon }), 0, session.StateNeedsLogin},
		{"not renewable, long to live", standing(time.Hour, final), 50 * time.Minute, session.StateValid},
		{"not renewable, soon at its end", standing(time.Hour, final), 56 * time.Minute, session.StateExpiring},
		{"not renewable, at its end", standing(time.Hour, final), time.Hour, session.StateNeedsLogin},
		{"not renewable, without a stated life", standing(0, final), time.Hour, session.StateUnknown},
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

func TestAReasonIsSaidOnce(t *testing.T) {
	t.Parallel()
	s := standing(time.Minute, func(s *session.Snapshot) {
		s.Session.RenewalEnded, s.Session.EndedReason = noon, "login failed: locked"
		s.Failed = session.FailedLogin{At: noon, Text: "login failed: locked"}
	})
	if got, want := s.Reason(noon.Add(time.Hour), time.UTC), "login failed: locked"; got != want {
		t.Errorf("reason %q, want %q", got, want)
	}
}

func TestTheEndOfAToken(t *testing.T) {
	t.Parallel()
	now := noon
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
		at, ok := s.NextRefresh(noon)
		again, _ := s.NextRefresh(noon)
		if !ok || !at.Equal(again) {
			t.Fatalf("renewed at %v and %v", at, again)
		}
		after := at.Sub(noon)
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
		"the session is over":   func(s *session.Snapshot) { s.Session.Ended = noon },
		"there is no session":   func(s *session.Snapshot) { s.Session = nil },
		"nothing can renew it":  func(s *session.Snapshot) { s.CanRefresh = false },
		"its end is not known":  func(s *session.Snapshot) { s.Session.Tokens[0].ExpiresAt = time.Time{} },
		"use does not renew it": func(s *session.Snapshot) { s.CanRefresh, s.CanCheck = false, true },
	} {
		s := standing(time.Hour, func(s *session.Snapshot) { s.Account.KeepAlive, s.CanRefresh = true, true })
		if _, ok := s.NextRefresh(noon); !ok {
			t.Fatal("a session that can be kept alive is not")
		}
		change(s)
		if at, ok := s.NextRefresh(noon); ok {
			t.Errorf("%s, and yet it is renewed at %v", name, at)
		}
	}
}

func TestWhenASessionIsRenewed(t *testing.T) {
	t.Parallel()
	now := noon
	for _, tt := range []struct {
		name     string
		issued   time.Duration // ago, when it came
		life     time.Duration // left, when it came
		idle     time.Duration
		offset   time.Duration
		from, to time.Duration // after it came, our clock
	}{
		{name: "ten minutes", life: 10 * time.Minute, from: 8 * time.Minute, to: 9 * time.Minute},
		{name: "two seconds", life: 2 * time.Second, from: 800 * time.Millisecond, to: time.Second},
		{name: "a hundred years", life: 876000 * time.Hour, from: 700800 * time.Hour, to: 788400 * time.Hour},
		{name: "far from fresh", issued: 12 * time.Hour, life: 5 * time.Minute, from: 4 * time.Minute, to: 270 * time.Second},
		{name: "dead on arrival", life: -time.Hour},
		{name: "sliding", idle: time.Hour, from: 48 * time.Minute, to: 54 * time.Minute},
		{name: "a server ahead of us", life: 10 * time.Minute, offset: time.Hour, from: 8 * time.Minute, to: 9 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			received := now.Add(tt.offset)
			token := session.TokenInfo{
				Name: "access", Primary: true, Token: true, Received: received, IssuedAt: received.Add(-tt.issued),
				Accepted: received, Idle: tt.idle,
			}
			if tt.life != 0 {
				token.ExpiresAt = received.Add(tt.life)
			}
			snap := session.Snapshot{
				Record: &session.Record{
					Account: session.Account{ID: "me", KeepAlive: true},
					Session: &session.Session{Tokens: []session.TokenInfo{token}, Offset: tt.offset},
				},
				Abilities: session.Abilities{CanRefresh: true},
			}
			at, ok := snap.NextRefresh(now)
			if after := at.Sub(now); !ok || after < tt.from || after > tt.to {
				t.Errorf("renewed %v after it came, want %v to %v", after, tt.from, tt.to)
			}
		})
	}
}
