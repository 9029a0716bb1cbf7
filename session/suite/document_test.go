package suite

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"strings"
	"testing"
	"time"
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
