package lifecycle

import (
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/prose"
)

// Ending is the outcome of a logout.
type Ending string

// The endings.
const (
	Revoked      Ending = "revoked"     // the server rejects every token, or agreed to end it
	StillAlive   Ending = "still alive" // the server still accepts one
	Unproven     Ending = "unproven"    // of one it is not known, or none was left to prove anything
	LogoutFailed Ending = "failed"      // the logout call failed, and a token may live
)

// Fate is the effect of a logout on one token.
type Fate string

// The fates.
const (
	Rejected Fate = "rejected" // the server rejects it, though it has not expired
	Agreed   Fate = "ended"    // the logout sent it and the server answered that it is done
	Accepted Fate = "accepted" // the server still accepts it
	Lives    Fate = "lives"    // nothing ended it
	Expired  Fate = "expired"  // by itself, which proves nothing
	Unknown  Fate = "unknown"
)

// TokenFate is the fate of one of a session's tokens. Programs read its JSON.
type TokenFate struct {
	Name   string    `json:"name"`
	Fate   Fate      `json:"fate"`
	Renews bool      `json:"-"`                // only a refresh sends it
	Until  time.Time `json:"until,omitzero"`   // its own end, our clock, in UTC; zero: unknown or over
	Reason string    `json:"reason,omitempty"` // Unknown: why
}

// LogoutResult is the outcome of a logout. The local tokens are always deleted. Programs read
// its JSON.
type LogoutResult struct {
	Ending Ending      `json:"ending"`
	Tokens []TokenFate `json:"tokens"`
	NoFlow bool        `json:"-"`                // the backend has no logout
	Reason string      `json:"reason,omitempty"` // LogoutFailed: why; also where there is no token
	Notes  []string    `json:"-"`
}

// conclude derives the ending from the fates of the tokens; failure is the logout's.
func (r *LogoutResult) conclude(failure error) {
	has := func(fates ...Fate) bool {
		return slices.ContainsFunc(r.Tokens, func(t TokenFate) bool { return slices.Contains(fates, t.Fate) })
	}
	open := has(Accepted, Lives, Unknown)
	switch {
	case failure != nil && open && !(refused(failure) && !has(Accepted, Unknown)):
		r.Ending, r.Reason = LogoutFailed, failure.Error()
	case has(Accepted, Lives):
		r.Ending = StillAlive
	case open || !has(Rejected, Agreed):
		r.Ending = Unproven
	default:
		r.Ending = Revoked
	}
}

// Text returns the result in one sentence, with times as of now in zone.
func (r *LogoutResult) Text(now time.Time, zone *time.Location) string {
	return r.text(func(t time.Time) string { return prose.Moment(t, now, zone) })
}

// dated is Text with dates, to be read at any time.
func (r *LogoutResult) dated() string {
	return r.text(func(t time.Time) string { return t.Local().Format(time.DateTime) })
}

func (r *LogoutResult) text(moment func(time.Time) string) string {
	var parts []string
	switch {
	case r.Ending == Revoked && r.NoFlow:
		parts = append(parts, "forgotten here") // nothing logged out
	case r.Ending == Revoked:
		parts = append(parts, "logged out")
	case r.Ending == LogoutFailed:
		parts = append(parts, "forgotten here, but the server was not told: "+r.Reason)
	case r.NoFlow && len(r.Tokens) > 0:
		parts = append(parts, "forgotten here; this backend has no logout")
	default:
		parts = append(parts, "forgotten here")
	}
	for i := range r.Tokens {
		parts = append(parts, r.Tokens[i].text(len(r.Tokens) == 1, moment))
	}
	if len(r.Tokens) == 0 && r.Reason != "" {
		parts = append(parts, r.Reason)
	}
	return strings.Join(append(parts, r.Notes...), "; ")
}

// text describes the fate of a token; alone omits its name.
func (f *TokenFate) text(alone bool, moment func(time.Time) string) string {
	name, until := "the token", ""
	if !alone {
		name = "the " + session.TokenName(f.Name)
	}
	if !f.Until.IsZero() {
		until = " until " + moment(f.Until)
	}
	switch {
	case f.Fate == Rejected:
		return "the server confirmed that it rejects " + name
	case f.Fate == Agreed:
		return "the server answered that it ended " + name
	case f.Fate == Accepted:
		return "the server still accepts " + name + until
	case f.Fate == Lives:
		return "anyone with " + name + " can renew" + until
	case f.Fate == Expired:
		return name + " had already expired, which proves nothing"
	case f.Renews:
		return "anyone with " + name + " may still renew" + until + ": " + f.Reason
	}
	return "whether " + name + " still works" + until + " is unproven: " + f.Reason
}
