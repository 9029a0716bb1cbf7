package session

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"tokenring/session/prose"
)

// Rejection records the server's rejections of a session's token. Times are on our clock.
type Rejection struct {
	At      time.Time // of the last one; zero: none since the server accepted the token
	By      string    // the rejected call: "GET /me"
	Renewed time.Time // the last renewal that a rejection caused; zero: none
	Checked time.Time // the last check that a rejection caused; zero: none
}

// RejectedCall is a call whose token the server rejected.
type RejectedCall struct {
	Text  string // "GET /me"
	Check bool   // the call of a check
}

// Text describes the last rejection, or returns "". It omits a time in the future, which
// comes from a clock that was wrong.
func (r *Rejection) Text(now time.Time, zone *time.Location) string {
	if r.At.IsZero() {
		return ""
	}
	text := "rejected"
	if !r.At.After(now) {
		text += " at " + prose.Moment(r.At, now, zone)
	}
	return text + " by " + cmp.Or(r.By, "the server")
}

// Accepted clears the last rejection.
func (r *Rejection) Accepted() { r.At, r.By = time.Time{}, "" }

// LastAccepted returns when the server last accepted the session, on our clock.
func (s *Session) LastAccepted() time.Time {
	last := s.Proven
	if t := s.Primary(); t != nil {
		last = later(last, t.Accepted)
	}
	if last.IsZero() {
		return last
	}
	return last.Add(-s.Offset)
}

// Bounds of RejectionDistance.
const (
	shortestDistance = 2 * time.Second
	longestDistance  = 30 * time.Second
)

// RejectionDistance returns the minimum time between two renewals after rejections: half
// the remaining life of the token at its arrival, from 2 to 30 seconds.
func (s *Session) RejectionDistance() time.Duration {
	t := s.Primary()
	if t == nil || t.End().IsZero() {
		return longestDistance
	}
	return min(max(t.held()/2, shortestDistance), longestDistance)
}

// Within reports whether at is less than d before now. A time in the future, after a clock
// was set back, is not.
func Within(at, now time.Time, d time.Duration) bool {
	since := now.Sub(at)
	return !at.IsZero() && since >= 0 && since < d
}

// RefusalKind is the reason why a rejection could not be resolved.
type RefusalKind string

// The kinds of refusals.
const (
	RefusedTooSoon   RefusalKind = "too soon"  // not renewed: it was renewed moments ago
	RefusedAgain     RefusalKind = "again"     // renewed, but the new token was rejected too
	RefusedUnrenewed RefusalKind = "unrenewed" // the renewal failed
	RefusedDead      RefusalKind = "dead"      // the session is over
	RefusedHere      RefusalKind = "here"      // the token is accepted elsewhere
	RefusedUnproven  RefusalKind = "unproven"  // nothing can renew or check the session
)

// Refusal is a rejection that no renewal resolved. Its fields are the stored form. Times
// are on our clock.
type Refusal struct {
	Kind    RefusalKind
	Renewed time.Time // RefusedTooSoon, RefusedAgain: the last renewal; RefusedUnrenewed: the attempt
	Why     string    // RefusedUnrenewed, RefusedDead, RefusedUnproven: one sanitised clause, or ""

	Checked time.Time // RefusedHere: an earlier check that accepted the token; zero: checked for this rejection

	Interrupted time.Time // the start of an interrupted refresh whose result is unknown; zero: none
}

// Text describes in one clause what was done about a token rejected at a moment.
func (r *Refusal) Text(at time.Time, zone *time.Location) string {
	text := ""
	renewed := prose.Moment(r.Renewed, at, zone)
	if ago := at.Sub(r.Renewed).Round(time.Second); ago > 0 && ago < time.Minute {
		renewed = fmt.Sprintf("%s, %d s before", renewed, ago/time.Second)
	}
	switch r.Kind {
	case RefusedTooSoon:
		text = "the session was renewed at " + renewed + ", too recently to renew it again"
	case RefusedAgain:
		text = "the session was renewed at " + renewed + ", and the server rejects the new token too"
	case RefusedUnrenewed:
		text = "the session could not be renewed"
		if r.Why == "" {
			text += " at " + renewed + ", too recently to try it again"
		}
	case RefusedDead:
		text = "the session is over"
	case RefusedHere:
		text = "refused by this route; the token is accepted elsewhere"
		if !r.Checked.IsZero() {
			text += fmt.Sprintf(", by a check %d s before", at.Sub(r.Checked)/time.Second)
		}
	case RefusedUnproven:
		text = "nothing can renew this session"
	}
	if r.Why != "" {
		text += ": " + strings.TrimSuffix(r.Why, ".")
	}
	if !r.Interrupted.IsZero() {
		text += "; " + interrupted(r.Interrupted, at, zone) + "the tokens"
	}
	return text
}

// Explains reports whether Text says something about the rejection, and not only that nothing was done about it.
func (r *Refusal) Explains() bool {
	return r.Kind != RefusedUnrenewed && r.Kind != RefusedUnproven
}

// Remedy returns the flow that may help: FlowRefresh, FlowLogin, or "".
func (r *Refusal) Remedy() Flow {
	switch r.Kind {
	case RefusedTooSoon, RefusedAgain, RefusedUnrenewed:
		return FlowRefresh
	case RefusedDead, RefusedUnproven:
		return FlowLogin
	}
	return ""
}
