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

// Snapshot is everything a list shows of an account. It holds no secret and needs no key;
// only Changed of its Record does.
type Snapshot struct {
	*Record
	Abilities
	Title  string // of the definition, or its name if that is missing
	Host   string // host[:port] of the account's origin
	Fields Fields // of the definition; nil if that is missing
	Broken string // why the account cannot work now; or ""

	Status
	Holder *Holder // the process that runs the flow of Session.Pending; nil: none any more
}

// Fields are the fields of a definition.
type Fields interface {
	// Scope returns their values for an account, with a placeholder for each secret.
	Scope(*Record) jq.Scope
	// Label returns the label of a field of a login, or its name.
	Label(login, field string) string
}

// ChangedOutside describes an account that differs from its seal.
const ChangedOutside = "changed outside tokenring; review it"

// Interrupted reports whether a renewal was started and no process runs it any more.
func (s *Snapshot) Interrupted() bool {
	return s.Session != nil && !s.Session.Pending.IsZero() && s.Holder == nil
}

// Notice is [Record.Notice] with a warning about an interrupted renewal.
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

// interrupted returns the beginning of a warning about an interrupted renewal, which ends
// with the token.
func interrupted(began, now time.Time, zone *time.Location) string {
	return "a renewal that began at " + prose.Moment(began, now, zone) + " did not complete and may have spent "
}

// Abilities lists what the definition can do for an account now, given its secrets and
// tokens.
type Abilities struct {
	CanRefresh bool // the session can be renewed
	CanRelogin bool // stored credentials can log in again without a person
	CanCheck   bool
	CanLogout  bool
	CanExtend  bool // without a session: the background can extend the next one
	Offline    bool // its login makes no call
	OnlyStores bool // a login makes no call: it only stores a token
	Signs      bool // its attach mode signs each request: the token alone is not enough

	RefreshSpends bool // a refresh sends only the primary token: it cannot replace a rejected one
}

// CanRecover reports whether a session can be renewed after its primary token was rejected.
func (a *Abilities) CanRecover() bool { return a.CanRelogin || a.CanRefresh && !a.RefreshSpends }

// Work is a flow that runs now.
type Work struct {
	Step    Step
	Started time.Time
}

// WarnWithoutRefresh is the time before its expiry at which a token that nothing can renew
// counts as expiring.
const WarnWithoutRefresh = 5 * time.Minute

// StateAt returns the state of the account at now, our clock.
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
	state := s.stateByTimes(primary, now)
	left, _ := s.Left(now)
	switch {
	case state == StateExpired:
		return s.deadState()
	case state == StateValid && left < s.warning(primary):
		return StateExpiring
	}
	return state
}

// RestingState returns the state of the account, ignoring a running flow.
func (s *Snapshot) RestingState(now time.Time) State {
	if s.Work == nil {
		return s.StateAt(now)
	}
	resting := *s
	resting.Work = nil
	return resting.StateAt(now)
}

// TokenState returns the state of one of the session's tokens: RestingState for the
// primary token, and by its own times for any other.
func (s *Snapshot) TokenState(t *TokenInfo, now time.Time) State {
	if t.Primary {
		return s.RestingState(now)
	}
	return s.stateByTimes(t, now)
}

func (s *Snapshot) stateByTimes(t *TokenInfo, now time.Time) State {
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

// Reason returns why the account needs the user's attention, or "".
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

// warning returns the time before its expiry at which a token counts as expiring.
func (s *Snapshot) warning(t *TokenInfo) time.Duration {
	if s.CanRefresh || s.CanRelogin {
		return t.Margin()
	}
	return min(WarnWithoutRefresh, t.life()/2)
}

// Extends reports whether the background can extend the session, or the next one if it is
// over or there is none.
func (s *Snapshot) Extends() bool {
	if s.Dead() {
		return s.CanExtend
	}
	return s.CanRefresh || s.CanRelogin || s.CanCheck && s.Session.Primary().Idle > 0
}

// NextRefresh returns when the background will renew the session, on our clock at now; ok
// is false if it never will.
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
	at = later(at, primary.Received.Add(-s.Session.ClockOffset(now)))
	return later(at, s.Session.RetryAt(now)), true
}

// Spread returns a time, up to a tenth of life and constant per account, by which to
// refresh earlier, so that many accounts do not refresh at once.
func Spread(accountID string, life time.Duration) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(accountID))
	return time.Duration(float64(life) / 10 * float64(h.Sum32()) / (1 << 32))
}

// Urgency is the place of an account in a list.
type Urgency struct {
	Rank int       // 0 if it needs the user, 1 if its expiry is known, 2 if not, and 3 without a session
	End  time.Time // of rank 1
	Name string
}

// Compare compares two accounts by rank, end and name.
func (u Urgency) Compare(o Urgency) int {
	return cmp.Or(cmp.Compare(u.Rank, o.Rank), u.End.Compare(o.End), cmp.Compare(u.Name, o.Name))
}

// Urgency returns the place in a list at now of an account in a state.
func (s *Snapshot) Urgency(state State, now time.Time) Urgency {
	u := Urgency{Rank: 2, Name: s.Account.Name}
	switch state {
	case StateFailed, StateNeedsLogin:
		u.Rank = 0
	case StateNoSession:
		u.Rank = 3
	default:
		if end, known := s.End(s.Session.Primary(), now); known {
			u.Rank, u.End = 1, end
		}
	}
	return u
}
