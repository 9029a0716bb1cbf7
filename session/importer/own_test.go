package importer

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/body"
	"tokenring/session/draft"
	"tokenring/session/request"
)

func ringOfTwo() *Proposal {
	return &Proposal{
		Definitions: map[string]string{"acme": "# ours\nname: acme\nbase_url: https://acme.example\n"},
		Project:     "accounts: [ada@acme]\n",
		Accounts: []Account{{
			Form: draft.Form{Account: session.Account{
				Name: "ada@acme", Definition: "acme", Login: "password", Attach: "bearer", Environment: "staging", Guard: "confirm",
				KeepAlive: true, Relogin: true, Connection: session.Connection{Timeout: "2m", Browser: "firefox -P work"}, Origins: session.Origins{{Origin: "https://login.acme.example:443", For: session.ForTokens}},
				Values: map[string]string{"username": "ada", "level": "3", "flag": "true"}, References: map[string]string{"password": "env:ACME_PASSWORD"},
			}},
			Requests: []request.Spec{
				{Name: "me", Method: "GET", Target: "/me?x=1", Follow: true, Expect: ".status == 200", Timeout: 90 * time.Second},
				{
					Name: "save", Title: "Save a thing", Method: "PUT", Target: "/things/${.username}", Attach: "none",
					Query: []request.Pair{{Name: "a", Value: "#1: yes"}, {Name: "b", Off: true}}, Headers: []request.Pair{{Name: "X-Mode", Value: "${.level}"}},
					Body: "{\n  \"name\": \"  two\\nlines\",\n  \"password\": \"${.password}\"\n}", BodyType: body.JSON,
				},
				{Name: "form", Method: "POST", Target: "", Body: "a=1\nb=  x", BodyType: body.Form, Follow: true},
				{Name: "bulk", Method: "POST", Target: "/_bulk", Body: "{\"index\": {}}\n{\"a\": 1}\n", BodyType: body.Text, Follow: true}, // which needs its last line break
			},
		}, {
			Form: draft.Form{Account: session.Account{
				Name: "bob: the second", Definition: "token", Values: map[string]string{"address": "http://10.0.0.1"}, AllowHTTP: true,
			}},
			Lenders: map[string]string{"lender": "ada@acme"},
		}},
	}
}

func TestAnExportComesBack(t *testing.T) {
	was := ringOfTwo()
	text, err := Export(was, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, "", string(text), Known{}, Options{})
	was.Seen = 2
	if !reflect.DeepEqual(got, was) {
		t.Errorf("got\n%#v\nwant\n%#v\nof\n%s", got, was, text)
	}
}

func TestAnExportIsRefusedWhenSomethingLooksLikeASecret(t *testing.T) {
	for _, tt := range []struct {
		what   string
		change func(p *Proposal)
		says   string
		allow  string
	}{
		{"a value by its name", func(p *Proposal) { p.Accounts[0].Values["api_key"] = "abc" }, "accounts.ada@acme.values.api_key: its name", "api_key"},
		{"a value by its look", func(p *Proposal) { p.Accounts[0].Values["username"] = "Zx9Qw3Er7Ty1Ui5Op0As" }, "values.username: it is one long", "accounts.ada@acme.values.username"},
		{"a token in a header", func(p *Proposal) {
			p.Accounts[0].Requests[0].Headers = []request.Pair{{Name: "Authorization", Value: "Bearer abc"}}
		}, "requests.me.headers.Authorization", "Authorization"},
		{"a password in a body", func(p *Proposal) { p.Accounts[0].Requests[1].Body = `{"user":{"password":"hunter2"}}` }, "requests.save.body.user.password", "password"},
		{"a JWT in a target", func(p *Proposal) {
			p.Accounts[0].Requests[0].Target = "/x?t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"
		}, "requests.me.target", "target"},
		{"a key in a definition", func(p *Proposal) { p.Definitions["acme"] += "client: sk_live_4eC39HqLyjWDarjtT1zdp7dc\n" }, "definitions.acme, line 4", "definitions.acme"},
		{"a token in the project", func(p *Proposal) { p.Project += "# ghp_16C7e42F292c6912E7710c838347Ae178B4a" }, "project, line 2", "project"},
		{"a form", func(p *Proposal) { p.Accounts[0].Requests[2].Body = "a=1\nclient_secret=x" }, "requests.form.body.client_secret", "client_secret"},
	} {
		p := ringOfTwo()
		tt.change(p)
		_, err := Export(p, nil)
		var refused SuspicionError
		if !errors.As(err, &refused) || len(refused) != 1 || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.what, err)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "Zx9Q")) {
			t.Errorf("%s: the error tells the secret", tt.what)
		}
		if _, err := Export(p, []string{tt.allow}); err != nil {
			t.Errorf("%s, allowed: %v", tt.what, err)
		}
	}
}

// A password in a reference or a suite is not written, and what only looks like an option is.
func TestAnExportHasNoPasswordOfACommand(t *testing.T) {
	t.Parallel()
	with := func(command, project string) error {
		p := ringOfTwo()
		p.Accounts[0].References["password"] = "cmd:" + command
		p.Project += project
		_, err := Export(p, nil)
		return err
	}
	for _, password := range []string{"Winter2024!", "hunter2", "p@ssWord1"} {
		for _, command := range []string{
			"mysql -u me -p%s x", "sshpass -p%s ssh h", "sshpass -p %s ssh h", "curl -su jane:%s https://h.example", "curl -sSfu 'jane:%s' h", "smbclient //h/s -U me%%%s",
			"http -a me:%s h", "redis-cli -a %s get k", "ldapsearch -w %s -D cn=x", "ldapsearch -xw%s", "redis-cli -h c1 -a %s get k", "zip -rP %s a", "mysql -p'%s' x", "sqlcmd -U sa -P %s", "keytool -storepass %s", "openssl x -passin pass:%s",
			"redis-server --requirepass %s", "SSHPASS=%s sshpass -e ssh h", "REDISCLI_AUTH=%s redis-cli", "http --auth me:%s h", "x --db-password=%s", "xfreerdp /u:me /p:%s", "curl ftp://me:%s@h/",
		} {
			if err := with(fmt.Sprintf(command, password), ""); err == nil || strings.Contains(err.Error(), password) {
				t.Errorf(command+": %v", password, err)
			}
		}
		for _, step := range []string{`multipart: [{name: password, text: "%s"}]`, `multipart: [{text: "%s", name: pwd}]`, `headers: {X-Auth: "j:%s"}`, `query: {auth: "j:%s"}`, `json: {a: [{name: password, value: "%s"}]}`} {
			if err := with("pass show x", "suites:\n  s:\n    requests:\n      - {name: a, post: /x, "+fmt.Sprintf(step, password)+"}\n"); err == nil || strings.Contains(err.Error(), password) {
				t.Errorf("%s: %v", step, err)
			}
		}
	}
	for _, command := range []string{
		"mysql -psecret x", "pass show me/x",
	} {
		if err := with(command, ""); (err != nil) != strings.HasPrefix(command, "mysql") {
			t.Errorf("%s: %v", command, err)
		}
	}
	for _, command := range []string{
		`security find-generic-password -a "$USER" -s shop -w`, "security find-generic-password -a ada@example.com -s shop -w | tr -d x", "op read op://Private/shop/password", "gopass show -o shop",
		"vault kv get -field=password kv/shop", "aws secretsmanager get-secret-value --secret-id shop/key --query SecretString --output text", "gcloud auth print-access-token",
		"az account get-access-token --query accessToken -o tsv", "bw get password shop", "secret-tool lookup service shop", "kubectl get secret shop -o jsonpath={.data.key}", `curl -s -w '%{http_code}' -u "$U:$P" h`,
		"docker run -p 8080:80 -u 1000:1000 x", "ssh -p 2222 h cat key", "terraform output -raw key", "vault kv get -address=https://vault.example:8200 -path=kv/shop2 a", "psql -Uapp1 -w -c x",
		"kubectl get secret db1 -ojsonpath={.data.p1}", "security find-generic-password -a ada42 -s shop -w", "x --password-file /run/pw1 --client-secret-env VAR1", "java -cp app.jar x",
	} {
		if err := with(command, "suites:\n  s:\n    requests:\n      - {name: a, post: /x, multipart: [{name: title, text: Holidays}], headers: {X-Api-Key: wrong}}\n"); err != nil {
			t.Errorf("%s: %v", command, err)
		}
	}
}

func TestAnExportThatIsWrong(t *testing.T) {
	failing(t, "", "tokenring: 2\n", "file:1:12: tokenring: this is an export of version 2")
	failing(t, "", "tokenring: 1\naccounts:\n  - name: a\n", "file:3:5: accounts[0]: an account has a name and a backend")
	failing(t, "", "tokenring: 1\naccounts:\n  - {name: a, backend: token, gaurd: confirm}\n", "did you mean guard?")
	failing(t, "", "tokenring: 1\naccounts:\n  - {name: a, backend: token, requests: [{target: '//x'}]}\n", "start a path with one /")
	failing(t, "", "tokenring: 1\naccounts:\n  - {name: a, backend: token}\n  - {name: a, backend: token}\n", "file:4:5: accounts[1]: the account a is listed twice")
	failing(t, "", "tokenring: 1\naccounts:\n"+strings.Repeat("- {name: a, backend: b}\n", 100_000), "and 99979 more")
}

// Of two files with the same definition, neither is taken without a word.
func TestTwoExportsWithOneDefinition(t *testing.T) {
	t.Parallel()
	file := func(name, text string) File {
		return File{Name: name, Data: []byte("tokenring: 1\ndefinitions:\n  acme: '" + text + "'\nproject: 'accounts: [a]'\n")}
	}
	if _, err := Parse([]File{file("a", "name: acme"), file("b", "name: other")}, Known{}, Options{}); err == nil || !strings.Contains(err.Error(), "b: the definition acme differs") {
		t.Error(err)
	}
	p, err := Parse([]File{file("a", "name: acme"), file("b", "name: acme"), {Name: "c", Data: []byte("tokenring: 1\n")}}, Known{}, Options{})
	if err != nil || p.Definitions["acme"] != "name: acme" || p.Project == "" {
		t.Errorf("%v, %+v", err, p)
	}
}
