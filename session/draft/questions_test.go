package draft_test

import (
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
