package attempt_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/flow"
	"tokenring/session/lifecycle"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/session/transport"
	"tokenring/session/yaml"
)

// smokes parses the suite under smoke:.
func smokes(t *testing.T, src string) *suite.Suite {
	t.Helper()
	r := yaml.New("f")
	root := r.Read([]byte(src), "")
	enginetest.Check(t, r.Err())
	e := root.Entries[0]
	s := suite.Parse(r, e.Key, e.Value, nil, suite.Variables{"limit": {Default: 7}}, nil)
	enginetest.Check(t, r.Err())
	return s
}

// plan makes the matrix of a suite.
func plan(b *enginetest.Fixture, s *suite.Suite, names ...string) *suite.Plan {
	b.T.Helper()
	identities, err := b.Requests.Identities(b.Ctx, names, "")
	enginetest.Check(b.T, err)
	p, err := suite.NewPlan(s, identities, nil)
	enginetest.Check(b.T, err)
	return p
}

const orders = `smoke:
  requests:
    - name: me
      get: /me
      expect: {default: .status == 200, nobody: .status == 401}
      capture: {who: .body.username}
    - {name: some, get: /orders, query: {limit: "${.vars.limit}"}, expect: '(.body.orders | length) == .vars.limit'}
    - name: order
      post: /orders
      json: {item: "${.vars.who}"}
      expect: {default: .status == 403, admin: .status == 201 and .body.order.item == "admin"}
`

// ring is a fixture with the accounts admin and viewer at a Rotating backend,
// logged in.
func marketRing(t *testing.T, o emulator.RotatingOptions) (*enginetest.Fixture, *emulatortest.Rotating) {
	t.Helper()
	b := enginetest.New(t)
	o.Now = b.Clock.Now
	server := emulatortest.NewRotating(o)
	url := enginetest.Serve(t, server)
	for _, name := range []string{"admin", "viewer"} {
		d := enginetest.Market(url, name)
		d.Values["username"] = name
		b.LogIn(b.Add(d))
	}
	return b, server
}

func verdicts(r *suite.Report) string {
	var lines []string
	for i, row := range r.Cells {
		words := []string{r.Plan.Cases[i].Name}
		for _, c := range row {
			words = append(words, string(c.Verdict))
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return strings.Join(lines, "; ")
}

func TestASuiteIsFiredAsEveryAccountAndKept(t *testing.T) {
	t.Parallel()
	b, server := marketRing(t, emulator.RotatingOptions{})
	p := plan(b, smokes(t, orders), "admin", "viewer", suite.Anonymous)
	r, err := b.Requests.RunSuite(b.Ctx, p, attempt.SuiteOptions{})
	enginetest.Check(t, err)
	if got := verdicts(r); got != "me passed passed passed; some passed passed failed; order passed passed skipped" {
		for _, row := range r.Cells {
			for _, c := range row {
				t.Logf("%+v", c)
			}
		}
		t.Fatal(got)
	}
	runs, err := b.Requests.Runs(b.Ctx, session.RunQuery{AccountID: p.Identities[0].ID})
	enginetest.Check(t, err)
	if len(runs) != 5 { // three as admin, and two as anonymous at its address
		t.Errorf("the history has %d runs of admin and of nobody there", len(runs))
	}
	opened, err := b.Requests.Run(b.Ctx, r.Cells[0][1].Run.ID)
	enginetest.Check(t, err)
	if opened.Account != "viewer" || opened.Verdict != request.Passed || !strings.Contains(string(opened.Body), `"viewer"`) {
		t.Errorf("the history says %s %s %s", opened.Account, opened.Verdict, opened.Body)
	}
	for _, c := range server.Requests() {
		if c.Path == "/me" && c.Status == 401 && len(c.Credentials) > 0 {
			t.Error("nobody sent a credential")
		}
	}
	events, err := b.Accounts.Events(b.Ctx, p.Identities[1].ID, 1)
	enginetest.Check(t, err)
	if len(events) != 1 || events[0].Text != "suite smoke: 3 passed" || !events[0].OK {
		t.Errorf("the activity says %+v", events)
	}
}

func TestTheSessionIsKeptAliveThroughASuite(t *testing.T) {
	t.Parallel()
	b, server := marketRing(t, emulator.RotatingOptions{AccessLife: 2 * time.Minute})
	p := plan(b, smokes(t, orders), "admin")
	before := server.Refreshes()
	r, err := b.Requests.RunSuite(b.Ctx, p, attempt.SuiteOptions{OnResult: func(r suite.Result) {
		if r.Verdict == suite.Running {
			b.Clock.Advance(100 * time.Second)
		}
	}})
	enginetest.Check(t, err)
	if got := verdicts(r); got != "me passed; some passed; order passed" {
		t.Fatal(got)
	}
	if n := server.Refreshes() - before; n != 3 {
		t.Errorf("refreshed %d times", n)
	}
	b.WantState(p.Identities[0].ID, session.StateValid)
}

func TestARejectedTokenIsRenewedWithinASuite(t *testing.T) {
	t.Parallel()
	b, server := marketRing(t, emulator.RotatingOptions{AccessLife: time.Hour})
	b.Clock.Advance(10 * time.Minute)
	server.Revoke("admin") // refresh is refused too; the stored credentials log in again
	p := plan(b, smokes(t, orders), "admin")
	r, err := b.Requests.RunSuite(b.Ctx, p, attempt.SuiteOptions{})
	enginetest.Check(t, err)
	if got := verdicts(r); got != "me passed; some passed; order passed" {
		t.Fatal(got)
	}
	if !r.Cells[0][0].Run.Replayed || r.Cells[1][0].Run.Replayed {
		t.Error("the first request is the one that was sent twice")
	}
}

// TestASuiteKeepsWhatEachAnswerBrings has a server send a value with every answer, which is no
// token, and want it back with the next request.
func TestASuiteKeepsWhatEachAnswerBrings(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	var calls, stale atomic.Int64
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := calls.Add(1); n > 1 && r.Header.Get("X-Form") != fmt.Sprint(n-1) {
			stale.Add(1)
		}
		w.Header().Set("X-Form", fmt.Sprint(calls.Load()))
		_, _ = io.WriteString(w, `{"access": "a-token"}`)
	}))
	b.Define("form", `
base_url: ${.address}
headers: {X-Form: "${.form}"}
each_answer: {capture: {form?: '.headers["x-form"]'}}
logins: [{name: open, steps: [{request: {post: /login}, capture: {access: .body.access}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
	id := b.Add(&draft.Form{Account: session.Account{Name: "form", Definition: "form", Login: "open", Values: map[string]string{"address": url}}})
	b.LogIn(id)
	p := plan(b, smokes(t, "smoke: {requests: [{name: a, get: /a}, {name: b, get: /b}, {name: c, get: /c}]}"), "form")
	_, err := b.Requests.RunSuite(b.Ctx, p, attempt.SuiteOptions{})
	enginetest.Check(t, err)
	if value, err := b.Token(b.Ctx, id, "form"); err != nil || value.Reveal() != "4" || stale.Load() != 0 {
		t.Errorf("the value of the last answer is %q, %v; %d requests sent an earlier one", value.Reveal(), err, stale.Load())
	}
}

// A request without the account changes nothing of it: it goes out while another process uses the
// account, also where every answer may bring a new token.
func TestAnonymousRequestsOfASuiteDoNotWaitForTheAccount(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Access", "another-token")
		_, _ = io.WriteString(w, `{"access": "a-token"}`)
	}))
	b.Define("each", `
base_url: ${.address}
each_answer: {capture: {access?: '.headers["x-access"]'}}
logins: [{name: open, steps: [{request: {post: /login}, capture: {access: .body.access}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
	id := b.Add(&draft.Form{Account: session.Account{Name: "each", Definition: "each", Login: "open", Values: map[string]string{"address": url}}})
	b.LogIn(id)
	p := plan(b, smokes(t, "smoke: {requests: [{name: a, get: /a, expect: true}, {name: b, get: /b, expect: true}]}"), "each", suite.Anonymous)
	p.Identities = p.Identities[1:]
	b.Sessions.LockWait = lifecycle.NoWait
	release, err := b.Store.Lock(b.Ctx, id)
	enginetest.Check(t, err)
	defer release()
	r, err := b.Requests.RunSuite(b.Ctx, p, attempt.SuiteOptions{})
	enginetest.Check(t, err)
	if got := verdicts(r); got != "a passed; b passed" {
		t.Errorf("%s: %s", got, r.Cells[1][0].Why)
	}
}

func TestAnAccountThatNeedsALoginIsTheErrorOfItsCellsAlone(t *testing.T) {
	t.Parallel()
	b, server := marketRing(t, emulator.RotatingOptions{})
	p := plan(b, smokes(t, orders), "admin", "viewer")
	_, err := b.Logout(b.Ctx, p.Identities[1].ID)
	enginetest.Check(t, err)
	snap, err := b.Account(b.Ctx, p.Identities[1].ID)
	enginetest.Check(t, err)
	d := enginetest.Market(snap.Account.Values["address"], "viewer")
	d.ID, d.Relogin = snap.Account.ID, false
	_, err = b.Save(b.Ctx, d)
	enginetest.Check(t, err)
	before := len(server.Requests())
	r, err := b.Requests.RunSuite(b.Ctx, p, attempt.SuiteOptions{})
	enginetest.Check(t, err)
	if got := verdicts(r); got != "me passed error; some passed error; order passed skipped" {
		t.Fatal(got)
	}
	if c := r.Cells[0][1]; !errors.Is(c.Err, session.ErrNeedsLogin) || !strings.Contains(c.Why, "viewer needs a login") {
		t.Errorf("the cell says %+v", c)
	}
	if n := len(server.Requests()) - before; n != 3 {
		t.Errorf("%d requests left, want admin's 3", n)
	}
}

func TestNothingOfASuiteLeavesBeforeEveryGuardIsAnswered(t *testing.T) {
	t.Parallel()
	b, server := marketRing(t, emulator.RotatingOptions{})
	url := func() string {
		snap, err := b.Accounts.Find(b.Ctx, "admin")
		enginetest.Check(t, err)
		return snap.Account.Values["address"]
	}()
	for name, guard := range map[string]session.Guard{"ro": session.GuardReadOnly, "ask": session.GuardConfirm, "type": session.GuardTypedConfirm} {
		d := enginetest.Market(url, name)
		d.Guard = guard
		b.LogIn(b.Add(d))
	}
	reading := "smoke: {requests: [{name: me, get: /me}]}"
	yes, typed := session.Consent{Confirmed: true}, session.Consent{Typed: "type"}
	for _, test := range []struct {
		name, src string
		as        []string
		agreed    map[string]session.Consent
		refused   string // the account whose guard it is
	}{
		{"read-only and reading", reading, []string{"ro"}, nil, ""},
		{"read-only and writing", orders, []string{"admin", "ro"}, map[string]session.Consent{"ro": yes}, "ro"},
		{"nobody beside read-only", orders, []string{"ro", suite.Anonymous}, nil, "ro"},
		{"confirm", reading, []string{"admin", "ask"}, nil, "ask"},
		{"confirmed", reading, []string{"admin", "ask"}, map[string]session.Consent{"ask": yes}, ""},
		{"yes is no typed name", reading, []string{"type"}, map[string]session.Consent{"type": yes}, "type"},
		{"typed", reading, []string{"type"}, map[string]session.Consent{"type": typed}, ""},
	} {
		before := len(server.Requests())
		_, err := b.Requests.RunSuite(b.Ctx, plan(b, smokes(t, test.src), test.as...), attempt.SuiteOptions{Consents: test.agreed})
		var guard *session.GuardError
		switch refused := errors.As(err, &guard); {
		case test.refused == "" && err != nil, test.refused != "" && (!refused || guard.Account != test.refused):
			t.Errorf("%s: error %v", test.name, err)
		case refused && len(server.Requests()) != before:
			t.Errorf("%s: something left", test.name)
		}
	}
}

func TestNothingOfAFileLeavesBeforeItIsTrusted(t *testing.T) {
	t.Parallel()
	b, server := marketRing(t, emulator.RotatingOptions{})
	s := smokes(t, "smoke: {requests: [{name: me, get: /me}]}")
	s.Source = suite.Source{File: "/somewhere/tokenring.yaml", Hash: "one"}
	p := plan(b, s, "admin")
	before := len(server.Requests())
	_, err := b.Requests.RunSuite(b.Ctx, p, attempt.SuiteOptions{})
	var untrusted *attempt.UntrustedError
	if !errors.As(err, &untrusted) || untrusted.Changed {
		t.Fatalf("a file nobody approved: %v", err)
	}
	enginetest.Check(t, b.Requests.Trust(b.Ctx, s.Source))
	_, err = b.Requests.RunSuite(b.Ctx, p, attempt.SuiteOptions{})
	enginetest.Check(t, err)
	s.Source.Hash = "two"
	_, err = b.Requests.RunSuite(b.Ctx, p, attempt.SuiteOptions{})
	if !errors.As(err, &untrusted) || !untrusted.Changed {
		t.Fatalf("a file that was changed: %v", err)
	}
	if n := len(server.Requests()) - before; n != 1 {
		t.Errorf("%d requests left, want the one that was trusted", n)
	}
}

func TestASuiteStaysInItsEnvironment(t *testing.T) {
	t.Parallel()
	b, server := marketRing(t, emulator.RotatingOptions{})
	s := smokes(t, "smoke: {requests: [{name: me, get: /me}]}")
	s.Environment = "staging"
	before := len(server.Requests())
	_, err := b.Requests.RunSuite(b.Ctx, plan(b, s, "admin"), attempt.SuiteOptions{})
	if err == nil || err.Error() != "smoke is for the environment staging, but admin belongs to none" || len(server.Requests()) != before {
		t.Fatalf("got %v", err)
	}
	s.Environment = ""
	p := plan(b, s, "viewer")
	snap, err := b.Account(b.Ctx, p.Identities[0].ID)
	enginetest.Check(t, err)
	moved := enginetest.Market(snap.Account.Values["address"], "viewer")
	moved.ID, moved.Environment = snap.Account.ID, "prod"
	_, err = b.Save(b.Ctx, moved)
	enginetest.Check(t, err)
	s.Environment = "dev"
	p.Identities[0].Environment = "dev" // as it was when the plan was made
	if _, err = b.Requests.RunSuite(b.Ctx, p, attempt.SuiteOptions{}); err == nil || !strings.Contains(err.Error(), "viewer belongs to prod") {
		t.Errorf("an account that was moved: %v", err)
	}
}

func TestWhatASuiteCapturesIsMaskedWhenItIsASecret(t *testing.T) {
	t.Parallel()
	const key = "made-up-by-the-server-4711"
	var sent string
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/auth/login":
			_, _ = w.Write([]byte(`{"access_token":"the-access-token"}`))
		case "/keys":
			_, _ = w.Write([]byte(`{"api_key":"` + key + `","id":12}`))
		case "/keys/12":
			sent = r.Header.Get("X-Key")
			_, _ = w.Write([]byte(`{"used":"` + sent + `"}`))
		}
	}))
	b := enginetest.New(t)
	b.LogIn(b.Add(enginetest.Market(url, "admin")))
	r, err := b.Requests.RunSuite(b.Ctx, plan(b, smokes(t, `smoke:
  requests:
    - {name: key, post: /keys, capture: {api_key: .body.api_key, id: .body.id}}
    - {name: use, get: "/keys/${.vars.id}", headers: {X-Key: "${.vars.api_key}"}, expect: .status == 200}
`), "admin"), attempt.SuiteOptions{})
	enginetest.Check(t, err)
	if got := verdicts(r); got != "key passed; use passed" || sent != key {
		t.Fatalf("%s, and %q was sent", got, sent)
	}
	for _, row := range r.Cells {
		run := row[0].Run
		text := run.URL + string(run.Body)
		for _, h := range run.RequestHeaders {
			text += h.Value
		}
		if strings.Contains(text, key) {
			t.Errorf("%s shows the key: %s", run.Spec.Name, text)
		}
	}
	if run := r.Cells[1][0].Run; !strings.HasSuffix(run.URL, "/keys/12") {
		t.Errorf("what is no secret is shown: %s", run.URL)
	}
}

func TestWhatASuiteCapturesIsMaskedHoweverDeepItStands(t *testing.T) {
	t.Parallel()
	const key, other = "made-up-by-the-server-4711", "made-up-by-the-server-4712"
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/auth/login":
			_, _ = w.Write([]byte(`{"access_token":"the-access-token"}`))
		case "/keys":
			_, _ = w.Write([]byte(`{"key":{"id":"twelve","secret":{"value":"` + key + `"}},"tokens":["` + other + `"]}`))
		default:
			_, _ = w.Write([]byte(`{"used":"` + r.Header.Get("X-Key") + `"}`))
		}
	}))
	b := enginetest.New(t)
	b.LogIn(b.Add(enginetest.Market(url, "admin")))
	r, err := b.Requests.RunSuite(b.Ctx, plan(b, smokes(t, `smoke:
  requests:
    - {name: key, post: /keys, capture: {key: .body.key, tokens: .body.tokens}}
    - {name: use, get: "/keys/${.vars.key.id}", headers: {X-Key: "${.vars.key.secret.value} ${.vars.tokens[0]}"}}
`), "admin"), attempt.SuiteOptions{})
	enginetest.Check(t, err)
	if got := verdicts(r); got != "key passed; use passed" {
		t.Fatal(got)
	}
	for _, row := range r.Cells {
		run := row[0].Run
		text := string(run.Body)
		for _, h := range run.RequestHeaders {
			text += h.Value
		}
		if strings.Contains(text, key) || strings.Contains(text, other) {
			t.Errorf("%s shows a key: %s", run.Spec.Name, text)
		}
	}
	if run := r.Cells[1][0].Run; !strings.HasSuffix(run.URL, "/keys/twelve") {
		t.Errorf("what is no secret is shown: %s", run.URL)
	}
}

func TestWhatASuiteCannotKeepOfASessionIsSaid(t *testing.T) {
	t.Parallel()
	full := func() error { return errors.New("the disk is full") }
	for name, prepare := range map[string]func(b *enginetest.Fixture) (account, path string){
		"a token that came with an answer": func(b *enginetest.Fixture) (string, string) {
			b.LogIn(enginetest.Changing(t, b, emulatortest.NewChanging(emulatortest.ChangingOptions{Now: b.Clock.Now})))
			return "changing", "/tasks"
		},
		"a token that was rejected": func(b *enginetest.Fixture) (string, string) {
			server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now, AccessLife: time.Hour})
			b.LogIn(b.Add(enginetest.Market(enginetest.Serve(t, server), "admin")))
			b.Clock.Advance(10 * time.Minute)
			server.Revoke("admin")
			return "admin", "/me"
		},
	} {
		disk := &enginetest.Between{}
		b := enginetest.NewWith(t, enginetest.Options{Between: disk})
		account, path := prepare(b)
		p := plan(b, smokes(t, "smoke: {requests: [{name: one, get: "+path+"}]}"), account)
		disk.FailKeep = full
		r, err := b.Requests.RunSuite(b.Ctx, p, attempt.SuiteOptions{})
		if err == nil || !strings.Contains(err.Error(), "the disk is full") || r == nil || r.Cells[0][0].Run == nil {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestASuiteThatIsCancelledKeepsWhatItHas(t *testing.T) {
	t.Parallel()
	b, _ := marketRing(t, emulator.RotatingOptions{})
	ctx, cancel := context.WithCancel(b.Ctx)
	p := plan(b, smokes(t, orders), "admin")
	r, err := b.Requests.RunSuite(ctx, p, attempt.SuiteOptions{OnResult: func(r suite.Result) {
		if r.Case == 0 && r.Verdict == suite.Passed {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if got := verdicts(r); got != "me passed; some ; order " {
		t.Error(got)
	}
	runs, err := b.Requests.Runs(b.Ctx, session.RunQuery{AccountID: p.Identities[0].ID})
	enginetest.Check(t, err)
	if len(runs) != 1 {
		t.Errorf("the history has %d runs", len(runs))
	}
}

// A refusal says when the server accepted the same request, expected or not.
func TestASuiteSaysWhatWasAcceptedBefore(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	var status atomic.Int32
	status.Store(http.StatusOK)
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) }))
	b.LogIn(b.Add(&draft.Form{
		Account:    session.Account{Name: "admin", Definition: "token", Login: "paste", Values: map[string]string{"address": url}},
		NewSecrets: map[string]secret.String{"pasted": secret.New("canary-token-of-an-account")},
	}))
	p := plan(b, smokes(t, "smoke: {requests: [{name: a, get: /a}, {name: b, get: /b, expect: .status == 200}]}"), "admin")
	_, err := b.Requests.RunSuite(b.Ctx, p, attempt.SuiteOptions{})
	enginetest.Check(t, err)
	status.Store(http.StatusForbidden)
	r, err := b.Requests.RunSuite(b.Ctx, p, attempt.SuiteOptions{})
	enginetest.Check(t, err)
	for _, row := range r.Cells {
		if e := row[0].Run.Evidence; row[0].Verdict != suite.Failed || e == nil || e.Accepted.IsZero() {
			t.Errorf("%s: %s, %+v", p.Cases[row[0].Case].Name, row[0].Verdict, e)
		}
	}
}

// A suite whose answers fill several transactions keeps each of them once.
func TestASuiteKeepsLargeAnswers(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, 400<<10)
		_, _ = rand.Read(body) // does not compress
		_, _ = fmt.Fprintf(w, "%s %x", r.URL.Path, body)
	}))
	for _, name := range []string{"one", "other"} {
		b.LogIn(b.Add(&draft.Form{
			Account:    session.Account{Name: name, Definition: "token", Login: "paste", Values: map[string]string{"address": url}},
			NewSecrets: map[string]secret.String{"pasted": secret.New("canary-token-of-" + name)},
		}))
	}
	const requests = 8
	var src strings.Builder
	for i := range requests {
		fmt.Fprintf(&src, "{name: r%d, get: /r/%d},", i, i)
	}
	_, err := b.Requests.RunSuite(b.Ctx, plan(b, smokes(t, "smoke: {requests: ["+src.String()+"]}"), "one", "other"), attempt.SuiteOptions{})
	enginetest.Check(t, err)
	runs, err := b.Requests.Runs(b.Ctx, session.RunQuery{})
	enginetest.Check(t, err)
	kept := map[string]int{}
	for _, r := range runs {
		whole, err := b.Requests.Run(b.Ctx, r.ID)
		enginetest.Check(t, err)
		if strings.HasPrefix(string(whole.Body), r.Path+" ") {
			kept[r.AccountID+r.Path]++
		}
	}
	if len(runs) != 2*requests || len(kept) != 2*requests {
		t.Errorf("the history has %d runs: %v", len(runs), kept)
	}
}

// A request whose answer is awaited may have had its effect: reports and history say that it
// was interrupted, and what comes after it was not reached. So it is with a request alone.
func TestASuiteThatIsCancelledWhileAnAnswerIsAwaited(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	ctx, cancel := context.WithCancel(b.Ctx)
	url := enginetest.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	id := b.Add(&draft.Form{
		Account:    session.Account{Name: "admin", Definition: "token", Login: "paste", Values: map[string]string{"address": url}},
		NewSecrets: map[string]secret.String{"pasted": secret.New("canary-token-of-an-account")},
	})
	b.LogIn(id)
	p := plan(b, smokes(t, "smoke: {requests: [{name: pay, post: /pay, retries: {times: 2}}, {name: next, get: /}]}"), "admin")
	r, err := b.Requests.RunSuite(ctx, p, attempt.SuiteOptions{})
	if !errors.Is(err, context.Canceled) || verdicts(r) != "pay interrupted; next " {
		t.Errorf("%v: %s", err, verdicts(r))
	}
	var junit strings.Builder
	enginetest.Check(t, r.JUnit(&junit))
	text, err := json.Marshal(r.Document())
	enginetest.Check(t, err)
	for _, want := range []string{`"interrupted":1`, `"not_reached":1`, `"verdict":"interrupted"`, `its answer was awaited; the server may have got it`} {
		if !strings.Contains(string(text), want) || !strings.Contains(junit.String(), `message="interrupted while its answer was awaited; the server may have got it"`) {
			t.Errorf("want %s in %s\n%s", want, text, junit.String())
		}
	}
	if got := r.Tally().String(); got != "0 passed, 1 interrupted, 1 not reached" {
		t.Error(got)
	}
	ctx, cancel = context.WithCancel(b.Ctx)
	defer cancel()
	if run, err := b.Requests.Fire(ctx, suite.IdentityOf(&b.Record(id).Account), &request.Spec{Method: "POST", Target: "/alone"}, attempt.Options{}); run != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("alone: %v, %v", run, err)
	}
	runs, err := b.Requests.Runs(b.Ctx, session.RunQuery{})
	enginetest.Check(t, err)
	if len(runs) != 2 || runs[0].Verdict != "interrupted" || runs[1].Verdict != "interrupted" || runs[0].Status != 0 {
		t.Errorf("the history has %+v", runs)
	}
}

// So it is with an answer that was being read: its body was cut off here.
func TestASuiteThatIsCancelledWithinABody(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "data: one\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	b.LogIn(b.Add(&draft.Form{
		Account:    session.Account{Name: "admin", Definition: "token", Login: "paste", Values: map[string]string{"address": url}},
		NewSecrets: map[string]secret.String{"pasted": secret.New("canary-token-of-an-account")},
	}))
	ctx, cancel := context.WithCancel(b.Ctx)
	p := plan(b, smokes(t, "smoke: {requests: [{name: stream, get: /, expect: .status == 200}]}"), "admin")
	watched := &reading{RoundTripper: http.DefaultTransport, read: cancel}
	b.Requests.Runner = flow.New(transport.New(transport.Options{Now: b.Clock.Now, Transport: watched}), b.Clock.Now)
	r, err := b.Requests.RunSuite(ctx, p, attempt.SuiteOptions{})
	if !errors.Is(err, context.Canceled) || verdicts(r) != "stream interrupted" {
		t.Errorf("%v: %s", err, verdicts(r))
	}
	if runs, err := b.Requests.Runs(b.Ctx, session.RunQuery{}); err != nil || len(runs) != 1 || runs[0].Verdict != "interrupted" {
		t.Errorf("the history has %v, %v", runs, err)
	}
}

// reading is a way to a server that calls read once a part of a body was read.
type reading struct {
	http.RoundTripper
	read func()
}

func (w *reading) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := w.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = &watchedBody{res.Body, w.read}
	}
	return res, err
}

type watchedBody struct {
	io.ReadCloser
	read func()
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.read()
	}
	return n, err
}

// TestAnAccountThatIsDeletedDuringASuite soon sends nothing more, and keeps the history of the others.
func TestAnAccountThatIsDeletedDuringASuite(t *testing.T) {
	t.Parallel()
	b, server := marketRing(t, emulator.RotatingOptions{})
	other := enginetest.NewWith(t, enginetest.Options{Dir: b.Dir, Now: b.Clock.Now})
	p := plan(b, smokes(t, orders), "viewer", "admin", suite.Anonymous) // anonymous at the viewer's address
	before := len(server.Requests())
	r, err := b.Requests.RunSuite(b.Ctx, p, attempt.SuiteOptions{Parallel: 1, OnResult: func(r suite.Result) {
		if r.Case == 0 && r.Identity == 0 && r.Verdict == suite.Passed {
			enginetest.Check(t, other.Drafts.Delete(b.Ctx, p.Identities[0].ID))
			b.Clock.Advance(time.Second)
		}
	}})
	enginetest.Check(t, err)
	if got := verdicts(r); got != "me passed passed error; some error passed error; order error passed skipped" {
		t.Error(got)
	}
	for _, cell := range []suite.Result{r.Cells[1][0], r.Cells[2][0], r.Cells[0][2]} {
		if !strings.HasSuffix(cell.Why, "was deleted") || cell.Run != nil {
			t.Errorf("the cell says %q", cell.Why)
		}
	}
	if n := len(server.Requests()) - before; n != 4 {
		t.Errorf("%d requests were sent, want one as viewer and three as admin", n)
	}
	runs, err := b.Requests.Runs(b.Ctx, session.RunQuery{})
	enginetest.Check(t, err)
	if len(runs) != 3 {
		t.Errorf("the history has %d runs, want 3 of admin", len(runs))
	}
}

// TestWhatMayBeMissing skips a request that cannot be written without it, and
// fires one that can.
func TestWhatMayBeMissing(t *testing.T) {
	t.Parallel()
	b, _ := marketRing(t, emulator.RotatingOptions{})
	s := smokes(t, `smoke:
  requests:
    - {name: me, get: /me, expect: .status >= 200, capture: {id?: .body.username}}
    - {name: one, get: "/orders/${.vars.id}", expect: .status == 404}
    - {name: all, get: /orders, query: {of: "${.vars.id}"}, expect: .status >= 200}
`)
	r, err := b.Requests.RunSuite(b.Ctx, plan(b, s, "admin", suite.Anonymous), attempt.SuiteOptions{})
	enginetest.Check(t, err)
	if got := verdicts(r); got != "me passed passed; one passed skipped; all passed passed" {
		t.Errorf("%s; %+v", got, r.Cells[1])
	}
	if c := r.Cells[1][1]; c.Why != "id was not captured by anonymous" || c.Tries != 0 {
		t.Errorf("skipped after %d tries: %s", c.Tries, c.Why)
	}
}

func TestASuiteAgainstAServerThatRejectsEveryToken(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	var refreshes, sent atomic.Int32
	b.Define("always", `
base_url: ${.address}
logins: [{name: open, steps: [{request: {method: POST, path: /login}, capture: &tokens {access: .body.access}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
refresh: {steps: [{request: {method: POST, path: /refresh}, capture: *tokens}]}
outcomes: [{when: .status == 401, is: token_rejected}]
`)
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/refresh":
			refreshes.Add(1)
		case "/login":
		default:
			sent.Add(1)
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = io.WriteString(w, `{"access": "some-access-token"}`)
	}))
	id := b.Add(&draft.Form{Account: session.Account{Name: "always", Definition: "always", Login: "open", Values: map[string]string{"address": url}}})
	b.LogIn(id)
	src := "smoke:\n  requests:\n"
	for i := range 100 {
		src += fmt.Sprintf("    - {name: r%d, get: /me}\n", i)
	}
	report, err := b.Requests.RunSuite(b.Ctx, plan(b, smokes(t, src), "always"), attempt.SuiteOptions{})
	enginetest.Check(t, err)
	if refreshes.Load() != 1 || sent.Load() != 101 {
		t.Errorf("%d refreshes, %d requests", refreshes.Load(), sent.Load())
	}
	for i, want := range []string{"rejects the new token too", "too recently"} {
		cell := report.Cell(i, 0)
		if !strings.Contains(cell.Why, want) || cell.Next != "tokenring refresh always" {
			t.Errorf("request %d: %q, %q", i, cell.Why, cell.Next)
		}
	}
}

func TestASuiteStopsAsAnAccountWhoseSessionIsOver(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	var sent atomic.Int32
	b.Define("over", `
base_url: ${.address}
logins: [{name: open, steps: [{request: {method: POST, path: /login}, capture: {access: .body.access}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
check: {request: {path: /check}}
outcomes: [{when: .status == 401, is: token_rejected}]
`)
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/login" {
			sent.Add(1)
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = io.WriteString(w, `{"access": "some-access-token"}`)
	}))
	id := b.Add(&draft.Form{Account: session.Account{Name: "over", Definition: "over", Login: "open", Values: map[string]string{"address": url}}})
	b.LogIn(id)
	s := smokes(t, "smoke:\n  requests: [{name: a, get: /a}, {name: b, get: /b}, {name: c, get: /c}]\n")
	report, err := b.Requests.RunSuite(b.Ctx, plan(b, s, "over"), attempt.SuiteOptions{})
	enginetest.Check(t, err)
	b.WantState(id, session.StateNeedsLogin)
	if sent.Load() != 2 || !strings.Contains(report.Cell(0, 0).Why, "the session is over") || !errors.Is(report.Cells[2][0].Err, session.ErrNeedsLogin) {
		t.Errorf("%d requests; %+v; %v", sent.Load(), report.Cell(0, 0), report.Cells[2][0].Err)
	}
}

// TestASuiteThatDropsItsRunsNamesThem finds each of them in the history.
func TestASuiteThatDropsItsRunsNamesThem(t *testing.T) {
	t.Parallel()
	b, _ := marketRing(t, emulator.RotatingOptions{})
	p := plan(b, smokes(t, orders), "admin", "viewer")
	r, err := b.Requests.RunSuite(b.Ctx, p, attempt.SuiteOptions{Keep: func(*suite.Result) bool { return false }, OnResult: func(r suite.Result) {
		if r.Run != nil {
			t.Error("a result holds its run")
		}
	}})
	enginetest.Check(t, err)
	if got := verdicts(r); got != "me passed passed; some passed passed; order passed passed" {
		t.Fatal(got)
	}
	for i, row := range r.Cells {
		for j, cell := range row {
			run, err := b.Requests.Run(b.Ctx, cell.RunID)
			enginetest.Check(t, err)
			if run.Spec.Name != p.Cases[i].Name || run.Account != p.Identities[j].Name || run.Status != cell.Status || r.Cell(i, j).Run != run.ID {
				t.Errorf("%s as %s names the run %s of %s", p.Cases[i].Name, p.Identities[j].Name, run.Spec.Name, run.Account)
			}
		}
	}
}
