package session_test

import (
	"testing"
	"time"

	"tokenring/session"
)

func TestTheClockIsSetRight(t *testing.T) {
	t.Parallel()
	const month = 30 * 24 * time.Hour
	for _, tt := range []struct {
		name   string
		ours   time.Duration // our clock when the token came, at noon of the server
		offset time.Duration
		dated  bool // the answer had a Date
		now    time.Duration
		want   time.Duration // the server's time
	}{
		{"nothing happened", 0, 0, true, time.Minute, time.Minute},
		{"the server is ahead", -2 * time.Hour, 2 * time.Hour, true, -time.Hour, time.Hour},
		{"our clock was far ahead", month, -month, true, 8 * time.Second, 8 * time.Second},
		{"our clock was slewed", -2 * time.Hour, 2 * time.Hour, true, -2*time.Hour - time.Second, -time.Second},
		{"our clock was set back a little, the server is ahead", -2 * time.Hour, 2 * time.Hour, true, -2*time.Hour - time.Minute, time.Minute},
		{"our clock was far ahead, the server too", month, 2*time.Hour - month, true, 8 * time.Second, 4*time.Hour - 8*time.Second},
		{"our clock was far ahead and no answer had a Date", month, 0, false, 8 * time.Second, 2*month - 8*time.Second},
	} {
		received := noon.Add(tt.ours + tt.offset)
		s := &session.Session{Offset: tt.offset, HasOffset: tt.dated, Tokens: []session.TokenInfo{{Primary: true, Received: received}}}
		if tt.dated {
			s.Measured = noon.Add(tt.ours)
		}
		if got := s.ServerTime(noon.Add(tt.now)).Sub(noon); got != tt.want {
			t.Errorf("%s: %v after noon, want %v", tt.name, got, tt.want)
		}
		s.Measured = time.Time{} // a ring of an earlier version knows when tokens came
		if got := s.ServerTime(noon.Add(tt.now)).Sub(noon); got != tt.want {
			t.Errorf("%s, measured before that was noted: %v after noon, want %v", tt.name, got, tt.want)
		}
	}
}

func TestTheSmallerLifeCounts(t *testing.T) {
	t.Parallel()
	date := -126 * 365 * 24 * time.Hour // what the server's Date said, against ours
	s := standing(time.Minute, func(s *session.Snapshot) {
		s.Session.Offset, s.Session.HasOffset, s.Session.Measured = date, true, noon
		s.Session.Tokens[0].Received = noon.Add(date)
	})
	if left, ok := s.Left(noon.Add(10 * time.Second)); !ok || left != 50*time.Second {
		t.Errorf("%v left, want 50s: its own times say a minute", left)
	}
	if got := s.StateAt(noon.Add(time.Minute)); got != session.StateNeedsLogin {
		t.Errorf("after its life: %s", got)
	}
}

func TestATokenThatIsNotYetValid(t *testing.T) {
	t.Parallel()
	s := standing(time.Hour, func(s *session.Snapshot) {
		s.CanRefresh, s.Account.Name = true, "me"
		s.Session.Tokens[0].NotBefore = noon.Add(10 * time.Minute)
		s.Session.Offset, s.Session.Measured = time.Minute, noon.Add(-time.Minute)
	})
	for after, want := range map[time.Duration]session.State{
		0: session.StateNotYet, 8 * time.Minute: session.StateNotYet, 9 * time.Minute: session.StateValid, time.Hour: session.StateExpired,
	} {
		if got := s.StateAt(noon.Add(after)); got != want {
			t.Errorf("after %v: %s, want %s", after, got, want)
		}
	}
	if s.Lives(noon, 0) {
		t.Error("it lives before its time")
	}
	if got, want := s.Reason(noon, time.UTC), "not valid before 12:09"; got != want {
		t.Errorf("reason %q, want %q: our time, not the server's", got, want)
	}
	if err := s.NotYetValid(s.Session.Primary(), noon.Add(9*time.Minute)); err != nil {
		t.Error(err)
	}
}

func TestADropOfTheClockIsForgotten(t *testing.T) {
	t.Parallel()
	s := &session.Session{Offset: time.Hour, HasOffset: true, Measured: noon}
	s.SetClock(noon.Add(time.Minute), time.Hour, false)
	if s.Offset != time.Hour || !s.Measured.Equal(noon) {
		t.Errorf("an answer without a Date changed %+v", s)
	}
	s.SetClock(noon.Add(time.Minute), time.Second, true)
	if s.Offset != time.Second || !s.Measured.Equal(noon.Add(time.Minute)) {
		t.Errorf("the new measure was not taken: %+v", s)
	}
	s.SetClock(noon.Add(-time.Hour), 0, false)
	if s.Offset != 0 || s.HasOffset || !s.Measured.IsZero() {
		t.Errorf("a void measure was kept: %+v", s)
	}
}

// The server's clock, or ours where no answer has a Date, is set back after a token came.
func TestTheServersClockIsSetBack(t *testing.T) {
	t.Parallel()
	const month, life = 30 * 24 * time.Hour, time.Minute
	ahead := noon.Add(month)
	for _, tt := range []struct {
		name   string
		token  session.TokenInfo
		dated  bool
		offset time.Duration // when the token came, at noon by our clock where an answer has a Date
		at     time.Duration // of the next answer, which has no offset, after noon
		want   time.Duration // left then
	}{
		{"a life in seconds", session.TokenInfo{Received: ahead, IssuedAt: ahead, ExpiresAt: ahead.Add(life)}, true, month, 10 * time.Second, 50 * time.Second},
		{"a JWT", session.TokenInfo{Received: ahead, IssuedAt: ahead.Add(-time.Second), ExpiresAt: ahead.Add(life)}, true, month, 10 * time.Second, 51 * time.Second},
		{"a JWT of another clock", session.TokenInfo{Received: ahead, IssuedAt: noon, ExpiresAt: noon.Add(life)}, true, month, 10 * time.Second, 50 * time.Second},
		{"an idle life", session.TokenInfo{Received: ahead, Accepted: ahead, Idle: life}, true, month, 10 * time.Second, 50 * time.Second},
		{"no clock at all", session.TokenInfo{Received: ahead, Accepted: ahead, Idle: life}, false, 0, 10 * time.Second, life + 10*time.Second - month},
		{"not by much", session.TokenInfo{Received: noon.Add(4 * time.Second), ExpiresAt: noon.Add(life)}, true, 4 * time.Second, time.Second, 59 * time.Second},
	} {
		tt.token.Primary = true
		s := &session.Snapshot{Record: &session.Record{Session: &session.Session{Offset: tt.offset, HasOffset: tt.dated, Tokens: []session.TokenInfo{tt.token}}}}
		if tt.dated {
			s.Session.Measured = noon
		}
		before := s.Session.Tokens
		now := noon.Add(tt.at)
		s.Session.SetClock(now, 0, tt.dated)
		if left, known := s.Left(now); !known || left != tt.want {
			t.Errorf("%s: %v left, want %v", tt.name, left, tt.want)
		}
		if before[0] != tt.token {
			t.Errorf("%s: the tokens of another session changed", tt.name)
		}
		if s.Session.SetClock(now, 0, tt.dated) {
			t.Errorf("%s: the same answer changes the session again", tt.name)
		}
	}
}
