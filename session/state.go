package session

import (
	"strings"
	"time"

	"tokenring/session/answer"
)

// State is the state of an account at one moment. It follows from the primary token.
type State string

// The states.
const (
	StateNoSession  State = "no session"
	StateValid      State = "valid"
	StateExpiring   State = "expiring"
	StateExpired    State = "expired"     // a refresh or stored login can renew it
	StateNeedsLogin State = "needs login" // only the user can
	StateUnknown    State = "unknown"     // no known expiry
	StateNotYet     State = "not yet valid"
	StateWorking    State = "working"
	StateFailed     State = "failed"
)

// States lists every state, the one that needs no attention first.
func States() []State {
	return []State{
		StateValid, StateExpiring, StateExpired, StateNeedsLogin, StateUnknown, StateNotYet, StateNoSession, StateWorking, StateFailed,
	}
}

// TokenInfo describes one captured value without opening it. Times are on the
// server's clock.
type TokenInfo struct {
	Name      string
	Primary   bool
	Token     bool          // described as a token; false for plain captured values
	Received  time.Time     // when the answer that brought it arrived
	IssuedAt  time.Time     // iat, or Received
	NotBefore time.Time     // nbf, if it is after the issue
	ExpiresAt time.Time     // zero: no stated life
	Source    string        // the expression ExpiresAt was read from, for example ".claims.exp"
	Idle      time.Duration // sliding lifetime; 0: none
	Accepted  time.Time     // last answer that accepted it; extends the idle life
	Kind      string        // "JWT", "JWE" or "opaque"

	Cookie answer.CookieScope // of the cookie whose value it is
}

// TokenName returns the name of a captured token for a sentence: "access token" for access,
// but "access_token" for access_token.
func TokenName(name string) string {
	if strings.HasSuffix(strings.ToLower(name), "token") {
		return name
	}
	return name + " token"
}

// End returns when the token expires: the earlier of its stated end and its idle end. Zero
// means unknown.
func (t *TokenInfo) End() time.Time {
	end := t.ExpiresAt
	if t.Idle > 0 {
		if idle := later(t.Received, t.Accepted).Add(t.Idle); end.IsZero() || idle.Before(end) {
			end = idle
		}
	}
	return end
}

// AtLeast reports whether End is a lower bound: use elsewhere may have extended a sliding
// life.
func (t *TokenInfo) AtLeast() bool {
	return t.Idle > 0 && (t.ExpiresAt.IsZero() || t.End().Before(t.ExpiresAt))
}

// Session is the session of an account, without its secrets.
type Session struct {
	AccountID    string
	Generation   int64 // grows with each new set of tokens; compared before clearing
	Tokens       []TokenInfo
	Started      time.Time // the login
	Refreshed    time.Time // the last refresh; zero: none
	Refreshes    int
	Proven       time.Time     // the last answer that accepted the primary token
	Offset       time.Duration // server clock minus ours at the last answer
	HasOffset    bool
	Measured     time.Time // when Offset was measured, by our clock
	Ended        time.Time // since when its tokens cannot be used; zero: they can
	RenewalEnded time.Time // since when nothing can renew it, though its tokens may be valid; zero: something may
	EndedReason  string    // of Ended or RenewalEnded
	Pending      time.Time // the start of a renewal whose result was not stored; zero: none
	Retry        time.Time // the earliest renewal that the server permits; zero: any time
	Rejection    Rejection
}

// LongestRetry bounds the wait that a server may demand.
const LongestRetry = 24 * time.Hour

// RetryAt returns when the server permits the next renewal, or zero for now. It ignores a
// time beyond LongestRetry, which was stored before the clock was set back.
func (s *Session) RetryAt(now time.Time) time.Time {
	if s == nil || !s.Retry.After(now) || s.Retry.Sub(now) > LongestRetry {
		return time.Time{}
	}
	return s.Retry
}

// Over reports whether the session has ended, so that its tokens cannot be used.
func (s *Session) Over() bool { return s != nil && !s.Ended.IsZero() }

// Final reports whether the session can no longer be renewed. Its tokens remain valid
// unless it is Over.
func (s *Session) Final() bool { return s != nil && (s.Over() || !s.RenewalEnded.IsZero()) }

// Primary returns the token that state, copy and countdown refer to, or nil.
func (s *Session) Primary() *TokenInfo {
	return s.find(func(t *TokenInfo) bool { return t.Primary })
}

// Token returns the named token, or nil.
func (s *Session) Token(name string) *TokenInfo {
	return s.find(func(t *TokenInfo) bool { return t.Name == name })
}

func (s *Session) find(fits func(*TokenInfo) bool) *TokenInfo {
	if s == nil {
		return nil
	}
	for i := range s.Tokens {
		if fits(&s.Tokens[i]) {
			return &s.Tokens[i]
		}
	}
	return nil
}

// life returns the whole life of the token, from its issue or last use to its end.
func (t *TokenInfo) life() time.Duration {
	end := t.End()
	if end.IsZero() {
		return 0
	}
	if t.AtLeast() {
		return t.Idle
	}
	return max(0, end.Sub(t.From()))
}

// From returns when the life of the token began: its issue, or its arrival.
func (t *TokenInfo) From() time.Time {
	if t.IssuedAt.IsZero() || !t.IssuedAt.Before(t.End()) {
		return t.Received
	}
	return t.IssuedAt
}

// held returns the part of the life that was left at arrival: a server may return an old
// token. Margin must be less, or the session would be renewed forever.
func (t *TokenInfo) held() time.Duration {
	if t.AtLeast() {
		return t.Idle
	}
	return min(t.life(), max(0, t.End().Sub(t.Received)))
}

// Margin returns how long before its end to renew the token: 30 seconds or a tenth of the
// life it arrived with, whichever is more, but at most half of that life.
func (t *TokenInfo) Margin() time.Duration {
	held := t.held()
	return min(max(30*time.Second, held/10), held/2)
}
