package suite

import (
	"bufio"
	"cmp"
	"fmt"
	"html"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"tokenring/session"
	"tokenring/session/secret"
)

// Document is a report for other programs. It contains no secrets and no control
// characters.
type Document struct {
	Suite   string    `json:"suite"`
	Started time.Time `json:"started"`
	MS      int64     `json:"ms"`
	Met     bool      `json:"met"`
	Tally
	Accounts []string      `json:"accounts"`
	Requests []CaseResults `json:"requests"`
}

// CaseResults holds the results of one request.
type CaseResults struct {
	Name    string       `json:"name"`
	Method  string       `json:"method"`
	Path    string       `json:"path"` // as written
	Results []CellResult `json:"results"`
}

// CellResult is the result of one request as one account.
type CellResult struct {
	Account string `json:"account"`
	Verdict string `json:"verdict"`
	Status  int    `json:"status,omitempty"`
	MS      int64  `json:"ms"`
	Tries   int    `json:"tries,omitempty"`
	Why     string `json:"why,omitempty"`
	Next    string `json:"next,omitempty"`
	Run     string `json:"run,omitempty"` // its id in the history
}

// Document converts the report for other programs.
func (r *Report) Document() *Document {
	t := r.Tally()
	d := &Document{
		Suite: secret.CleanLine(r.Plan.Suite.Name), Started: r.Started.UTC(), MS: r.Ended.Sub(r.Started).Milliseconds(),
		Met: t.Met(), Tally: t, Accounts: []string{}, Requests: []CaseResults{},
	}
	for _, a := range r.Plan.Identities {
		d.Accounts = append(d.Accounts, secret.CleanLine(a.Name))
	}
	for i, c := range r.Plan.Cases {
		spec := c.Spec("")
		one := CaseResults{Name: secret.CleanLine(c.Name), Method: c.Request.Method, Path: secret.CleanLine(spec.Path()), Results: []CellResult{}}
		for j := range r.Cells[i] {
			one.Results = append(one.Results, r.Cell(i, j))
		}
		d.Requests = append(d.Requests, one)
	}
	return d
}

// Cell converts one cell for other programs.
func (r *Report) Cell(i, j int) CellResult {
	cell := &r.Cells[i][j]
	return CellResult{
		Account: secret.CleanLine(r.Plan.Identities[j].Name), Verdict: string(cmp.Or(cell.Verdict, "not reached")), Status: cell.Status,
		MS: cell.Took.Milliseconds(), Tries: cell.Tries, Run: cell.RunID, Why: secret.CleanLine(cell.Why), Next: secret.CleanLine(cell.Next),
	}
}

// JUnit writes the report as JUnit XML, with the elements that its readers have in common: a
// test suite for each account, a test case for each request.
func (r *Report) JUnit(w io.Writer) error {
	d := r.Document()
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=%s>\n", attribute(d.Suite))
	for j, account := range d.Accounts {
		t := r.TallyOf(j)
		var ms int64
		for i := range d.Requests {
			ms += d.Requests[i].Results[j].MS
		}
		fmt.Fprintf(out, "  <testsuite name=%s tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"%v\" timestamp=%s>\n",
			attribute(d.Suite+" as "+account), len(d.Requests), t.Failed, t.Broken+t.Interrupted+t.Left, t.Skipped+t.Refused, seconds(ms),
			attribute(d.Started.Format(time.RFC3339)))
		for i := range d.Requests {
			writeJUnit(out, d, i, j, r.Plan.Identities[j].base)
		}
		fmt.Fprintln(out, "  </testsuite>")
	}
	fmt.Fprintln(out, "</testsuites>")
	return out.Flush()
}

// seconds converts a sum of milliseconds: a sum of seconds would accumulate rounding errors.
func seconds(ms int64) float64 { return float64(ms) / 1000 }

// writeJUnit writes the test case of one request as one account.
func writeJUnit(out io.Writer, d *Document, i, j int, base string) {
	request, cell := &d.Requests[i], &d.Requests[i].Results[j]
	fmt.Fprintf(out, "    <testcase name=%s classname=%s time=\"%v\">", attribute(request.Name), attribute(d.Suite+"."+cell.Account), seconds(cell.MS))
	element, message := "error", cmp.Or(cell.Why, cell.Verdict)
	switch Verdict(cell.Verdict) {
	case Passed:
		element = ""
	case Failed:
		element, message = "failure", cell.Why
	case Skipped, Refused:
		element, message = "skipped", cell.Why
	}
	if element != "" {
		text := session.CallText(request.Method, base, session.SketchTarget(request.Path, nil))
		if cell.Next != "" {
			text += "\n" + cell.Next
		}
		fmt.Fprintf(out, "\n      <%s message=%s>%s</%[1]s>\n    ", element, attribute(message), escaped(text))
	}
	fmt.Fprintln(out, "</testcase>")
}

// attribute writes the value of an attribute of XML.
func attribute(text string) string { return `"` + escaped(text) + `"` }

// escaped writes a text as XML 1.0 has it, which knows no more of the C0 controls than white
// space.
func escaped(text string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff' {
			return utf8.RuneError
		}
		return r
	}, text))
}
