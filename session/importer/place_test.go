package importer

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// A password that a script sets, or that a command has in a place of its own, is in no
// note and in no export.
func TestAPasswordOfACommandIsNowhereInClear(t *testing.T) {
	t.Parallel()
	const curl = "curl https://k.example/a "
	for _, password := range people {
		for _, with := range []string{
			"PASSWORD='%s'\n" + curl + `-d "x=$PASSWORD"`, "export DB_PASS='%s'\n" + curl + `-H "X-Id: $DB_PASS"`,
			"USER_TOKEN='%s'\n" + curl + `--json "{\"a\": [\"$USER_TOKEN\"]}"`,
			curl + "-u 'me:%s' -H 'X-Id: is %[1]s'", curl + "-E 'c.pem:%s'", curl + "-U 'me:%s' -x proxy.example:80",
			"'%s'\n" + curl, curl + "> '%s'", curl + "'--%s'", curl + "| '%s'", curl + "; '%s'", curl + "-H '%s'",
		} {
			text := fmt.Sprintf(with, password)
			p := read(t, Curl, text, Known{}, Options{})
			out, err := Export(p, nil)
			if all := fmt.Sprint(p.Notes, string(out), err); strings.Contains(all, password) {
				t.Errorf("%s\n%s", text, all)
			}
		}
	}
}

// What is in a variable without a value is asked for or told, and never a part of an
// account.
func TestAVariableWithoutAValueIsNoPartOfAnAccount(t *testing.T) {
	t.Parallel()
	for option, note := range map[string]string{
		`-x "http://me:$X@proxy.example:80"`: "the way to its server is in the variable X",
		`-x "http://$X:p@proxy.example:80"`:  "the way to its server is in the variable X",
		`-E "c.pem:$X"`:                      "the way to its server is in the variable X",
		`-E "$X"`:                            "the way to its server is in the variable X",
		`--cacert "$X"`:                      "the way to its server is in the variable X",
		`--key "$X"`:                         "the way to its server is in the variable X",
		`--resolve "a.example:443:$X"`:       "the way to its server is in the variable X",
		`-x "$X"`:                            "the way to its server is in the variable X",
		`-F "a=@$X"`:                         "a file of --form is in the variable X",
		`-b "$X"`:                            "the cookies are in the variable X",
	} {
		p := read(t, Curl, "curl https://a.example/x "+option, Known{}, Options{})
		if all := fmt.Sprint(p.Notes); !strings.Contains(all, note) {
			t.Errorf("%s: %s", option, all)
		}
		for _, a := range p.Accounts {
			for name, s := range a.NewSecrets {
				if isOpen(s.Reveal()) {
					t.Errorf("%s: %s is a variable", option, name)
				}
			}
			if all := fmt.Sprint(a.Connection, a.References, a.Values); isOpen(all) {
				t.Errorf("%s: %s", option, all)
			}
			if len(a.Requests) == 0 {
				t.Errorf("%s: an account without a request", option)
			}
		}
	}
}

// Names and addresses of a file hold no password either.
func TestAPasswordIsInNoNameAndNoAddress(t *testing.T) {
	t.Parallel()
	for _, password := range people {
		quoted, _ := json.Marshal("as admin, password=" + password)
		value, _ := json.Marshal(password)
		for _, text := range []string{
			`{"item": [{"name": ` + string(quoted) + `, "request": "https://a.example/x"}]}`,
			`{"item": [{"name": ` + string(quoted) + `, "item": [{"name": "x", "request": "https://a.example/x"}]}]}`,
			`{"item": [{"name": "x", "request": "https://a.example/{{db_pass}}/x"}], "variable": [{"key": "db_pass", "value": ` + string(value) + `}]}`,
			`{"item": [{"name": "x", "request": {"url": "https://a.example/x", "header": [{"key": "X-Note", "value": ` + string(value) + `}]}}], "variable": [{"key": "zz", "value": ` + string(value) + `, "type": "secret"}]}`,
			`{"openapi": "3.0.0", "servers": [{"url": "https://a.example/{password}", "variables": {"password": {"default": ` + string(value) + `}}}], "paths": {"/x": {"get": {}}}}`,
		} {
			p := read(t, "", text, Known{}, Options{})
			out, err := Export(p, nil)
			if all := fmt.Sprint(p.Notes, string(out), err); strings.Contains(all, password) {
				t.Errorf("%s\n%s", text, all)
			}
		}
	}
}
