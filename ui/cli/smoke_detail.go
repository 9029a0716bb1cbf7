package cli

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/ui/cli/app"
)

// details prints single answers as the flags select them, and the annotations that
// GitHub shows at the lines of the file.
func (x *suiteRun) details(to io.Writer, r *suite.Report) {
	for _, row := range r.Cells {
		for j := range row {
			x.cellDetails(to, &row[j])
		}
	}
}

func (x *suiteRun) cellDetails(to io.Writer, cell *suite.Result) {
	if cell.Run != nil && x.flags.shows(cell) {
		x.answer(to, cell)
	}
	if onGitHub(x.env) && missed(cell) {
		fmt.Fprintln(x.env.Err, annotation(x.env, x.plan, cell.Case, cell.Identity, detail(cell)))
	}
}

// shows reports whether the answer of a cell is printed at the end.
func (o *smokeOptions) shows(cell *suite.Result) bool {
	return o.verbose || o.showFailed && missed(cell)
}

// missed reports whether a cell failed its expectation or has no answer.
func missed(cell *suite.Result) bool {
	return slices.Contains([]suite.Verdict{suite.Failed, suite.Broken, suite.Interrupted}, cell.Verdict)
}

// answer prints the answer of a cell.
func (x *suiteRun) answer(to io.Writer, cell *suite.Result) {
	title := secret.CleanLine(x.plan.Cases[cell.Case].Name + " as " + x.plan.Identities[cell.Identity].Name)
	fmt.Fprintf(to, "\n%s: %s\n", title, strings.TrimPrefix(cell.Run.Summary(), suite.Anonymous+": "))
	writeAnswer(to, cell.Run)
	if !missed(cell) {
		return
	}
	for _, reason := range cell.Run.Explain(time.Local) {
		fmt.Fprintf(to, "  refused: %s\n", secret.CleanLine(reason))
	}
}

// maxAnswer bounds an answer among others, in lines of its body.
const maxAnswer = 60

// writeAnswer writes the beginning of an answer, indented, for whoever reads the log.
func writeAnswer(to io.Writer, run *request.Run) {
	var text bytes.Buffer
	run = run.Guarded()
	if run.Status != 0 {
		text.WriteString(head(run))
		_ = printDocument(&text, request.FromRun(run)) // into memory
	}
	begin := len(run.Headers) + 2
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	for _, line := range lines[:min(len(lines), begin+maxAnswer)] {
		fmt.Fprintln(to, strings.TrimRight("  "+secret.CleanLine(line), " "))
	}
	if more := len(lines) - begin - maxAnswer; more > 0 {
		fmt.Fprintf(to, "  %d more lines; see them all with: tokenring history %s\n", more, run.ID)
	}
}

// annotation returns the command by which GitHub shows an error at a line of a file.
func annotation(env *app.Env, p *suite.Plan, i, j int, text string) string {
	name, property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A"), strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	title := p.Suite.Name + ": " + p.Cases[i].Name + " as " + p.Identities[j].Name
	return fmt.Sprintf("::error file=%s,line=%d,title=%s::%s",
		property.Replace(inRepository(env, p.Suite.Source.File)), p.Cases[i].Line, property.Replace(secret.CleanLine(title)), name.Replace(secret.CleanLine(text)))
}

// inRepository returns a path from the folder that GitHub checked out, or else from
// the working folder.
func inRepository(env *app.Env, path string) string {
	folder := env.Getenv("GITHUB_WORKSPACE")
	if folder == "" {
		folder, _ = env.Dir()
	}
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	if near, err := filepath.Rel(folder, path); err == nil {
		return filepath.ToSlash(near)
	}
	return path
}
