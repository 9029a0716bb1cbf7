package importer

import (
	"errors"
	"strings"
	"testing"

	"tokenring/session/body"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// A file for others is checked whole when it is finished, whatever a secret is in.
func TestAnExportHoldsASecretNowhere(t *testing.T) {
	t.Parallel()
	const known, looks = "Winter2024!", "ghp_0123456789abcdefghijABCDEFGHIJ"
	places := map[string]func(p *Proposal, s string){
		"name":        func(p *Proposal, s string) { p.Accounts[0].Requests[0].Name = s },
		"title":       func(p *Proposal, s string) { p.Accounts[0].Requests[0].Title = "a " + s },
		"target":      func(p *Proposal, s string) { p.Accounts[0].Requests[0].Target = "/x/" + s + "/y" },
		"query name":  func(p *Proposal, s string) { p.Accounts[0].Requests[0].Query = []request.Pair{{Name: s, Value: "1"}} },
		"header name": func(p *Proposal, s string) { p.Accounts[0].Requests[0].Headers = []request.Pair{{Name: s, Value: "1"}} },
		"value off": func(p *Proposal, s string) {
			p.Accounts[0].Requests[0].Query = []request.Pair{{Name: "a", Value: s, Off: true}}
		},
		"form name": func(p *Proposal, s string) {
			p.Accounts[0].Requests[0].Body, p.Accounts[0].Requests[0].BodyType = s+"=1", body.Form
		},
		"JSON key": func(p *Proposal, s string) {
			p.Accounts[0].Requests[0].Body, p.Accounts[0].Requests[0].BodyType = `{"a": {"`+s+`": 1}}`, body.JSON
		},
		"text": func(p *Proposal, s string) {
			p.Accounts[0].Requests[0].Body, p.Accounts[0].Requests[0].BodyType = "say "+s, body.Text
		},
		"expect":       func(p *Proposal, s string) { p.Accounts[0].Requests[0].Expect = `.text == "` + s + `"` },
		"account name": func(p *Proposal, s string) { p.Accounts[0].Name = s },
		"environment":  func(p *Proposal, s string) { p.Accounts[0].Environment = s },
		"value":        func(p *Proposal, s string) { p.Accounts[0].Values = map[string]string{"a": s} },
		"in brackets":  func(p *Proposal, s string) { p.Accounts[0].Values = map[string]string{"a": "<" + s + ">"} },
		"lender":       func(p *Proposal, s string) { p.Accounts[0].Lenders = map[string]string{"a": s} },
		"connection":   func(p *Proposal, s string) { p.Accounts[0].Connection.Browser = "open " + s },
		"name of it":   func(p *Proposal, s string) { p.Accounts[0].Values = map[string]string{s: "1"} },
		"reference":    func(p *Proposal, s string) { p.Accounts[0].References = map[string]string{"password": "cmd:x " + s} },
		"definition":   func(p *Proposal, s string) { p.Definitions = map[string]string{"d": "name: d\n# " + s + "\n"} },
		"project":      func(p *Proposal, s string) { p.Project = "suites:\n  " + s + ": {}\n" },
	}
	for name, put := range places {
		for _, s := range []string{known, looks} {
			p := &Proposal{Clear: secret.NewClear(secret.New(known))}
			p.Accounts = []Account{{Requests: []request.Spec{{Name: "one", Target: "/x"}}}}
			p.Accounts[0].Name, p.Accounts[0].Form.Definition = "me", "token"
			put(p, s)
			text, err := Export(p, nil)
			var refused SuspicionError
			if !errors.As(err, &refused) || text != nil || refused[0].Place == "" || strings.Contains(err.Error(), s) && name != "account name" {
				t.Errorf("%s of %q: %q, %v", s, name, text, err)
			}
		}
	}
	p := &Proposal{Clear: secret.NewClear(secret.New(known), secret.New("datarhei"))}
	p.Accounts = []Account{{Requests: []request.Spec{{Name: "datarhei one", Target: "/users/3f2504e0-4f89-11d3-9a0c-0305e82c3301"}}}}
	p.Accounts[0].Name, p.Accounts[0].Form.Definition = "me", "datarhei-core"
	if _, err := Export(p, nil); err != nil {
		t.Error(err)
	}
}

func TestANameOfIdsInARowNamesItsRequest(t *testing.T) {
	t.Parallel()
	p := read(t, Curl, "curl https://hooks.example/services/T01ABCD2E/B01ABCD2EFG/Xk3LmQ9vTzYb7NwPc2RdHs5J -d a=1\n"+
		"curl https://hooks.example/services/T01ABCD2E/B01ABCD2EFH/Yk3LmQ9vTzYb7NwPc2RdHs5K -d a=2\n", Known{}, Options{})
	names := map[string]bool{}
	for i := range p.Accounts[0].Requests {
		name := p.Accounts[0].Requests[i].Name
		if secret.MaskText(name) != name || name == "" {
			t.Errorf("the name %q is masked where it is shown", name)
		}
		names[name] = true
	}
	if len(names) != 2 {
		t.Errorf("2 requests have the names %v", names)
	}
}
