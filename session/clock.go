package session

import (
	"slices"
	"time"
)

// clockStep is the largest contradiction between two readings of a clock that was not set:
// clocks are slewed, and a Date header has whole seconds.
const clockStep = 5 * time.Second

// ServerTime converts now, on our clock, to the server's clock. The measured offset holds
// while our clock advances. If our clock was set back to before the measurement, the offset
// is void and our clock counts instead, unless that contradicts the measurement too: then
// the time passed is unknown, and the missing time is assumed to have passed.
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

// ClockOffset returns the server's clock minus ours at now, or 0 if it is unknown.
func (s *Session) ClockOffset(now time.Time) time.Duration { return s.ServerTime(now).Sub(now) }

// Measure returns the last measured offset of the server's clock and when it was measured,
// on our clock; ok is false if there is none or it is void.
func (s *Session) Measure(now time.Time) (offset time.Duration, at time.Time, ok bool) {
	if s == nil || !s.HasOffset || s.ClockOffset(now) != s.Offset {
		return 0, time.Time{}, false
	}
	return s.Offset, s.measured().Add(-s.Offset), true
}

// measured returns the latest known time of the server's clock, as understood then.
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

// SetClock updates the offset from an answer received at a time of our clock and reports
// whether it changed the session. Without a measurement it drops a void offset.
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

// move shifts the times that we took from the server's clock after that clock was set
// back; otherwise a token would seem to live longer. Times in a token itself stay, because
// the server compares them with its clock; onOurs limits them.
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

// onOurs converts a time of a token to our clock at now. If a token claims to be issued
// after it arrived, the server's Date was behind by the difference.
func (r *Record) onOurs(t *TokenInfo, at, now time.Time) time.Time {
	if t.IssuedAt.After(t.Received) && t.IssuedAt.Before(at) {
		at = at.Add(t.Received.Sub(t.IssuedAt))
	}
	return at.Add(-r.Session.ClockOffset(now))
}

// End returns when one of the session's tokens expires, on our clock; ok is false if that
// is unknown.
func (r *Record) End(t *TokenInfo, now time.Time) (at time.Time, ok bool) {
	if t == nil || t.End().IsZero() {
		return time.Time{}, false
	}
	return r.onOurs(t, t.End(), now), true
}

// TokenLeft is [Record.Left] for any of the session's tokens.
func (r *Record) TokenLeft(t *TokenInfo, now time.Time) (left time.Duration, ok bool) {
	end, ok := r.End(t, now)
	if !ok {
		return 0, false
	}
	return end.Sub(now), true
}

// Left returns the time until the primary token expires, at most 292 years. It is negative
// after that; ok is false if the expiry is unknown.
func (r *Record) Left(now time.Time) (left time.Duration, ok bool) {
	return r.TokenLeft(r.Session.Primary(), now)
}

// NotBefore returns when one of the session's tokens becomes valid, on our clock; ok is
// false if it already is or the token has no such time.
func (r *Record) NotBefore(t *TokenInfo, now time.Time) (at time.Time, ok bool) {
	if t == nil || t.NotBefore.IsZero() {
		return time.Time{}, false
	}
	at = r.onOurs(t, t.NotBefore, now)
	return at, at.Sub(now) > time.Second // a Date header has whole seconds
}
