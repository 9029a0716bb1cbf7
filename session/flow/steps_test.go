package flow_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tokenring/session"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/flow"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

const withCode = `
logins:
  - name: password
    fields: [{name: password, label: Password, secret: true}]
    steps:
      - request: {method: POST, path: /login, json: {password: "${.password}"}}
        capture: {ticket?: .body.ticket, access?: .body.token}
      - {when: .status == 401, prompt: {name: code, label: One-time code, secret: true}}
      - when: .status == 401
        request: {method: POST, path: /login/code, json: {ticket: "${.ticket}", code: "${.code}"}}
        capture: {access: .body.token}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
outcomes:
  - {when: .status == 401 and .body.ticket != null, is: challenge}
  - {when: .status == 401, is: bad_credentials}
message: .body.message
`

func codeServer(t *testing.T) string {
	return backendOf(t, func(w http.ResponseWriter, r *http.Request, body string) {
		switch {
		case r.URL.Path == "/login" && strings.Contains(body, "trusted"):
			say(w, 200, `{"token":"straight-through"}`)
		case r.URL.Path == "/login":
			say(w, 401, `{"ticket":"mfa-ticket-1"}`)
		case body == `{"code":"246810","ticket":"mfa-ticket-1"}`:
			say(w, 200, `{"token":"with-code"}`)
		default:
			say(w, 401, `{"message":"wrong code"}`)
		}
	})
}

func TestAChallengeGoesOnToThePerson(t *testing.T) {
	t.Parallel()
	r := runner(t, newClock().now)
	account := subject(define(t, withCode), codeServer(t), map[string]any{"password": hide("pass-word")})

	p := &person{answer: "246810"}
	var steps []string
	res, err := r.Login(t.Context(), account, p, func(s session.Step) { steps = append(steps, s.Text) })
	must(t, err)
	if want := []string{"POST /login", "asking for One-time code", "POST /login/code"}; !slices.Equal(steps, want) {
		t.Errorf("progress %q", steps)
	}
	if res.Values["access"].Reveal() != "with-code" || len(p.asked) != 1 || p.asked[0].Label != "One-time code" || !p.asked[0].Secret {
		t.Errorf("values %v after %+v", res.Values, p.asked)
	}

	_, err = r.Login(t.Context(), account, &person{answer: "000000"}, nil)
	f := failure(t, err)
	wantKind(t, f, session.BadCredentials)
	if f.Step != 3 || f.Of != 3 || f.Message != "wrong code" {
		t.Errorf("failure = %+v", f)
	}

	_, err = r.Login(t.Context(), account, nil, nil)
	f = failure(t, err)
	wantKind(t, f, session.NeedsPerson)
	if f.Step != 2 || f.Status != 0 || !strings.Contains(f.Detail, "One-time code") {
		t.Errorf("failure = %+v", f)
	}

	refusal := errors.New("closed the dialog")
	_, err = r.Login(t.Context(), account, &person{err: refusal}, nil)
	wantKind(t, failure(t, err), session.Declined)
	if !errors.Is(err, refusal) {
		t.Error("the person's error is not in the chain")
	}

	account.Fields["password"] = hide("trusted")
	res, err = r.Login(t.Context(), account, nil, nil)
	must(t, err)
	if res.Values["access"].Reveal() != "straight-through" {
		t.Errorf("values = %v", res.Values)
	}
}

// device polls as RFC 8628 has it.
const device = `
logins:
  - name: device
    steps:
      - request: {method: POST, path: /device}
        capture: {device_code: .body.device_code, user_code: .body.user_code}
      - show: {text: "Enter the code there", url: "https://example.com/device", code: "${.user_code}"}
      - request: {method: POST, path: /token, form: {device_code: "${.device_code}"}}
        repeat: {until: .status == 200, every: 5s, for: 60s}
        capture: {access: .body.access_token}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
outcomes:
  - {when: .body.error == "authorization_pending", is: challenge}
  - {when: .body.error == "slow_down", is: rate_limited, retry_after: 20}
  - {when: .body.error == "access_denied", is: forbidden}
message: .body.error
`

// scripted answers /token with one of the words after the other.
func scripted(words ...string) http.Handler {
	i := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/device" {
			say(w, 200, `{"device_code":"device-code-1","user_code":"ABCD"}`)
			return
		}
		word := words[min(i, len(words)-1)]
		i++
		if word == "ok" {
			say(w, 200, `{"access_token":"granted"}`)
			return
		}
		say(w, 400, fmt.Sprintf(`{"error":%q}`, word))
	})
}

func TestPollingWaitsForThePerson(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		words  []string
		kind   session.OutcomeKind // "" when the login goes through
		after  time.Duration
		detail string
	}{
		{"granted at the third question", []string{"authorization_pending", "authorization_pending", "ok"}, "", 10 * time.Second, ""},
		{"told to slow down", []string{"slow_down", "ok"}, "", 20 * time.Second, ""},
		{"denied", []string{"authorization_pending", "access_denied"}, session.Forbidden, 5 * time.Second, ""},
		{"nobody came", []string{"authorization_pending"}, session.Unexpected, time.Minute, "not ready within 1m0s"},
	}
	def := define(t, device)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, url := piped(t, scripted(tt.words...))
				p := &person{}
				began := time.Now()
				res, err := r.Login(t.Context(), subject(def, url, nil), p, nil)
				if got := time.Since(began); got != tt.after {
					t.Errorf("it took %v, want %v", got, tt.after)
				}
				if want := (session.Notice{Text: "Enter the code there", URL: "https://example.com/device", Code: "ABCD"}); len(p.noticed) != 1 || p.noticed[0] != want {
					t.Errorf("notices = %+v", p.noticed)
				}
				if tt.kind == "" {
					must(t, err)
					if res.Values["access"].Reveal() != "granted" {
						t.Errorf("values = %v", res.Values)
					}
					return
				}
				f := failure(t, err)
				wantKind(t, f, tt.kind)
				wantContains(t, f.Detail, tt.detail)
			})
		})
	}
}

// piped serves h without sockets, so that waiting for it is idle time.
func piped(t *testing.T, h http.Handler) (*flow.Runner, string) {
	t.Helper()
	l := emulatortest.StartPipe(h)
	rt := &http.Transport{DialContext: l.DialContext}
	t.Cleanup(func() {
		rt.CloseIdleConnections()
		_ = l.Close()
	})
	client := transport.New(transport.Options{Now: time.Now, Transport: rt})
	return flow.New(client, time.Now), l.URL
}

func TestCancelEndsAWait(t *testing.T) {
	t.Parallel()
	def := define(t, device)
	synctest.Test(t, func(t *testing.T) {
		r, url := piped(t, scripted("authorization_pending"))
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		began := time.Now()
		_, err := r.Login(ctx, subject(def, url, nil), &person{}, nil)
		wantKind(t, failure(t, err), session.NoAnswer)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 12*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

func TestAServerThatNeverAnswers(t *testing.T) {
	t.Parallel()
	def := define(t, "timeout: 7s\n"+plainLogin)
	synctest.Test(t, func(t *testing.T) {
		r, url := piped(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
		_, err := r.Login(t.Context(), subject(def, url, nil), nil, nil)
		f := failure(t, err)
		wantKind(t, f, session.NoAnswer)
		wantContains(t, f.Error(), "did not answer within 7 s")
		var e *transport.Error
		if !errors.As(err, &e) || e.Kind != transport.KindTimeout || f.Status != 0 {
			t.Errorf("failure = %+v", f)
		}
	})
}

const plainLogin = `
logins:
  - name: plain
    steps:
      - request: {method: POST, path: /login}
        capture: {access: .body.access_token, refresh?: .body.refresh_token}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
refresh:
  needs: refresh
  steps:
    - request: {method: POST, path: /refresh, json: {refresh_token: "${.refresh}"}}
      capture: {access: .body.access_token, refresh: .body.refresh_token}
tokens: {access: {}, refresh: {}}
message: .body.message
`

func TestWhatTheAnswerLacks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, kind, body string
		want             session.OutcomeKind
		detail           string
	}{
		{"another name", "application/json", `{"token":"xyz-secret-1","user":{"id":7,"tags":[]}}`, session.Incomplete,
			"there is no access token in the answer: it sent an object with token (a string), user (an object with id (a number), tags (an empty list))"},
		{"null", "application/json", `null`, session.Incomplete, "it sent null"},
		{"blank", "application/json", `{"access_token":"  "}`, session.Incomplete, "access_token (an empty string)"},
		{"an object", "application/json", `{"access_token":{"value":"xyz-secret-1"}}`, session.Incomplete, "access_token (an object with value (a string))"},
		{"a list", "application/json", `["xyz-secret-1"]`, session.Incomplete, "a list of 1"},
		{"a web page", "text/html", `<!doctype html><title>Sign in</title>`, session.NotJSON, "it sent a web page"},
		{"a page called JSON", "application/json", `<html>502`, session.NotJSON, "it sent a web page"},
		{"text", "text/plain", `xyz-secret-1`, session.NotJSON, "it sent text of 12 bytes"},
		{"nothing", "application/json", ``, session.Incomplete, "it sent no body"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
				w.Header().Set("Content-Type", tt.kind)
				_, _ = io.WriteString(w, tt.body)
			})
			_, err := runner(t, newClock().now).Login(t.Context(), subject(define(t, plainLogin), url, nil), nil, nil)
			f := failure(t, err)
			wantKind(t, f, tt.want)
			wantContains(t, f.Detail, tt.detail)
			if f.Status != 200 || f.Call != "POST "+url+"/login" || strings.Contains(everything(f), "xyz-secret-1") {
				t.Errorf("failure = %+v", f)
			}
		})
	}
}

func TestJSONCountsWhateverItIsCalled(t *testing.T) {
	t.Parallel()
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "\xef\xbb\xbf {\"access_token\":\"abc\"}\n")
	})
	res, err := runner(t, newClock().now).Login(t.Context(), subject(define(t, plainLogin), url, nil), nil, nil)
	must(t, err)
	if res.Values["access"].Reveal() != "abc" {
		t.Errorf("values = %v", res.Values)
	}
}

func TestARefreshKeepsWhatTheAnswerLeavesOut(t *testing.T) {
	t.Parallel()
	answer := `{"access_token":"second","refresh_token":null}`
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) { say(w, 200, answer) })
	r := runner(t, newClock().now)
	account := subject(define(t, plainLogin), url, nil)
	_, err := r.Refresh(t.Context(), account, nil)
	wantKind(t, failure(t, err), session.NeedsPerson)

	account.Tokens = map[string]secret.String{"access": hide("first"), "refresh": hide("keep-me")}
	res, err := r.Refresh(t.Context(), account, nil)
	must(t, err)
	if res.Values["access"].Reveal() != "second" || res.Values["refresh"].Reveal() != "keep-me" || fmt.Sprint(res.Changed) != "[access]" {
		t.Errorf("values %v, changed %v", res.Values, res.Changed)
	}
	if account.Tokens["access"].Reveal() != "first" {
		t.Error("the subject's own tokens were changed")
	}
	answer = `{"ok":true}`
	_, err = r.Refresh(t.Context(), account, nil)
	f := failure(t, err)
	wantKind(t, f, session.Incomplete)
	wantContains(t, f.Detail, "ok (a boolean)")
}

func TestEveryStepOfARefreshBringsSomething(t *testing.T) {
	t.Parallel()
	url := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		if r.URL.Path == "/csrf" {
			say(w, 200, `{"csrf":"c1"}`)
			return
		}
		say(w, 200, `{"renewed":false}`)
	})
	account := subject(define(t, `
logins: [{name: paste, fields: [{name: pasted, label: T, secret: true}], steps: [{capture: {access: .pasted}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
refresh:
  steps:
    - request: {path: /csrf}
      capture: {csrf: .body.csrf}
    - request: {method: POST, path: /refresh, attach: bearer, headers: {X-CSRF: "${.csrf}"}}
      capture: {access: .body.access}
`), url, nil)
	account.Tokens["access"] = hide("first")
	_, err := runner(t, newClock().now).Refresh(t.Context(), account, nil)
	f := failure(t, err)
	wantKind(t, f, session.Incomplete)
	if f.Step != 2 || f.Detail != "there is no access token in the answer: it sent an object with renewed (a boolean)" {
		t.Errorf("failure = %+v", f)
	}
}

func TestOnlyWebAddressesAreShownForOpening(t *testing.T) {
	t.Parallel()
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		say(w, 200, `{"open":"file:///etc/passwd","access":"x"}`)
	})
	def := define(t, `
logins:
  - name: browser
    steps:
      - request: {path: /start}
        capture: {open: .body.open, access: .body.access}
      - show: {url: "${.open}"}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
	p := &person{}
	_, err := runner(t, newClock().now).Login(t.Context(), subject(def, url, nil), p, nil)
	wantKind(t, failure(t, err), session.Unexpected)
	if len(p.noticed) != 0 {
		t.Errorf("shown: %+v", p.noticed)
	}
}

func TestLoginFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	asked := 0
	other := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) { asked++; say(w, 200, `{"access_token":"x"}`) })
	url := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		http.Redirect(w, r, other+"/login?next=secret-path", http.StatusTemporaryRedirect)
	})
	_, err := runner(t, newClock().now).Login(t.Context(), subject(define(t, plainLogin), url, nil), nil, nil)
	f := failure(t, err)
	wantKind(t, f, session.Unexpected)
	if f.Detail != "it sends a redirect to "+other || f.Status != 307 || asked != 0 {
		t.Errorf("failure = %+v, other server asked %d times", f, asked)
	}
}

// TestARedirectOfALoginNamesItsPathAtHome checks what a person reads of a redirect
// within the origin: where to, without its query, and what to do.
func TestARedirectOfALoginNamesItsPathAtHome(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"/login/?next=secret":                  "it sends a redirect to /login/",
		"v2/login":                             "it sends a redirect to /v2/login",
		"?again":                               "it sends a redirect to /login",
		"/s/eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.x": "it sends a redirect to /s/••••••",
		"":                                     "it sends a redirect",
	} {
		url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusMovedPermanently)
		})
		_, err := runner(t, newClock().now).Login(t.Context(), subject(define(t, plainLogin), url, nil), nil, nil)
		f := failure(t, err)
		if f.Detail != want || location != "" && !strings.HasPrefix(f.Next, "write this path into the definition") {
			t.Errorf("%q: %q, next %q", location, f.Detail, f.Next)
		}
	}
}

func TestStatusesThatExplainThemselves(t *testing.T) {
	t.Parallel()
	status := 0
	c := newClock()
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Date", c.now().UTC().Format(http.TimeFormat))
		w.Header().Set("Retry-After", "30")
		http.Error(w, "come back later", status)
	})
	for s, want := range map[int]session.OutcomeKind{429: session.RateLimited, 503: session.Unavailable, 500: session.Unexpected, 404: session.Unexpected} {
		status = s
		_, err := runner(t, c.now).Login(t.Context(), subject(define(t, plainLogin), url, nil), nil, nil)
		f := failure(t, err)
		wantKind(t, f, want)
		if f.Message != "come back later" || !f.Retry.Equal(c.now().Add(30*time.Second)) {
			t.Errorf("%d: %+v", s, f)
		}
	}
}

func TestCutAndBrokenAnswers(t *testing.T) {
	t.Parallel()
	hostile := serve(t, emulatortest.NewHostile(emulatortest.HostileOptions{Now: newClock().now}))
	for kind, want := range map[string]session.OutcomeKind{
		"endless": session.TooLarge, "gzip-bomb": session.TooLarge, "cut": session.TooLarge, "drop": session.NoAnswer,
		"headers": session.NoAnswer, "malformed-header": session.NoAnswer, "deep": session.NotJSON, "shape-string": session.Incomplete,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			def := define(t, strings.Replace(plainLogin, "path: /login", "path: /login/"+kind, 1))
			_, err := runner(t, newClock().now).Login(t.Context(), subject(def, hostile, nil), nil, nil)
			wantKind(t, failure(t, err), want)
		})
	}
}

func TestTLSTroubleIsNamed(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	_, err := runner(t, newClock().now).Login(t.Context(), subject(define(t, plainLogin), s.URL, nil), nil, nil)
	f := failure(t, err)
	wantKind(t, f, session.NoAnswer)
	wantContains(t, f.Meaning, "is self-signed")
	wantContains(t, f.Next, "SSL_CERT_FILE")
}

func TestATokenOfTheWrongUse(t *testing.T) {
	t.Parallel()
	c := newClock()
	core := emulator.NewDatarhei(emulator.DatarheiOptions{Now: c.now})
	swapped := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		core.ServeHTTP(rec, r)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(rec.Code)
		_, _ = strings.NewReplacer("access_token", "refresh_token", "refresh_token", "access_token").WriteString(w, rec.Body.String())
	}))
	t.Cleanup(swapped.Close)
	account := subject(builtin(t, "datarhei-core"), swapped.URL, map[string]any{"username": "admin", "password": hide(emulator.Password)})
	_, err := runner(t, c.now).Login(t.Context(), account, nil, nil)
	f := failure(t, err)
	wantKind(t, f, session.WrongToken)
	wantContains(t, f.Detail, "access")
}

func TestALoginWithoutATokenIsNone(t *testing.T) {
	t.Parallel()
	def := define(t, withCode)
	for name, answer := range map[string]string{
		"an answer that holds neither token nor challenge": `{"hello":"world"}`,
		"the page that a web server has for every path":    `<!doctype html><title>App</title>`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) { say(w, 200, answer) })
			account := subject(def, url, map[string]any{"password": hide("pass-word")})
			_, err := runner(t, newClock().now).Login(t.Context(), account, nil, nil)
			f := failure(t, err)
			want, said := session.Incomplete, "hello (a string)"
			if strings.HasPrefix(answer, "<") {
				want, said = session.NotJSON, "a web page"
			}
			wantKind(t, f, want)
			if f.Step != 1 || f.Status != 200 || !strings.Contains(f.Detail, "no access token in the answer") || !strings.Contains(f.Detail, said) {
				t.Errorf("failure = %+v", f)
			}
		})
	}
}
