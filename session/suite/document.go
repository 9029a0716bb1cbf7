package suite

import (
	"cmp"
	"encoding/xml"
	"io"
	"time"

	"tokenring/session"
	"tokenring/session/secret"
)

// Document is a report for other programs. It contains no secrets and no control
// characters.
type Document struct {
	Suite    string        `json:"suite"`
	Started  time.Time     `json:"started"`
	MS       int64         `json:"ms"`
	Met      bool          `json:"met"`
	Passed   int           `json:"passed"`
	Failed   int           `json:"failed"`
	Errors   int           `json:"errors"`
	Refused  int           `json:"refused"` // as anonymous, without an expectation
	Skipped  int           `json:"skipped"`
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
		Met: t.Met(), Passed: t.Passed, Failed: t.Failed, Errors: t.Broken, Refused: t.Refused, Skipped: t.Skipped,
		Accounts: []string{}, Requests: []CaseResults{},
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

// The elements of JUnit's XML that its readers have in common.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Name    string       `xml:"name,attr"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Time      float64     `xml:"time,attr"`
		Timestamp string      `xml:"timestamp,attr"`
		Cases     []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string     `xml:"name,attr"`
		Class   string     `xml:"classname,attr"`
		Time    float64    `xml:"time,attr"`
		Failure *junitText `xml:"failure"`
		Error   *junitText `xml:"error"`
		Skipped *junitText `xml:"skipped"`
	}
	junitText struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes the report as JUnit XML: a test suite for each account, a test
// case for each request.
func (r *Report) JUnit(w io.Writer) error {
	d := r.Document()
	doc := junitSuites{Name: d.Suite}
	for j, account := range d.Accounts {
		t := r.TallyOf(j)
		s := junitSuite{
			Name: d.Suite + " as " + account, Tests: len(d.Requests), Failures: t.Failed, Errors: t.Broken + t.Left,
			Skipped: t.Skipped + t.Refused, Timestamp: d.Started.Format(time.RFC3339),
		}
		var ms int64
		for i := range d.Requests {
			ms += d.Requests[i].Results[j].MS
			s.Cases = append(s.Cases, junitOf(d, i, j, r.Plan.Identities[j].base))
		}
		s.Time = seconds(ms)
		doc.Suites = append(doc.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// seconds converts a sum of milliseconds: a sum of seconds would accumulate rounding errors.
func seconds(ms int64) float64 { return float64(ms) / 1000 }

func junitOf(d *Document, i, j int, base string) junitCase {
	request, cell := &d.Requests[i], &d.Requests[i].Results[j]
	one := junitCase{Name: request.Name, Class: d.Suite + "." + cell.Account, Time: seconds(cell.MS)}
	text := &junitText{Message: cell.Why, Text: session.CallText(request.Method, base, session.SketchTarget(request.Path, nil))}
	if cell.Next != "" {
		text.Text += "\n" + cell.Next
	}
	switch Verdict(cell.Verdict) {
	case Passed:
	case Failed:
		one.Failure = text
	case Skipped, Refused:
		one.Skipped = text
	default:
		text.Message = cmp.Or(text.Message, cell.Verdict)
		one.Error = text
	}
	return one
}
