package suite

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"strings"
	"testing"
	"time"
)

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

func TestReportsForOtherPrograms(t *testing.T) {
	t.Parallel()
	f := &scripted{answer: func(s Call) (Outcome, error) {
		switch {
		case s.Identity == 1:
			return Outcome{}, errors.New("you needs a login\x1b[2J")
		case s.Case.Name == "health":
			return answered(s, 500), nil
		}
		out := answered(s, 201)
		out.Run.ID, out.Run.Timings.Total = "r1", 12*time.Millisecond
		out.Captured = map[string]any{"id": 1}
		return out, nil
	}}
	r, err := Run(t.Context(), plan(t, chain, nil, "me", "you"), f, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r.Document())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"suite":"smoke"`, `"met":false`, `"passed":1`, `"failed":2`, `"errors":2`, `"skipped":1`, `"accounts":["me","you"]`,
		`{"name":"make","method":"POST","path":"/things","results":[{"account":"me","verdict":"passed","status":201,"ms":12,"tries":1,"run":"r1"},` +
			`{"account":"you","verdict":"error","ms":0,"tries":1,"why":"you needs a login`,
		`"path":"/things/${.vars.id}"`, `"verdict":"skipped","ms":0,"why":"id was not captured by you"`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
	var b strings.Builder
	if err := r.JUnit(&b); err != nil {
		t.Fatal(err)
	}
	var back junitSuites
	if err := xml.Unmarshal([]byte(b.String()), &back); err != nil {
		t.Fatal(err)
	}
	if len(back.Suites) != 2 || back.Suites[0].Name != "smoke as me" || back.Suites[0].Failures != 2 || back.Suites[1].Errors != 2 || back.Suites[1].Skipped != 1 {
		t.Errorf("read back it is %+v", back)
	}
	first, last := back.Suites[0].Cases[0], back.Suites[1].Cases[2]
	if first.Class != "smoke.me" || first.Time != 0.012 || first.Failure != nil || first.Error != nil || first.Skipped != nil {
		t.Errorf("the first case is %+v", first)
	}
	if last.Error == nil || !strings.HasPrefix(last.Error.Message, "you needs a login") || !strings.Contains(last.Error.Text, "GET /health") {
		t.Errorf("the last case is %+v", last)
	}
	for _, report := range []string{string(text), b.String()} {
		if strings.Contains(report, "\x1b") || strings.Contains(report, `\u001b`) {
			t.Errorf("a report can drive a terminal: %q", report)
		}
	}
}

func TestJUnitCountsWhatItsElementsSay(t *testing.T) {
	t.Parallel()
	all := []Verdict{Waiting, Running, Passed, Failed, Refused, Skipped, Broken}
	p := plan(t, "smoke: {requests: [{name: a, get: /}]}", nil, "me")
	for _, v := range all {
		r := &Report{Plan: p, Cells: [][]Result{{{Verdict: v}}}}
		var b strings.Builder
		if err := r.JUnit(&b); err != nil {
			t.Fatal(err)
		}
		var back junitSuites
		if err := xml.Unmarshal([]byte(b.String()), &back); err != nil {
			t.Fatal(err)
		}
		s := back.Suites[0]
		failures, errs, skipped := strings.Count(b.String(), "<failure"), strings.Count(b.String(), "<error"), strings.Count(b.String(), "<skipped")
		if s.Failures != failures || s.Errors != errs || s.Skipped != skipped {
			t.Errorf("%q: it counts %d, %d, %d and has %d, %d, %d", v, s.Failures, s.Errors, s.Skipped, failures, errs, skipped)
		}
		if met := r.Tally().Met(); met != (failures+errs == 0) {
			t.Errorf("%q: met is %v, and yet %d failures, %d errors", v, met, failures, errs)
		}
	}
}

func TestJUnitSumsMilliseconds(t *testing.T) {
	t.Parallel()
	p := plan(t, "smoke: {requests: [{name: a, get: /}, {name: b, get: /}, {name: c, get: /}]}", nil, "me")
	took := func(ms time.Duration) []Result { return []Result{{Verdict: Passed, Took: ms * time.Millisecond}} }
	var b strings.Builder
	if err := (&Report{Plan: p, Cells: [][]Result{took(12), took(13), took(19)}}).JUnit(&b); err != nil || !strings.Contains(b.String(), `time="0.044"`) {
		t.Errorf("%v\n%s", err, b.String())
	}
}

func TestJUnitIsXMLWhateverNamesHold(t *testing.T) {
	t.Parallel()
	p := plan(t, "smoke: {requests: [{name: a, get: /}]}", nil, "me")
	const odd = "<a b=\"'\">&amp;]]>"
	hostile := odd + "\x00\x1b\ufffe\uffff\xff\r\n"
	p.Suite.Name, p.Identities[0].Name = hostile, hostile
	r := &Report{Plan: p, Cells: [][]Result{{{Verdict: Failed, Why: hostile, Next: hostile}}}}
	var b strings.Builder
	if err := r.JUnit(&b); err != nil {
		t.Fatal(err)
	}
	var back junitSuites
	if err := xml.Unmarshal([]byte(b.String()), &back); err != nil || !strings.HasPrefix(back.Name, odd) ||
		!strings.HasPrefix(back.Suites[0].Cases[0].Failure.Message, odd) || !strings.Contains(back.Suites[0].Cases[0].Failure.Text, odd) {
		t.Errorf("%v: %s", err, b.String())
	}
}
