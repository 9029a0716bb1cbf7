package manager

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
)

// SuiteOptions is what the person agreed to for a whole suite, and how it runs.
type SuiteOptions struct {
	Agreed   map[string]FireOptions // by account name
	Parallel int                    // accounts at a time; 0: suite.DefaultParallel
	Tell     func(suite.Result)     // see suite.Options
}

// RunSuite fires a plan. Nothing is fired before all of it may be: the file
// is trusted (*UntrustedError), the accounts are of its environment, and every
// guard is answered (*GuardError). Sessions are made sure of before and kept
// alive meanwhile; what cannot be is the error of that account's cells. The
// history is written while it runs and kept when ctx ends it. A report that
// comes with an error is all there is of it.
func (m *Manager) RunSuite(ctx context.Context, p *suite.Plan, o SuiteOptions) (*suite.Report, error) {
	if err := m.mayRun(ctx, p, o.Agreed); err != nil {
		return nil, err
	}
	defer m.begin()()
	s := &smoke{m: m, plan: p, actors: make([]*smoker, len(p.Actors))}
	if err := s.prepare(ctx, o.Parallel); err != nil {
		return nil, err
	}
	kept := context.WithoutCancel(ctx)
	s.history = newScribe(kept, m)
	report, err := suite.Run(ctx, p, s, suite.Options{Parallel: o.Parallel, Now: m.now, Tell: o.Tell})
	if keepErr := s.finish(kept, report); err == nil && keepErr != nil {
		err = fmt.Errorf("the answers are here, but not all of them could be kept: %w", keepErr)
	}
	return report, err
}

// smoke is a plan on its way.
type smoke struct {
	m       *Manager
	plan    *suite.Plan
	actors  []*smoker
	history *scribe
}

// smoker is one of its actors, made ready once. It is used by one goroutine at
// a time.
type smoker struct {
	m       *Manager
	who     suite.Actor
	err     error // why nothing is fired as it
	rec     session.Record
	sub     *flow.Subject
	hide    []secret.String
	changed bool  // rec.Session differs from what is stored
	lost    error // what the answers said and could not be kept
}

// prepare makes every actor ready. What is wrong with one is the error of its
// cells.
func (s *smoke) prepare(ctx context.Context, parallel int) error {
	if parallel <= 0 {
		parallel = suite.DefaultParallel
	}
	attached := slices.ContainsFunc(s.plan.Cases, func(c *suite.Case) bool { return c.Request.Attach != definition.AttachNone })
	turns := make(chan struct{}, parallel)
	var all sync.WaitGroup
	for i, who := range s.plan.Actors {
		a := &smoker{m: s.m, who: who}
		s.actors[i] = a
		all.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			if attached && !who.IsNobody() {
				_, a.err = s.m.Ensure(ctx, who.ID, 0)
			}
			if a.err == nil {
				a.err = a.load(ctx)
			}
		})
	}
	all.Wait()
	return ctx.Err()
}

// load reads the account as it stands now.
func (a *smoker) load(ctx context.Context) (err error) {
	if a.rec, err = a.m.store.Account(ctx, a.who.ID); err != nil {
		return err
	}
	a.changed = false
	a.sub, err = a.m.subjectAs(ctx, a.who.Name, &a.rec)
	return err
}

// Fire implements suite.Firer.
func (s *smoke) Fire(ctx context.Context, want suite.Shot) (suite.Outcome, error) {
	a := s.actors[want.Actor]
	if a.err != nil {
		return suite.Outcome{}, a.err
	}
	call, spec := *want.Case.Request, want.Case.Spec(a.who.Name)
	call.Expect = want.Expect
	if a.who.IsNobody() {
		call.Attach = definition.AttachNone
	}
	one := &shot{
		m: s.m, id: a.who.ID, as: a.who.Name, spec: spec, call: &call,
		vars: want.Vars, capture: want.Case.Capture, hide: a.hide,
	}
	run, err := a.fire(ctx, one)
	a.hide = one.hide
	if run == nil {
		return suite.Outcome{}, err
	}
	if a.lost == nil {
		a.lost = err
	}
	s.history.add(&a.rec.Account, run)
	return suite.Outcome{Run: run, Captured: one.captured}, nil
}

// fire is shot.fire with what is at hand: the store is read again only where
// the session had to be renewed, or changes with every answer.
func (a *smoker) fire(ctx context.Context, s *shot) (*request.Run, error) {
	if len(a.sub.Definition.EachAnswer) > 0 && !a.who.IsNobody() {
		return s.fire(ctx)
	}
	if s.call.Attach != definition.AttachNone {
		if err := a.keepAlive(ctx); err != nil {
			return nil, err
		}
	}
	run, answer, err := s.ask(ctx, a.sub)
	if answer == nil || !a.accept(answer) {
		return run, err
	}
	if a.renew(ctx, a.m.refreshed) != nil {
		return run, nil // the rejection is the answer; the activity has the rest
	}
	again, answer, err := s.ask(ctx, a.sub)
	if again != nil {
		again.Replayed = true
	}
	if answer != nil {
		a.accept(answer)
	}
	return again, err
}

// keepAlive renews the session when it has to be, as Ensure does.
func (a *smoker) keepAlive(ctx context.Context) error {
	snap := a.m.snapshot(&a.rec)
	if a.m.enough(&snap, 0) {
		return nil
	}
	return a.renew(ctx, a.m.ensured)
}

// renew has the session renewed and reads it.
func (a *smoker) renew(ctx context.Context, how func(context.Context, string) error) error {
	if err := a.touch(ctx); err != nil {
		return err
	}
	if err := how(ctx, a.who.ID); err != nil {
		return err
	}
	return a.load(ctx)
}

func (m *Manager) refreshed(ctx context.Context, id string) error {
	_, err := m.Refresh(ctx, id, nil)
	return err
}

func (m *Manager) ensured(ctx context.Context, id string) error {
	_, err := m.Ensure(ctx, id, 0)
	return err
}

// accept notes what an answer says of the session, and reports whether the
// token was rejected and a refresh may help.
func (a *smoker) accept(answer *flow.Answer) (stale bool) {
	s := a.rec.Session
	if s == nil || !carriedToken(answer) {
		return false
	}
	r := answer.Response
	if r.HasOffset {
		s.Offset, s.HasOffset = r.Offset, true
	}
	stale = a.m.maybeStale(&a.rec, answer)
	at := r.Received.Add(s.Offset)
	if primary := s.Primary(); primary != nil && answer.Kind == "" && r.Status < 400 && at.After(primary.Accepted) {
		primary.Accepted = at
	}
	a.changed = true
	return stale
}

// touch writes what the answers said of the session.
func (a *smoker) touch(ctx context.Context) error {
	if !a.changed {
		return nil
	}
	err := ignoreStale(a.m.store.TouchSession(ctx, a.rec.Session))
	a.changed = err != nil
	return err
}

// finish writes what is left to write: the sessions, a line of activity for
// each account, and the rest of the history.
func (s *smoke) finish(ctx context.Context, report *suite.Report) error {
	var errs []error
	for i, a := range s.actors {
		if a.err != nil {
			continue
		}
		errs = append(errs, a.lost, a.touch(ctx))
		text := "suite " + s.plan.Suite.Name
		if a.who.IsNobody() {
			text += " as nobody"
		}
		t := report.TallyOf(i)
		s.m.record(ctx, a.who.ID, session.EventRequest, t.Met(), text+": "+t.String())
	}
	errs = append(errs, s.history.close())
	s.m.changed()
	return errors.Join(errs...)
}
