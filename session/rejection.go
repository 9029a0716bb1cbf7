package session

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"tokenring/session/prose"
)

// Rejection records the server's rejections of a session's token. Times are on our
// clock.
type Rejection struct {
	At      time.Time // of the last one, unless the server accepted the token since; zero: none
	By      string    // the call that was rejected: "GET /me"
	Renewed time.Time // the last renewal that a rejection caused; zero: none
	Checked time.Time // the last check that a rejection caused; zero: none
}

// RejectedCall is a call whose token the server rejected.
type RejectedCall struct {
	Text  string // "GET /me"
	Check bool   // it is the check's own: the check has its result
}

// Text says when and by which call the token was rejected, or "". A time in the future
// is left out: it is of a clock that was set right since.
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

// Accepted forgets the last rejection: the server accepted the token after it.
func (r *Rejection) Accepted() { r.At, r.By = time.Time{}, "" }

// LastAccepted returns when the server accepted or proved the session last, on our
// clock.
func (s *Session) LastAccepted() time.Time {
	last := s.Proven
	if t := s.Primary(); t != nil && t.Accepted.After(last) {
		last = t.Accepted
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

// RejectionDistance is the least time between two renewals that rejections caused:
// half the life that the token came with, from 2 to 30 seconds.
func (s *Session) RejectionDistance() time.Duration {
	t := s.Primary()
	if t == nil || t.End().IsZero() {
		return longestDistance
	}
	return min(max(t.held()/2, shortestDistance), longestDistance)
}

// Within reports whether a moment lies less than d before now. One in the future,
// after a clock was set back, does not.
func Within(at, now time.Time, d time.Duration) bool {
	since := now.Sub(at)
	return !at.IsZero() && since >= 0 && since < d
}

// RefusalKind says what was done about a rejected token.
type RefusalKind string

// The kinds of refusals.
const (
	RefusedTooSoon   RefusalKind = "too soon"  // not renewed: that was done moments ago
	RefusedAgain     RefusalKind = "again"     // renewed; the new token was rejected too
	RefusedUnrenewed RefusalKind = "unrenewed" // the renewal failed
	RefusedDead      RefusalKind = "dead"      // the session is over
	RefusedHere      RefusalKind = "here"      // the token is accepted elsewhere
	RefusedUnproven  RefusalKind = "unproven"  // nothing can renew the session, and nothing says whether it lives
)

// Refusal is a rejection of a token that no renewal helped against. Its fields are
// the stored form.
type Refusal struct {
	Kind    RefusalKind
	Renewed time.Time // RefusedTooSoon, RefusedAgain: when the session was renewed last; RefusedUnrenewed: when that was tried; our clock
	Why     string    // RefusedUnrenewed, RefusedDead, RefusedUnproven: one sanitised clause, or ""

	Checked time.Time // RefusedHere: when the check accepted the token, if it was not asked for this rejection; our clock

	Interrupted time.Time // when a refresh began whose result is not known, and that nothing runs any more; our clock
}

// Text says in one clause what was done about the token that was rejected at a moment.
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

// Remedy is the flow that a person may start against the refusal: FlowRefresh,
// FlowLogin, FlowCheck, or "".
func (r *Refusal) Remedy() Flow {
	switch r.Kind {
	case RefusedTooSoon, RefusedAgain, RefusedUnrenewed:
		return FlowRefresh
	case RefusedDead, RefusedUnproven:
		return FlowLogin
	}
	return ""
}
