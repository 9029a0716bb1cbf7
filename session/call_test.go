package session

import (
	"testing"

	"tokenring/session/jq"
	"tokenring/session/secret"
)

func TestCallsAreWrittenForAPerson(t *testing.T) {
	t.Parallel()
	const bare, base = "https://h.example", "https://h.example/api"
	for _, c := range []struct{ method, base, target, want string }{
		{"get", base, "/v3/process", "GET /v3/process"},
		{"", base, "", "GET /api"},
		{"", base, "/", "GET /api/"},
		{"", base + "/", "/", "GET /api/"},
		{"", base, base, "GET /api"},
		{"", base, base + "/", "GET /api/"},
		{"", base, base + "/users?x=1", "GET /users"},
		{"", base, "/api", "GET /api/api"}, // or it would read like the base itself
		{"", base, "/api/", "GET /api/api/"},
		{"", base, "/apis", "GET /apis"},
		{"", bare, "", "GET /"}, // one call on the wire
		{"", bare, "/", "GET /"},
		{"", "", "", "GET /"},
		{"", base, "https://h.example/ping#x", "GET https://h.example/ping"},
		{"", base, "https://h.example/apis", "GET https://h.example/apis"},
		{"DELETE", base, "users?all", "DELETE /users"},
		{"", base, "{address}/ping", "GET {address}/ping"},
	} {
		if got := CallText(c.method, c.base, c.target); got != c.want {
			t.Errorf("%s %q below %q is %q, want %q", c.method, c.target, c.base, got, c.want)
		}
	}
}

type fields jq.Scope

func (f fields) Scope(*Record) jq.Scope { return jq.Scope(f) }

func (fields) Label(_, field string) string { return field }

func TestATargetIsSketchedWithoutTemplates(t *testing.T) {
	t.Parallel()
	s := Snapshot{Record: &Record{}, Fields: fields{"collection": "users", "check_path": nil, "rest_key": secret.Hidden}}
	s.Account.BaseURL = "https://h.example"
	for src, want := range map[string]string{
		"/${.collection}/me": "/users/me",
		"/${.user_id}":       "/{user_id}",
		"/${.rest_key}/x":    "/{rest_key}/x",
		`/${if (.check_path // "") != "" then .check_path else "\(.collection)/me" end | raw}`: "/users/me",
		`/${if .way == 1 then "a" else "b" end}`:                                               "/{way}",
		"/${.x":                                                                                "/{.x",
		"/${nope}}":                                                                            "/{nope}}",
	} {
		if got := s.CallTarget(src); got != want {
			t.Errorf("%s is %q, want %q", src, got, want)
		}
	}
}
