package importer

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// told returns a proposal as lines, with its secrets in clear.
func told(p *Proposal) string {
	var b strings.Builder
	for i := range p.Accounts {
		a := &p.Accounts[i]
		head := "new " + a.Name + " " + a.Definition
		if a.Exists {
			head = "for " + a.Name
		}
		fmt.Fprintln(&b, strings.Join(strings.Fields(head+" "+a.Login+" "+a.Attach), " "))
		for _, name := range slices.Sorted(maps.Keys(a.Values)) {
			fmt.Fprintf(&b, "  %s=%s\n", name, a.Values[name])
		}
		for _, name := range slices.Sorted(maps.Keys(a.NewSecrets)) {
			fmt.Fprintf(&b, "  %s!%s\n", name, a.NewSecrets[name].Reveal())
		}
		for _, s := range a.Requests {
			fmt.Fprintf(&b, "  %s: %s %s", s.Name, s.Method, s.Target)
			for _, q := range s.Query {
				fmt.Fprintf(&b, " ?%s=%s", q.Name, q.Value)
			}
			for _, h := range s.Headers {
				fmt.Fprintf(&b, " [%s: %s]", h.Name, h.Value)
			}
			if s.Body != "" {
				fmt.Fprintf(&b, " %s %s", s.BodyType, strings.ReplaceAll(s.Body, "\n", "⏎"))
			}
			if s.Expect != "" {
				fmt.Fprintf(&b, " → %s", s.Expect)
			}
			if s.Attach != "" {
				fmt.Fprintf(&b, " attach %s", s.Attach)
			}
			b.WriteByte('\n')
		}
	}
	for _, n := range p.Notes {
		fmt.Fprintf(&b, "note %d: %s\n", n.Line, n.Text)
	}
	return b.String()
}

func read(t *testing.T, kind Kind, src string, known Known, o Options) *Proposal {
	t.Helper()
	p, err := Parse([]File{{Name: "file", Data: []byte(src), Kind: kind}}, known, o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Accounts {
		for _, s := range p.Accounts[i].Requests {
			if _, err := s.Compile(); err != nil {
				t.Errorf("%s: %v", s.Name, err)
			}
		}
	}
	return p
}

func expect(t *testing.T, p *Proposal, want string) {
	t.Helper()
	if got := told(p); strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("got\n%swant\n%s", got, strings.TrimLeft(want, "\n"))
	}
}

func failing(t *testing.T, kind Kind, src, want string) {
	t.Helper()
	_, err := Parse([]File{{Name: "file", Data: []byte(src), Kind: kind}}, Known{}, Options{})
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%.40q: %v, want %q", src, err, want)
	}
}

func TestCurlAsChromeCopiesItForBash(t *testing.T) {
	expect(t, read(t, "", `curl 'https://api.shop.example/v1/orders?page=2&q=a%20b' \
  -H 'accept: application/json, text/plain, */*' \
  -H 'accept-language: en-GB,en;q=0.9' \
  -H 'authorization: Bearer canary-token-123' \
  -H 'content-type: application/json' \
  -b 'theme=dark; connect.sid=s%3Acanarycookie' \
  -H 'origin: https://shop.example' \
  -H 'priority: u=1, i' \
  -H 'sec-ch-ua: "Chromium";v="130"' \
  -H 'sec-fetch-mode: cors' \
  -H 'user-agent: Mozilla/5.0' \
  --data-raw $'{"name":"it\'s \u0041da","price":12.50,"note":"${x}"}' \
  --compressed
`, Known{}, Options{}), `
new api.shop.example token header
  address=https://api.shop.example
  scheme=Bearer
  pasted!canary-token-123
  post-v1-orders: POST /v1/orders?page=2&q=a%20b [accept: application/json, text/plain, */*] [content-type: application/json] [Cookie: theme=dark] text {"name":"it's Ada","price":12.50,"note":"$${x}"}
note 1: the value of cookie connect.sid was left out: it is a secret beside the token
`)
}

func TestCurlForWindows(t *testing.T) {
	want := `
new api.shop.example token header
  address=https://api.shop.example
  header_name=X-Api-Key
  scheme=none
  pasted!canary100%key
  post-items: POST /items ?a=1 ?b=2 json {"n":"a \"b\" %PATH% ^ & c"}
`
	for what, src := range map[string]string{
		"chrome": "curl ^\"https://api.shop.example/items?a=1^&b=2^\" ^\r\n  -H ^\"X-Api-Key: canary100^%key^\" ^\r\n  -H ^\"content-type: application/json^\" ^\r\n" +
			"  --data-raw ^\"^{^\\^\"n^\\^\":^\\^\"a ^\\^\\^\\^\"b^\\^\\^\\^\" ^%^PATH^% ^^ ^& c^\\^\"^}^\"",
		"older": "curl \"https://api.shop.example/items?a=1&b=2\" ^\n  -H \"X-Api-Key: canary100\"%\"key\" ^\n  -H \"content-type: application/json\" ^\n" +
			"  --data-raw \"{\"\"n\"\":\"\"a \\\\\"\"b\\\\\"\" \"%\"PATH\"%\" ^ & c\"\"}\" ^\n  --compressed",
	} {
		t.Run(what, func(t *testing.T) { expect(t, read(t, "", src, Known{}, Options{}), want) })
	}
}

func TestNotesShowNoSecret(t *testing.T) {
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"
	for _, tt := range []struct{ what, src, want string }{
		{"an address without quotes", "curl https://a.example/x?a=1&token=canary-123", "a command other than curl is not read (an address with & in it needs quotes)"},
		{"a variable of a placeholder", "TOKEN=canary-123; curl \"$BASE/x?t=$TOKEN\"", "its address is in the variable BASE"},
		{"a pipe", "curl https://a.example/x | post --key canary-123", "what follows | is not run"},
		{"a pipe with a variable", "curl https://a.example/x |KEY=canary-123 post", "what follows | is not run"},
		{"a secret in the path", "curl https://a.example/reset/" + jwt, "GET /reset/" + secret.Hidden + " was left out"},
		{"a large request", "curl https://a.example/reset/" + jwt + " -d " + strings.Repeat("x", maxCall+1), secret.Hidden + " was left out: it is too large"},
	} {
		p, err := Parse([]File{{Name: "file", Data: []byte(tt.src), Kind: Curl}}, Known{}, Options{})
		if err != nil {
			t.Fatalf("%s: %v", tt.what, err)
		}
		var notes []string
		for _, n := range p.Notes {
			notes = append(notes, n.Error())
		}
		if all := strings.Join(notes, "\n"); !strings.Contains(all, tt.want) || strings.Contains(all, "canary") || strings.Contains(all, jwt) {
			t.Errorf("%s: got %s, want %s", tt.what, all, tt.want)
		}
	}
}

func TestCurlAsPeopleWriteIt(t *testing.T) {
	for _, tt := range []struct{ what, src, want string }{
		{"basic", `$ curl -sS -u ada:s3cret -XPUT "http://localhost:8080/things/7" -d a=1 -d 'b=x y'`, `
new localhost-8080 basic password
  address=http://localhost:8080
  username=ada
  password!s3cret
  put-things-id: PUT /things/7 [Content-Type: application/x-www-form-urlencoded] text a=1&b=x y
`},
		{"urlencode", `curl -G https://a.example/search --data-urlencode 'q=a&b c' --data-urlencode =x -d n=1`, `
new a.example token
  address=https://a.example
  search: GET /search?q=a%26b+c&x&n=1 attach none
`},
		{"escapes beside signs that need one", `curl 'a.example/x%2Fy/[1]/a|b/é/$V'`, `
new a.example token
  address=http://a.example
  x-y-1-a-b-é-V: GET /x%2Fy/[1]/a%7Cb/%C3%A9/$V attach none
note 1: the address of GET /x/y/[1]/a|b/é/$V is sent percent-encoded
`},
		{"a query of other languages", `curl --url-query '+a=%41&b' --url-query 'c=d e' a.example/w; curl -g 'a.example/v?a=${b}'; curl 'a.example/x?q=é' 'a.example/y?q=%zz"<>' 'a.example/{z}'`, `
new a.example token
  address=http://a.example
  w: GET /w?a=%41&b&c=d+e attach none
  v: GET /v?a=$${b} attach none
  x: GET /x?q=é attach none
  y: GET /y?q=%zz"<> attach none
  id: GET /${.z} attach none
note 1: the address of GET /v is sent percent-encoded
note 1: the address of GET /x is sent percent-encoded
note 0: 1 variable without a value: z; the requests hold ${.z} and the like in their place
`},
		{"parts that are not read", "curl \"${H[@]}\" a.example/x $O\nsh -c 'curl http://a.example/y'\nsudo apt install curl jq\nssh h curl -s a.example", `
new a.example token
  address=http://a.example
  x: GET /x attach none
note 1: a part of this command is in the variable H, which has no value
note 1: a part of this command is in the variable O, which has no value
note 2: this command runs curl in a way that is not read
note 3: a command other than curl is not read
note 4: this command runs curl in a way that is not read
`},
		{"dots in a path", `curl a.example/x/../y/./z%2F.. --next --path-as-is a.example/x/../y`, `
new a.example token
  address=http://a.example
  y-z: GET /y/z%2F.. attach none
  y: GET /x/../y attach none
`},
		{"an upload", "curl a.example/x -T - <<< 'a b'\ncurl a.example/y -T - -H 'Content-Type: a/b' <<< c", `
new a.example token
  address=http://a.example
  put-x: PUT /x text a b⏎ attach none
  put-y: PUT /y [Content-Type: a/b] text c⏎ attach none
note 1: the body of --upload-file is sent with a Content-Type, which curl does not name
`},
		{"headers", "curl a.example -H ': x' -H 'x' -H 'X-Tab: a\tb' -H 'X-Empty;'", `
new a.example token
  address=http://a.example
  root: GET  [X-Tab: a	b] [X-Empty: ] attach none
note 1: a header without a name was left out
note 1: a header without a name was left out
`},
		{"no scheme", `curl 'a.example/go?next=https://b.example/'`, `
new a.example token
  address=http://a.example
  go: GET /go?next=https://b.example/ attach none
`},
		{"json", `curl --json '{"password":"hunter2","user":"ada"}' https://a.example/login -k -L`, `
new a.example token
  address=https://a.example
  post-login: POST /login [Accept: application/json] json {"password":"","user":"ada"} attach none
note 1: certificates are always checked: -k is not supported
note 1: member password of POST /login is a secret and was left empty
`},
		{"variables", `curl -H "Authorization: Bearer $TOKEN" https://a.example/me | jq .`, `
new a.example token header
  address=https://a.example
  check_path=/me
  scheme=Bearer
  me: GET /me
note 1: what follows | is not run
note 1: the token of a.example in header Authorization has no value yet
`},
		{"an option that a header replaces", `curl -b a=1 -A x -e y -u me:canary-pw -H 'Cookie: b=2' -H 'User-Agent: z' -H 'Referer: w' -H 'Authorization: Bearer canary-token' -X post https://a.example/x -F 'f=a;headers="X-P: 1";type=t/t'`, `
new a.example token header
  address=https://a.example
  scheme=Bearer
  pasted!canary-token
  post-x: POST /x [User-Agent: z] [Referer: w] [Cookie: b=2] multipart f=a;type=t/t
note 1: the method is sent in capital letters
note 1: headers= and encoder= of a part of --form are not supported
`},
		{"variables in braces", `curl 'https://a.example/users/{{id}}/{id}?q={{q}}&r={ s }' -H 'X-A: {{h}}' -H 'X-B: {{i}}' -d '{"q":"{{q}}"}'`, `
new a.example token
  address=https://a.example
  post-users-id-id: POST /users/7/7?q=a%26b&r={ s } [X-A: x] [X-B: {{i}}] [Content-Type: application/x-www-form-urlencoded] text {"q":"a&b"} attach none
`},
		{"a browser of a person", `curl -A 'Mozilla/5.0 x' -H 'Accept-Language: de' https://a.example/x`, `
new a.example token
  address=https://a.example
  x: GET /x [Accept-Language: de] [User-Agent: Mozilla/5.0 x] attach none
`},
		{"query token", `curl 'https://a.example/x?api_key=canary-key-1&limit=3'`, `
new a.example token query
  address=https://a.example
  query_name=api_key
  pasted!canary-key-1
  x: GET /x ?limit=3
`},
		{"cookie", `curl https://a.example/x -b 'lang=en; sessionid=canary-sess'`, `
new a.example token cookie
  address=https://a.example
  cookie_name=sessionid
  pasted!canary-sess
  x: GET /x [Cookie: lang=en]
`},
		{"two people", "curl https://a.example/a -H 'Authorization: Token one-1'\ncurl https://a.example/b -H 'Authorization: Token two-2';", `
new a.example token header
  address=https://a.example
  scheme=Token
  pasted!one-1
  a: GET /a
new a.example-2 token header
  address=https://a.example
  scheme=Token
  pasted!two-2
  b: GET /b
`},
		{"parts", `curl https://a.example/up -F 'file=@"x,y";type=a/b' --form-string 'text=@${x;type=' -F 'body=<secret'; curl https://a.example/all -F file=@"x" --form-string 'text=@${x;type=' -F 'pin=1'; curl --weird https://a.example/ok --next -I a.example/next`, `
new a.example token
  address=https://a.example
  post-all: POST /all multipart file=@x⏎text="@$${x;type="⏎pin= attach none
  ok: GET /ok attach none
new a.example-2 token
  address=http://a.example
  head-next: HEAD /next attach none
note 1: the request was left out: the file of --form is not read
note 1: unknown curl option
note 1: field pin of POST /all is a secret and was left empty
note 1: post-all sends the file x, read each time it is sent
`},
		{"token in the body", `curl https://a.example/bot1234567x/x -H 'Authorization: bearer 1234567x' -d 't=1234567x&x=1'`, `
new a.example token header
  address=https://a.example
  scheme=Bearer
  pasted!1234567x
  post-bot-x: POST /bot${.token}/x form t=${.token}⏎x=1
`},
	} {
		t.Run(tt.what, func(t *testing.T) {
			o := Options{}
			if strings.Contains(tt.src, "{{") {
				o.Variables = map[string]string{"id": "7", "q": "a&b", "h": "x"}
			}
			expect(t, read(t, "", tt.src, Known{}, o), tt.want)
		})
	}
}

func TestCurlThatCannotBeRead(t *testing.T) {
	failing(t, "", "curl -H 'a: b", "file:1:9: a quote of this command is not closed")
	failing(t, "", "curl “https://a.example”", "file:1:6: an editor replaced \" with “ (U+201C)")
	failing(t, "", `fetch("https://a.example")`, "Copy as cURL")
	failing(t, Curl, "wget https://a.example", "it has no curl command that can be read")
	failing(t, "", "ssh host curl https://a.example", "it has no curl command that can be read (copy the curl command alone, or in the browser's network list choose \"Copy as cURL\")")
	failing(t, "", "", "it is empty")
	failing(t, "", "a\x00b", "not a text file")
}

func known(t *testing.T) Known {
	t.Helper()
	c := definition.NewCatalog("")
	own, err := definition.Parse("acme.yaml", []byte(`
name: acme
title: ACME
base_url: https://api.acme.example/v2
fields:
  - {name: app, label: App}
  - {name: app_key, label: Key, secret: true}
headers: {X-App: "${.app}", X-App-Key: "${.app_key}"}
logins:
  - name: password
    fields: [{name: username}, {name: password, secret: true}]
    steps:
      - request: {method: POST, path: /login, json: {username: "${.username}", password: "${.password}"}}
        capture: {access: .body.access}
attach:
  - {name: bearer, headers: {Authorization: "Bearer ${.access}"}}
`))
	if err != nil {
		t.Fatal(err)
	}
	k := Known{Backends: append(c.List(), own)}
	k.Accounts = []KnownAccount{
		{Account: session.Account{Name: "root@edge", Definition: "token", BaseURL: "https://edge.example"}},
		{Account: session.Account{Name: "admin@edge", Definition: "token", BaseURL: "https://edge.example/api"}, Load: func() (Holdings, error) {
			return Holdings{Requests: []request.Spec{{Name: "me", Method: "GET", Target: "/me"}}}, nil
		}},
	}
	return k
}

func TestARequestGoesToTheAccountOfItsOrigin(t *testing.T) {
	p := read(t, "", "curl https://edge.example/api/me -H 'Authorization: Bearer canary-1'\ncurl https://edge.example/api/me?x=1 -H 'Authorization: Bearer canary-1'\ncurl https://edge.example/other", known(t), Options{})
	expect(t, p, `
for admin@edge
  me-2: GET /me ?x=1
for root@edge
  other: GET /other
note 1: the value of header Authorization was left out: admin@edge sends what its own session holds
note 1: GET /api/me is there already
`)
	if also := p.Accounts[0].Also; len(also) != 1 || also[0] != "root@edge" {
		t.Errorf("the other account at the place is not named: %v", also)
	}
	expect(t, read(t, "", "curl https://edge.example/api/x\ncurl https://b.example/y", known(t), Options{Account: "root@edge"}), `
for root@edge
  api-x: GET /api/x
note 2: GET /y was left out: it goes to b.example, not to edge.example of root@edge
`)
}

func TestARequestOfADefinition(t *testing.T) {
	expect(t, read(t, "", `curl https://api.acme.example/v2/login -H 'X-App: shop' -H 'X-App-Key: canarykey' --json '{"username":"ada","password":"canarypass"}'
curl https://api.acme.example/v2/me -H 'X-App: shop' -H 'X-App-Key: canarykey' -H 'Authorization: Bearer canarytoken'`, known(t), Options{Name: "ada"}), `
new ada acme password
  app=shop
  username=ada
  app_key!canarykey
  password!canarypass
  me: GET /me
note 1: POST /v2/login is the login of ACME, and no request of it
note 2: the value of header Authorization was left out: accounts of ACME log in
`)
}

func TestDotenvIsAnsweredWithAReference(t *testing.T) {
	for _, src := range []string{"# shop\nNODE_ENV=production\nAPI_URL=https://a.example\n\nexport SHOP_TOKEN=\"canary\"\n", "TOKEN=x\nURL=curl"} {
		failing(t, "", src, "file: this is a .env file, which is not read"+
			" (export its variable and let an account read it: tokenring add NAME --backend token --set address=URL --ref pasted=env:VARIABLE)")
	}
	read(t, "", "TOKEN=$(curl -s https://a.example/token)\n", Known{}, Options{})
}

// A saved request is text. What is not stays as it was written, or is left out.
func TestBytesThatAreNoText(t *testing.T) {
	t.Parallel()
	p := read(t, "", "curl 'https://a.example/x?q=%FF&r=1' -H 'X-A: 1'\n"+
		"curl https://a.example/form -d a=%FF\n"+
		"curl https://a.example/y -d $'a\\xffb'\n"+
		"curl https://a.example/z -H $'X-B: \\xff'\n", Known{}, Options{})
	expect(t, p, `
new a.example token
  address=https://a.example
  x: GET /x?q=%FF&r=1 [X-A: 1] attach none
  post-form: POST /form [Content-Type: application/x-www-form-urlencoded] text a=%FF attach none
note 3: POST /y was left out: it holds bytes that are not UTF-8
note 4: GET /z was left out: it holds bytes that are not UTF-8
`)
	checkExport(t, p)
}

// Each value that a file declares is found where it is used, whatever begins like it.
func TestDeclaredValuesInAText(t *testing.T) {
	t.Parallel()
	p := newParser(Known{}, Options{})
	for _, value := range []string{"1234", "12", "winter-is-long", "winter-is", "ünï", "winter-is-longer"} {
		p.declare(value)
	}
	p.declareBodies()
	for text, want := range map[string]string{
		"1234": "<>", "12": "<>", "x 12, 1234.": "x 12, <>.", "12345 x12 12x _12": "12345 x12 12x _12", "winter-is-longest": "<>est",
		"a winter-is-longer winter-is-": "a <> <>-", "ünï ünïs": "<> ünïs", "": "", "wint": "wint", "winter-i": "winter-i",
		"d2ludGVyLWlzLWxvbmc=": "<>",
	} {
		if got := strings.ReplaceAll(p.sieve.Text(text), secret.Hidden, "<>"); got != want || p.holdsDeclared(text) != (got != text) {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// What Postman computes when it sends is computed then; a number in quotes stays a text.
func TestValuesThatPostmanComputes(t *testing.T) {
	t.Parallel()
	p := read(t, Postman, `{"info": {"schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}, "item": [{"name": "a",
		"request": {"method": "GET", "url": "https://a.example/x?t={{$timestamp}}&n={{$randomInt}}&id={{$guid}}"}}]}`, Known{}, Options{})
	target := p.Accounts[0].Requests[0].Target
	tmpl, err := jq.ParseTemplate(target)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := tmpl.Path(t.Context(), jq.Scope{"now": 1780000000})
	if err != nil || !regexp.MustCompile(`^/x\?t=1780000000&n=\d{1,4}&id=[0-9a-f-]{36}$`).MatchString(sent) || len(p.Notes) > 0 {
		t.Errorf("%s sends %s: %v, %v", target, sent, err, p.Notes)
	}
}

// A request that is named as one of the definition could not be sent by its name.
func TestNamesOfTheDefinitionsRequestsAreTaken(t *testing.T) {
	t.Parallel()
	text := `{"info": {"schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}, "item": [
		{"name": "base", "request": {"method": "GET", "url": "https://a.example/one"}}, {"name": "base", "request": {"method": "GET", "url": "https://a.example/two"}}]}`
	p := read(t, Postman, text, Known{Backends: definition.NewCatalog("").List()}, Options{})
	if all := p.Accounts[0].Requests; len(all) != 2 || all[0].Name != "base-2" || all[1].Name != "base-3" {
		t.Errorf("%+v", all)
	}
}
