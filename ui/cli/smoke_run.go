package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/place"
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
	reports reports
	options attempt.SuiteOptions
}

// once sends the plan and shows the matrix.
func (x *suiteRun) once(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	out := &outlet{to: logOf(x.env, x.env.Out), stop: stop}
	o := x.options
	end := func(*suite.Report) {}
	if !x.reports.toStdout() {
		show := newSmokeShow(x.env, out, x.plan, x.flags.quiet)
		o.OnResult, end = show.update, show.end
	}
	report, err := x.r.Requests.RunSuite(ctx, x.plan, o)
	err = noteHistory(x.env, err)
	end(report)
	if report == nil || out.err != nil {
		return cmp.Or(out.err, err)
	}
	if !x.reports.toStdout() {
		x.details(out, report)
	} else {
		x.details(logOf(x.env, x.env.Err), report)
	}
	if !x.flags.quiet || !report.Tally().Met() {
		x.env.Notify("%s in %s", report.Tally(), short(report.Ended.Sub(report.Started)))
	}
	return errors.Join(x.verdict(report), x.reports.write(x.env.Out, report), cmp.Or(out.err, err))
}

// watch sends the plan repeatedly until ctx ends, and prints what changed.
func (x *suiteRun) watch(ctx context.Context) error {
	var last *suite.Report
	for {
		report, err := x.r.Requests.RunSuite(ctx, x.plan, x.options)
		err = noteHistory(x.env, err)
		if ctx.Err() != nil {
			break
		}
		if report == nil {
			return err
		}
		if err != nil {
			printError(x.env, err)
		}
		if err := errors.Join(x.changes(last, report), x.reports.write(io.Discard, report)); err != nil {
			return err
		}
		last = report
		if !suite.Pause(ctx, x.flags.watch) {
			break
		}
	}
	return ctx.Err()
}

// changes prints the first report in full, and the changes of later ones.
func (x *suiteRun) changes(last, report *suite.Report) error {
	if last == nil && x.flags.json != stdout {
		out := &outlet{to: logOf(x.env, x.env.Out), stop: func() {}}
		newSmokeShow(x.env, out, x.plan, x.flags.quiet).end(report)
		x.details(out, report)
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
	if x.flags.json == stdout {
		x.cellDetails(logOf(x.env, x.env.Err), &c.Is)
		return term.WriteJSONLine(x.env.Out, smokeChange{
			At: report.Ended.UTC(), Request: name, Was: string(c.Was.Verdict), Is: report.Cell(c.Is.Case, c.Is.Identity),
		})
	}
	out := logOf(x.env, x.env.Out)
	defer x.cellDetails(out, &c.Is)
	_, err := fmt.Fprintf(out, "%s  %s as %s: %s → %s%s\n", report.Ended.Local().Format("15:04:05"), name,
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

// verdict returns an error for the exit code unless everything was as expected.
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
	return unmetError{errReported} // the sum is printed
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

// stdout is the name of standard output where a file is named.
const stdout = "-"

// report is one form of a suite's result with the place it is written to: standard
// output, or a file that it replaces as a whole.
type report struct {
	flag, path string
	write      func(r *suite.Report, to io.Writer) error
}

// reports are the reports that the flags ask for.
type reports []*report

// newReports checks that the reports can be written.
func newReports(o *smokeOptions) (all reports, err error) {
	for _, one := range []*report{
		{flag: "--junit", path: o.junit, write: (*suite.Report).JUnit},
		{flag: "--json", path: o.json, write: func(r *suite.Report, to io.Writer) error { return term.WriteJSON(to, r.Document()) }},
	} {
		switch {
		case one.path == "":
			continue
		case o.watch > 0 && one.path == stdout && one.flag == "--junit":
			return nil, app.Usagef("with --watch, --junit takes a file")
		case len(all) > 0 && filepath.Clean(all[0].path) == filepath.Clean(one.path):
			return nil, app.Advise(app.Usagef("%s and %s would both be written to %s", all[0].flag, one.flag, one.path), "name a file for one of them")
		case one.path != stdout:
			if err := one.check(); err != nil {
				return nil, err
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// toStdout reports whether standard output is for a report.
func (all reports) toStdout() bool {
	return slices.ContainsFunc(all, func(one *report) bool { return one.path == stdout })
}

// write writes the reports, of which one may go to out.
func (all reports) write(out io.Writer, r *suite.Report) error {
	for _, one := range all {
		if err := one.writeTo(out, r); err != nil {
			return fmt.Errorf("cannot write the report of %s: %w", one.flag, err)
		}
	}
	return nil
}

// check returns an error unless the file can be written.
func (f *report) check() error {
	if err := place.CheckWrite(f.path); err != nil {
		return app.Advise(app.Usagef("cannot write the report: %s: %w", secret.CleanLine(f.path), err),
			"nothing was sent; name a file in a folder that you can write to, or - for standard output")
	}
	return nil
}

func (f *report) writeTo(out io.Writer, r *suite.Report) error {
	if f.path == stdout {
		return f.write(r, out)
	}
	var text bytes.Buffer
	if err := f.write(r, &text); err != nil {
		return err
	}
	return place.Write(f.path, text.Bytes(), 0o666, true)
}
