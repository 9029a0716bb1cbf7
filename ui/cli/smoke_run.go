package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

// suiteRun runs a plan and prints its results.
type suiteRun struct {
	env     *app.Env
	r       *app.Ring
	plan    *suite.Plan
	flags   *smokeOptions
	report  *reportFile
	options attempt.SuiteOptions
}

// once fires the plan and shows the matrix.
func (x *suiteRun) once(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	out := &outlet{to: x.env.Out, stop: stop}
	o := x.options
	end := func(*suite.Report) {}
	if !x.flags.asJSON {
		show := newSmokeShow(x.env, out, x.plan)
		o.OnResult, end = show.update, show.end
	}
	report, err := x.r.Requests.RunSuite(ctx, x.plan, o)
	end(report)
	switch {
	case out.err != nil:
		return out.err
	case report == nil, ctx.Err() != nil:
		return err
	}
	if x.flags.asJSON {
		err = errors.Join(err, term.WriteJSON(x.env.Out, report.Document()))
	} else {
		x.env.Notify("%s in %s", report.Tally(), short(report.Ended.Sub(report.Started)))
	}
	return errors.Join(x.verdict(report), x.report.write(report), err)
}

// watch fires the plan repeatedly until ctx ends, and prints what changed. It
// returns the result of the last run.
func (x *suiteRun) watch(ctx context.Context) error {
	var last *suite.Report
	for {
		report, err := x.r.Requests.RunSuite(ctx, x.plan, x.options)
		if ctx.Err() != nil {
			break
		}
		if report == nil {
			return err
		}
		if err != nil {
			printError(x.env, err)
		}
		if err := errors.Join(x.changes(last, report), x.report.write(report)); err != nil {
			return err
		}
		last = report
		if !suite.Pause(ctx, x.flags.watch) {
			break
		}
	}
	if last == nil {
		return ctx.Err()
	}
	return x.verdict(last)
}

// changes prints the first report in full, and the changes of later ones.
func (x *suiteRun) changes(last, report *suite.Report) error {
	if last == nil && !x.flags.asJSON {
		out := &outlet{to: x.env.Out, stop: func() {}}
		newSmokeShow(x.env, out, x.plan).end(report)
		if out.err != nil {
			return out.err
		}
		x.env.Notify("%s; again every %s until ctrl+c", report.Tally(), x.flags.watch)
		return nil
	}
	for _, c := range suite.Changes(last, report) {
		if err := x.change(c, report); err != nil {
			return err
		}
	}
	return nil
}

// smokeChange is a change as smoke --watch --json prints it.
type smokeChange struct {
	At      time.Time        `json:"at"`
	Request string           `json:"request"`
	Was     string           `json:"was,omitempty"`
	Is      suite.CellResult `json:"is"`
}

func (x *suiteRun) change(c suite.Change, report *suite.Report) error {
	name, why := secret.CleanLine(x.plan.Cases[c.Is.Case].Name), ""
	if c.Is.Why != "" {
		why = ", " + secret.CleanLine(c.Is.Why)
	}
	if x.flags.asJSON {
		return term.WriteJSONLine(x.env.Out, smokeChange{
			At: report.Ended.UTC(), Request: name, Was: string(c.Was.Verdict), Is: report.Cell(c.Is.Case, c.Is.Identity),
		})
	}
	_, err := fmt.Fprintf(x.env.Out, "%s  %s as %s: %s → %s%s\n", report.Ended.Local().Format("15:04:05"), name,
		secret.CleanLine(x.plan.Identities[c.Is.Identity].Name), verdictAndStatus(&c.Was), verdictAndStatus(&c.Is), why)
	return err
}

// verdictAndStatus describes a cell in two words.
func verdictAndStatus(c *suite.Result) string {
	text := string(cmp.Or(c.Verdict, "not reached"))
	if c.Status != 0 {
		text += fmt.Sprintf(" %d", c.Status)
	}
	return text
}

// verdict returns an error unless everything was as expected.
func (x *suiteRun) verdict(r *suite.Report) error {
	t := r.Tally()
	if t.Met() {
		return nil
	}
	if t.Failed == 0 {
		for _, row := range r.Cells {
			for i := range row {
				if errors.Is(row[i].Err, session.ErrNeedsLogin) {
					return row[i].Err
				}
			}
		}
	}
	return unmetError{fmt.Errorf("%s: %s", x.plan.Suite.Name, t)}
}

// outlet is the output of a running suite. It stops the suite when a write
// fails, because the reader is gone or the disk is full.
type outlet struct {
	to   io.Writer
	stop func()
	err  error
}

// Write implements io.Writer. It is called by one goroutine at a time.
func (o *outlet) Write(text []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.to.Write(text)
	if err != nil {
		o.err = err
		o.stop()
	}
	return n, err
}

func short(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return d.Round(100 * time.Millisecond).String()
}

// reportFile is the file of a JUnit report, which replaces an earlier one as a
// whole.
type reportFile struct{ path, part string }

// newReportFile checks that a report can be written to path; "" writes none.
func newReportFile(path string) (*reportFile, error) {
	if path == "" {
		return nil, nil
	}
	f := &reportFile{path: path, part: filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".part")}
	defer f.discard()
	if err := f.writePart(nil); err != nil {
		return nil, app.Advise(app.Usagef("cannot write the report: %w", err), "nothing was sent; name a file in a folder that you can write to")
	}
	info, err := os.Stat(path)
	switch {
	case os.IsNotExist(err):
		return f, nil
	case err == nil && !info.Mode().IsRegular():
		return nil, app.Usagef("cannot write the report: %s is not a file", path)
	}
	existing, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, app.Usagef("cannot write the report: %w", err)
	}
	return f, existing.Close()
}

// write writes a report.
func (f *reportFile) write(r *suite.Report) error {
	if f == nil {
		return nil
	}
	defer f.discard()
	var text bytes.Buffer
	err := r.JUnit(&text)
	if err == nil {
		err = f.writePart(text.Bytes())
	}
	if err == nil {
		err = os.Rename(f.part, f.path)
	}
	if err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	return nil
}

// writePart writes the unfinished report to a new file: in a folder that others may
// write, an old one could be a link to something else.
func (f *reportFile) writePart(text []byte) error {
	f.discard()
	return writeNew(f.part, text, 0o666)
}

// discard removes an unfinished report.
func (f *reportFile) discard() { _ = os.Remove(f.part) }
