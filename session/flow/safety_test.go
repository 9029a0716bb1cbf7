package flow_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/flow"
	"tokenring/session/secret"
)

const canary = `canary "7f3a/9c51+e2" ü`

// forms are the ways a server may send the canary back.
func forms(t *testing.T) []string {
	t.Helper()
	quoted, err := json.Marshal(canary)
	must(t, err)
	return []string{
		canary, url.QueryEscape(canary), url.PathEscape(canary), strings.Trim(string(quoted), `"`),
		base64.StdEncoding.EncodeToString([]byte(canary)), base64.RawURLEncoding.EncodeToString([]byte(canary)),
	}
}

func TestNoSecretInAnyWord(t *testing.T) {
	t.Parallel()
	all := forms(t)
	def := define(t, `
logins:
  - name: password
    fields: [{name: password, label: Password, secret: true}]
    steps:
      - request: {method: POST, path: "/login/${.password}", form: {password: "${.password}"}}
        capture: {access: .body.access}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
check: {request: {path: /me}}
outcomes: [{when: .status == 401, is: bad_credentials}, {when: .status == 418, is: token_rejected}]
message: .body.message
`)
	for i, echo := range all {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			status := 401
			address := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
				body, err := json.Marshal(map[string]string{"message": "no: " + echo + " \x1b[31mred\x1b[0m", echo: "x"})
				if err != nil {
					t.Error(err)
				}
				say(w, status, string(body))
			})
			r := runner(t, newClock().now)
			account := subject(def, address, map[string]any{"password": hide(canary)})
			var told strings.Builder
			tell := func(s session.Step) { fmt.Fprintf(&told, "%+v\n", s) }
			for _, status = range []int{401, 200, 500} {
				_, err := r.Login(t.Context(), account, nil, tell)
				f := failure(t, err)
				for _, form := range all {
					if strings.Contains(everything(f)+told.String(), form) {
						t.Errorf("status %d leaks %q: %s", status, form, everything(f))
					}
				}
				if strings.ContainsRune(everything(f), '\x1b') {
					t.Errorf("status %d: an escape passes: %q", status, everything(f))
				}
			}
			status = 418
			account.Tokens = map[string]secret.String{"access": hide(canary)}
			answer, err := r.Caller(account).Send(t.Context(), def.Check.Request, flow.SendOptions{})
			must(t, err)
			if !strings.HasPrefix(answer.Message, "no: "+secret.Hidden) {
				t.Errorf("the message of the answer is %q", answer.Message)
			}
		})
	}
}

func TestAReflectingServer(t *testing.T) {
	t.Parallel()
	c := newClock()
	hostile := serve(t, emulatortest.NewHostile(emulatortest.HostileOptions{Now: c.now}))
	def := define(t, plainLogin+"requests: [{name: reflect, path: /reflect}]\n")
	account := subject(def, hostile, nil)
	account.Tokens = map[string]secret.String{"access": hide("access-canary-1"), "refresh": hide("refresh-canary-1")}
	answer, err := runner(t, c.now).Caller(account).Send(t.Context(), def.Request("reflect"), flow.SendOptions{})
	must(t, err)
	if !strings.Contains(string(answer.Response.Body), "access-canary-1") {
		t.Fatal("the token did not reach the server")
	}
	shown := answer.Redact.Text(fmt.Sprint(string(answer.Response.Body), answer.Response.Header))
	if strings.Contains(shown, "access-canary-1") {
		t.Errorf("the redacted answer leaks: %s", shown)
	}
}

func TestNoHostileAnswerBreaksALogin(t *testing.T) {
	t.Parallel()
	c := newClock()
	elsewhere := emulatortest.NewProxy(emulatortest.NewHostile(emulatortest.HostileOptions{Now: c.now}), c.now)
	hostile := serve(t, emulatortest.NewHostile(emulatortest.HostileOptions{Now: c.now, Elsewhere: serve(t, elsewhere)}))
	r := runner(t, c.now)
	for _, kind := range emulatortest.HostileKinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			patience := "timeout: 20s\n"
			if kind == "never" || kind == "slow" {
				patience = "timeout: 1s\n"
			}
			def := define(t, patience+strings.NewReplacer("name: plain\n", "name: plain\n    fields: [{name: key, label: Key, secret: true}]\n",
				"{method: POST, path: /login}", `{method: POST, path: /login/`+kind+`, headers: {X-Key: "${.key}"}, json: {key: "${.key}"}}`).Replace(plainLogin)+
				"outcomes: [{when: .status == 400, is: bad_credentials}]\n")
			res, err := r.Login(t.Context(), subject(def, hostile, map[string]any{"key": hide("key-canary-7f3a9c")}), nil, nil)
			if err == nil {
				if res.Values["access"].IsZero() {
					t.Errorf("a login without a token went through: %+v", res)
				}
				return
			}
			f := failure(t, err)
			for _, text := range []string{f.Error(), f.Call, f.Message, f.Detail, f.Meaning, f.Next} {
				if text != secret.CleanLine(text) || len([]rune(text)) > 300 || strings.Contains(text, "key-canary") {
					t.Errorf("not fit to be shown: %q", text)
				}
			}
		})
	}
	t.Cleanup(func() {
		if asked := elsewhere.Requests(); len(asked) != 0 {
			t.Errorf("the other origin was asked: %+v", asked)
		}
	})
}

func TestATokenThatWouldAddAHeader(t *testing.T) {
	t.Parallel()
	c := newClock()
	hostile := serve(t, emulatortest.NewHostile(emulatortest.HostileOptions{Now: c.now}))
	def := define(t, strings.Replace(plainLogin, "path: /login", "path: /login/injection", 1)+"check: {request: {path: /me}}\n")
	r := runner(t, c.now)
	_, err := r.Login(t.Context(), subject(def, hostile, nil), nil, nil)
	f := failure(t, err)
	wantKind(t, f, session.WrongToken)
	wantContains(t, f.Detail, "access: character 6 is a line break")

	// One that an older version took is not sent either.
	old := subject(def, hostile, nil)
	old.Tokens = map[string]secret.String{"access": hide("abc\r\nX-Injected: 1")}
	_, err = r.Check(t.Context(), old)
	f = failure(t, err)
	wantKind(t, f, session.BadConfig)
	wantContains(t, f.Detail, "Authorization: character 11 is a line break")
}

// entrances has a token in every place that takes one.
const entrances = `
logins:
  - name: pasted
    fields: [{name: pasted, label: Token, secret: true}, {name: key, label: Key, secret: true, optional: true}]
    steps:
      - capture: {access: .pasted, "name?": .key}
  - name: asked
    steps:
      - prompt: {name: code, label: Token}
      - capture: {access: .code}
  - name: other
    fields: [{name: auth0, label: Token, secret: true}, {name: password, label: Password, secret: true}]
    steps:
      - request: {method: POST, path: /login, headers: {Authorization: "Bearer ${.auth0}"}, json: {password: "${.password}"}}
        capture: {access: .body.access_token, "name?": .body.name, "note?": .body.note}
refresh: {needs: access, steps: [{request: {path: /refresh}, capture: {access: .body.access_token}}]}
attach: [{name: key, headers: {X-Access-Token: "${.access}"}}]
check: {request: {path: "/users/${.name}"}}
`

func TestATokenIsRefusedAtEveryEntrance(t *testing.T) {
	t.Parallel()
	answer := ""
	address := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) { say(w, 200, answer) })
	r := runner(t, newClock().now)
	def := define(t, entrances)
	as := func(login string, fields map[string]any) *flow.Subject {
		s := subject(def, address, fields)
		s.Login = login
		return s
	}
	refused := func(place string, err error) {
		t.Helper()
		f := failure(t, err)
		wantContains(t, f.Detail, place)
		if strings.Contains(everything(f), "canary") {
			t.Errorf("the refusal shows the value: %s", everything(f))
		}
	}
	for bad, at := range map[string]string{"canary\nX: 1": "character 7 is a line break", "canary\x1bJ": "character 7 is a control", "canaré": "character 6 is not ASCII", "can\u200bary": "character 4 is an invisible"} {
		if !strings.Contains(bad, "\n") { // which would be a wrapped line
			_, err := r.Login(t.Context(), as("pasted", map[string]any{"pasted": hide(bad)}), nil, nil)
			refused("pasted: "+at, err)
			_, err = r.Login(t.Context(), as("asked", nil), &person{answer: bad}, nil)
			refused("code: "+at, err)
			_, err = r.Login(t.Context(), as("other", map[string]any{"auth0": hide(bad), "password": hide("ü")}), nil, nil)
			refused("auth0: "+at, err)
		}
		quoted, err := json.Marshal(bad)
		must(t, err)
		answer = fmt.Sprintf(`{"access_token": %s}`, quoted)
		_, err = r.Login(t.Context(), as("other", map[string]any{"auth0": hide("a"), "password": hide("ü")}), nil, nil)
		refused("access: "+at, err)
		renewed := as("other", nil)
		renewed.Tokens = map[string]secret.String{"access": hide("old")}
		_, err = r.Refresh(t.Context(), renewed, nil)
		refused("access: "+at, err)
	}
	answer = `{"access_token": "ok", "note": "two\nlines", "name": "canary\r\nX: 1"}`
	_, err := r.Login(t.Context(), as("other", map[string]any{"auth0": hide("a")}), nil, nil)
	refused("name: character 7 is a line break, which no header or path can have", err)
	answer = `{"access_token": "ok", "note": "two\nlines", "name": "Zoë"}`
	_, err = r.Login(t.Context(), as("other", map[string]any{"auth0": hide("a")}), nil, nil)
	must(t, err)
}

func TestAPastedTokenIsCleaned(t *testing.T) {
	t.Parallel()
	var sent string
	address := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		sent = r.Header.Get("Authorization")
		say(w, 200, `{"access_token": "ok"}`)
	})
	r := runner(t, newClock().now)
	def := define(t, entrances)
	for _, raw := range []string{"Authorization: Bearer a.b\n.c", `"token": "a.b.c",`, "export T=a.b.c", "a.b.c"} {
		s := subject(def, address, map[string]any{"pasted": hide(raw)})
		s.Login = "pasted"
		res, err := r.Login(t.Context(), s, nil, nil)
		must(t, err)
		if got := res.Values["access"].Reveal(); got != "a.b.c" {
			t.Errorf("%q became %q", raw, got)
		}
		s = subject(def, address, nil)
		s.Login = "other"
		s.Sources = map[string]flow.Source{"auth0": func(context.Context) (secret.String, error) { return hide(raw), nil }}
		_, err = r.Login(t.Context(), s, nil, nil)
		must(t, err)
		if sent != "Bearer a.b.c" {
			t.Errorf("%q was sent as %q", raw, sent)
		}
	}
}

const twoHosts = `
origins: [{url: "${.other}"}, {url: "${.trusted}", attach: true}]
logins:
  - name: plain
    steps:
      - request: {method: POST, url: "${.other}/token"}
        capture: {access: .body.access_token}
attach: [{name: key, headers: {X-Access-Token: "${.access}"}, query: {key: "${.access}"}, cookies: {sid: "${.access}"}}]
requests:
  - {name: home, path: /here}
  - {name: other, url: "${.other}/there"}
  - {name: forced, url: "${.other}/there", attach: key}
  - {name: trusted, url: "${.trusted}/there"}
  - {name: foreign, url: "https://elsewhere.example/there"}
`

func TestCredentialsStayWhereTheyWereAgreedTo(t *testing.T) {
	t.Parallel()
	var home, other, trusted []string
	record := func(into *[]string) string {
		return backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
			*into = append(*into, fmt.Sprint(r.URL, r.Header))
			say(w, 200, `{"access_token":"agreed-token-1"}`)
		})
	}
	def, err := definition.Parse("test.yaml", []byte(
		"name: test\ntitle: Test\nfields: [{name: address, label: A, type: url}, {name: other, label: O, type: url}, {name: trusted, label: T, type: url}]\n"+
			"base_url: ${.address}\n"+twoHosts))
	must(t, err)
	r := runner(t, newClock().now)
	account := subject(def, record(&home), map[string]any{"other": record(&other), "trusted": record(&trusted)})

	base, further, err := r.Resolve(account)
	must(t, err)
	if base.String() != account.Fields["address"] || len(further) != 2 {
		t.Errorf("resolved to %v, %+v", base, further)
	}
	_, err = r.Login(t.Context(), account, nil, nil)
	wantKind(t, failure(t, err), session.NoAnswer)
	if len(other) != 0 {
		t.Fatal("a host was called that nobody agreed to")
	}
	both := slices.IndexFunc(further, func(o session.FurtherOrigin) bool { return o.For == session.ForBoth })
	account.Origins = session.Origins{further[1-both]}
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	account = holding(account, res)

	send := func(name string) error {
		_, err := r.Caller(account).Send(t.Context(), def.Request(name), flow.SendOptions{})
		return err
	}
	must(t, send("home"))
	if got := strings.Count(home[0], "agreed-token-1"); got != 3 {
		t.Errorf("home got the token %d times: %s", got, home[0])
	}
	must(t, send("other"))
	if strings.Contains(fmt.Sprint(other), "agreed-token-1") {
		t.Errorf("the token went to the other host: %v", other)
	}
	for name, text := range map[string]string{"forced": "do not belong to", "trusted": "is not agreed yet", "foreign": "is not an origin of this definition"} {
		f := failure(t, send(name))
		wantKind(t, f, session.NoAnswer)
		wantContains(t, f.Meaning, text)
	}
	account.Origins = account.Origins.With(session.FurtherOrigin{Origin: further[both].Origin, For: session.ForCredentials})
	must(t, send("trusted")) // agreed to before the definition said that tokens go there
	if len(trusted) != 1 || strings.Contains(trusted[0], "agreed-token-1") {
		t.Errorf("the host that was agreed to for credentials alone got %v", trusted)
	}
	account.Origins = account.Origins.With(further[both])
	must(t, send("trusted"))
	if len(trusted) != 2 || !strings.Contains(trusted[1], "agreed-token-1") {
		t.Errorf("the trusted host got %v", trusted)
	}
}

func TestTheLoginCarriesNoOldToken(t *testing.T) {
	t.Parallel()
	var seen []string
	url := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		seen = append(seen, r.Header.Get("Authorization"))
		say(w, 200, `{"access_token":"new-token","refresh_token":"r2"}`)
	})
	def := define(t, plainLogin)
	account := subject(def, url, nil)
	account.Tokens = map[string]secret.String{"access": hide("old-token"), "refresh": hide("r1"), "stray": hide("from another time")}
	r := runner(t, newClock().now)
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	_, err = r.Refresh(t.Context(), account, nil)
	must(t, err)
	if seen[0] != "" || seen[1] != "" {
		t.Errorf("authorization = %q", seen)
	}
	if _, kept := res.Values["stray"]; kept {
		t.Error("a login starts empty")
	}
}

func TestBuildAndAttached(t *testing.T) {
	t.Parallel()
	def := define(t, `
headers: {X-App: app-1, Accept: application/vnd.test+json}
query: {v: "2"}
logins: [{name: paste, fields: [{name: pasted, label: T, secret: true}], steps: [{capture: {access: .pasted}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
requests:
  - {name: search, path: "/search/${.address}", query: {q: "a b&c", v: "3", none: "${null}"}, headers: {X-App: other}}
  - {name: form, method: POST, path: /form, attach: none, form: {a: "1 2", b: "${null}", c: "ü"}}
`)
	r := runner(t, newClock().now)
	account := subject(def, "https://api.example.com/v1/", nil)
	_, err := r.Caller(account).Build(t.Context(), def.Request("search"))
	wantKind(t, failure(t, err), session.NeedsPerson)

	account.Tokens = map[string]secret.String{"access": hide("token-1")}
	got, err := r.Caller(account).Build(t.Context(), def.Request("search"))
	must(t, err)
	if want := "https://api.example.com/v1/search/https%3A%2F%2Fapi.example.com%2Fv1?q=a+b%26c&v=3"; got.URL.String() != want {
		t.Errorf("url = %s", got.URL)
	}
	if got.Header.Get("X-App") != "other" || got.Header.Get("Accept") != "application/vnd.test+json" ||
		got.AttachHeader.Get("Authorization") != "Bearer token-1" || !got.Follow {
		t.Errorf("request = %+v", got)
	}
	form, err := r.Caller(account).Build(t.Context(), def.Request("form"))
	must(t, err)
	if string(form.Body.Bytes()) != "a=1+2&c=%C3%BC" || form.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || len(form.AttachHeader) != 0 {
		t.Errorf("form = %q, %v", form.Body.Bytes(), form.Header)
	}
	attached, err := account.Attached(t.Context())
	must(t, err)
	headers, query, cookies := attached.Headers, attached.Query, attached.Cookies
	if len(headers) != 1 || headers[0].Name != "Authorization" || headers[0].Value.Reveal() != "Bearer token-1" || query != nil || cookies != nil {
		t.Errorf("attached = %v %v %v", headers, query, cookies)
	}
}

func TestARequestNeverGoesOutAsNobodyByMistake(t *testing.T) {
	t.Parallel()
	url := backendOf(t, func(http.ResponseWriter, *http.Request, string) { t.Error("a request went out") })
	def := define(t, plainLogin+"check: {request: {path: /me}}\n")
	account := subject(def, url, nil)
	r := runner(t, newClock().now)
	_, err := r.Check(t.Context(), account)
	wantKind(t, failure(t, err), session.NeedsPerson)
	account.Tokens["access"] = hide("some-token")
	account.Attach = "of-an-older-definition"
	_, err = r.Check(t.Context(), account)
	wantKind(t, failure(t, err), session.BadConfig)
	_, err = account.Attached(t.Context())
	wantKind(t, failure(t, err), session.BadConfig)
}

func TestAddressesThatCannotBe(t *testing.T) {
	t.Parallel()
	r := runner(t, newClock().now)
	def := define(t, plainLogin)
	for address, text := range map[string]string{
		"":                           "write it like https://",
		"api.example.com":            "write it like https://",
		"ftp://api.example.com":      "begins with https://",
		"https://me:pw@example.com/": "user name or password",
	} {
		_, _, err := r.Resolve(subject(def, address, nil))
		if err == nil || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "pw") && !strings.Contains(text, "password") {
			t.Errorf("%q: %v", address, err)
		}
		_, err = r.Login(t.Context(), subject(def, address, nil), nil, nil)
		wantKind(t, failure(t, err), session.BadConfig)
	}
	_, err := r.Login(t.Context(), subject(def, "http://api.example.com", nil), nil, nil)
	f := failure(t, err)
	wantKind(t, f, session.NoAnswer)
	wantContains(t, f.Meaning, "plain HTTP")
}

func TestAFurtherAddressThatMayBeLeftEmpty(t *testing.T) {
	t.Parallel()
	def := define(t, `
origins: ["${.token_url}", "${.revoke_url}"]
logins:
  - name: password
    fields:
      - {name: token_url, label: Token, type: url}
      - {name: revoke_url, label: Revocation, type: url, optional: true}
    steps: [{request: {method: POST, url: "${.token_url}"}, capture: {access: .body.access}}]
logout:
  when: .revoke_url != null
  steps: [{request: {method: POST, url: "${.revoke_url}", attach: none, form: {token: "${.access}"}}}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
	var revoked string
	url := backendOf(t, func(w http.ResponseWriter, r *http.Request, body string) {
		if r.URL.Path == "/revoke" {
			revoked = body
		}
		say(w, 200, `{"access":"token-of-elsewhere"}`)
	})
	r := runner(t, newClock().now)
	account := subject(def, url, map[string]any{"token_url": url + "/token"})
	_, further, err := r.Resolve(account)
	must(t, err)
	if len(further) != 1 {
		t.Fatalf("further origins: %v", further)
	}
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	_, err = r.Logout(t.Context(), holding(account, res), nil)
	wantKind(t, failure(t, err), session.Unsupported)

	account.Fields["revoke_url"] = url + "/revoke"
	_, err = r.Logout(t.Context(), holding(account, res), nil)
	must(t, err)
	if revoked != "token=token-of-elsewhere" {
		t.Errorf("the server was told %q", revoked)
	}
}

func TestWhatARefreshOrLogoutSpendsIsATokenToo(t *testing.T) {
	t.Parallel()
	def := define(t, `
logins:
  - name: password
    steps: [{request: {method: POST, path: /login}, capture: {access: .body.a, refresh: .body.r, handle: .body.h, user_id: .body.id}}]
refresh:
  needs: refresh
  steps: [{request: {method: POST, path: /refresh, json: {token: "${.refresh}"}}, capture: {access: .body.a}}]
logout:
  steps: [{request: {method: DELETE, path: "/users/${.user_id}/sessions", headers: {X-Handle: "${.handle}"}}}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		say(w, 200, `{"a":"access-token","r":"refresh-token","h":"handle-of-it","id":7}`)
	})
	res, err := runner(t, newClock().now).Login(t.Context(), subject(def, url, nil), nil, nil)
	must(t, err)
	for name, want := range map[string]bool{"access": true, "refresh": true, "handle": true, "user_id": false} {
		if res.Lives[name].Token != want {
			t.Errorf("%s counts as a token: %v", name, !want)
		}
	}
}

func TestARequestMadeOfATokenStaysAtItsOrigin(t *testing.T) {
	t.Parallel()
	var foreign []string
	thief := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		foreign = append(foreign, r.URL.String())
		say(w, 200, `{}`)
	})
	home := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		http.Redirect(w, r, thief+"/got?q="+url.QueryEscape(r.URL.RawQuery), http.StatusFound)
	})
	for expression, reads := range map[string]bool{
		"${.access | explode | map(. + 1) | implode}": true, "${.refresh[2:]}": true, `${.["acc" + "ess"]}`: true, `${"\(.)" | @base64}`: true,
		"${to_entries | map(.value) | join(\"\")}": true, "${[.[]] | length}": true, "${. as $all | $all.access}": true, "${def f: .access; f}": true,
		"${getpath([\"access\"])}": true, "${[..] | length}": true, "${.key | ascii_downcase}": true, "${@base64}": true, "${first(.access, 1)}": true,
		"${.user_id}": false, "${.address | ltrimstr(\"h\")}": false, "plain": false, "${uuid}": false, "${[1, 2] | map(. + 1) | length}": false,
	} {
		for _, place := range []string{"query: {q: %s}", "query: {%s: x}", "headers: {X-Q: %s}", "json: {q: %s}"} {
			def := define(t, "logins: [{name: p, fields: [{name: key, label: K, secret: true}], steps: [{capture: {access: .key, refresh: .key, user_id: .address}}]}]\n"+
				"attach: [{name: bearer, headers: {Authorization: \"Bearer ${.access}\"}}]\nrefresh: {needs: refresh, steps: [{capture: {access: .refresh}}]}\n"+
				"requests:\n  - {name: out, path: /out, "+fmt.Sprintf(place, "'"+expression+"'")+"}\n")
			account := subject(def, home, map[string]any{"key": hide("key-canary-1")})
			account.Tokens = map[string]secret.String{"access": hide("access-canary-1"), "refresh": hide("refresh-canary-1"), "user_id": hide("u1")}
			foreign = nil
			answer, err := runner(t, newClock().now).Caller(account).Send(t.Context(), def.Request("out"), flow.SendOptions{})
			must(t, err)
			if stayed := len(foreign) == 0; stayed != reads {
				t.Errorf("%s of %s: the other origin got %q, hops %+v", place, expression, foreign, answer.Response.Hops)
			}
		}
	}
}
