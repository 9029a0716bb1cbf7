package attempt

import (
	"context"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/flow"
	"tokenring/session/secret"
	"tokenring/session/suite"
)

// account is an account that sends requests. It is opened once for many of them, unless every
// answer may change the session. It is not safe for concurrent use.
type account struct {
	*Client
	as     suite.Identity
	rec    *session.Record // as last read
	caller *flow.Caller    // nil: to be opened
	hide   []secret.String // captured secrets

	batch   bool // what answers say about the session is written by the caller, at the end
	changed bool // rec.Session differs from the store
}

// load opens the account of rec.
func (a *account) load(ctx context.Context, rec *session.Record) (err error) {
	a.rec, a.changed = rec, false
	a.caller, err = a.open(ctx, a.as, rec)
	return err
}

// open opens the account for an identity.
func (c *Client) open(ctx context.Context, as suite.Identity, rec *session.Record) (*flow.Caller, error) {
	var sub *flow.Subject
	var err error
	if as.IsAnonymous() {
		sub, err = c.Opener.OpenAnonymous(ctx, rec)
		rec.Session = nil
	} else {
		sub, err = c.Opener.Open(ctx, rec, credential.Options{Lender: c.Sessions})
	}
	if err != nil {
		return nil, err
	}
	return c.Runner.Caller(sub), nil
}

// ensure renews the session if necessary.
func (a *account) ensure(ctx context.Context) error {
	if a.caller != nil && a.rec.Lives(a.Now(), 0) {
		return nil
	}
	rec, err := a.Sessions.Ensure(ctx, a.rec, 0)
	if err == nil && rec != a.rec {
		a.rec, a.caller, a.changed = rec, nil, false
	}
	return err
}

// acquire opens the account for a call, if it is not open. If every answer may change the
// session, it is read again, and locked until release is called.
func (a *account) acquire(ctx context.Context) (release func(), err error) {
	if a.caller != nil && (a.as.IsAnonymous() || !a.caller.Definition.Rotates()) {
		return func() {}, nil
	}
	rec, release, err := a.Sessions.Acquire(ctx, a.as.ID)
	if err != nil {
		return nil, err
	}
	if err = a.load(ctx, rec); err != nil {
		release()
	}
	return release, err
}

// keep applies an answer to the session. What it brought is read again before the next call.
func (a *account) keep(ctx context.Context, answer *flow.Answer) error {
	if a.as.IsAnonymous() {
		return nil // there is no session
	}
	sub := a.caller.Subject
	if a.batch && !sub.Definition.Rotates() && len(answer.Changed) == 0 && answer.Unkept == nil {
		a.changed = a.Sessions.Note(a.rec, answer) || a.changed
		return nil
	}
	if err := a.Sessions.Keep(ctx, a.rec, sub, answer); err != nil {
		return err
	}
	a.caller, a.changed = nil, false
	return nil
}

// recover handles a rejection of the token; again says that the token is a renewed one. It
// returns nil if it renewed the session.
func (a *account) recover(ctx context.Context, call session.RejectedCall, again bool) *session.Refusal {
	act := a.Sessions.Recover
	if again {
		act = a.Sessions.RejectedAgain
	}
	rec, refusal := act(ctx, a.rec, call)
	switch {
	case rec.Dead(): // no later request is sent
		a.rec, a.changed = rec, false
	case refusal == nil || a.rec.Session == nil || rec.Session.Generation != a.rec.Session.Generation:
		a.rec, a.caller, a.changed = rec, nil, false
	default:
		a.rec.Session.Rejection = rec.Session.Rejection
	}
	return refusal
}
