package suite

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tokenring/session/yaml"
)

// parse parses the suite under smoke:, in a file with the accounts me and you and the
// variable tenant.
func parse(src string) (*Suite, error) {
	r := yaml.New("f")
	root := r.Read([]byte(src), "")
	if root == nil {
		return nil, r.Err()
	}
	e := root.Entries[0]
	s := Parse(r, e.Key, e.Value, []string{"me", "you"}, Variables{"tenant": {Default: "acme", By: map[string]any{"prod": "acme-eu"}}, "page": {Default: 2}, "open": {}}, func() []string { return []string{"username"} })
	return s, r.Err()
}

func TestASuiteIsRead(t *testing.T) {
	t.Parallel()
	s, err := parse(`smoke:
  title: What everybody may see
  as: [me, you, nobody]
  requests:
    - name: me
      get: /users/me
      query: {limit: "1", tenant: "${.vars.tenant}"}
      headers: {Accept: application/json}
      expect: {default: .status == 200, you: .status == 403, nobody: .status == 401}
      capture: {id: .body.id, page?: .body.next}
      tags: [fast, users]
    - name: one
      title: One user
      path: /users/${.vars.id}
      query: {page: "${.vars.page}"}
      expect: .status == 200 and .body.id == .vars.id
      retries: {times: 2, every: 500ms, when: .status == 503}
    - name: new
      post: /users
      json: {name: "${.vars.tenant}"}
      attach: none
`)
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "smoke" || s.Title != "What everybody may see" || !slices.Equal(s.As, []string{"me", "you", Anonymous}) || len(s.Cases) != 3 {
		t.Fatalf("the suite is %+v", s)
	}
	me, one, post := s.Cases[0], s.Cases[1], s.Cases[2]
	for account, want := range map[string]string{"me": ".status == 200", "you": ".status == 403", Anonymous: ".status == 401"} {
		if got := me.Expect.For(account).Source(); got != want {
			t.Errorf("of %s is expected %s, want %s", account, got, want)
		}
	}
	if !slices.Equal(s.Tags(), []string{"fast", "users"}) || len(me.Needs) != 0 {
		t.Errorf("tags %v, needs %v", s.Tags(), me.Needs)
	}
	if !slices.Equal(one.Needs, []string{"id"}) || one.Retry.Times != 2 || one.Retry.Every != 500*time.Millisecond || one.Title != "One user" {
		t.Errorf("one is %+v", one)
	}
	if spec := post.Spec("me"); spec.Method != "POST" || spec.Target != "/users" || spec.Attach != "none" || spec.Builtin || spec.Name != "new" {
		t.Errorf("new is %+v", spec)
	}
}

func TestWhatIsWrongWithASuiteIsSaidWhereItStands(t *testing.T) {
	t.Parallel()
	jwt := "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"
	for _, test := range []struct{ name, src, want string }{
		{"no requests", "s: {title: x}", "f:1:4: s: requests is missing (a list of requests with their expectations)"},
		{"an empty list", "s: {requests: []}", "f:1:15: s.requests: the suite has no requests (- {name: me, get: /me})"},
		{"an unknown key", "s: {requests: [{name: a, get: /a, expct: .status == 200}]}", "f:1:35: s.requests[0]: unknown key expct (did you mean expect?)"},
		{"an unknown account", "s: {as: [my], requests: [{name: a, get: /a}]}", `f:1:10: s.as[0]: accounts does not name "my" (did you mean me?)`},
		{"an account twice", "s: {as: [me, me], requests: [{name: a, get: /a}]}", "f:1:14: s.as[1]: me is listed twice (keep one)"},
		{"an expectation of nobody known", "s: {requests: [{name: a, get: /a, expect: {robert: .status == 200}}]}", `f:1:44: s.requests[0].expect: accounts does not name "robert" (one of me, you, anonymous)`},
		{"two requests of a name", "s: {requests: [{name: a, get: /a}, {name: a, get: /b}]}", "f:1:43: s.requests[1].name: a second request named a (names are unique)"},
		{"an address", "s: {requests: [{name: a, url: \"https://a.example/x\"}]}", `f:1:31: s.requests[0].url: https://a.example may be no address of the accounts (write a path: it is appended to the address of each account)`},
		{"no path", "s: {requests: [{name: a}]}", `f:1:16: s.requests[0]: path is missing (path: /login, or path: "" for base_url itself)`},
		{"a root nobody has", "s: {requests: [{name: a, get: /a, expect: .body.statu == 1 and .statu == 200}]}", "f:1:64: s.requests[0].expect: unknown name .statu (did you mean .status?)"},
		{"a root nobody has, for one account", "s: {requests: [{name: a, get: /a, expect: {me: .usrname == 1}}]}", "f:1:48: s.requests[0].expect.me: unknown name .usrname (did you mean .username?)"},
		{"a root nobody has, to be captured", "s: {requests: [{name: a, get: /a, capture: {x: .header.a}}]}", "f:1:48: s.requests[0].capture.x: unknown name .header (did you mean .headers?)"},
		{"a root nobody has, before a retry", "s: {requests: [{name: a, get: /a, retries: {times: 2, when: .txt == null}}]}", "f:1:61: s.requests[0].retries.when: unknown name .txt (did you mean .text?)"},
		{"a variable without a value", "s: {requests: [{name: a, get: '/${.vars.tennant}'}]}", "f:1:31: s.requests[0].get: no variable or earlier capture sets .vars.tennant (did you mean tenant?)"},
		{"a capture that comes later", "s: {requests: [{name: a, get: '/${.vars.uid}'}, {name: b, get: /b, capture: {uid: .body.id}}]}", "f:1:31: s.requests[0].get: no variable or earlier capture sets .vars.uid (a later request captures it; move that request up)"},
		{"an answer before there is one", "s: {requests: [{name: a, get: '/${.body.id}'}]}", "f:1:31: s.requests[0].get: no answer yet to read .body from (capture it in an earlier request and read ${.vars.NAME})"},
		{"a variable without its braces", "s: {requests: [{name: a, get: /a, json: {t: .vars.tenant}}]}", "f:1:45: s.requests[0].json.t: .vars.tenant is sent literally: this place takes text, not jq (write ${.vars.tenant})"},
		{"jq that is none", "s:\n  requests:\n    - name: a\n      get: /a\n      expect: .status =! 200\n", "f:5:24: s.requests[0].expect: unexpected"},
		{"an expectation that always holds", "s: {requests: [{name: a, get: /a, expect: {me: .status == 200 or 201}}]}", "f:1:66: s.requests[0].expect.me: 201 is always true (write .status == 201)"},
		{"a retry that never ends", "s: {requests: [{name: a, get: /a, retries: {times: 2, when: 500}}]}", "f:1:61: s.requests[0].retries.when: 500 is always true (write .status == 500)"},
		{"no times", "s: {requests: [{name: a, get: /a, retries: {every: 1s}}]}", "f:1:44: s.requests[0].retries: times is missing (how often at most, such as times: 3)"},
		{"too many times", "s: {requests: [{name: a, get: /a, retries: {times: 1000}}]}", "f:1:52: s.requests[0].retries.times: times must be a number (from 1 to 100)"},
		{"a token in a header", "s: {requests: [{name: a, get: /a, headers: {X-Session: " + jwt + "}}]}", "this looks like a secret"},
		{"a token deep in a body", "s: {requests: [{name: a, post: /a, json: {a: [{b: " + jwt + "}]}}]}", "this looks like a secret"},
		{"a token in a text", "s: {requests: [{name: a, post: /a, text: '{\"a\":\"" + jwt + "\"}'}]}", "s.requests[0].text: this looks like a secret"},
		{"a token in a path", "s: {requests: [{name: a, get: /a/" + jwt + "/b}]}", "f:1:31: s.requests[0].get: this looks like a secret"},
		{"a token in an address", "s: {requests: [{name: a, method: POST, url: 'https://a.example/?key=sk_live_4eC39HqLyjWDarjtT1zdp7dc'}]}", "s.requests[0].url: this looks like a secret"},
		{"a credential", "s: {requests: [{name: a, get: /a, headers: {Authorization: Bearer abcdefghijklmnopqr}}]}", "f:1:60: s.requests[0].headers.Authorization: Authorization holds a credential"},
		{"a password", "s: {requests: [{name: a, get: /a, headers: {Authorization: Basic YTpi}}]}", "Authorization holds a credential"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(test.src)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got\n%v\nwant\n%s", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), jwt) {
				t.Error("the problem shows the secret")
			}
		})
	}
}

func TestWhatIsSentToBeRefusedIsNoSecret(t *testing.T) {
	t.Parallel()
	for _, headers := range []string{"{Authorization: Bearer invalid}", "{X-Api-Key: wrong}", "{Authorization: 'Bearer ${.vars.tenant}'}"} {
		if _, err := parse("s: {requests: [{name: a, get: /a, headers: " + headers + "}]}"); err != nil {
			t.Error(err)
		}
	}
}
