package attempt_test

import (
	"compress/gzip"
	"net/http"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/draft"
	"tokenring/session/engine/enginetest"
	"tokenring/session/request"
	"tokenring/session/suite"
)

// seen is all that jq sees of an answer, but for the time it took.
const seen = `([.status, .headers["content-type"], .headers["x-part"], .cookies, .body, .text, .received, .size, (.ms | type)] | tojson)`

// latin1 answers everything with the same ISO-8859-1 text, compressed, with
// cookies, and with a clock that is an hour ahead.
func latin1(now func() time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/json; charset=ISO-8859-1")
		h.Set("Content-Encoding", "gzip")
		h.Set("Date", now().Add(time.Hour).UTC().Format(http.TimeFormat))
		h["X-Part"] = []string{"one", "two"}
		h.Set("X-Token", "canary-token")
		http.SetCookie(w, &http.Cookie{Name: "lang", Value: "de"})
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", HttpOnly: true})
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte("{\"name\": \"J\xf6rg\", \"price\": \"9 \x80\", \"big\": 12345678901234567890}"))
		_ = z.Close()
	})
}

func TestEveryPlaceSeesTheSameAnswer(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	b.Define("latin", `
base_url: ${.address}
logins:
  - name: once
    steps: [{request: {method: POST, path: /login}, capture: {token: '.headers["x-token"]', at_login: '`+seen+`'}}]
each_answer: {capture: {each: '`+seen+`'}}
check: {request: {path: /check}, alive: '`+seen+` == .at_login'}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.token}"}}]
outcomes: [{when: '`+seen+` != .at_login and .at_login != null', is: bad_config}]
requests: [{name: sample, path: /sample, expect: '`+seen+` == .at_login and .login == "once" and .attach == "bearer"'}]
`)
	id := b.Add(&draft.Form{Account: session.Account{Name: "umlaut", Definition: "latin", Values: map[string]string{"address": enginetest.Serve(t, latin1(b.Clock.Now))}}})
	b.LogIn(id)
	if _, alive, err := b.Check(b.Ctx, id); err != nil || !alive {
		t.Errorf("the check saw another answer: %v, %v", alive, err)
	}

	spec := b.Spec(id, "sample")
	run, err := b.Fire(b.Ctx, id, spec, attempt.Options{})
	enginetest.Check(t, err)
	if run.Verdict != request.Passed || run.Kind != "" {
		t.Errorf("the expectation of the definition saw another answer: %s, %s", run.Why, run.Kind)
	}
	spec.Expect = seen + ` == .each and .received == 1777899600 and .text == "{\"name\": \"Jörg\", \"price\": \"9 €\", \"big\": 12345678901234567890}"`
	if run, err = b.Fire(b.Ctx, id, spec, attempt.Options{}); err != nil || run.Verdict != request.Passed {
		t.Errorf("the expectation of a request saw another answer: %v, %s", err, run.Why)
	}
	filtered, err := request.FromRun(run).Filter(b.Ctx, `.name == "Jörg" and .price == "9 €" and .big == 12345678901234567890`)
	enginetest.Check(t, err)
	if got := strings.TrimSpace(string(filtered.Source())); got != "true" {
		t.Errorf("the filter saw another body: %s\n%s", got, run.Body)
	}

	report, err := b.Requests.RunSuite(b.Ctx, plan(b, smokes(t, `smoke:
  requests:
    - {name: first, get: /first, expect: '`+seen+` == .at_login', capture: {at_first: '`+seen+`'}}
    - {name: second, get: /second, retries: {times: 1, every: 1ms, when: '`+seen+` != .vars.at_first'}, expect: '.at_login == .vars.at_first and `+seen+` == .each'}
`), "umlaut"), attempt.SuiteOptions{})
	enginetest.Check(t, err)
	for _, row := range report.Cells {
		if c := row[0]; c.Verdict != suite.Passed || c.Tries != 1 {
			t.Errorf("the suite saw another answer: %+v", c)
		}
	}
}

// TestTheActivityTellsWhatWasSent checks the text of runs as the account and as
// anonymous, with and without an answer.
func TestTheActivityTellsWhatWasSent(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	b.Define("things", `
base_url: ${.address}/api
logins:
  - name: once
    fields: [{name: shelf, label: Shelf}]
    steps: [{request: {method: POST, path: /login}, capture: {token: .body.token, uid: .body.uid}}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.token}"}}]
`)
	address := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/gone" {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"token": "canary-token-9", "uid": "user-4711"}`))
	}))
	id := b.Add(&draft.Form{Account: session.Account{
		Name: "me", Definition: "things", Login: "once", Values: map[string]string{"address": address, "shelf": "top"},
	}})
	b.LogIn(id)
	as := suite.IdentityOf(&b.Record(id).Account)
	for _, c := range []struct {
		target string
		as     suite.Identity
		want   string
	}{
		{"/${.shelf}/${.uid}/${.token}", as, "GET /top/user-4711/•••••• 200"},
		{"", as, "GET /api 200"},
		{"/", as.AsAnonymous(), "anonymous: GET /api/ 200"},
		{"/gone?x=${.uid}", as, "GET /gone · "},
	} {
		run, err := b.Requests.Fire(b.Ctx, c.as, &request.Spec{Target: c.target}, attempt.Options{})
		enginetest.Check(t, err)
		if !strings.HasPrefix(run.Summary(), c.want) || !strings.HasPrefix(run.URL, address+"/api") {
			t.Errorf("%s: %s, %s", c.target, run.Summary(), run.URL)
		}
		events, err := b.Accounts.Events(b.Ctx, id, 1)
		enginetest.Check(t, err)
		if events[0].Text != run.Summary() {
			t.Errorf("the activity has %q", events[0].Text)
		}
		kept, err := b.Requests.Run(b.Ctx, run.ID)
		enginetest.Check(t, err)
		if kept.Summary() != run.Summary() {
			t.Errorf("the history has %q", kept.Summary())
		}
	}
}
