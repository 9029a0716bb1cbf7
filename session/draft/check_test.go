package draft_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/flow"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// tried runs a check and returns a line for each part and each step.
func tried(t *testing.T, trial *draft.DefinitionCheck) (lines []string, err error) {
	t.Helper()
	trial.Observer = func(o *flow.Observation) {
		line := fmt.Sprintf("%s %d/%d %s", o.Flow, o.Index, o.Of, o.Text)
		if o.Response != nil {
			line += fmt.Sprintf(" %d", o.Response.Status)
		}
		for _, c := range o.Captured {
			line += fmt.Sprintf(" %s=%v", c.Name, !c.Value.IsZero())
		}
		if o.Outcome != nil {
			line += " " + string(o.Outcome.Is)
		}
		if o.Skipped {
			line += " skipped"
		}
		lines = append(lines, line)
	}
	err = trial.Run(t.Context(), func(p *draft.CheckPart) {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("= %s %s %s %v", p.Flow, p.Name, p.Skipped, p.Err)))
	})
	return lines, err
}

func marketTrial(t *testing.T, c *enginetest.Clock, url string) *draft.DefinitionCheck {
	t.Helper()
	def, err := definition.Parse("market.yaml", emulator.RotatingDefinition)
	enginetest.Check(t, err)
	client := transport.New(transport.Options{Now: c.Now})
	return &draft.DefinitionCheck{Client: client, Now: c.Now, Definition: def, Form: enginetest.Market(url, "test")}
}

func TestATrialRunsEverythingAndKeepsNothing(t *testing.T) {
	t.Parallel()
	c := enginetest.NewClock()
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: c.Now})
	trial := marketTrial(t, c, enginetest.Serve(t, server))
	if missing := trial.Missing(); len(missing) != 0 {
		t.Errorf("missing: %v", missing)
	}
	if to, err := trial.Destination(); err != nil || to.Plain || !strings.HasPrefix(to.BaseURL, "http://127.0.0.1") {
		t.Errorf("%+v, %v", to, err)
	}
	lines, err := tried(t, trial)
	if err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		"login 1/1 POST /auth/login 200 access=true refresh=true",
		"check 1/1 GET /me 200",
		"refresh 1/1 POST /auth/refresh 200 access=true refresh=true",
		"= logout   <nil>",
		"check 1/1 GET /me 401 token_rejected",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("%q is missing in\n%s", want, strings.Join(lines, "\n"))
		}
	}
	if server.Reuses() != 0 {
		t.Error("a token that was rotated was used again")
	}
	if n := server.Calls("/orders"); n == 0 {
		t.Error("no sample request was sent")
	}
	for _, r := range server.Requests() {
		if r.Method == "POST" && r.Path == "/orders" {
			t.Error("a request that changes something was sent unasked")
		}
	}
}

// TestPlainHTTPThatAConnectionLeadsAwayIsAsked: a call for this machine that the account
// or its definition leads to another needs consent to plain HTTP.
func TestPlainHTTPThatAConnectionLeadsAwayIsAsked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of    session.Connection
		plain bool
	}{
		{session.Connection{}, false},
		{session.Connection{Proxy: "http://127.0.0.1:3128"}, false},
		{session.Connection{Proxy: "http://192.0.2.1:3128"}, true},
		{session.Connection{Resolve: []string{"localhost:80:192.0.2.1"}}, true},
	} {
		account := marketTrial(t, enginetest.NewClock(), "http://localhost")
		account.Form.Connection = c.of
		defined := marketTrial(t, enginetest.NewClock(), "http://localhost")
		defined.Definition.Connection = c.of
		for name, trial := range map[string]*draft.DefinitionCheck{"account": account, "definition": defined} {
			if to, err := trial.Destination(); err != nil || to.Plain != c.plain {
				t.Errorf("%s, %v: %+v, %v", name, c.of, to, err)
			}
		}
	}
}

func TestATrialThatFails(t *testing.T) {
	t.Parallel()
	c := enginetest.NewClock()
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: c.Now})
	url := enginetest.Serve(t, server)
	trial := marketTrial(t, c, url)
	trial.Form.NewSecrets["password"] = secret.New("wrong")
	lines, err := tried(t, trial)
	var f *session.Failure
	if !errors.As(err, &f) || f.Kind != session.BadCredentials || len(lines) != 2 {
		t.Errorf("%v, %q", err, lines)
	}

	trial = marketTrial(t, c, url)
	text := strings.Replace(string(emulator.RotatingDefinition), ".body.access_token", ".body.acess_token", 1)
	if trial.Definition, err = definition.Parse("market.yaml", []byte(text)); err != nil {
		t.Fatal(err)
	}
	lines, err = tried(t, trial)
	if !errors.As(err, &f) || f.Kind != session.Incomplete || f.Expr != ".body.acess_token" {
		t.Errorf("%v, %+v, %q", err, f, lines)
	}
	if !strings.Contains(lines[0], "access=false") {
		t.Errorf("%q", lines)
	}

	trial = marketTrial(t, c, url)
	delete(trial.Form.NewSecrets, "password")
	delete(trial.Form.Values, "username")
	var names []string
	for _, f := range trial.Missing() {
		names = append(names, f.Name)
	}
	if !slices.Equal(names, []string{"username", "password"}) {
		t.Errorf("missing: %v", names)
	}
}

// TestATrialRefusesAnExpiredToken has a token of 2020, from a server and pasted.
func TestATrialRefusesAnExpiredToken(t *testing.T) {
	t.Parallel()
	const old = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIiwiZXhwIjoxNTc3ODM2ODAwfQ.WlpaWlo"
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"token": "`+old+`"}`)
	}))
	for login, steps := range map[string]string{
		"pasted": `[{capture: {access: .pasted}}]`,
		"issued": `[{request: {method: POST, path: /login}, capture: {access: .body.token}}]`,
	} {
		def, err := definition.Parse("old.yaml", []byte(`
name: old
title: Old
base_url: ${.address}
logins: [{name: `+login+`, fields: [{name: address, type: url}, {name: pasted, label: Token, secret: true}], steps: `+steps+`}]
tokens: {access: {}}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
requests: [{name: me, path: /me}]
`))
		enginetest.Check(t, err)
		c := enginetest.NewClock()
		lines, err := tried(t, &draft.DefinitionCheck{
			Client: transport.New(transport.Options{Now: c.Now}), Now: c.Now, Definition: def,
			Form: &draft.Form{
				Account:    session.Account{Name: "test", Definition: "old", Login: login, Values: map[string]string{"address": url}},
				NewSecrets: map[string]secret.String{"pasted": secret.New(old)},
			},
		})
		var f *session.Failure
		if !errors.As(err, &f) || f.Kind != session.ExpiredToken || f.Flow != session.FlowLogin || len(lines) != 2 {
			t.Errorf("%s: %v, %q", login, err, lines)
		}
	}
}

// TestATrialJudgesAsASuiteDoes has a server that refuses samples, issues no refresh
// token, and cannot revoke.
func TestATrialJudgesAsASuiteDoes(t *testing.T) {
	t.Parallel()
	alive := true
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/refused":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		case r.URL.Path == "/me" && !alive:
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = io.WriteString(w, `{"access": "some-access-token"}`)
	}))
	def, err := definition.Parse("f.yaml", []byte(`
name: f
fields: [{name: address, type: url}]
base_url: ${.address}
logins: [{name: open, steps: [{request: {method: POST, path: /login}, capture: &tokens {access: .body.access, refresh?: .body.refresh}}]}]
refresh: {needs: refresh, steps: [{request: {method: POST, path: /refresh, json: {r: "${.refresh}"}}, capture: *tokens}]}
logout: {steps: [{request: {method: POST, path: /logout}}]}
check: {request: {path: /me}}
attach: [{name: odd-header, headers: {X-Token: "${.access}"}}]
outcomes: [{when: .status == 401, is: token_rejected}]
requests:
  - {name: refused, path: /refused}
  - {name: broken, path: /broken}
  - {name: wanted, path: /refused, expect: .status == 401}
  - {name: fine, path: /fine}
`))
	enginetest.Check(t, err)
	run := func() (lines []string, outlived bool, err error) {
		c := enginetest.NewClock()
		trial := &draft.DefinitionCheck{
			Client: transport.New(transport.Options{Now: c.Now}), Now: c.Now, Definition: def,
			Form: &draft.Form{Account: session.Account{Name: "test", Login: "open", Values: map[string]string{"address": url}}},
		}
		err = trial.Run(t.Context(), func(p *draft.CheckPart) {
			outlived = outlived || p.Outlived
			lines = append(lines, fmt.Sprintf("%s %s: %s%v", p.Flow, p.Name, p.Skipped, p.Err))
		})
		return lines, outlived, err
	}
	lines, outlived, err := run()
	for _, want := range []string{
		"refresh : this session holds no refresh token<nil>",
		"request refused: the answer is not as expected: the answer is 401, token rejected",
		"request broken: the answer is not as expected: the answer is 500",
		"request wanted: <nil>", "request fine: <nil>",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("%q is missing in\n%s", want, strings.Join(lines, "\n"))
		}
	}
	if !errors.Is(err, draft.ErrUnmet) || !outlived {
		t.Errorf("error %v, the token outlives the logout: %v", err, outlived)
	}
	alive = false
	if _, _, err := run(); err == nil || !strings.Contains(err.Error(), "attach mode odd-header") {
		t.Errorf("a dead session right after the login: %v", err)
	}
}
