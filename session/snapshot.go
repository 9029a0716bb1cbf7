package session

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"tokenring/session/jq"
	"tokenring/session/prose"
)

// Snapshot is everything a list shows of an account. Nothing in it is secret,
// and making it needs no key; with one it says whether the account was changed.
type Snapshot struct {
	*Record
	Abilities
	Title   string // of the definition, or its name when that is gone
	Host    string // host[:port] of the account's origin
	Fields  Fields // of the definition; nil when that is gone
	Changed bool   // something other than tokenring changed it; false while the vault is locked
	Broken  string // why the account cannot work now; "" when it can

	Work     *Work    // what runs for it now, in this process
	Failure  *Failure // the last flow failed; nil after one that succeeded
	FailedAt time.Time
	NextTry  time.Time // when the background tries again after that, our clock; zero: not known
	Holder   *Holder   // what runs the exchange that Session.Pending is about; nil: nothing does any more
}

// Fields are those of a definition.
type Fields interface {
	// Scope returns their values for an account, with a placeholder for each secret.
	Scope(*Record) jq.Scope
	// Label returns what a field of a login is called, or its name.
	Label(login, field string) string
}

// ChangedOutside is said of an account that is not as it was sealed.
const ChangedOutside = "changed outside tokenring; review it"

// Interrupted reports whether an exchange was begun and nothing runs it any more.
func (s *Snapshot) Interrupted() bool {
	return s.Session != nil && !s.Session.Pending.IsZero() && s.Holder == nil
}

// Notice is that of the Record, and whether a renewal was interrupted.
func (s *Snapshot) Notice(now time.Time, zone *time.Location) string {
	notice := s.Record.Notice(now, zone)
	if !s.Interrupted() {
		return notice
	}
	if notice != "" {
		notice += "; "
	}
	token := "the token"
	if s.CanRefresh && !s.RefreshSpends {
		token = "the refresh token"
	}
	return notice + interrupted(s.Session.Pending, now, zone) + token + ": log in if the server refuses the session"
}

// interrupted says what a renewal may have done whose answer was never stored, up to the
// token.
func interrupted(began, now time.Time, zone *time.Location) string {
	return "a renewal that began at " + prose.Moment(began, now, zone) + " did not complete and may have spent "
}

// Abilities is what the definition can do for an account now, with what the
// account holds.
type Abilities struct {
	CanRefresh bool // the session can be renewed
	CanRelogin bool // stored credentials can log in again without a person
	CanCheck   bool
	CanLogout  bool
	OnlyStores bool // a login asks nobody: what is stored becomes the session
	Signs      bool // its attach mode signs each request: the token alone opens nothing

	RefreshSpends bool // a refresh sends the primary token alone: it cannot replace a rejected one
}

// CanRecover reports whether a session can be renewed whose primary token was
// rejected.
func (a *Abilities) CanRecover() bool { return a.CanRelogin || a.CanRefresh && !a.RefreshSpends }

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
	case s.Session.Over():
		return StateNeedsLogin
	case primary == nil && (s.Failure != nil || s.LoginFailed()):
		return StateFailed
	case primary == nil:
		return StateNoSession
	}
	left, known := s.Left(now)
	_, early := s.NotBefore(primary, now)
	switch {
	case known && left <= 0:
		return s.deadState()
	case early:
		return StateNotYet
	case !known:
		return StateUnknown
	case left < s.warning(primary):
		return StateExpiring
	}
	return StateValid
}

// RestingState is StateAt without the work that runs.
func (s *Snapshot) RestingState(now time.Time) State {
	if s.Work == nil {
		return s.StateAt(now)
	}
	resting := *s
	resting.Work = nil
	return resting.StateAt(now)
}

// TokenState judges one of the session's tokens: the primary as RestingState
// does, any other by its own times.
func (s *Snapshot) TokenState(t *TokenInfo, now time.Time) State {
	if t.Primary {
		return s.RestingState(now)
	}
	left, known := s.TokenLeft(t, now)
	_, early := s.NotBefore(t, now)
	switch {
	case known && left <= 0:
		return StateExpired
	case early:
		return StateNotYet
	case !known:
		return StateUnknown
	}
	return StateValid
}

func (s *Snapshot) deadState() State {
	switch {
	case s.Session.Final():
		return StateNeedsLogin
	case s.Failure != nil && s.Failure.Err != nil:
		return StateFailed
	case s.CanRefresh || s.CanRelogin:
		return StateExpired
	}
	return StateNeedsLogin
}

// Reason returns why the account needs the person now or soon, or "".
func (s *Snapshot) Reason(now time.Time, zone *time.Location) string {
	notice := s.Notice(now, zone)
	var reasons []string
	if s.Session.Final() && s.Session.EndedReason != "" {
		reasons = append(reasons, s.Session.EndedReason)
	}
	left, known := s.Left(now)
	if s.LoginFailed() && (s.Dead() || known && left <= 0) && !slices.Contains(reasons, s.Failed.Text) {
		reasons = append(reasons, s.Failed.Text)
	}
	reason := strings.Join(reasons, "; ")
	switch {
	case s.Changed:
		return ChangedOutside
	case s.Broken != "":
		return s.Broken
	case notice == "" || reason == "":
		return notice + reason
	}
	return notice + " (" + reason + ")"
}

// warning is the time before its end at which a token begins to matter.
func (s *Snapshot) warning(t *TokenInfo) time.Duration {
	if s.CanRefresh || s.CanRelogin {
		return t.Margin()
	}
	return min(WarnWithoutRefresh, t.life()/2)
}

// Extends reports whether the background can make a living session last longer.
func (s *Snapshot) Extends() bool {
	return s.CanRefresh || s.CanRelogin || s.CanCheck && s.Session.Primary().Idle > 0
}

// NextRefresh is when the background will renew the session, on our clock at now;
// ok is false when it never will.
func (s *Snapshot) NextRefresh(now time.Time) (at time.Time, ok bool) {
	primary := s.Session.Primary()
	if !s.Account.KeepAlive || s.Dead() || !s.Extends() {
		return time.Time{}, false
	}
	end, known := s.End(primary, now)
	if !known {
		return time.Time{}, false
	}
	at = end.Add(-primary.Margin() - Spread(s.Account.ID, primary.held()))
	if received := primary.Received.Add(-s.Session.ClockOffset(now)); at.Before(received) {
		at = received
	}
	if retry := s.Session.RetryAt(now); retry.After(at) {
		at = retry
	}
	return at, true
}

// Spread moves an account's refresh earlier by up to a tenth of the life,
// always the same for one account, so that many do not fire together.
func Spread(accountID string, life time.Duration) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(accountID))
	return time.Duration(float64(life) / 10 * float64(h.Sum32()) / (1 << 32))
}

// Urgency orders accounts as a person looks at them: first what needs the
// person, then what expires next, then what has no known end, and last what has
// no session. Within rank 1 the earlier end comes first.
func (s *Snapshot) Urgency(now time.Time) (rank int, end time.Time) {
	switch s.StateAt(now) {
	case StateFailed, StateNeedsLogin:
		return 0, time.Time{}
	case StateNoSession:
		return 3, time.Time{}
	}
	if end, known := s.End(s.Session.Primary(), now); known {
		return 1, end
	}
	return 2, time.Time{}
}

// ByUrgency returns the accounts sorted by Urgency and then by name.
func ByUrgency(accounts []Snapshot, now time.Time) []*Snapshot {
	type judged struct {
		*Snapshot
		rank int
		end  time.Time
	}
	all := make([]judged, len(accounts))
	for i := range accounts {
		rank, end := accounts[i].Urgency(now)
		all[i] = judged{&accounts[i], rank, end}
	}
	slices.SortFunc(all, func(a, b judged) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), a.end.Compare(b.end), cmp.Compare(a.Account.Name, b.Account.Name))
	})
	sorted := make([]*Snapshot, len(all))
	for i := range all {
		sorted[i] = all[i].Snapshot
	}
	return sorted
}
