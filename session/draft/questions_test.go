package draft_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/engine/enginetest"
)

const asking = `
name: asking
title: Asking
fields:
  - {name: place, label: Place, type: enum, options: [cloud, own], default: cloud}
  - {name: address, label: Address, type: url, when: .place == "own"}
  - {name: header, label: Header, when: .attach == "header"}
base_url: ${.address // "https://cloud.example"}
logins:
  - name: password
    fields: [{name: password, label: Password, secret: true}]
    steps:
      - request: {method: POST, path: /login, json: {password: "${.password}"}}
        capture: {access: .body.access}
  - name: guest
    when: .place == "own"
    steps:
      - request: {method: POST, path: /guest}
        capture: {access: .body.access}
tokens: {access: {}}
attach:
  - {name: bearer, headers: {Authorization: "Bearer ${.access}"}}
  - {name: header, headers: {X-Token: "${.access}"}}
`

func TestWhatIsAskedFollowsTheDraft(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	enginetest.Check(t, os.WriteFile(filepath.Join(filepath.Dir(b.Dir), "backends", "asking.yaml"), []byte(asking), 0o600))
	tests := []struct {
		name           string
		draft          draft.Form
		fields, logins []string
	}{
		{"nothing answered", draft.Form{}, []string{"place", "password"}, []string{"password"}},
		{"an answer brings a field and a login", draft.Form{Account: session.Account{Values: map[string]string{"place": "own"}}},
			[]string{"place", "address", "password"}, []string{"password", "guest"}},
		{"a login has its own fields", draft.Form{Account: session.Account{Login: "guest", Values: map[string]string{"place": "own"}}},
			[]string{"place", "address"}, []string{"password", "guest"}},
		{"so has a mode", draft.Form{Account: session.Account{Attach: "header"}}, []string{"place", "header", "password"}, []string{"password"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.draft.Definition = "asking"
			asked, err := b.Drafts.Questions(&tt.draft)
			enginetest.Check(t, err)
			var fields, logins []string
			for _, f := range asked.Fields {
				fields = append(fields, f.Name)
			}
			for _, l := range asked.Logins {
				logins = append(logins, l.Name)
			}
			if !slices.Equal(fields, tt.fields) || !slices.Equal(logins, tt.logins) || len(asked.Modes) != 2 {
				t.Errorf("asked %v, logins %v, %d modes", fields, logins, len(asked.Modes))
			}
		})
	}
	if _, err := b.Drafts.Questions(&draft.Form{Account: session.Account{Definition: "gone"}}); err == nil {
		t.Error("a definition that is gone asks nothing")
	}
}

// TestTheAddressOfALoginIsTakenApart: whichever field it was entered for. Other addresses stay.
func TestTheAddressOfALoginIsTakenApart(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	const session1 = "/v1/applications/a1/session"
	for _, c := range []struct {
		definition    string
		entered, want map[string]string
	}{
		{"knack", map[string]string{"app_id": " https://api.knack.com" + session1}, map[string]string{"app_id": "a1"}},
		{"knack", map[string]string{"app_id": "https://eu-api.knack.com" + session1, "region": "standard"}, map[string]string{"app_id": "a1", "region": "eu"}},
		{"knack", map[string]string{"address": "https://acme-api.knack.com" + session1},
			map[string]string{"address": "https://acme-api.knack.com", "app_id": "a1", "region": "own"}},
		{"knack", map[string]string{"address": "https://acme-api.knack.com" + session1, "app_id": "a2", "region": "own"},
			map[string]string{"address": "https://acme-api.knack.com", "app_id": "a2", "region": "own"}},
		{"knack", map[string]string{"app_id": "https://api.knack.com/v1/applications/a1"}, map[string]string{"app_id": "https://api.knack.com/v1/applications/a1"}},
		{"datarhei-core", map[string]string{"address": "https://edge.example:8080/api/login"}, map[string]string{"address": "https://edge.example:8080"}},
		{"datarhei-core", map[string]string{"address": "https://edge.example/api"}, map[string]string{"address": "https://edge.example/api"}},
		{"datarhei-core", map[string]string{"address": "https://me:secret@edge.example/api/login"}, map[string]string{"address": "https://me:secret@edge.example/api/login"}},
	} {
		d := &draft.Form{Account: session.Account{Definition: c.definition, Values: maps.Clone(c.entered)}}
		_, err := b.Drafts.Normalize(d)
		enginetest.Check(t, err)
		if !maps.Equal(d.Values, c.want) {
			t.Errorf("%v: %v, want %v", c.entered, d.Values, c.want)
		}
	}
}

// TestNoOtherAddressIsThatOfALogin: of a server, with and without a path of its own.
func TestNoOtherAddressIsThatOfALogin(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	for _, def := range b.Catalog.List() {
		for _, address := range []string{"https://a.example", "https://a.example/api", "https://a.example/x/v2", "https://a.example/api/v1/"} {
			for _, f := range def.Fields {
				d := &draft.Form{Account: session.Account{Definition: def.Name, Values: map[string]string{f.Name: address}}}
				if _, err := b.Drafts.Normalize(d); err != nil || d.Values[f.Name] != "" && d.Values[f.Name] != address {
					t.Errorf("%s, %s %s: %v, %v", def.Name, f.Name, address, d.Values, err)
				}
			}
		}
	}
}
