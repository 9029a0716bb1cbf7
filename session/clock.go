package session

import (
	"slices"
	"time"
)

// clockStep is how far two readings of a clock may contradict each other although
// nothing set it: it is slewed, and a Date header has whole seconds.
const clockStep = 5 * time.Second

// ServerTime returns the server's time at now, our clock. The measured offset holds
// while our clock runs on. Once our clock was set back to before the measure the offset
// is void, and our clock counts by itself, unless that contradicts the measure too:
// then nobody knows how much time has passed, and as much is assumed as is missing.
func (s *Session) ServerTime(now time.Time) time.Time {
	if s == nil {
		return now
	}
	server, measured := now.Add(s.Offset), s.measured()
	switch {
	case !server.Before(measured.Add(-clockStep)):
		return server
	case !now.Before(measured):
		return now
	case server.Before(now):
		server = now
	}
	return measured.Add(measured.Sub(server))
}

// ClockOffset returns the server's clock minus ours at now, as far as it is known.
func (s *Session) ClockOffset(now time.Time) time.Duration { return s.ServerTime(now).Sub(now) }

// Measure returns the last measure of the server's clock against ours, and when it
// was made, by our clock; ok is false where there is none or it holds no more.
func (s *Session) Measure(now time.Time) (offset time.Duration, at time.Time, ok bool) {
	if s == nil || !s.HasOffset || s.ClockOffset(now) != s.Offset {
		return 0, time.Time{}, false
	}
	return s.Offset, s.measured().Add(-s.Offset), true
}

// measured is the latest time of the server's clock that an answer had, as it was
// understood then.
func (s *Session) measured() (latest time.Time) {
	if !s.Measured.IsZero() {
		return s.Measured.Add(s.Offset)
	}
	latest = s.Proven
	for i := range s.Tokens {
		latest = later(later(latest, s.Tokens[i].Received), s.Tokens[i].Accepted)
	}
	return latest
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// SetClock notes what an answer received at our time says about the server's clock, and
// reports whether that changed the session. Without a measure, an offset that does not
// hold any more is dropped.
func (s *Session) SetClock(received time.Time, offset time.Duration, measured bool) (changed bool) {
	expected, latest := s.ServerTime(received), s.measured()
	switch {
	case measured:
		changed = !s.HasOffset || s.Offset != offset || !s.Measured.Equal(received)
		s.Offset, s.HasOffset, s.Measured = offset, true, received
	case s.ClockOffset(received) != s.Offset:
		s.Offset, s.HasOffset, s.Measured, changed = 0, false, time.Time{}, true
	}
	if server := received.Add(s.Offset); server.Before(latest.Add(-clockStep)) {
		s.move(server.Sub(expected))
		changed = true
	}
	return changed
}

// move moves what the session knows by the server's clock, because that clock was set
// back by so much: else a token would live the longer. Times that a token has itself
// stay, because the server compares them with its clock; onOurs limits them.
func (s *Session) move(by time.Duration) {
	move := func(t *time.Time) {
		if !t.IsZero() {
			*t = t.Add(by)
		}
	}
	move(&s.Proven)
	s.Tokens = slices.Clone(s.Tokens)
	for i := range s.Tokens {
		t := &s.Tokens[i]
		if t.IssuedAt.IsZero() || t.IssuedAt.Equal(t.Received) {
			move(&t.IssuedAt)
			move(&t.ExpiresAt)
		}
		move(&t.Received)
		move(&t.Accepted)
	}
}

// onOurs moves a time of the token's own clock to ours at now. A token is not issued
// after it came: where it says so, the server's Date was behind by that much.
func (r *Record) onOurs(t *TokenInfo, at, now time.Time) time.Time {
	if t.IssuedAt.After(t.Received) && t.IssuedAt.Before(at) {
		at = at.Add(t.Received.Sub(t.IssuedAt))
	}
	return at.Add(-r.Session.ClockOffset(now))
}

// End returns when one of the session's tokens expires, on our clock; ok is false when
// nothing is known.
func (r *Record) End(t *TokenInfo, now time.Time) (at time.Time, ok bool) {
	if t == nil || t.End().IsZero() {
		return time.Time{}, false
	}
	return r.onOurs(t, t.End(), now), true
}

// TokenLeft is Left for any of the session's tokens.
func (r *Record) TokenLeft(t *TokenInfo, now time.Time) (left time.Duration, ok bool) {
	end, ok := r.End(t, now)
	if !ok {
		return 0, false
	}
	return end.Sub(now), true
}

// Left is the time until the primary token expires, at most 292 years; End has the
// moment. It is negative for one that has expired, and ok is false when nothing is known.
func (r *Record) Left(now time.Time) (left time.Duration, ok bool) {
	return r.TokenLeft(r.Session.Primary(), now)
}

// NotBefore returns the time from which one of the session's tokens is valid, on our
// clock; ok is false for one that is valid already or says nothing.
func (r *Record) NotBefore(t *TokenInfo, now time.Time) (at time.Time, ok bool) {
	if t == nil || t.NotBefore.IsZero() {
		return time.Time{}, false
	}
	at = r.onOurs(t, t.NotBefore, now)
	return at, at.Sub(now) > time.Second // a Date header has whole seconds
}
