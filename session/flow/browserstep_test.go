package flow_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/flow"
)

const applicationPasswords = `
logins:
  - name: browser
    steps:
      - browser:
          url: ${.address}/authorize?x=1
          query: {app_name: my ring, success_url: "${.callback}?state=${.state}"}
          returns: [site_url, user_login, password]
      - {when: .site_url != .address, fail: {is: bad_config, message: "these credentials are for another site than ${.address}"}}
      - capture: {basic: '"\(.user_login):\(.password)" | @base64'}
attach: [{name: basic, headers: {Authorization: "Basic ${.basic}"}}]
`

// A browser that comes back with credentials, as WordPress and Home Assistant send it.
func TestALoginThatComesBackWithCredentials(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		back  url.Values
		paste string // in place of a browser that comes back
		kind  session.OutcomeKind
		says  string
	}{
		"logged in":    {back: url.Values{"user_login": {"ada"}, "password": {"canary pass word"}}},
		"refused":      {back: url.Values{"error": {"access_denied"}}, kind: session.Declined, says: "refused in the browser"},
		"another site": {back: url.Values{"user_login": {"ada"}, "password": {"x"}, "site_url": {"https://thief.example"}}, kind: session.BadConfig, says: "these credentials are for another site than http://127"},
		"pasted":       {paste: "BACK&user_login=ada&password=canary+pass+word&site_url=SITE"},
	} {
		site := ""
		site = backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
			q := r.URL.Query()
			back, _ := url.Parse(q.Get("success_url"))
			if q.Get("app_name") != "my ring" || q.Get("x") != "1" || c.back == nil {
				return
			}
			values := back.Query()
			values.Set("site_url", site)
			for name, v := range c.back {
				values[name] = v
			}
			back.RawQuery = values.Encode()
			http.Redirect(w, r, back.String(), http.StatusFound)
		})
		who := newDesk()
		if c.paste != "" {
			who.visit = func(string) {}
			who.onShow = func(page string) {
				at, _ := url.Parse(page)
				back := at.Query().Get("success_url")
				who.pastes = []string{back, "just words", back + "&user_login=ada", strings.NewReplacer("BACK", back, "SITE", url.QueryEscape(site)).Replace(c.paste)}
			}
		}
		res, err := runner(t, newClock().now).Login(t.Context(), subject(define(t, applicationPasswords), site, nil), who, nil)
		if c.kind != "" {
			f := failure(t, err)
			if f.Kind != c.kind || !strings.Contains(everything(f), c.says) {
				t.Errorf("%s: %s: %s", name, f.Kind, everything(f))
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := res.Values["basic"].Reveal(); got != "YWRhOmNhbmFyeSBwYXNzIHdvcmQ=" || len(res.Values) != 1 {
			t.Errorf("%s: captured is %q of %v", name, got, res.Values)
		}
	}
	if _, err := runner(t, newClock().now).Login(t.Context(), subject(define(t, applicationPasswords), "http://127.0.0.1:1", nil), nil, nil); failure(t, err).Kind != session.NeedsPerson {
		t.Errorf("without a person: %v", err)
	}
}

func TestHomeAssistant(t *testing.T) {
	t.Parallel()
	client := ""
	at := backendOf(t, func(w http.ResponseWriter, r *http.Request, body string) {
		form, _ := url.ParseQuery(body)
		switch {
		case r.URL.Path == "/auth/authorize":
			q := r.URL.Query()
			client = q.Get("client_id")
			http.Redirect(w, r, q.Get("redirect_uri")+"?code=c&state="+q.Get("state"), http.StatusFound)
		case r.URL.Path == "/auth/token" && form.Get("client_id") == client && strings.HasPrefix(client, "http://127.0.0.1:") && strings.HasSuffix(client, "/"):
			say(w, 200, `{"access_token":"canary-access","refresh_token":"canary-refresh","expires_in":1800,"token_type":"Bearer"}`)
		case r.URL.Path == "/api/" && r.Header.Get("Authorization") == "Bearer canary-access":
			say(w, 200, `{"message":"API running."}`)
		case r.URL.Path == "/auth/revoke" && form.Get("token") == "canary-refresh":
		default:
			say(w, 400, `{"error":"invalid_request"}`)
		}
	})
	account := &flow.Subject{Definition: builtin(t, "home-assistant"), Login: "browser", Fields: map[string]any{"address": at}}
	r := runner(t, newClock().now)
	res, err := r.Login(t.Context(), account, newDesk(), nil)
	must(t, err)
	account = holding(account, res)
	if check, err := r.Check(t.Context(), account); err != nil || !check.Alive {
		t.Errorf("the check says %+v, %v", check, err)
	}
	again, err := r.Refresh(t.Context(), account, nil)
	must(t, err)
	_, err = r.Logout(t.Context(), holding(account, again), nil)
	must(t, err)
}
