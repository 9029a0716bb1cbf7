package flow_test

import (
	"net/http"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/flow"
)

// TestACookieGoesBackAsItCame logs in with cookies of every kind, and looks at what
// the session is and sends.
func TestACookieGoesBackAsItCame(t *testing.T) {
	t.Parallel()
	const jwt = "eyJhbGciOiJub25lIn0.eyJleHAiOjQxMDI0NDQ4MDB9." // ends in 2100
	c := newClock()
	for _, tt := range []struct {
		lines  []string
		sent   string
		source string
		end    time.Duration // after the answer; 0: not stated
	}{
		{[]string{`sid="m n,o=="; Path=/`}, `sid="m n,o=="`, "", 0},
		{[]string{`sid={"a": 1}; Max-Age=600`}, `sid={"a": 1}`, "Max-Age", 10 * time.Minute},
		{[]string{"sid=1; Max-Age=600; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, "sid=1", "Max-Age", 10 * time.Minute},
		{[]string{"sid=1; Expires=" + c.now().Add(2*time.Hour).UTC().Format(http.TimeFormat)}, "sid=1", "Expires", time.Hour},
		{[]string{"sid=" + jwt + "; Max-Age=600"}, "sid=" + jwt, "Max-Age", 10 * time.Minute},
		{[]string{"sid=old; Max-Age=60", "sid=gone; Max-Age=0", "sid=new"}, "sid=new", "", 0},
		{[]string{"sid=1; Max-Age=600", "sid=2; Domain=elsewhere.example"}, "sid=1", "Max-Age", 10 * time.Minute},
	} {
		var sent string
		url := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
			w.Header().Set("Date", c.now().Add(time.Hour).UTC().Format(http.TimeFormat)) // an hour ahead
			w.Header()["Set-Cookie"] = tt.lines
			sent = r.Header.Get("Cookie")
			say(w, 200, `{"expires_in": 5}`)
		})
		def := define(t, `
logins: [{name: form, steps: [{request: {method: POST, path: /login}, capture: {sid: .cookies.sid}}]}]
attach: [{name: cookie, cookies: {sid: "${.sid}"}}]
check: {request: {path: /me}}
`)
		r, account := runner(t, c.now), subject(def, url, nil)
		res, err := r.Login(t.Context(), account, nil, nil)
		must(t, err)
		life := res.Lives["sid"]
		want := tt.end
		if tt.source == "" {
			tt.source, want = "expires_in", 5*time.Second
		}
		if life.Source != tt.source || life.ExpiresAt.Sub(c.now().Add(time.Hour)).Truncate(time.Second) != want {
			t.Errorf("%q ends at %v by %s", tt.lines, life.ExpiresAt, life.Source)
		}
		account.Tokens, account.Lives = res.Values, res.Lives
		_, err = r.Check(t.Context(), account)
		must(t, err)
		if sent != tt.sent {
			t.Errorf("%q: sent %q, want %q", tt.lines, sent, tt.sent)
		}
	}
}

// TestACookieGoesWhereItBelongs sends requests with a cookie of a path, and with one
// for secure addresses alone, of which this machine is one.
func TestACookieGoesWhereItBelongs(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]map[string]bool{
		"sid=1; Path=/api":            {"/api": true, "/api/x": true, "/apis": false, "/": false},
		"sid=1":                       {"/v1/x": true, "/api": true}, // set at /v1/login, for no path that it states
		"sid=1; Path=/; Secure":       {"/api": true},
		"sid=1; Path=/; Domain=other": {},
	} {
		var sent string
		url := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
			w.Header().Set("Set-Cookie", line)
			sent = r.Header.Get("Cookie")
			say(w, 200, "{}")
		})
		def := define(t, `
logins: [{name: form, steps: [{request: {method: POST, path: /v1/login}, capture: {sid: .cookies.sid}}]}]
attach: [{name: cookie, cookies: {sid: "${.sid}"}}]
requests: [{name: at/, path: /}, {name: at/api, path: /api}, {name: at/api/x, path: /api/x}, {name: at/apis, path: /apis}, {name: at/v1/x, path: /v1/x}]
`)
		r, account := runner(t, newClock().now), subject(def, url, nil)
		res, err := r.Login(t.Context(), account, nil, nil)
		if len(want) == 0 {
			wantKind(t, failure(t, err), session.Incomplete)
			continue
		}
		must(t, err)
		account.Tokens, account.Lives = res.Values, res.Lives
		for path, goes := range want {
			answer, err := r.Caller(account).Send(t.Context(), def.Request("at"+path), flow.SendOptions{})
			must(t, err)
			if (sent == "sid=1") != goes || answer.Carried != goes || (len(answer.Sent.Unsent) == 0) != goes {
				t.Errorf("%s at %s: sent %q, left out %q", line, path, sent, answer.Sent.Unsent)
			}
		}
	}
}
