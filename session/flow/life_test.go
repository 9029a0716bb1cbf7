package flow_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/flow"
	"tokenring/session/jq"
	"tokenring/session/secret"
)

func unsigned(claims string) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(`{"alg":"HS256"}`)) + "." + enc([]byte(claims)) + "." + enc([]byte("signature"))
}

func TestHowLongATokenLives(t *testing.T) {
	t.Parallel()
	c := newClock()
	now := c.now()
	tests := []struct {
		name, expiresAt string // expressions of the definition
		answer          string
		want            time.Duration // from now; 0: unknown
		source          string
	}{
		{"epoch seconds", "[.body.at]", fmt.Sprintf(`"at":%d`, now.Unix()+90), 90 * time.Second, ".body.at"},
		{"as a string", "[.body.at]", fmt.Sprintf(`"at":"%d"`, now.Unix()+90), 90 * time.Second, ".body.at"},
		{"as a float", "[.body.at]", fmt.Sprintf(`"at":%d.5`, now.Unix()+90), 90*time.Second + 500*time.Millisecond, ".body.at"},
		{"in milliseconds", "[.body.at]", fmt.Sprintf(`"at":%d`, now.UnixMilli()+90_000), 90 * time.Second, ".body.at"},
		{"RFC 3339", "[.body.at]", `"at":"2026-05-04T14:01:30+02:00"`, 90 * time.Second, ".body.at"},
		{"HTTP date", "[.body.at]", `"at":"Mon, 04 May 2026 12:01:30 GMT"`, 90 * time.Second, ".body.at"},
		{"seconds from receipt", "[seconds(.body.in)]", `"in":"3600"`, time.Hour, "seconds(.body.in)"},
		{"milliseconds from receipt", "[ms(.body.in)]", `"in":900000`, 15 * time.Minute, "ms(.body.in)"},
		{"the second expression", "[.body.at, seconds(.body.in)]", `"in":60`, time.Minute, "seconds(.body.in)"},
		{"a failing expression is skipped", "[.body.at.deeper, seconds(.body.in)]", `"at":"x","in":60`, time.Minute, "seconds(.body.in)"},
		{"a date before any token", "[.body.at]", `"at":"1970-01-01T00:00:00Z"`, 0, ""},
		{"zero is never", "[seconds(.body.in)]", `"in":0`, 0, ""},
		{"a lifetime where a date should be", "[.body.at]", `"at":3600`, 0, ""},
		{"nonsense", "[.body.at]", `"at":"soon"`, 0, ""},
		{"exp of the token", "[]", `"x":1`, 0, ""},
		{"expires_in", "[]", `"expires_in":120`, 2 * time.Minute, "expires_in"},
		{"expires_in as a string", "[]", `"expires_in":"120"`, 2 * time.Minute, "expires_in"},
		{"absurd expires_in", "[]", `"expires_in":1e300`, 0, ""},
		{"negative expires_in", "[]", `"expires_in":-1`, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
				w.Header().Set("Date", c.now().UTC().Format(http.TimeFormat))
				say(w, 200, `{"access_token":"opaque",`+tt.answer+`}`)
			})
			def := define(t, strings.Replace(plainLogin, "access: {}", "access: {expires_at: "+tt.expiresAt+"}", 1))
			if tt.expiresAt == "[]" {
				def = define(t, plainLogin)
			}
			res, err := runner(t, c.now).Login(t.Context(), subject(def, url, nil), nil, nil)
			must(t, err)
			life := res.Lives["access"]
			if tt.want == 0 {
				if !life.ExpiresAt.IsZero() || life.Source != "" {
					t.Errorf("life = %+v, want unknown", life)
				}
				return
			}
			if !life.ExpiresAt.Equal(now.Add(tt.want)) || life.Source != tt.source {
				t.Errorf("life = %+v, want %v by %s", life, now.Add(tt.want), tt.source)
			}
		})
	}
}

func TestJWTsSayTheirOwnEnd(t *testing.T) {
	t.Parallel()
	c := newClock()
	access := unsigned(fmt.Sprintf(`{"exp":%d.25}`, c.now().Unix()+600))
	refresh := unsigned(`{"exp":0}`)
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		say(w, 200, fmt.Sprintf(`{"access_token":%q,"refresh_token":%q,"expires_in":5}`, access, refresh))
	})
	res, err := runner(t, c.now).Login(t.Context(), subject(define(t, plainLogin), url, nil), nil, nil)
	must(t, err)
	if life := res.Lives["access"]; life.Source != "exp" || !life.ExpiresAt.Equal(c.now().Add(600*time.Second+250*time.Millisecond)) {
		t.Errorf("life of access = %+v", life)
	}
	if life := res.Lives["refresh"]; !life.ExpiresAt.IsZero() || !life.Token {
		t.Errorf("an exp of 0 is no end, but the life is %+v", life)
	}
}

// TestANegativeExpIsAnEnd logs in to a token that no server takes any more.
func TestANegativeExpIsAnEnd(t *testing.T) {
	t.Parallel()
	c := newClock()
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		say(w, 200, fmt.Sprintf(`{"access_token":%q}`, unsigned(`{"exp":-5}`)))
	})
	res, err := runner(t, c.now).Login(t.Context(), subject(define(t, plainLogin), url, nil), nil, nil)
	must(t, err)
	if life := res.Lives["access"]; life.Source != "exp" || !life.ExpiresAt.Equal(time.Unix(-5, 0)) {
		t.Errorf("life of access = %+v", life)
	}
}

func TestLifetimesCountOnTheServersClock(t *testing.T) {
	t.Parallel()
	c := newClock()
	server := c.now().Add(2 * time.Hour)
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Date", server.UTC().Format(http.TimeFormat))
		say(w, 200, `{"access_token":"opaque","expires_in":60}`)
	})
	res, err := runner(t, c.now).Login(t.Context(), subject(define(t, plainLogin), url, nil), nil, nil)
	must(t, err)
	if off := res.Lives["access"].ExpiresAt.Sub(server.Add(time.Minute)); off < 0 || off > time.Second || !res.HasOffset {
		t.Errorf("the token ends at %v, server time is %v, offset %v", res.Lives["access"].ExpiresAt, server, res.Offset)
	}
	if !res.Received.Equal(c.now()) {
		t.Errorf("received at %v", res.Received)
	}
}

func TestALifetimeFromReceiptCountsOnTheServersClock(t *testing.T) {
	t.Parallel()
	c := newClock()
	server := c.now().Add(2 * time.Hour)
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Date", server.UTC().Format(http.TimeFormat))
		say(w, 200, `{"access_token":"opaque","in":60}`)
	})
	def := define(t, strings.Replace(plainLogin, "access: {}", "access: {expires_at: [seconds(.body.in)]}", 1))
	res, err := runner(t, c.now).Login(t.Context(), subject(def, url, nil), nil, nil)
	must(t, err)
	if off := res.Lives["access"].ExpiresAt.Sub(server.Add(time.Minute)).Abs(); off > time.Second {
		t.Errorf("the token ends at %v, want a minute after %v", res.Lives["access"].ExpiresAt, server)
	}
}

func TestTheSameTokenMayLiveLonger(t *testing.T) {
	t.Parallel()
	c := newClock()
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Date", c.now().UTC().Format(http.TimeFormat))
		say(w, 200, `{"access_token":"opaque","refresh_token":"same","expires_in":60}`)
	})
	r := runner(t, c.now)
	account := subject(define(t, plainLogin), url, nil)
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	c.advance(30 * time.Second)
	res, err = r.Refresh(t.Context(), holding(account, res), nil)
	must(t, err)
	if fmt.Sprint(res.Changed) != "[access]" || !res.Lives["access"].ExpiresAt.Equal(c.now().Add(time.Minute)) {
		t.Errorf("changed %v, lives %+v", res.Changed, res.Lives)
	}
}

const rolling = `
logins:
  - name: password
    fields: [{name: email, label: E}, {name: password, label: P, secret: true}]
    steps:
      - request: {method: POST, path: /auth/sign_in, json: {email: "${.email}", password: "${.password}"}}
        capture: {client: '.headers.client', uid: .headers.uid}
each_answer: {capture: {access: '.headers["access-token"]', expiry: .headers.expiry}}
attach: [{name: headers, headers: {access-token: "${.access}", client: "${.client}", uid: "${.uid}"}}]
tokens: {access: {expires_at: [.headers.expiry]}}
check: {request: {path: /auth/validate_token}}
outcomes: [{when: .status == 401, is: token_rejected}]
requests: [{name: tasks, path: /tasks}]
`

func TestATokenThatChangesWithEveryAnswer(t *testing.T) {
	t.Parallel()
	c := newClock()
	rails := emulatortest.NewChanging(emulatortest.ChangingOptions{Now: c.now})
	r := runner(t, c.now)
	def := define(t, rolling)
	account := subject(def, serve(t, rails), map[string]any{"email": "admin@example.com", "password": hide(emulator.Password)})
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	if at := res.Lives["access"].ExpiresAt; !at.Equal(c.now().Add(14 * 24 * time.Hour)) {
		t.Errorf("the token ends at %v", at)
	}
	account = holding(account, res)
	c.advance(time.Minute)
	first, err := r.Caller(account).Send(t.Context(), def.Request("tasks"), flow.SendOptions{})
	must(t, err)
	if first.Response.Status != 200 || first.Values["access"].Equal(account.Tokens["access"]) || !first.Values["client"].Equal(account.Tokens["client"]) {
		t.Fatalf("status %d, changed %v", first.Response.Status, first.Changed)
	}
	if text := first.Redact.Text(first.Response.Header.Get("Access-Token")); text != secret.Hidden {
		t.Errorf("the new token is not masked: %q", text)
	}
	account.Tokens, account.Lives = first.Values, first.Lives

	// Within the batch window the header is blank, and the token stays.
	second, err := r.Caller(account).Send(t.Context(), def.Request("tasks"), flow.SendOptions{})
	must(t, err)
	if second.Response.Status != 200 {
		t.Fatalf("status %d", second.Response.Status)
	}
	if v, ok := second.Values["access"]; ok && !v.Equal(account.Tokens["access"]) {
		t.Error("a blank header replaced the token")
	}
	c.advance(time.Minute)
	checked, err := r.Check(t.Context(), account)
	must(t, err)
	if !checked.Alive || fmt.Sprint(checked.Changed) != "[access expiry]" {
		t.Errorf("check = %v, changed %v", checked.Alive, checked.Changed)
	}
}

func TestCheckTellsNoFromTrouble(t *testing.T) {
	t.Parallel()
	checking := func(alive string) string {
		return plainLogin + "check: {request: {path: /me}" + alive + "}\n" +
			"outcomes: [{when: .status == 418, is: token_rejected}, {when: .status == 403, is: forbidden}]\n"
	}
	const byBody = `, alive: .body.id != null`
	tests := []struct {
		name, alive string
		status      int
		body        string
		want        string // alive, dead, or the kind of a failure
	}{
		{"2xx", "", 200, `{}`, "alive"},
		{"204", "", 204, ``, "alive"},
		{"401", "", 401, `{}`, "dead"},
		{"rejected by an outcome", "", 418, `{}`, "dead"},
		{"a role that is missing", "", 403, `{}`, "forbidden"},
		{"another path", "", 404, `{}`, "unexpected"},
		{"an error", "", 500, `oops`, "unexpected"},
		{"an id", byBody, 200, `{"id":7}`, "alive"},
		{"no id", byBody, 200, `{}`, "dead"},
		{"an id with 404", byBody, 404, `{"id":7}`, "alive"},
		{"404 without id", byBody, 404, `{}`, "dead"},
		{"a portal's page", byBody, 200, `<html>please log in to our wifi</html>`, "not_json"},
		{"a proxy's page", byBody, 502, `<html>bad gateway</html>`, "unavailable"},
		{"too many", byBody, 429, `{}`, "rate_limited"},
		{"a list", byBody, 200, `[1]`, "bad_definition"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			})
			account := subject(define(t, checking(tt.alive)), url, nil)
			account.Tokens["access"] = hide("some-token")
			res, err := runner(t, newClock().now).Check(t.Context(), account)
			got := "dead"
			switch {
			case err != nil:
				got = string(failure(t, err).Kind)
			case res.Alive:
				got = "alive"
			}
			if got != tt.want {
				t.Errorf("the check says %s, want %s", got, tt.want)
			}
		})
	}
}

func TestACheckThatIsLedAway(t *testing.T) {
	t.Parallel()
	other := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) { say(w, 200, `{}`) })
	home := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		switch r.URL.Path {
		case "/me":
			http.Redirect(w, r, "/login", http.StatusFound)
		case "/away":
			http.Redirect(w, r, other, http.StatusFound)
		case "/old":
			http.Redirect(w, r, "/new", http.StatusFound)
		case "/new":
			say(w, 200, `{}`)
		default:
			_, _ = w.Write([]byte("<html>please log in</html>"))
		}
	})
	for path, want := range map[string]session.OutcomeKind{"/me": session.NotJSON, "/away": session.Unexpected, "/old": ""} {
		account := subject(define(t, plainLogin+"check: {request: {path: "+path+"}}\n"), home, nil)
		account.Tokens["access"] = hide("some-token")
		res, err := runner(t, newClock().now).Check(t.Context(), account)
		if want == "" {
			must(t, err)
			if !res.Alive {
				t.Errorf("%s is not alive", path)
			}
			continue
		}
		wantKind(t, failure(t, err), want)
	}
}

func TestLogoutOfADeadSession(t *testing.T) {
	t.Parallel()
	def := define(t, plainLogin+`
logout:
  steps: [{request: {method: POST, path: /logout}}]
  gone: .body.code == 3064
outcomes: [{when: .status == 401, is: token_rejected}]
`)
	for body, status := range map[string]int{`{"code":3064}`: 400, `{}`: 401} {
		url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) { say(w, status, body) })
		account := subject(def, url, nil)
		account.Tokens["access"] = hide("some-token")
		res, err := runner(t, newClock().now).Logout(t.Context(), account, nil)
		must(t, err)
		if !res.AlreadyDead || res.Status != status {
			t.Errorf("%s: %+v", body, res)
		}
	}
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) { say(w, 500, `{}`) })
	account := subject(def, url, nil)
	account.Tokens["access"] = hide("some-token")
	_, err := runner(t, newClock().now).Logout(t.Context(), account, nil)
	wantKind(t, failure(t, err), session.Unexpected)
}

func TestWhenToComeBack(t *testing.T) {
	t.Parallel()
	c := newClock()
	at := c.now().Add(40 * time.Second)
	tests := map[string]string{
		"40":                                   "seconds",
		`"40"`:                                 "seconds as a string",
		fmt.Sprint(at.Unix()):                  "epoch",
		fmt.Sprint(at.UnixMilli()):             "epoch in milliseconds",
		`"2026-05-04T12:00:40Z"`:               "RFC 3339",
		`"` + at.Format(http.TimeFormat) + `"`: "HTTP date",
	}
	def := define(t, plainLogin+"outcomes: [{when: .status == 429, is: rate_limited, retry_after: .body.retry}]\n")
	for retry, name := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
				w.Header().Set("Date", c.now().UTC().Format(http.TimeFormat))
				say(w, 429, `{"retry":`+retry+`}`)
			})
			_, err := runner(t, c.now).Login(t.Context(), subject(def, url, nil), nil, nil)
			f := failure(t, err)
			if !f.Retry.Equal(at) {
				t.Errorf("retry = %v, want %v", f.Retry, at)
			}
		})
	}
}

func TestADateToComeBackIsTheServers(t *testing.T) {
	t.Parallel()
	c := newClock()
	server := c.now().Add(-time.Hour)
	def := define(t, plainLogin+"outcomes: [{when: .status == 429, is: rate_limited, retry_after: .body.retry}]\n")
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Date", server.UTC().Format(http.TimeFormat))
		say(w, 429, fmt.Sprintf(`{"retry":%d}`, server.Unix()+40))
	})
	_, err := runner(t, c.now).Login(t.Context(), subject(def, url, nil), nil, nil)
	if off := failure(t, err).Retry.Sub(c.now().Add(40 * time.Second)).Abs(); off > time.Second {
		t.Errorf("the moment to come back is off by %v", off)
	}
}

func TestEveryKindIsExplained(t *testing.T) {
	t.Parallel()
	for _, kind := range []session.OutcomeKind{
		session.BadCredentials, session.Locked, session.Disabled, session.Unconfirmed, session.RateLimited,
		session.TokenRejected, session.Forbidden, session.BadConfig, session.AuthDisabled, session.Challenge, session.Unavailable,
		session.NeedsPerson, session.Declined, session.Incomplete, session.Unexpected, session.NotJSON, session.TooLarge, session.WrongToken,
		session.BadDefinition, session.Unsupported, session.NoAnswer,
	} {
		if meaning, next := flow.Explain(kind); meaning == string(kind) || next == "" {
			t.Errorf("%s is not explained", kind)
		}
	}
}

func TestWhatCameBeforeAFailureIsNotLost(t *testing.T) {
	t.Parallel()
	c := newClock()
	def := define(t, `
logins: [{name: paste, fields: [{name: pasted, label: Token, secret: true}], steps: [{capture: {refresh: .pasted, access: .pasted}}]}]
refresh:
  steps:
    - {request: {method: POST, path: /refresh, json: {token: "${.refresh}"}}, capture: {refresh: .body.refresh}}
    - {request: {method: POST, path: /access, json: {token: "${.refresh}"}}, capture: {access: .body.access}}
each_answer: {capture: {access: ".headers[\"x-next\"]"}}
tokens: {access: {expect: '.access | startswith("bad") | not'}, refresh: {}}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
check: {request: {path: /me}, alive: .body.alive}
`)
	next := "next-access-token"
	url := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		switch r.URL.Path {
		case "/refresh":
			say(w, 200, `{"refresh": "second-refresh-token"}`)
		case "/me":
			w.Header().Set("X-Next", next)
			say(w, 200, `a page`)
		default:
			say(w, 503, `{}`)
		}
	})
	r := runner(t, c.now)
	account := subject(def, url, map[string]any{"pasted": hide("first-token")})
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	account = holding(account, res)

	brought, err := r.Refresh(t.Context(), account, nil)
	f := failure(t, err)
	if brought == nil || brought.Values["refresh"].Reveal() != "second-refresh-token" || f.Step != 2 {
		t.Errorf("the second step failed, and the first one's token is lost: %+v", f)
	}
	brought, err = r.Check(t.Context(), account)
	f = failure(t, err)
	if brought == nil || brought.Values["access"].Reveal() != next || len(brought.Changed) != 1 {
		t.Errorf("an answer that says nothing brought a token, and it is lost: %+v", f)
	}
	if strings.Contains(everything(f), next) {
		t.Error("the failure tells the token it brought")
	}
	next = "bad access token"
	brought, err = r.Check(t.Context(), account)
	if failure(t, err); brought != nil {
		t.Error("a token that is none is kept")
	}
}

func TestAnAnswerThatRefusesTheSessionBringsNoToken(t *testing.T) {
	t.Parallel()
	c := newClock()
	def := define(t, `
logins: [{name: paste, fields: [{name: pasted, label: Token, secret: true}], steps: [{capture: {access: .pasted}}]}]
each_answer: {capture: {access: ".headers[\"x-next\"]"}}
tokens: {access: {}}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
check: {request: {path: /whoami}, alive: .body.id != null}
outcomes:
  - {when: '.headers["x-outcome"] == "token_rejected"', is: token_rejected}
  - {when: '.headers["x-outcome"] == "forbidden"', is: forbidden}
  - {when: '.headers["x-outcome"] == "rate_limited"', is: rate_limited}
  - {when: '.headers["x-outcome"] == "unavailable"', is: unavailable}
  - {when: '.headers["x-outcome"] == "challenge"', is: challenge}
`)
	var status int
	var outcome, body string
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("X-Next", "a-token-of-no-user")
		w.Header().Set("X-Outcome", outcome)
		say(w, status, body)
	})
	r := runner(t, c.now)
	account := subject(def, url, map[string]any{"pasted": hide("first-token")})
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	account = holding(account, res)
	for _, tt := range []struct {
		path     string
		status   int
		outcome  string
		body     string
		kept     bool
		accepted bool
	}{
		{"/orders", 200, "", `{}`, true, true},
		{"/orders", 302, "", `{}`, true, false},
		{"/orders", 302, "token_rejected", `{}`, false, false},
		{"/orders", 200, "token_rejected", `{}`, false, false},
		{"/orders", 403, "forbidden", `{}`, true, false},
		{"/orders", 200, "rate_limited", `{}`, true, false},
		{"/orders", 429, "rate_limited", `{}`, true, false},
		{"/orders", 503, "unavailable", `{}`, true, false},
		{"/orders", 401, "forbidden", `{}`, true, false},
		{"/orders", 401, "challenge", `{}`, true, false},
		{"/orders", 401, "", `{}`, false, false},
		{"/orders", 403, "", `{}`, true, false},
		{"/orders", 404, "", `{}`, true, false},
		{"/orders", 500, "", `{}`, true, false},
		{"/whoami", 200, "", `{"id": 7}`, true, true},
		{"/whoami", 200, "", `{"id": null}`, false, false},
	} {
		status, outcome, body = tt.status, tt.outcome, tt.body
		target, err := jq.ParseTemplate(tt.path)
		must(t, err)
		follow := false
		answer, err := r.Caller(account).Send(t.Context(), &definition.Request{Method: "GET", Path: target, Follow: &follow}, flow.SendOptions{})
		must(t, err)
		if kept := len(answer.Changed) > 0; kept != tt.kept || answer.Accepted != tt.accepted {
			t.Errorf("%+v: kept %v, accepted %v", tt, kept, answer.Accepted)
		}
	}
}

func TestAStrangersAnswerBringsNoToken(t *testing.T) {
	t.Parallel()
	c := newClock()
	def := define(t, `
logins: [{name: paste, fields: [{name: pasted, label: Token, secret: true}], steps: [{capture: {access: .pasted}}]}]
each_answer: {capture: {access: ".headers[\"x-next\"]"}}
tokens: {access: {}}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
	renew := func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("X-Next", "a-token-from-elsewhere")
		say(w, 200, `{}`)
	}
	stranger := backendOf(t, renew)
	url := backendOf(t, func(w http.ResponseWriter, r *http.Request, body string) {
		if r.URL.Path == "/file" {
			http.Redirect(w, r, stranger+"/file", http.StatusFound)
			return
		}
		renew(w, r, body)
	})
	r := runner(t, c.now)
	account := subject(def, url, map[string]any{"pasted": hide("first-token")})
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	account = holding(account, res)
	for path, want := range map[string]int{"/own": 1, "/file": 0} {
		target, err := jq.ParseTemplate(path)
		must(t, err)
		answer, err := r.Caller(account).Send(t.Context(), &definition.Request{Method: "GET", Path: target}, flow.SendOptions{})
		must(t, err)
		if answer.Response.Status != 200 || len(answer.Changed) != want {
			t.Errorf("%s: %d, and changed are %v", path, answer.Response.Status, answer.Changed)
		}
	}
}

// A token whose end no login tells: the check says it, any answer may change it, and
// neither replaces the token.
func TestAnEndIsLearnedLater(t *testing.T) {
	t.Parallel()
	c := newClock()
	day := "2026-06-01"
	at := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		if r.URL.Path == "/other" {
			w.Header().Set("Token-Ends", "2026-07-01")
			say(w, 200, `{"day":"2030-01-01"}`)
			return
		}
		say(w, 200, `{"day":"`+day+`","alive":`+fmt.Sprint(day != "")+`}`)
	})
	def := define(t, `
logins: [{name: paste, fields: [{name: pasted, secret: true}], steps: [{capture: {token: .pasted}}]}]
each_answer: {capture: {ends?: '.headers["token-ends"]'}}
tokens: {token: {expires_at: [.ends]}}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.token}"}}]
check: {request: {get: /self}, alive: .body.alive, capture: {ends?: .body.day}}
requests: [{name: other, get: /other}]
`)
	if def.Rotates() {
		t.Error("an end is taken for a token")
	}
	r, account := runner(t, c.now), subject(def, at, map[string]any{"pasted": hide("abc")})
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	wantEnd := func(lives map[string]flow.Life, changed []string, month time.Month) {
		t.Helper()
		if got := lives["token"].ExpiresAt; !got.Equal(time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC)) || !slices.Contains(changed, "token") {
			t.Errorf("the token ends %s, changed are %v", got, changed)
		}
	}
	account = holding(account, res)
	if !account.Lives["token"].ExpiresAt.IsZero() {
		t.Errorf("after the login it ends %s", account.Lives["token"].ExpiresAt)
	}
	res, err = r.Check(t.Context(), account)
	must(t, err)
	wantEnd(res.Lives, res.Changed, time.June)
	account = holding(account, res)
	if res, err = r.Check(t.Context(), account); err != nil || len(res.Changed) != 0 {
		t.Errorf("the same end again: %v, %v", res.Changed, err)
	}
	answer, err := r.Caller(account).Send(t.Context(), def.Request("other"), flow.SendOptions{})
	must(t, err)
	wantEnd(answer.Lives, answer.Changed, time.July)
	account.Tokens, account.Lives = answer.Values, answer.Lives
	day = ""
	if res, err = r.Check(t.Context(), account); err != nil || res.Alive || len(res.Changed) != 0 {
		t.Errorf("a dead token: %+v, %v", res, err)
	}
	if !res.Values["token"].Equal(hide("abc")) {
		t.Error("the token is another")
	}
}
