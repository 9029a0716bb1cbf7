package flow_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/secret"
)

const insideModes = `
logins:
  - name: key
    fields: [{name: key, secret: true}]
    steps: [{capture: {token: .key}}]
attach:
  - {name: bot, path: "/bot${.token}"}
  - {name: rpc, body: '${.token as $t | .request.body | fromjson | .auth = $t | tojson}'}
  - {name: form, body: '${.request.body}&token=${.token | @uri}'}
  - {name: names, body: '${.token as $t | .request | keys | tojson | select($t != null)}'}
  - {name: soap, body: '${"<Token>\(.token | @html)</Token>" as $t | .request.body | sub("<Header/>"; "<Header>\($t)</Header>")}'}
requests:
  - {name: plain, get: /me}
  - {name: json, post: /rpc, json: {method: users.list}}
  - {name: fields, post: /f, form: {a: b}}
  - {name: xml, post: /s, text: "<Envelope><Header/></Envelope>"}
  - {name: parts, post: /p, multipart: [{name: a, text: b}]}
`

// fire sends a request of a definition as the account or, with anonymous, as nobody.
func fire(t *testing.T, r *flow.Runner, account *flow.Subject, name string, anonymous bool) (*flow.Answer, error) {
	t.Helper()
	req := *account.Definition.Request(name)
	if anonymous {
		req.Attach = definition.AttachNone
	}
	return r.Caller(account).Send(t.Context(), &req, flow.SendOptions{})
}

func TestATokenGoesIntoPathOrBody(t *testing.T) {
	t.Parallel()
	var got string
	url := backendOf(t, func(w http.ResponseWriter, r *http.Request, body string) {
		got = r.Method + " " + r.URL.EscapedPath() + " " + body
		say(w, 200, `{}`)
	})
	r, def := runner(t, newClock().now), define(t, insideModes)
	for _, tc := range []struct{ mode, request, want, anonymous string }{
		{"bot", "plain", "GET /base/bot123%3Acanary-tok%2Fen/me ", "GET /base/me "},
		{"rpc", "json", `POST /base/rpc {"auth":"123:canary-tok/en","method":"users.list"}`, `POST /base/rpc {"method":"users.list"}`},
		{"rpc", "plain", "GET /base/me ", "GET /base/me "},
		{"form", "fields", "POST /base/f a=b&token=123%3Acanary-tok%2Fen", "POST /base/f a=b"},
		{"soap", "xml", "POST /base/s <Envelope><Header><Token>123:canary-tok/en</Token></Header></Envelope>", "POST /base/s <Envelope><Header/></Envelope>"},
	} {
		account := subject(def, url+"/base", map[string]any{"key": hide("123:canary-tok/en")})
		account.Tokens["token"], account.Attach = hide("123:canary-tok/en"), tc.mode
		answer, err := fire(t, r, account, tc.request, false)
		must(t, err)
		if got != tc.want {
			t.Errorf("%s: sent %q, want %q", tc.mode, got, tc.want)
		}
		if inside := strings.Contains(got, "canary"); answer.Carried != inside || strings.Contains(answer.Call, "canary") {
			t.Errorf("%s: carried %v as %q", tc.mode, answer.Carried, answer.Call)
		}
		if shown := answer.Redact.Text(answer.Response.URL.String()) + string(answer.Redact.Bytes(answer.Sent.Body.Shown())); strings.Contains(shown, "canary") {
			t.Errorf("%s: the token is shown in %q", tc.mode, shown)
		}
		_, err = fire(t, r, account, tc.request, true)
		must(t, err)
		if got != tc.anonymous {
			t.Errorf("%s: sent %q anonymously, want %q", tc.mode, got, tc.anonymous)
		}
		if _, err := account.Attached(t.Context()); failure(t, err).Kind != session.Unsupported {
			t.Errorf("%s: it has headers: %v", tc.mode, err)
		}
	}
	account := subject(def, url, map[string]any{"key": hide("k")})
	account.Tokens["token"], account.Attach = hide("k"), "names"
	_, err := fire(t, r, account, "json", false)
	must(t, err)
	names := slices.Sorted(slices.Values(definition.RequestNames))
	if _, list, _ := strings.Cut(got, "/rpc "); list != `["`+strings.Join(names, `","`)+`"]` {
		t.Errorf(".request has %s, the format %q", list, names)
	}
	account.Attach = "form"
	_, err = fire(t, r, account, "parts", false)
	wantKind(t, failure(t, err), session.BadConfig)
}

// A token in the path hides neither that a request is the call of the check nor that it proves
// nothing.
func TestARequestWithItsTokenInThePathIsKnown(t *testing.T) {
	t.Parallel()
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) { say(w, 200, `{"ok": false}`) })
	account := subject(define(t, `
logins: [{name: key, fields: [{name: key, secret: true}], steps: [{capture: {token: .key}}]}]
attach: [{name: bot, path: "/bot${.token}"}]
check: {request: {path: /me}, alive: .body.ok}
requests:
  - {name: me, get: /me}
  - {name: open, get: /open, proves: false}
  - {name: other, get: /other}
`), url, nil)
	account.Tokens["token"] = hide("123:canary-tok/en")
	for name, want := range map[string]flow.Answer{"me": {Checked: true, Kind: session.TokenRejected}, "open": {}, "other": {Accepted: true}} {
		a, err := fire(t, runner(t, newClock().now), account, name, false)
		must(t, err)
		if a.Checked != want.Checked || a.Kind != want.Kind || a.Accepted != want.Accepted {
			t.Errorf("%s: checked %v, accepted %v, %q", name, a.Checked, a.Accepted, a.Kind)
		}
	}
}

const signing = `
logins:
  - name: key
    fields: [{name: id}, {name: key, secret: true}]
    steps: [{capture: {secret_key: .key}}]
headers: {X-Version: "2"}
attach:
  - name: hmac
    query: {key_id: "${.id}"}
    sign:
      headers:
        X-Time: ${.now | floor}
        X-Signature: >-
          ${.secret_key as $k | .request
          | "\(.method)\n\(.host)\n\(.path)\n\(.query)\n\(.headers["x-time"])\n\(.headers["x-version"])\n\(.headers["user-agent"])\n\(.headers["content-type"] // "")\n\(.body_sha256)"
          | hmac_sha256($k)}
requests:
  - {name: list, path: "/items/a b", query: {q: "x y", a: "1"}}
  - {name: add, post: /items, json: {name: "Zoë"}}
  - {name: file, post: /items, multipart: [{name: a, text: b}]}
`

func TestARequestIsSignedAsItIsSent(t *testing.T) {
	t.Parallel()
	clock := newClock()
	server := clock.now().Add(90 * time.Second) // ahead of us
	var times []string
	url := backendOf(t, func(w http.ResponseWriter, r *http.Request, body string) {
		w.Header().Set("Date", server.Format(http.TimeFormat))
		digest := sha256.Sum256([]byte(body))
		text := strings.Join([]string{
			r.Method, r.Host, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("X-Time"), r.Header.Get("X-Version"),
			r.Header.Get("User-Agent"), r.Header.Get("Content-Type"), hex.EncodeToString(digest[:]),
		}, "\n")
		mac := hmac.New(sha256.New, []byte("canary-signing-key"))
		fmt.Fprint(mac, text)
		times = append(times, r.Header.Get("X-Time"))
		switch {
		case r.Header.Get("X-Signature") != hex.EncodeToString(mac.Sum(nil)) || r.URL.Query().Get("key_id") != "app-1":
			say(w, 401, `{}`)
		case r.Method == http.MethodGet:
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		default:
			say(w, 200, `{}`)
		}
	})
	r := runner(t, clock.now)
	account := subject(define(t, signing), url, map[string]any{"id": "app-1", "key": hide("canary-signing-key")})
	account.Tokens["secret_key"] = secret.New("canary-signing-key")
	account.Offset = 90 * time.Second
	for name, want := range map[string]int{"list": 302, "add": 200, "file": 200} {
		answer, err := fire(t, r, account, name, false)
		must(t, err)
		if answer.Response.Status != want || !answer.Carried {
			t.Errorf("%s: status %d for %q", name, answer.Response.Status, answer.Call)
		}
	}
	if want := strconv.FormatInt(server.Unix(), 10); len(times) != 3 || times[0] != want {
		t.Errorf("signed at %v, want three times %s", times, want)
	}
	_, err := account.Attached(t.Context())
	f := failure(t, err)
	wantKind(t, f, session.Unsupported)
	wantContains(t, f.Meaning, "signed by itself")
}
