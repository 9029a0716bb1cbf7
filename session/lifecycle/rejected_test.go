package lifecycle_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
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
	"tokenring/session/request"
	"tokenring/session/secret"
)

// rejecting is a server of scripted that rejects tokens.
type rejecting struct {
	rejects func(token string) bool // nil: every token
	check   int                     // the status of GET /check
	answer  string                  // of logins and refreshes; %d is their number
	issued  atomic.Int32
	renewed atomic.Int32
	checked atomic.Int32
	sent    atomic.Int32
}

const rejectedKinds = `
outcomes: [{when: .status == 401, is: token_rejected}, {when: .status == 403, is: forbidden}]
requests: [{name: me, path: /me}]
`

func (s *rejecting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch r.URL.Path {
	case "/login", "/refresh":
		if r.URL.Path == "/refresh" {
			s.renewed.Add(1)
		}
		answer := s.answer
		if answer == "" {
			answer = `{"access": "access-%d"}`
		}
		_, _ = fmt.Fprintf(w, answer, s.issued.Add(1))
	case "/check":
		s.checked.Add(1)
		w.WriteHeader(s.check)
	default:
		s.sent.Add(1)
		if s.rejects == nil || s.rejects(token) {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = io.WriteString(w, `{}`)
	}
}

func fire(b *enginetest.Fixture, id string) *request.Run {
	b.T.Helper()
	return fireSpec(b, id, b.Spec(id, "me"))
}

func fireSpec(b *enginetest.Fixture, id string, spec *request.Spec) *request.Run {
	b.T.Helper()
	run, err := b.Fire(b.Ctx, id, spec, attempt.Options{})
	enginetest.Check(b.T, err)
	return run
}

func kind(run *request.Run) session.RefusalKind {
	if run.Refusal == nil {
		return ""
	}
	return run.Refusal.Kind
}

func TestARejectionRenewsTheSessionAtOnce(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	alive := "access-1"
	server := &rejecting{rejects: func(token string) bool { return token != alive }}
	id := scripted(t, b, refreshes+rejectedKinds, server.ServeHTTP)
	b.LogIn(id)
	for i, step := range []struct {
		wait   time.Duration
		before func()
		status int
		kind   session.RefusalKind
	}{
		{0, nil, 200, ""},
		{time.Second, func() { alive = "access-2" }, 200, ""},                          // restarted right after it accepted the token
		{28 * time.Second, func() { alive = "access-3" }, 401, session.RefusedTooSoon}, // no life known: 30 s apart
		{2 * time.Second, nil, 200, ""},
		{31 * time.Second, func() { alive = "none" }, 401, session.RefusedAgain},
		{time.Second, nil, 401, session.RefusedTooSoon},
		// What a person does starts no distance.
		{0, func() { b.LogIn(id); alive = fmt.Sprintf("access-%d", server.issued.Load()+1) }, 200, ""},
	} {
		b.Clock.Advance(step.wait)
		if step.before != nil {
			step.before()
		}
		run := fire(b, id)
		if run.Status != step.status || kind(run) != step.kind {
			t.Errorf("step %d: status %d, refusal %q", i, run.Status, kind(run))
		}
	}
}

func TestTheDistanceBetweenTwoRenewals(t *testing.T) {
	t.Parallel()
	for life, want := range map[string]time.Duration{
		"": 30 * time.Second, "1": 2 * time.Second, "20": 10 * time.Second, "600": 30 * time.Second,
	} {
		b := enginetest.New(t)
		server := &rejecting{answer: `{"access": "access-%d"}`}
		if life != "" {
			server.answer = `{"access": "access-%d", "expires_in": ` + life + `}`
		}
		id := scripted(t, b, refreshes+rejectedKinds, server.ServeHTTP)
		snap := b.LogIn(id)
		if got := snap.Session.RejectionDistance(); got != want {
			t.Errorf("a life of %q s: %v apart, want %v", life, got, want)
		}
		if life == "1" {
			continue // expires between two steps
		}
		for _, step := range []struct {
			wait time.Duration
			kind session.RefusalKind
		}{{0, session.RefusedAgain}, {want - time.Second, session.RefusedTooSoon}, {time.Second, session.RefusedAgain}} {
			b.Clock.Advance(step.wait)
			if run := fire(b, id); kind(run) != step.kind {
				t.Errorf("a life of %q s: after %v the refusal is %q, want %q", life, step.wait, kind(run), step.kind)
			}
		}
	}
}

func TestARenewalThatNoRejectionCausedStartsNoDistance(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := &rejecting{}
	id := scripted(t, b, refreshes+rejectedKinds, server.ServeHTTP)
	b.LogIn(id)
	_, err := b.Refresh(b.Ctx, id, nil)
	enginetest.Check(t, err)
	if run := fire(b, id); kind(run) != session.RefusedAgain || server.renewed.Load() != 2 {
		t.Errorf("refusal %q after %d refreshes: the person's refresh was taken for one that a rejection caused", kind(run), server.renewed.Load())
	}
	_, err = b.Refresh(b.Ctx, id, nil)
	enginetest.Check(t, err)
	if run := fire(b, id); kind(run) != session.RefusedTooSoon || run.Refusal.Remedy() != session.FlowRefresh ||
		!strings.Contains(run.Refusal.Text(b.Now(), time.UTC), b.Now().UTC().Format("15:04")) {
		t.Errorf("refusal %+v", run.Refusal)
	}
}

func TestARenewalThatFailsCountsToo(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	var refreshed atomic.Int32
	id := scripted(t, b, refreshes+rejectedKinds, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/login":
			_, _ = io.WriteString(w, `{"access": "first"}`)
		case "/refresh":
			refreshed.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	b.LogIn(id)
	for i, why := range []string{"503", "too recently to try it again"} {
		b.Clock.Advance(time.Second)
		run := fire(b, id)
		if kind(run) != session.RefusedUnrenewed || !strings.Contains(run.Refusal.Text(b.Now(), time.UTC), why) || refreshed.Load() != 1 {
			t.Errorf("request %d: %+v after %d refreshes", i, run.Refusal, refreshed.Load())
		}
	}
	if text := b.Record(id).Session.Rejection.Text(b.Now(), time.UTC); !strings.HasSuffix(text, " by GET /me") {
		t.Errorf("the session says %q", text)
	}
}

func TestWhereNothingRenewsTheCheckDecides(t *testing.T) {
	t.Parallel()
	const check = "check: {request: {path: /check}}\n"
	for _, tt := range []struct {
		name, check string
		status      int
		kind        session.RefusalKind
		state       session.State
		checks      int32
		marked      bool
	}{
		{"not alive", check, 401, session.RefusedDead, session.StateNeedsLogin, 1, false},
		{"alive", check, 200, session.RefusedHere, session.StateUnknown, 1, false},
		{"no result", check, 503, session.RefusedUnproven, session.StateUnknown, 1, true},
		{"no check", "", 0, session.RefusedUnproven, session.StateUnknown, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := enginetest.New(t)
			server := &rejecting{check: tt.status}
			id := scripted(t, b, tt.check+rejectedKinds, server.ServeHTTP)
			b.LogIn(id)
			for range 2 {
				b.Clock.Advance(10 * time.Second)
				run, err := b.Fire(b.Ctx, id, b.Spec(id, "me"), attempt.Options{})
				if errors.Is(err, session.ErrNeedsLogin) && tt.state == session.StateNeedsLogin {
					break // the second
				}
				enginetest.Check(t, err)
				if kind(run) != tt.kind {
					t.Errorf("refusal %+v", run.Refusal)
				}
			}
			b.WantState(id, tt.state)
			if server.checked.Load() != tt.checks {
				t.Errorf("%d checks", server.checked.Load())
			}
			if tt.state == session.StateNeedsLogin {
				return
			}
			if marked := !b.Record(id).Session.Rejection.At.IsZero(); marked != tt.marked {
				t.Errorf("the session says that it was rejected: %v", marked)
			}
			b.Clock.Advance(21 * time.Second)
			fire(b, id)
			if server.checked.Load() != 2*tt.checks {
				t.Errorf("%d checks after half a minute", server.checked.Load())
			}
			b.Clock.Advance(time.Second)
			server.rejects = func(string) bool { return false }
			fire(b, id)
			if text := b.Record(id).Session.Rejection.Text(b.Now(), time.UTC); text != "" {
				t.Errorf("accepted since, and still %q", text)
			}
		})
	}
}

func TestARefreshThatSendsTheRejectedTokenIsNotTried(t *testing.T) {
	t.Parallel()
	for name, refresh := range map[string]string{
		"needs": "refresh: {needs: access, steps: [{request: {method: POST, path: /refresh, attach: bearer}, capture: *tokens}]}\n",
		"sends": "refresh: {steps: [{request: {method: POST, path: /refresh, json: {token: '${.access}'}}, capture: *tokens}]}\n",
	} {
		b := enginetest.New(t)
		server := &rejecting{check: 401}
		id := scripted(t, b, refresh+"check: {request: {path: /check}}\n"+rejectedKinds, server.ServeHTTP)
		b.LogIn(id)
		if run := fire(b, id); kind(run) != session.RefusedDead || server.renewed.Load() != 0 {
			t.Errorf("%s: refusal %+v after %d refreshes", name, run.Refusal, server.renewed.Load())
		}
		b.WantState(id, session.StateNeedsLogin)
	}
}

func TestAnAccountWhoseTokenChangesRecovers(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewChanging(emulatortest.ChangingOptions{Now: b.Clock.Now, BatchWindow: -1})
	id := enginetest.Changing(t, b, server)
	d := b.Form(id)
	d.Relogin = true
	_, err := b.Save(b.Ctx, d)
	enginetest.Check(t, err)
	b.LogIn(id)
	tasks := &request.Spec{Method: "GET", Target: "/tasks"}
	for range 2 {
		run, err := b.Fire(b.Ctx, id, tasks, attempt.Options{})
		enginetest.Check(t, err)
		server.Revoke("admin")
		if run.Status != 200 {
			t.Fatalf("status %d", run.Status)
		}
		b.Clock.Advance(31 * time.Second)
	}
}

// TestProcessesRenewARejectedTokenOnce runs several processes and a suite against a
// server that rejects every token.
func TestProcessesRenewARejectedTokenOnce(t *testing.T) {
	const store, processes, requests = "TOKENRING_TEST_STORE", 8, 5
	if dir := os.Getenv(store); dir != "" {
		b := enginetest.NewWith(t, enginetest.Options{Dir: dir, Now: wallClock})
		id := os.Getenv("TOKENRING_TEST_ACCOUNT")
		for range requests {
			if run := fire(b, id); run.Status != 401 || run.Refusal == nil {
				t.Errorf("status %d, refusal %+v", run.Status, run.Refusal)
			}
		}
		return
	}
	b := enginetest.NewWith(t, enginetest.Options{Now: wallClock})
	server := &rejecting{}
	b.Define("always", `
base_url: ${.address}
logins: [{name: open, fields: [{name: password, secret: true}], steps: [{request: {method: POST, path: /login, json: {p: "${.password}"}}, capture: &tokens {access: .body.access}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
refresh: {steps: [{request: {method: POST, path: /refresh}, capture: *tokens}]}
`+rejectedKinds)
	id := b.Add(&draft.Form{
		Account:    session.Account{Name: "always", Definition: "always", Login: "open", Relogin: true, Values: map[string]string{"address": enginetest.Serve(t, server)}},
		NewSecrets: map[string]secret.String{"password": secret.New(emulator.Password)},
	})
	b.LogIn(id)
	began := time.Now()
	var users []*exec.Cmd
	var outputs []*strings.Builder
	for range processes {
		cmd := exec.CommandContext(b.Ctx, os.Args[0], "-test.run=^TestProcessesRenewARejectedTokenOnce$", "-test.v")
		cmd.Env = append(os.Environ(), store+"="+b.Dir, "TOKENRING_TEST_ACCOUNT="+id)
		out := &strings.Builder{}
		cmd.Stdout, cmd.Stderr = out, out
		enginetest.Check(t, cmd.Start())
		users, outputs = append(users, cmd), append(outputs, out)
	}
	for i, cmd := range users {
		if err := cmd.Wait(); err != nil {
			t.Errorf("process %d: %v\n%s", i, err, outputs[i])
		}
	}
	most := 1 + int32(time.Since(began)/(30*time.Second))
	if n := server.renewed.Load(); n < 1 || n > most || server.issued.Load() != n+1 {
		t.Errorf("%d refreshes and %d tokens in %v, want %d at most", n, server.issued.Load(), time.Since(began), most)
	}
	if n := server.sent.Load(); n < processes*requests || n > 2*processes*requests {
		t.Errorf("%d requests were sent", n)
	}
}

// TestASuccessThatEverybodyGetsProvesNothing has a Core, whose GET /api answers 200 to
// every caller and tells its id only to a live token.
func TestASuccessThatEverybodyGetsProvesNothing(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	core := emulator.NewDatarhei(emulator.DatarheiOptions{Now: b.Clock.Now})
	add := func(name string, relogin bool) string {
		id := b.Add(&draft.Form{
			Account: session.Account{
				Name: name, Definition: "datarhei-core", Login: "password", Relogin: relogin,
				Values: map[string]string{"address": enginetest.Serve(t, core), "username": "admin"},
			},
			NewSecrets: map[string]secret.String{"password": secret.New(emulator.Password)},
		})
		b.LogIn(id)
		return id
	}
	typed := &request.Spec{Method: "GET", Target: "", Follow: true}
	saved := &request.Spec{Name: "mine", Target: "?x=1", Follow: true}
	anonymously := &request.Spec{Method: "GET", Target: "", Attach: "none"}

	id := add("renewed", true)
	for name, spec := range map[string]*request.Spec{"of the definition": b.Spec(id, "about"), "typed": typed, "saved": saved} {
		b.Clock.Advance(time.Minute)
		core.Restart()
		run, err := b.Fire(b.Ctx, id, spec, attempt.Options{})
		enginetest.Check(t, err)
		if run.Status != 200 || !run.Replayed || run.Kind != "" || run.Refusal != nil {
			t.Errorf("%s: status %d, replayed %v, outcome %q, refusal %+v", name, run.Status, run.Replayed, run.Kind, run.Refusal)
		}
		if run, err = b.Fire(b.Ctx, id, anonymously, attempt.Options{}); err != nil || run.Kind != "" || run.Replayed {
			t.Errorf("without a token: %+v, %v", run, err)
		}
	}
	id = add("dead", false)
	core.Restart()
	if run := fireSpec(b, id, typed); run.Status != 200 || kind(run) != session.RefusedDead {
		t.Errorf("status %d, refusal %+v", run.Status, run.Refusal)
	}
	b.WantState(id, session.StateNeedsLogin)
}

func TestARequestThatProvesNothingAcceptsNothing(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	id := scripted(t, b, `
tokens: {access: {idle: 600}}
requests: [{name: public, path: /public, proves: false}, {name: me, path: /me}]
`, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"access": "some-access-token"}`)
	})
	b.LogIn(id)
	for _, tt := range []struct {
		spec    *request.Spec
		accepts bool
	}{
		{b.Spec(id, "public"), false},
		{&request.Spec{Target: "/public", Query: []request.Pair{{Name: "a", Value: "b"}}}, false},
		{&request.Spec{Method: "POST", Target: "/public"}, true},
		{b.Spec(id, "me"), true},
	} {
		b.Clock.Advance(time.Minute)
		fireSpec(b, id, tt.spec)
		if accepted := b.Record(id).Session.Primary().Accepted.Equal(b.Now()); accepted != tt.accepts {
			t.Errorf("%s %s: accepted %v", tt.spec.Method, tt.spec.Target, accepted)
		}
	}
}

func TestTheEndOfASessionSaysWhatLostIt(t *testing.T) {
	t.Parallel()
	const interrupted = "an earlier renewal did not complete and may have spent the refresh token"
	for _, tt := range []struct {
		name    string
		refresh string
		end     func(b *enginetest.Fixture, id string)
		refused bool // the renewal too
	}{
		{"a rejection", refreshes, func(b *enginetest.Fixture, id string) { fire(b, id) }, true},
		{"a rejection that nothing renews", "", func(b *enginetest.Fixture, id string) { fire(b, id) }, false},
		{"a check", refreshes, func(b *enginetest.Fixture, id string) {
			_, _ = b.Refresh(b.Ctx, id, nil)
			refuseCheck(b, id)
		}, true},
	} {
		b := enginetest.New(t)
		server := &rejecting{check: 401}
		id := scripted(t, b, tt.refresh+"check: {request: {path: /check}}\n"+rejectedKinds, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/refresh" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			server.ServeHTTP(w, r)
		})
		b.LogIn(id)
		enginetest.Check(t, b.Store.MarkPending(b.Ctx, id, b.Record(id).Session.Generation, b.Now())) // and the process was killed
		tt.end(b, id)
		reason := b.Record(id).Session.EndedReason
		if !b.Record(id).Session.Over() || !strings.Contains(reason, interrupted) || strings.Contains(reason, "refresh failed") != tt.refused {
			t.Errorf("%s: the session ended because %q", tt.name, reason)
		}
		refuseCheck(b, id)
		if again := b.Record(id).Session.EndedReason; again != reason {
			t.Errorf("%s: after another check it ended because %q", tt.name, again)
		}
	}
}

// refuseCheck expects a check that finds the session dead.
func refuseCheck(b *enginetest.Fixture, id string) {
	b.T.Helper()
	if _, alive, _ := b.Check(b.Ctx, id); alive { // the error says so too, once it is over
		b.T.Error("the session is alive")
	}
}
