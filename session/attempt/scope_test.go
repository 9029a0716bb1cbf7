package attempt_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/htmlindex"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/draft"
	"tokenring/session/engine/enginetest"
	"tokenring/session/request"
	"tokenring/session/suite"
)

// seen is all that jq sees of an answer, but for the time it took.
const seen = `([.status, .headers["content-type"], .headers["x-part"], .cookies, .body, .text, .received, .size, (.ms | type)] | tojson)`

// encoding is a charset and content coding of an answer.
type encoding struct {
	charset, header string
	coders          []func(io.Writer) io.WriteCloser // in the order they apply
}

func (e *encoding) body(t *testing.T, text string) []byte {
	t.Helper()
	from, err := htmlindex.Get(e.charset)
	enginetest.Check(t, err)
	body, err := from.NewEncoder().Bytes([]byte(text))
	enginetest.Check(t, err)
	for _, coder := range e.coders {
		var out bytes.Buffer
		w := coder(&out)
		_, err := w.Write(body)
		enginetest.Check(t, errors.Join(err, w.Close()))
		body = out.Bytes()
	}
	return body
}

func toGzip(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
func toZlib(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
func toBr(w io.Writer) io.WriteCloser   { return brotli.NewWriter(w) }

func toRaw(w io.Writer) io.WriteCloser {
	raw, _ := flate.NewWriter(w, flate.BestSpeed)
	return raw
}

func toZstd(w io.Writer) io.WriteCloser {
	z, _ := zstd.NewWriter(w)
	return z
}

// answers answers everything with the same text, encoded, with cookies, and with a
// clock that is an hour ahead.
func (e *encoding) answers(t *testing.T, now func() time.Time) http.Handler {
	t.Helper()
	body := e.body(t, `{"name": "Jörg", "price": "9 €", "big": 12345678901234567890}`)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/json; charset="+e.charset)
		h.Set("Content-Encoding", e.header)
		h.Set("Date", now().Add(time.Hour).UTC().Format(http.TimeFormat))
		h["X-Part"] = []string{"one", "two"}
		h.Set("X-Token", "canary-token")
		http.SetCookie(w, &http.Cookie{Name: "lang", Value: "de"})
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", HttpOnly: true})
		_, _ = w.Write(body)
	})
}

func TestEveryPlaceSeesTheSameAnswer(t *testing.T) {
	t.Parallel()
	for _, e := range []encoding{
		{"utf-8", "identity", nil},
		{"ISO-8859-1", "gzip", []func(io.Writer) io.WriteCloser{toGzip}},
		{"windows-1252", "x-gzip", []func(io.Writer) io.WriteCloser{toGzip}},
		{"iso-8859-15", "deflate", []func(io.Writer) io.WriteCloser{toZlib}},
		{"gb18030", "deflate", []func(io.Writer) io.WriteCloser{toRaw}},
		{"utf-16le", "br", []func(io.Writer) io.WriteCloser{toBr}},
		{"windows-1254", "zstd", []func(io.Writer) io.WriteCloser{toZstd}},
		{"utf-16be", "gzip, br", []func(io.Writer) io.WriteCloser{toGzip, toBr}},
	} {
		t.Run(e.charset+" "+e.header, func(t *testing.T) {
			t.Parallel()
			checkEveryPlace(t, &e)
		})
	}
}

// checkEveryPlace sends what every reader of answers sees through each of them: login,
// check, each_answer, expectation, filter and suite.
func checkEveryPlace(t *testing.T, e *encoding) {
	t.Helper()
	b := enginetest.New(t)
	b.Define("encoded", `
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
	id := b.Add(&draft.Form{Account: session.Account{Name: "umlaut", Definition: "encoded", Values: map[string]string{"address": enginetest.Serve(t, e.answers(t, b.Clock.Now))}}})
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
