package attempt

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/secret"
	"tokenring/session/suite"
)

// SuiteOptions configures the run of a suite.
type SuiteOptions struct {
	Consents map[string]session.Consent // by account name
	Parallel int                        // accounts at a time; 0: suite.DefaultParallel
	Bail     bool                       // see suite.Options
	OnResult func(suite.Result)         // see suite.Options
	Keep     func(*suite.Result) bool   // see suite.Options
}

// RunSuite sends a plan if all of it may be sent: the file is trusted (*UntrustedError), the
// accounts belong to its environment (*EnvironmentError), and every guard has its consent
// (*session.GuardError). It renews sessions before and during the run; a failed renewal
// becomes the error of that account's cells. It writes the history while the plan runs, even
// after ctx ends. A report with an error is partial.
func (c *Client) RunSuite(ctx context.Context, p *suite.Plan, o SuiteOptions) (*suite.Report, error) {
	if err := c.authorize(ctx, p, o.Consents); err != nil {
		return nil, err
	}
	defer c.Feed.Hold()()
	r := &suiteRun{Client: c, plan: p, accounts: make([]*suiteAccount, len(p.Identities))}
	r.prepare(ctx, o.Parallel)
	kept := context.WithoutCancel(ctx)
	r.history = newHistoryWriter(kept, c)
	report, err := suite.Run(ctx, p, r, suite.Options{Parallel: o.Parallel, Bail: o.Bail, Now: c.Now, OnResult: o.OnResult, Keep: o.Keep})
	if keepErr := r.finish(kept, report); err == nil {
		err = keepErr
	}
	return report, err
}

// suiteRun is a running plan. It implements suite.Firer.
type suiteRun struct {
	*Client
	plan     *suite.Plan
	accounts []*suiteAccount
	history  *historyWriter
}

// suiteAccount is one identity of a plan. It holds its session, reads it again only after a
// renewal and writes it at the end. It is not safe for concurrent use.
type suiteAccount struct {
	*Client
	as      suite.Identity
	err     error // why it cannot send
	rec     *session.Record
	caller  *flow.Caller
	hide    []secret.String
	version int64 // of the store when the account last existed
	changed bool  // rec.Session differs from the store
	lost    error // the first error from storing an answer
}

// prepare opens every account. An error becomes that of the account's cells.
func (r *suiteRun) prepare(ctx context.Context, parallel int) {
	if parallel <= 0 {
		parallel = suite.DefaultParallel
	}
	version, _ := r.Store.Version(ctx) // before the accounts are read
	attached := slices.ContainsFunc(r.plan.Cases, func(one *suite.Case) bool { return one.Request.Attach != definition.AttachNone })
	var all errgroup.Group
	all.SetLimit(parallel)
	for i, as := range r.plan.Identities {
		a := &suiteAccount{Client: r.Client, as: as, version: version}
		r.accounts[i] = a
		all.Go(func() error {
			rec, err := r.Store.Account(ctx, as.ID)
			if a.rec = rec; err == nil && attached && !as.IsAnonymous() {
				a.rec, err = r.Sessions.Ensure(ctx, a.rec, 0)
			}
			if err == nil {
				err = a.load(ctx, a.rec)
			}
			a.err = err
			return nil
		})
	}
	_ = all.Wait()
}

// load opens the account of rec.
func (a *suiteAccount) load(ctx context.Context, rec *session.Record) (err error) {
	a.rec, a.changed = rec, false
	a.caller, err = a.open(ctx, a.as, rec)
	return err
}

// Fire implements suite.Firer.
func (r *suiteRun) Fire(ctx context.Context, want suite.Call) (suite.Outcome, error) {
	a := r.accounts[want.Identity]
	if a.err == nil {
		a.err = a.exists(ctx)
	}
	if a.err != nil {
		return suite.Outcome{}, a.err
	}
	call := *want.Case.Request
	call.Expect = want.Expect
	if a.as.IsAnonymous() {
		call.Attach = definition.AttachNone
	}
	one := &attempt{
		Client: r.Client, account: a, as: a.as.Name, spec: want.Case.Spec(a.as.Name), call: &call,
		vars: want.Vars, capture: want.Case.Capture, hide: a.hide,
	}
	if a.caller.Definition.Rotates() && !a.as.IsAnonymous() { // every answer may change the session
		stored := &storedAccount{r.Client, a.as, a.rec}
		one.account = stored
		defer func() { a.rec = stored.rec }()
	}
	run, err := one.run(ctx)
	a.hide = one.hide
	if run == nil {
		return suite.Outcome{}, err
	}
	if a.lost == nil {
		a.lost = err
	}
	if run.Cut && ctx.Err() != nil { // by the end of the suite, not by the server
		return suite.Outcome{}, ctx.Err()
	}
	if run.Unmet() != "" {
		r.recall(ctx, a.as, run)
	}
	r.history.add(a.as, run)
	return suite.Outcome{Run: run, Captured: one.captured}, nil
}

// exists returns an error if the account was deleted. It reads the account only if the store
// changed since the last call.
func (a *suiteAccount) exists(ctx context.Context) error {
	version, err := a.Store.Version(ctx)
	if err != nil || version == a.version {
		return nil // storing the answer reports an error
	}
	switch err = a.Store.Exists(ctx, a.as.ID); {
	case errors.Is(err, session.ErrNotFound):
		return fmt.Errorf("not sent: the account %s was deleted", a.as.Name)
	case err == nil:
		a.version = version
	}
	return nil
}

func (a *suiteAccount) ensure(ctx context.Context) error {
	if a.rec.Lives(a.Now(), 0) { // prepare has read its definition
		return nil
	}
	rec, err := a.Sessions.Ensure(ctx, a.rec, 0)
	if err != nil || rec == a.rec {
		return err
	}
	return a.load(ctx, rec)
}

func (a *suiteAccount) recover(ctx context.Context, call session.RejectedCall, again bool) *session.Refusal {
	rec, refusal := a.recovered(ctx, a.rec, call, again)
	switch {
	case rec.Dead():
		a.rec, a.changed = rec, false // no later request is sent
	case refusal == nil || rec.Session.Generation != a.rec.Session.Generation:
		if a.err = a.load(ctx, rec); a.err != nil && refusal == nil {
			refusal = &session.Refusal{Kind: session.RefusedUnrenewed, Why: secret.CleanLine(a.err.Error())}
		}
	default:
		a.rec.Session.Rejection = rec.Session.Rejection
	}
	return refusal
}

func (a *suiteAccount) acquire(context.Context) (*session.Record, *flow.Caller, func(), error) {
	return a.rec, a.caller, func() {}, nil
}

// keep notes an answer in the session. Values that it brought are written at once: the next
// request may read them.
func (a *suiteAccount) keep(ctx context.Context, rec *session.Record, sub *flow.Subject, answer *flow.Answer) error {
	if len(answer.Changed) == 0 && answer.Unkept == nil {
		a.changed = a.Sessions.Note(rec, answer) || a.changed
		return nil
	}
	if err := a.Sessions.Keep(ctx, rec, sub, answer); err != nil {
		return err
	}
	now, err := a.Store.Account(ctx, a.as.ID)
	if err != nil {
		return err
	}
	return a.load(ctx, now)
}

// finish writes the sessions, a line of activity per account, and the rest of the history.
// The error is a *HistoryError unless tokens were lost.
func (r *suiteRun) finish(ctx context.Context, report *suite.Report) error {
	var lost []error
	errs := []error{r.history.close()} // first: beside the transaction it would open one more connection
	err := r.Store.Atomically(ctx, func(ctx context.Context) error {
		for i, a := range r.accounts {
			if a.err != nil {
				continue
			}
			lost = append(lost, a.lost)
			if a.changed {
				errs = append(errs, a.Sessions.Touch(ctx, a.rec))
			}
			text := "suite " + r.plan.Suite.Name
			if a.as.IsAnonymous() {
				text += " as " + suite.Anonymous
			}
			t := report.TallyOf(i)
			r.Feed.Record(ctx, a.as.ID, session.EventRequest, t.Met(), text+": "+t.String())
		}
		return nil
	})
	errs = append(errs, err)
	r.Feed.Notify()
	if err := errors.Join(lost...); err != nil {
		return fmt.Errorf("the answers arrived, but not all of them could be stored: %w", err)
	}
	if err := errors.Join(errs...); err != nil {
		return &HistoryError{err}
	}
	return nil
}
