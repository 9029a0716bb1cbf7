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
	Captured map[string]any // from the answer as it came
}

// Firer sends requests as accounts.
type Firer interface {
	// Fire sends a case. Calls of one identity come one at a time, those of
	// several in parallel. An error means that nothing was sent, or ctx ended.
	Fire(ctx context.Context, c Call) (Outcome, error)
}

// Verdict is the state of a cell.
type Verdict string

// The verdicts. A cell that was not reached has none.
const (
	Waiting Verdict = ""
	Running Verdict = "running"
	Passed  Verdict = "passed"
	Failed  Verdict = "failed"  // the expectation does not hold
	Refused Verdict = "refused" // anonymous was refused, for whom nothing is expected
	Skipped Verdict = "skipped" // a capture that it needs is missing
	Broken  Verdict = "error"   // no answer
)

// Result is one cell. Secrets in its texts are masked.
type Result struct {
	Case     int // in the plan
	Identity int // in the plan
	Verdict  Verdict
	Status   int // 0: no answer
	Took     time.Duration
	Tries    int
	Why      string       // one line; "" when it passed
	cause    string       // Why without what differs between equal results; "": the same
	Next     string       // the next step; may be empty
	Err      error        // why nothing was sent; for errors.Is
	RunID    string       // of the last attempt, in the history; "" when nothing was sent
	Run      *request.Run // the last attempt; nil when nothing was sent, and where Options.Keep does not want it
}

// Options configures a run.
type Options struct {
	Parallel int              // accounts at a time; 0: DefaultParallel
	Bail     bool             // send nothing more after a cell that failed or has no answer
	Now      func() time.Time // required
	OnResult func(Result)     // receives every cell, one call at a time; may be nil
	// Keep selects the results that hold their runs; nil: all. Memory grows with them.
	Keep func(*Result) bool
}

// Bounds of a run.
const (
	DefaultParallel = 8

	// After so many requests in a row without an answer an account sends no
	// more: each may cost the whole timeout.
	maxSilent = 3
)

// Run sends the plan. When ctx ends, it returns the report so far with the error
// of ctx.
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

// matrix is a plan that runs.
type matrix struct {
	firer Firer
	o     *Options

	sending context.Context // ends with the run's own, or by stop, before another attempt
	stop    func()          // see Options.Bail

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
			m.set(Result{Case: i, Identity: identity}) // it never ended
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

// lacks returns the first name without a value; "" when all have one.
func lacks(names []string, vars map[string]any) string {
	for _, name := range names {
		if _, ok := vars[name]; !ok {
			return name
		}
	}
	return ""
}

// cell runs one case until its expectation holds or its retries are used up, and
// adds its captures to vars.
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
		if as.IsAnonymous() && call.Expect == nil && isRefusal(out.Run) {
			cell.Verdict, cell.Next = Refused, ""
		}
		if cell.Tries > c.Retry.Times || !c.Retry.wants(ctx, &cell) || !m.pause(c.Retry.Every, out.Run.Retry) {
			break
		}
	}
	maps.Copy(vars, out.Captured)
	return cell
}

// pause waits before another try, as long as the server asks for if that is longer. It
// reports whether to try again: a server may ask for too long, and bail ends the wait.
func (m *matrix) pause(every time.Duration, from time.Time) bool {
	if !from.IsZero() {
		every = max(every, from.Sub(m.o.Now()))
	}
	return every <= maxEvery && Pause(m.sending, every)
}

// isRefusal reports whether the server wants a token, or another one.
func isRefusal(run *request.Run) bool {
	return run.Kind == session.TokenRejected || run.Kind == session.Forbidden || request.RefusesToken(run.Status)
}

// judge sets the verdict of a run.
func (r *Result) judge(out Outcome, c *Case) {
	run := out.Run
	r.Run, r.RunID = run, run.ID
	r.Status, r.Took, r.Verdict, r.Why, r.Next, r.cause = run.Status, run.Timings.Total, Passed, "", "", ""
	switch {
	case run.Status == 0:
		r.Verdict, r.Why, r.Next = Broken, secret.CleanLine(run.Err), secret.CleanLine(run.Next)
	case run.Unmet() != "":
		r.Verdict, r.Why, r.Next, r.cause = Failed, run.Unmet()+refusal(run), run.Remedy(), run.Cause()
	case run.Status < 400:
		if name := uncaptured(c, out.Captured); name != "" {
			r.Verdict, r.Why = Failed, name+" is not in the answer"
			r.Next = "see its jq, or make it optional: " + name + "?"
		}
	}
}

// refusal says after another reason what was done about a rejected token.
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
