package suite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tokenring/session"
	"tokenring/session/jq"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// Call is one attempt at a case.
type Call struct {
	Identity int // in the plan
	Case     *Case
	Expect   *jq.Query
	Vars     map[string]any // the value of .vars; the receiver may keep it
}

// Outcome is the result of a Call.
type Outcome struct {
	Run      *request.Run   // judged
	Captured map[string]any // from the answer before masking
}

// Firer sends requests as accounts.
type Firer interface {
	// Fire sends a case. Calls of one identity are sequential, those of several are
	// concurrent. An error means that nothing was sent or that ctx ended.
	Fire(ctx context.Context, c Call) (Outcome, error)
}

// Verdict is the state of a cell.
type Verdict string

// The verdicts.
const (
	Waiting Verdict = ""
	Running Verdict = "running"
	Passed  Verdict = "passed"
	Failed  Verdict = "failed"  // the expectation does not hold
	Refused Verdict = "refused" // anonymous was refused, and the case has no expectation for it
	Skipped Verdict = "skipped" // a required capture is missing
	Broken  Verdict = "error"   // no answer

	Interrupted Verdict = "interrupted" // sent, and cut off by the end of the run
)

// Result is one cell. Secrets in its texts are masked.
type Result struct {
	Case     int // in the plan
	Identity int // in the plan
	Verdict  Verdict
	Status   int // 0: no answer
	Took     time.Duration
	Tries    int
	Why      string       // one line; "" if it passed
	cause    string       // Why without the details that vary between runs; "": the same as Why
	Next     string       // the next step; may be empty
	Err      error        // why nothing was sent; for errors.Is
	RunID    string       // of the last attempt, in the history; "" if nothing was sent
	Run      *request.Run // the last attempt; nil if nothing was sent or Options.Keep rejects it
}

// Options configures a run.
type Options struct {
	Parallel int              // accounts at a time; 0: DefaultParallel
	Bail     bool             // stop after a cell that failed or has no answer
	Now      func() time.Time // required
	OnResult func(Result)     // receives every cell, never concurrently; may be nil
	// Keep selects the results that keep their Run in memory; nil: all.
	Keep func(*Result) bool
}

// Bounds of a run.
const (
	DefaultParallel = 8

	// maxSilent bounds the consecutive requests of an account without an answer: each may
	// cost the whole timeout.
	maxSilent = 3
)

// Run sends the plan. If ctx ends, it returns the report so far and the error of ctx.
func Run(ctx context.Context, p *Plan, firer Firer, o Options) (*Report, error) {
	r := &Report{Plan: p, Started: o.Now(), Cells: make([][]Result, len(p.Cases))}
	for i := range r.Cells {
		r.Cells[i] = make([]Result, len(p.Identities))
		for j := range r.Cells[i] {
			r.Cells[i][j] = Result{Case: i, Identity: j}
		}
	}
	if o.Parallel <= 0 {
		o.Parallel = DefaultParallel
	}
	sending, stop := context.WithCancel(ctx)
	defer stop()
	m := &matrix{report: r, firer: firer, o: &o, sending: sending, stop: stop}
	var group errgroup.Group
	group.SetLimit(o.Parallel)
	for j := range p.Identities {
		group.Go(func() error {
			m.column(ctx, j)
			return nil
		})
	}
	_ = group.Wait()
	r.Ended = o.Now()
	return r, ctx.Err()
}

// matrix is a running plan.
type matrix struct {
	firer Firer
	o     *Options

	sending context.Context // ends with the context of the run, or by stop, between attempts
	stop    func()          // for Options.Bail

	mu     sync.Mutex
	report *Report
}

// set writes a cell and reports it.
func (m *matrix) set(r Result) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.report.Cells[r.Case][r.Identity] = r
	if m.o.Bail && (r.Verdict == Failed || r.Verdict == Broken) {
		m.stop()
	}
	if m.o.OnResult != nil {
		m.o.OnResult(r)
	}
}

// column runs every case as one identity.
func (m *matrix) column(ctx context.Context, identity int) {
	p := m.report.Plan
	vars, silent := p.Suite.Vars.For(p.Identities[identity].Environment), 0
	for i, c := range p.Cases {
		if m.sending.Err() != nil {
			return
		}
		cell := Result{Case: i, Identity: identity}
		if missing := lacks(c.Needs, vars); missing != "" {
			cell.skip(missing, p)
			m.set(cell)
			continue
		}
		if silent >= maxSilent {
			cell.Verdict, cell.Why = Broken, fmt.Sprintf("not sent: the server gave no answer %d times in a row", silent)
			m.set(cell)
			continue
		}
		cell.Verdict = Running
		m.set(cell)
		cell = m.cell(ctx, cell, c, vars)
		if ctx.Err() != nil && cell.Run == nil {
			m.set(Result{Case: i, Identity: identity}) // it was not sent
			return
		}
		if cell.Verdict == Broken && cell.Err == nil {
			silent++
		} else {
			silent = 0
		}
		if m.o.Keep != nil && !m.o.Keep(&cell) {
			cell.Run = nil
		}
		m.set(cell)
	}
}

// skip marks a case as skipped for a missing capture.
func (r *Result) skip(missing string, p *Plan) {
	r.Verdict, r.Tries, r.cause = Skipped, 0, ""
	r.Why = missing + " was not captured by " + p.Identities[r.Identity].Name
}

// lacks returns the first name without a value, or "".
func lacks(names []string, vars map[string]any) string {
	for _, name := range names {
		if _, ok := vars[name]; !ok {
			return name
		}
	}
	return ""
}

// cell runs a case until its expectation holds or its retries are used up, and adds its
// captures to vars.
func (m *matrix) cell(ctx context.Context, cell Result, c *Case, vars map[string]any) Result {
	as := &m.report.Plan.Identities[cell.Identity]
	call := Call{Identity: cell.Identity, Case: c, Expect: c.Expect.For(as.Name)}
	var out Outcome
	for {
		cell.Tries++
		call.Vars = maps.Clone(vars)
		var err error
		if out, err = m.firer.Fire(ctx, call); out.Run == nil {
			var null *jq.EvalError
			if missing := lacks(c.Reads, vars); missing != "" && errors.As(err, &null) {
				cell.skip(missing, m.report.Plan)
				return cell
			}
			cell.Verdict, cell.Err, cell.Why, cell.cause = Broken, err, secret.CleanLine(err.Error()), ""
			return cell
		}
		cell.judge(out, c)
		if as.IsAnonymous() && call.Expect == nil && cell.Verdict != Interrupted && isRefusal(out.Run) {
			cell.Verdict, cell.Next = Refused, ""
		}
		if cell.Tries > c.Retry.Times || !c.Retry.wants(ctx, &cell) || !m.pause(c.Retry.Every, out.Run.Retry) {
			break
		}
	}
	maps.Copy(vars, out.Captured)
	return cell
}

// pause waits for every, or until the time that the server asked for if that is later. It
// reports whether to try again: the wait may be too long, or bail may end it.
func (m *matrix) pause(every time.Duration, from time.Time) bool {
	if !from.IsZero() {
		every = max(every, from.Sub(m.o.Now()))
	}
	return every <= maxEvery && Pause(m.sending, every)
}

// isRefusal reports whether the server demands a token, or another one.
func isRefusal(run *request.Run) bool {
	return run.Kind == session.TokenRejected || run.Kind == session.Forbidden || request.RefusesToken(run.Status)
}

// judge sets the verdict of a run.
func (r *Result) judge(out Outcome, c *Case) {
	run := out.Run
	r.Run, r.RunID = run, run.ID
	r.Status, r.Took, r.Verdict, r.Why, r.Next, r.cause = run.Status, run.Timings.Total, Passed, "", "", ""
	switch {
	case run.Verdict == request.Interrupted:
		r.Verdict, r.Why = Interrupted, run.Err
	case run.Status == 0:
		r.Verdict, r.Why, r.Next = Broken, secret.CleanLine(run.Err), secret.CleanLine(run.Next)
	case run.Unmet() != "":
		r.Verdict, r.Why, r.Next, r.cause = Failed, run.Unmet()+refusal(run), run.Remedy(), run.Cause()
	case run.Status < 400:
		if name := uncaptured(c, out.Captured); name != "" {
			r.Verdict, r.Why = Failed, name+" is not in the answer"
			r.Next = "check its jq expression, or make it optional: " + name + "?"
		}
	}
}

// refusal returns what was done about a rejected token, to append to a reason.
func refusal(run *request.Run) string {
	if run.Refusal == nil {
		return ""
	}
	return "; " + secret.CleanLine(run.Refusal.Text(run.At, time.Local))
}

func uncaptured(c *Case, got map[string]any) string {
	for _, k := range c.Capture {
		if _, ok := got[k.Name]; !ok && !k.Optional {
			return k.Name
		}
	}
	return ""
}

// wants reports whether a case should run again.
func (r Retry) wants(ctx context.Context, cell *Result) bool {
	if r.When == nil || cell.Status == 0 {
		return cell.Verdict == Failed || cell.Verdict == Broken
	}
	verdict, _ := request.Evaluate(ctx, r.When, cell.Run)
	return verdict == request.Passed
}

// Pause waits for d and reports whether ctx is still alive.
func Pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
