package attempt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/attempt"
	"tokenring/session/body"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
)

func TestGuards(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	url := enginetest.Serve(t, server)
	yes := attempt.Options{Consent: session.Consent{Confirmed: true}}
	for _, tt := range []struct {
		guard   session.Guard
		request string
		o       attempt.Options
		allowed bool
	}{
		{session.GuardNone, "new order", attempt.Options{}, true},
		{session.GuardReadOnly, "me", attempt.Options{}, true},
		{session.GuardReadOnly, "new order", yes, false},
		{session.GuardConfirm, "me", attempt.Options{}, false},
		{session.GuardConfirm, "new order", yes, true},
		{session.GuardTypedConfirm, "me", yes, false},
		{session.GuardTypedConfirm, "me", attempt.Options{Consent: session.Consent{Typed: "wrong"}}, false},
		{session.GuardTypedConfirm, "me", attempt.Options{Consent: session.Consent{Typed: "typed confirm/me"}}, true},
	} {
		d := enginetest.Market(url, string(tt.guard)+"/"+tt.request)
		d.Guard = tt.guard
		snap, err := b.Accounts.Find(b.Ctx, d.Name)
		if errors.Is(err, session.ErrNotFound) {
			snap, err = b.Save(b.Ctx, d)
		}
		enginetest.Check(t, err)
		id := snap.Account.ID
		b.LogIn(id)
		before := len(server.Requests())
		_, err = b.Fire(b.Ctx, id, b.Spec(id, tt.request), tt.o)
		var guard *session.GuardError
		if refused := errors.As(err, &guard); refused == tt.allowed || err != nil && !refused {
			t.Errorf("%s, %s, %+v: error %v", tt.guard, tt.request, tt.o, err)
		}
		if sent := len(server.Requests()) > before; sent != tt.allowed {
			t.Errorf("%s, %s: a request left is %v, want %v", tt.guard, tt.request, sent, tt.allowed)
		}
	}
}

func TestARunIsKeptAndCanBeLookedAtAgain(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	b.LogIn(id)
	run, err := b.Fire(b.Ctx, id, b.Spec(id, "orders"), attempt.Options{})
	enginetest.Check(t, err)
	if run.Verdict != request.Passed || run.URL == "" || len(run.RequestHeaders) == 0 {
		t.Errorf("verdict %q (%s), sent to %q with %d headers", run.Verdict, run.Why, run.URL, len(run.RequestHeaders))
	}
	runs, err := b.Requests.Runs(b.Ctx, session.RunQuery{AccountID: id})
	enginetest.Check(t, err)
	if len(runs) != 1 || runs[0].Status != 200 || runs[0].Verdict != "passed" || runs[0].Path != "/orders" {
		t.Fatalf("history %+v", runs)
	}
	again, err := b.Requests.Run(b.Ctx, runs[0].ID)
	enginetest.Check(t, err)
	if string(again.Body) != string(run.Body) {
		t.Error("the kept run has another body")
	}
}

func TestAPersonsOwnRequest(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	b.LogIn(id)
	spec := &request.Spec{Name: "tea", Method: "POST", Target: "/orders", BodyType: body.JSON, Body: `{"item": "tea"}`, Expect: ".status == 201"}
	enginetest.Check(t, b.Requests.SaveRequest(b.Ctx, &b.Record(id).Account, spec))
	run, err := b.Fire(b.Ctx, id, b.Spec(id, "tea"), attempt.Options{})
	enginetest.Check(t, err)
	if run.Status != 201 || run.Verdict != request.Passed {
		t.Errorf("status %d, verdict %q: %s", run.Status, run.Verdict, run.Why)
	}
	enginetest.Check(t, b.Requests.DeleteRequest(b.Ctx, spec.ID))
	specs, err := b.Requests.Specs(b.Ctx, b.Record(id))
	enginetest.Check(t, err)
	for _, s := range specs {
		if s.Name == "tea" {
			t.Error("a deleted request is still there")
		}
	}
	foreign := &request.Spec{Method: "GET", Target: "http://127.0.0.1:9/elsewhere"}
	if _, err := b.Fire(b.Ctx, id, foreign, attempt.Options{}); err == nil {
		t.Error("a request left for a foreign origin")
	}
}

// A name that nobody gives a value would leave the request without a word. What the account may
// leave empty, and what has another value without it, is no such name.
func TestANameThatNobodyGivesAValueIsAnError(t *testing.T) {
	t.Parallel()
	b, arrived := enginetest.New(t), ""
	url := enginetest.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		arrived = r.URL.Path + r.URL.RawQuery + r.Header.Get("X-Open") + r.Header.Get("Cookie") + string(text)
	}))
	b.Define("open", `
base_url: ${.address}

logins: [{name: open, fields: [{name: realm, optional: true}, {name: key, secret: true, optional: true}], steps: [{capture: {access: '"a-token"', spare?: .realm}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
	id := b.Add(&draft.Form{Account: session.Account{Name: "open", Definition: "open", Login: "open", Values: map[string]string{"address": url}}})
	b.LogIn(id)
	pair := func(value string) []request.Pair { return []request.Pair{{Name: "X-Open", Value: value}} }
	of := func(value string) map[string]request.Spec {
		return map[string]request.Spec{
			"path": {Target: "/a" + value}, "query": {Target: "/a", Query: pair(value)}, "header": {Target: "/a", Headers: pair(value)},
			"name": {Target: "/a", Query: []request.Pair{{Name: value, Value: "x"}}}, "cookie": {Target: "/a", Headers: []request.Pair{{Name: "Cookie", Value: "c=" + value}}},
			"form": {Method: "POST", Target: "/a", BodyType: body.Form, Body: "x=" + value}, "json": {Method: "POST", Target: "/a", Body: `{"z": [{"a": "` + value + `"}]}`},
			"text": {Method: "POST", Target: "/a", BodyType: body.Text, Body: value}, "part": {Method: "POST", Target: "/a", BodyType: body.Multipart, Body: "x=" + value},
		}
	}
	for place, spec := range of("${.id}") {
		arrived = ""
		_, err := b.Fire(b.Ctx, id, &spec, attempt.Options{})
		var failed *session.Failure
		if !errors.As(err, &failed) || failed.Meaning != ".id has no value" || failed.Next != "give it with --var id=VALUE, or write it into the request" || arrived != "" {
			t.Errorf("%s: %v, %q arrived", place, err, arrived)
		}
		spec.Vars = map[string]any{"id": "seven"}
		_, err = b.Fire(b.Ctx, id, &spec, attempt.Options{})
		if enginetest.Check(t, err); !strings.Contains(arrived, "seven") {
			t.Errorf("%s: %q arrived", place, arrived)
		}
	}
	for _, value := range []string{`${.id // "x"}`, "${.realm}", "${.spare}", "${.key}", "${.realm // .attach}", "${.now}"} {
		spec := of(value)["header"]
		_, err := b.Fire(b.Ctx, id, &spec, attempt.Options{})
		enginetest.Check(t, err)
	}
	var failed *session.Failure
	spec := of("${.vars.id}")["header"]
	if _, err := b.Fire(b.Ctx, id, &spec, attempt.Options{}); !errors.As(err, &failed) || failed.Next != "write the value into the request: only those of a suite have variables" {
		t.Errorf("a variable of a suite: %v", err)
	}
	s := smokes(t, "smoke: {requests: [{name: a, get: /a, query: {x: '${.id}'}}]}")
	r, err := b.Requests.RunSuite(b.Ctx, plan(b, s, "open"), attempt.SuiteOptions{})
	enginetest.Check(t, err)
	if c := r.Cells[0][0]; c.Verdict != suite.Broken || !errors.As(c.Err, &failed) || failed.Next != "declare it under variables of the file and write ${.vars.id}" {
		t.Errorf("%s: %s", c.Verdict, c.Why)
	}
}

func TestRequestsAreSavedTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	id := b.Add(enginetest.Market(enginetest.Serve(t, emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})), "me@market"))
	count := func() int {
		specs, err := b.Requests.Specs(b.Ctx, b.Record(id))
		enginetest.Check(t, err)
		return len(specs)
	}
	before := count()
	good, bad := request.Spec{Name: "good", Method: "GET", Target: "/a"}, request.Spec{Name: "bad", Method: "GET", Target: "/${"}
	add := attempt.Addition{Account: &b.Record(id).Account, Requests: []request.Spec{good, bad}}
	if err := b.Requests.SaveRequests(b.Ctx, add); err == nil || !strings.HasPrefix(err.Error(), "me@market: ") {
		t.Error(err)
	}
	if now := count(); now != before {
		t.Errorf("%d requests in place of %d", now, before)
	}
	add.Requests = []request.Spec{good, {Name: "second", Method: "GET", Target: "/b"}}
	store := &watched{b.Requests.Store, b.Requests.Feed.Watch(b.Ctx, time.Hour), 0}
	b.Requests.Store = store
	enginetest.Check(t, b.Requests.SaveRequests(b.Ctx, add))
	if now := count(); now != before+2 {
		t.Errorf("%d requests in place of %d", now, before+2)
	}
	if store.early > 0 || len(store.changes) == 0 {
		t.Errorf("told of %d changes before they were written, and of %d after", store.early, len(store.changes))
	}
}

// watched counts the changes that are told before a transaction ends.
type watched struct {
	attempt.Store
	changes <-chan struct{}
	early   int
}

func (w *watched) Atomically(ctx context.Context, do func(context.Context) error) error {
	return w.Store.Atomically(ctx, func(ctx context.Context) error {
		err := do(ctx)
		w.early += len(w.changes)
		return err
	})
}

func TestAFileOfABodyIsReadWhenItIsFiredAndNotKept(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	b.LogIn(id)
	path := filepath.Join(t.TempDir(), "photo.png")
	spec := &request.Spec{Method: "POST", Target: "/orders", BodyType: body.Multipart, Body: "title=tea\nphoto=@" + path}
	before := len(server.Requests())
	if _, err := b.Fire(b.Ctx, id, spec, attempt.Options{}); err == nil || !strings.Contains(err.Error(), "cannot send the file "+path) {
		t.Errorf("without the file: %v", err)
	}
	if len(server.Requests()) != before {
		t.Error("something was sent without the file")
	}
	enginetest.Check(t, os.WriteFile(path, []byte("canary-content"), 0o600))
	run, err := b.Fire(b.Ctx, id, spec, attempt.Options{})
	enginetest.Check(t, err)
	kept, err := b.Requests.Run(b.Ctx, run.ID)
	enginetest.Check(t, err)
	if text := string(kept.RequestBody); strings.Contains(text, "canary") || !strings.Contains(text, "[the file "+path+", 14 bytes]") {
		t.Errorf("kept as %s", text)
	}
	if len(server.Requests()) == before {
		t.Error("nothing was sent")
	}
	line, _, err := b.Requests.Curl(b.Ctx, suite.IdentityOf(&b.Record(id).Account), spec, false)
	enginetest.Check(t, err)
	if text := line.Reveal(); !strings.Contains(text, "--form-string title=tea") || !strings.Contains(text, "-F 'photo=@"+path+";type=image/png'") {
		t.Errorf("curl: %s", text)
	}
}

func TestTokensThatChangeWithEveryAnswer(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	id := enginetest.Changing(t, b, emulatortest.NewChanging(emulatortest.ChangingOptions{Now: b.Clock.Now}))
	b.LogIn(id)
	before, err := b.Token(b.Ctx, id, "")
	enginetest.Check(t, err)
	spec := &request.Spec{Name: "tasks", Method: "GET", Target: "/tasks"}
	var all sync.WaitGroup
	for range 10 {
		b.Clock.Advance(10 * time.Second)
		all.Go(func() {
			run, err := b.Fire(b.Ctx, id, spec, attempt.Options{})
			if err != nil || run.Status != 200 {
				t.Errorf("error %v, run %+v", err, run)
			}
		})
	}
	all.Wait()
	after, err := b.Token(b.Ctx, id, "")
	enginetest.Check(t, err)
	if before.Equal(after) {
		t.Error("the token did not change")
	}
}

// A large answer is there to be read while it is judged and kept.
func TestALargeAnswerIsShownFirst(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	const canary = "cAnArY-of-a-large-answer"
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"token":%q,"text":%q}`, canary, strings.Repeat("x", len(r.URL.Query().Get("mb"))<<20))
	}))
	id := b.Add(&draft.Form{
		Account: session.Account{
			Name: "me@large", Definition: "token", Login: "paste",
			Values: map[string]string{"address": url},
		},
		NewSecrets: map[string]secret.String{"pasted": secret.New(canary)},
	})
	b.LogIn(id)
	spec := &request.Spec{Method: "GET", Target: "/large", Expect: ".body.text | length > 0"}
	for mb, times := range map[string]int{"": 0, "1": 1} {
		spec.Query = []request.Pair{{Name: "mb", Value: mb}}
		var early []*request.Run
		run, err := b.Fire(b.Ctx, id, spec, attempt.Options{OnAnswer: func(now func() *request.Run, whole bool) {
			if !whole {
				return
			}
			r := now()
			if kept, err := b.Requests.Runs(b.Ctx, session.RunQuery{}); err != nil || slices.ContainsFunc(kept, func(k session.RunRecord) bool { return k.ID == r.ID }) {
				t.Errorf("it was kept first: %v", err)
			}
			early = append(early, r)
		}})
		enginetest.Check(t, err)
		if len(early) != times {
			t.Fatalf("%s MB were shown %d times early, want %d", mb, len(early), times)
		}
		for _, r := range early {
			if r.ID != run.ID || r.Status != 200 || r.Media != answer.MediaJSON || r.Verdict != request.Unjudged || !bytes.Equal(r.Body, run.Body) {
				t.Errorf("the early run is %s %d %s %q", r.ID, r.Status, r.Media, r.Verdict)
			}
			if bytes.Contains(r.Body, []byte(canary)) {
				t.Error("the early run shows the token")
			}
		}
		if want := map[bool]request.Verdict{true: request.Passed, false: request.Failed}[mb != ""]; run.Verdict != want {
			t.Errorf("%s MB: judged %q, want %q", mb, run.Verdict, want)
		}
	}
}

func TestNoSecretLeaves(t *testing.T) {
	t.Parallel()
	const canary = "cAnArY-5f1c9e&+ü"
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now, Users: []emulator.User{{Name: "admin", Password: canary}}})
	d := enginetest.Market(enginetest.Serve(t, server), "me@market")
	d.NewSecrets["password"] = secret.New(canary)
	id := b.Add(d)
	snap := b.LogIn(id)
	access, err := b.Token(b.Ctx, id, "")
	enginetest.Check(t, err)
	refresh, err := b.Token(b.Ctx, id, "refresh")
	enginetest.Check(t, err)
	run, err := b.Fire(b.Ctx, id, b.Spec(id, "me"), attempt.Options{})
	enginetest.Check(t, err)
	_, err = b.Refresh(b.Ctx, id, nil)
	enginetest.Check(t, err)
	_, err = b.Logout(b.Ctx, id)
	enginetest.Check(t, err)
	enginetest.Check(t, b.Store.Close())

	seen := []byte(run.Summary() + run.URL)
	for _, h := range append(run.RequestHeaders, run.Headers...) {
		seen = append(seen, h.Name+h.Value...)
	}
	seen = append(append(seen, run.Body...), snap.Account.BaseURL...)
	enginetest.Check(t, filepath.WalkDir(b.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		seen = append(seen, data...)
		return err
	}))
	for name, text := range map[string]string{"password": canary, "access": access.Reveal(), "refresh": refresh.Reveal()} {
		for _, form := range []string{text, url.QueryEscape(text), text[len(text)/2:]} {
			if strings.Contains(string(seen), form) {
				t.Errorf("the %s stands in the clear in the store, in a run, or in an account", name)
			}
		}
	}
}

// A part of a line may be the beginning of a secret.
func TestACancelledStreamKeepsWhatCame(t *testing.T) {
	t.Parallel()
	canary := "sk-live-" + strings.Repeat("c", 32)
	b := enginetest.New(t)
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: "+r.Header.Get("Authorization")+"\n\ndata: "+canary[:20])
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	id := b.Add(&draft.Form{
		Account:    session.Account{Name: "me@stream", Definition: "token", Login: "paste", Values: map[string]string{"address": url}},
		NewSecrets: map[string]secret.String{"pasted": secret.New(canary)},
	})
	b.LogIn(id)
	ctx, cancel := context.WithCancel(b.Ctx)
	run, err := b.Fire(ctx, id, &request.Spec{Method: "GET", Target: "/"}, attempt.Options{OnAnswer: func(now func() *request.Run, _ bool) {
		go func() {
			defer cancel()
			for len(now().Body) == 0 {
				time.Sleep(time.Millisecond)
			}
			if body := string(now().Body); strings.Contains(body, "sk-live") || !strings.HasSuffix(body, "\n\n") {
				t.Errorf("shown on its way: %q", body)
			}
		}()
	}})
	enginetest.Check(t, err)
	if !run.Cut || run.OK() || !strings.Contains(run.CutReason, "cancelled") || bytes.Contains(run.Body, []byte(canary)) {
		t.Errorf("%q, cut %v: %s", run.Body, run.Cut, run.CutReason)
	}
	kept, err := b.Requests.Runs(b.Ctx, session.RunQuery{})
	enginetest.Check(t, err)
	if len(kept) != 1 || kept[0].ID != run.ID {
		t.Errorf("the history holds %+v", kept)
	}
}
