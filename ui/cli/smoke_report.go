package cli

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"

	"tokenring/session/place"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

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
	for _, one := range all {
		if one.path == stdout {
			return true
		}
	}
	return false
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
