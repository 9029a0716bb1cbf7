package importer

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"tokenring/session/secret"
)

// fuzz holds whatever a parser makes of any text against what is promised.
func fuzz(f *testing.F, kind Kind, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		p, err := Parse([]File{{Name: "file", Data: []byte(src), Kind: kind}}, Known{}, Options{})
		if err != nil {
			if text := err.Error(); text != secret.CleanText(text) {
				t.Errorf("the error is not fit for a terminal: %q", text)
			}
			return
		}
		for _, n := range p.Notes {
			if text := n.Error(); text != secret.CleanLine(text) {
				t.Errorf("a note is not fit for a terminal: %q", text)
			}
		}
		checkExport(t, p)
		for i := range p.Accounts {
			a := &p.Accounts[i]
			if a.Name == "" {
				t.Error("an account has no name")
			}
			for _, s := range a.Requests {
				if _, err := s.Compile(); err != nil {
					t.Errorf("a request does not compile: %v", err)
				}
				token := a.NewSecrets["pasted"].Reveal()
				for _, h := range s.Headers {
					if len(token) >= minToken && strings.Contains(h.Value, token) {
						t.Errorf("the token stands in the header %s", h.Name)
					}
				}
				texts := []string{s.Name, s.Title, s.Target, s.Body}
				for _, p := range slices.Concat(s.Query, s.Headers) {
					texts = append(texts, p.Name, p.Value)
				}
				for _, text := range texts {
					if len(token) >= minToken && strings.Contains(text, token) {
						t.Errorf("the token is in %q", text)
					}
				}
			}
		}
	})
}

// checkExport holds an export of what was read against what it promises.
func checkExport(t *testing.T, p *Proposal) {
	var known []secret.String
	for i := range p.Accounts {
		known = slices.AppendSeq(known, maps.Values(p.Accounts[i].NewSecrets))
	}
	out := *p
	out.Clear = secret.NewClear(known...)
	text, err := Export(&out, nil)
	if err == nil && out.Clear.Knows(string(text)) {
		t.Errorf("the export has a secret:\n%s", text)
	}
	if err == nil {
		if _, err := Parse([]File{{Name: "export", Data: text, Kind: Own}}, Known{}, Options{}); err != nil {
			t.Errorf("the export cannot be imported: %v\n%s", err, text)
		}
	}
}

func FuzzCurl(f *testing.F) {
	fuzz(f, Curl,
		`curl 'https://a.example/x?y=1' -H 'Authorization: Bearer canary-token' --data-raw $'{"a":"\u0041\x41\101"}' --compressed`,
		"curl ^\"https://a.example^\" ^\r\n -H ^\"Cookie: a=b^\" --data-raw ^\"^{^\\^\"n^\\^\":1^}^\"",
		`$ curl -u a:b -sSXPUT "http://localhost:1/$X" -G -d a=1 --data-urlencode =x@y | jq . # x`,
		`curl a.example -H 'Auth: 00000000' -d 00000000`,
		"curl https://${A}.example/`id`/$(x) -b 'sid=1' --next -I a.example; curl -d '${x' b.example",
	)
}

func FuzzHAR(f *testing.F) {
	fuzz(f, HAR,
		har(entry("fetch", "POST", "https://a.example/x/1?token=canary-token", "application/json", header("cookie", "sid=1"), `{"mimeType":"application/json","text":"{\"password\":\"x\",\"a\":[\"canary-token\"]}"}`)),
		`{"log":{"entries":[{"request":{"method":"get","url":"http://u:p@a/","headers":[1,{"name":2}]}}]}}`,
	)
}

func FuzzPostman(f *testing.F) {
	fuzz(f, Postman, shopCollection, shopEnvironment, `{"item":[{"request":"http://a/:x","item":[]}],"variable":[{"key":"a","value":"{{a}}{{a}}"}]}`)
}

func FuzzOwn(f *testing.F) {
	text, err := Export(ringOfTwo(), nil)
	if err != nil {
		f.Fatal(err)
	}
	fuzz(f, Own, string(text), "tokenring: 1\naccounts: [{name: a, backend: token, requests: [{target: /, body: '{'}]}]")
}
