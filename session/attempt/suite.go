package attempt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/request"
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
	records, err := c.authorize(ctx, p, o.Consents)
	if err != nil {
		return nil, err
	}
	defer c.Feed.Hold()()
	r := &suiteRun{Client: c, plan: p, accounts: make([]*suiteAccount, len(p.Identities))}
	r.prepare(ctx, records, o.Parallel)
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

// suiteAccount is one identity of a plan.
type suiteAccount struct {
	account
	err  error     // why it cannot send
	seen time.Time // when the account was last looked up
	lost error     // the first error from storing an answer
}

// prepare opens every account. An error becomes that of the account's cells.
func (r *suiteRun) prepare(ctx context.Context, records []*session.Record, parallel int) {
	if parallel <= 0 {
		parallel = suite.DefaultParallel
	}
	attached := slices.ContainsFunc(r.plan.Cases, func(one *suite.Case) bool { return one.Request.Attach != definition.AttachNone })
	var all errgroup.Group
	all.SetLimit(parallel)
	for i, as := range r.plan.Identities {
		a := &suiteAccount{account: account{Client: r.Client, as: as, rec: records[i], batch: true}, seen: r.Now()}
		r.accounts[i] = a
		all.Go(func() error {
			if attached && !as.IsAnonymous() {
				a.err = a.ensure(ctx)
			}
			if a.err == nil {
				a.err = a.load(ctx, a.rec)
			}
			return nil
		})
	}
	_ = all.Wait()
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
	one := &attempt{account: &a.account, spec: want.Case.Spec(a.as.Name), call: &call, vars: want.Vars, capture: want.Case.Capture}
	run, err := one.run(ctx)
	if run == nil {
		return suite.Outcome{}, err
	}
	switch {
	case run.Cut && ctx.Err() != nil: // by the end of the suite, not by the server
		run.Interrupt()
	case run.Verdict == request.Interrupted:
		err = nil
	}
	if a.lost == nil {
		a.lost = err
	}
	if run.Verdict != request.Interrupted && run.Unmet() != "" {
		r.recall(ctx, a.as, run)
	}
	r.history.add(a.as, run)
	return suite.Outcome{Run: run, Captured: one.captured}, nil
}

// lookAgain is how long a suite may send as an account that was deleted: looking it up for each
// request would take a tenth of the suite's work.
const lookAgain = 100 * time.Millisecond

// exists returns an error if the account was deleted.
func (a *suiteAccount) exists(ctx context.Context) error {
	now := a.Now()
	if now.Sub(a.seen).Abs() < lookAgain {
		return nil
	}
	a.seen = now
	if errors.Is(a.Store.Exists(ctx, a.as.ID), session.ErrNotFound) {
		return fmt.Errorf("not sent: the account %s was deleted", a.as.Name)
	}
	return nil // storing the answer reports any other error
}

// finish writes the sessions, a line of activity per account, and the rest of the history.
// The error is a *HistoryError unless tokens were lost.
func (r *suiteRun) finish(ctx context.Context, report *suite.Report) error {
	var lost []error
	errs := []error{r.history.close()}
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
