package session

import (
	"cmp"
	"hash/fnv"
	"slices"
	"time"
)

// Snapshot is an account as it stands: everything a list shows, nothing
// secret, no key needed.
type Snapshot struct {
	Account Account
	Session *Session // nil: never logged in, or logged out
	Title   string   // of the definition, or its name when that is gone
	Host    string   // host[:port] of the account's origin
	Broken  string   // why the account cannot work now; "" when it can

	CanRefresh bool // the definition can renew this session with what it holds
	CanRelogin bool // stored credentials can log in again with nobody there
	CanCheck   bool
	CanLogout  bool

	Work     *Work    // what runs for it now, in this process
	Failure  *Failure // the last flow failed; nil after one that went through
	FailedAt time.Time
}

// Work is a flow that runs now.
type Work struct {
	Step    Step
	Started time.Time
}

// WarnWithoutRefresh is how long before its end a token that nothing can renew
// counts as expiring.
const WarnWithoutRefresh = 5 * time.Minute

// StateAt judges the account at now, our clock.
func (s *Snapshot) StateAt(now time.Time) State {
	if s.Work != nil {
		return StateWorking
	}
	primary := s.Session.Primary()
	switch {
	case s.Session != nil && s.Session.Final != "":
		return StateNeedsLogin
	case primary == nil && s.Failure != nil:
		return StateFailed
	case primary == nil:
		return StateNoSession
	}
	left, known := s.Left(now)
	switch {
	case !known:
		return StateUnknown
	case left <= 0:
		return s.deadState()
	case left < s.warning(primary):
		return StateExpiring
	}
	return StateValid
}

// Dead reports whether there is no token to make a call with.
func (s *Snapshot) Dead() bool { return s.Session.Primary() == nil || s.Session.Final != "" }

func (s *Snapshot) deadState() State {
	switch {
	case s.Failure != nil && s.Failure.Err != nil:
		return StateFailed
	case s.CanRefresh || s.CanRelogin:
		return StateExpired
	}
	return StateNeedsLogin
}

// warning is the time before its end at which a token begins to matter.
func (s *Snapshot) warning(t *TokenInfo) time.Duration {
	if s.CanRefresh || s.CanRelogin {
		return t.Margin()
	}
	return min(WarnWithoutRefresh, t.life()/2)
}

// Left is the time until the primary token dies, by the server's clock. It is
// negative for one that died, and ok is false when nothing is known.
func (s *Snapshot) Left(now time.Time) (left time.Duration, ok bool) {
	return s.TokenLeft(s.Session.Primary(), now)
}

// TokenLeft is Left for any of the session's tokens.
func (s *Snapshot) TokenLeft(t *TokenInfo, now time.Time) (left time.Duration, ok bool) {
	if t == nil {
		return 0, false
	}
	return s.Session.Left(t, now)
}

// Fraction is the part of the token's life that is left, from 0 to 1.
func (s *Snapshot) Fraction(t *TokenInfo, now time.Time) (float64, bool) {
	left, ok := s.TokenLeft(t, now)
	if !ok {
		return 0, false
	}
	life := t.life()
	if life <= 0 {
		return 0, true
	}
	return min(1, max(0, float64(left)/float64(life))), true
}

// NextRefresh is when the background will renew the session, on our clock;
// ok is false when it never will.
func (s *Snapshot) NextRefresh() (at time.Time, ok bool) {
	primary := s.Session.Primary()
	if !s.Account.KeepAlive || s.Dead() {
		return time.Time{}, false
	}
	if !s.CanRefresh && !s.CanRelogin && (!s.CanCheck || primary.Idle == 0) {
		return time.Time{}, false
	}
	end := primary.End()
	if end.IsZero() {
		return time.Time{}, false
	}
	at = end.Add(-primary.Margin() - Spread(s.Account.ID, primary.held()))
	if at.Before(primary.Received) {
		at = primary.Received
	}
	return at.Add(-s.Session.Offset), true
}

// Left is the time until t ends: its end is on the server's clock, so our
// clock is corrected once, by the measured offset.
func (s *Session) Left(t *TokenInfo, now time.Time) (time.Duration, bool) {
	end := t.End()
	if end.IsZero() {
		return 0, false
	}
	return end.Sub(now.Add(s.Offset)), true
}

// life is the whole life of the token, from its issue or last use to its end.
func (t *TokenInfo) life() time.Duration {
	end := t.End()
	if end.IsZero() {
		return 0
	}
	if t.AtLeast() {
		return t.Idle
	}
	from := t.IssuedAt
	if from.IsZero() {
		from = t.Received
	}
	return max(0, end.Sub(from))
}

// held is the part of the life that was left when the token came: a server may
// give one that is far from fresh. All of it may not be margin, or the session
// would be renewed without end.
func (t *TokenInfo) held() time.Duration {
	if t.AtLeast() {
		return t.Idle
	}
	return max(0, min(t.life(), t.End().Sub(t.Received)))
}

// Margin is how long before its end a token is renewed: 30 seconds or a tenth
// of the life it came with, whichever is more, and never more than half of it.
func (t *TokenInfo) Margin() time.Duration {
	held := t.held()
	return min(max(30*time.Second, held/10), held/2)
}

// Spread moves an account's refresh earlier by up to a tenth of the life,
// always the same for one account, so that many do not fire together.
func Spread(accountID string, life time.Duration) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(accountID))
	return time.Duration(float64(life) / 10 * float64(h.Sum32()) / (1 << 32))
}

// Urgency orders accounts as a person looks at them: first what needs the
// person, then what dies next, then what has no known end, and last what has
// no session. Within rank 1 the earlier end comes first.
func (s *Snapshot) Urgency(now time.Time) (rank int, end time.Time) {
	switch s.StateAt(now) {
	case StateFailed, StateNeedsLogin:
		return 0, time.Time{}
	case StateNoSession:
		return 3, time.Time{}
	}
	if left, known := s.Left(now); known {
		return 1, now.Add(left)
	}
	return 2, time.Time{}
}

// SortByUrgency sorts accounts by Urgency and then by name.
func SortByUrgency(accounts []Snapshot, now time.Time) {
	slices.SortFunc(accounts, func(a, b Snapshot) int {
		ra, ea := a.Urgency(now)
		rb, eb := b.Urgency(now)
		return cmp.Or(cmp.Compare(ra, rb), ea.Compare(eb), cmp.Compare(a.Account.Name, b.Account.Name))
	})
}
