package importer

import (
	"fmt"
	"strings"
	"testing"
)

// entry writes one entry of a HAR as browsers do.
func entry(kind, method, url, media, headers, post string) string {
	e := fmt.Sprintf(`{"_resourceType":%q,"startedDateTime":"2026-05-04T12:00:00Z","time":12.5,"request":{"method":%q,"url":%q,"httpVersion":"http/2.0","headers":[%s],"queryString":[],"cookies":[]`,
		kind, method, url, headers)
	if post != "" {
		e += `,"postData":` + post
	}
	return e + fmt.Sprintf(`},"response":{"status":200,"content":{"size":2,"mimeType":%q,"text":"{}"}}}`, media)
}

func har(entries ...string) string {
	return "{\n \"log\": {\"version\":\"1.2\",\"creator\":{\"name\":\"WebInspector\",\"version\":\"537.36\"},\"entries\":[\n" + strings.Join(entries, ",\n") + "\n]}}"
}

func header(name, value string) string { return fmt.Sprintf(`{"name":%q,"value":%q}`, name, value) }

func TestHAR(t *testing.T) {
	old := header("authorization", "Bearer canary-old-token")
	fresh := strings.Join([]string{
		header(":authority", "api.shop.example"), header("authorization", "Bearer canary-new-token"), header("cookie", "_ga=GA1.2; sid=canarycookie"),
		header("accept", "*/*"), header("user-agent", "x"), header("x-tenant", "acme"), header("x-csrf-token", "canarycsrf"),
	}, ",")
	src := har(
		entry("document", "GET", "https://shop.example/", "text/html", "", ""),
		entry("script", "GET", "https://shop.example/app.js", "application/javascript", "", ""),
		entry("preflight", "OPTIONS", "https://api.shop.example/orders/1", "", "", ""),
		entry("xhr", "GET", "https://api.shop.example/orders/1", "application/json", old, ""),
		entry("fetch", "GET", "https://api.shop.example/orders/22?expand=items&sig=canarysignature1234AB", "application/json", fresh, ""),
		entry("fetch", "POST", "https://api.shop.example/graphql", "application/json", fresh, `{"mimeType":"application/json","text":"{\"operationName\":\"Cart\",\"query\":\"query Cart { cart { id } }\",\"variables\":{\"id\":1}}"}`),
		entry("fetch", "POST", "https://api.shop.example/graphql", "application/json", fresh, `{"mimeType":"application/json","text":"{\"query\":\"mutation Buy { buy }\"}"}`),
		entry("fetch", "POST", "https://api.shop.example/session", "application/json", fresh, `{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"grant_type","value":"refresh_token"},{"name":"refresh_token","value":"canary%2Frefresh"}]}`),
		entry("fetch", "POST", "https://api.shop.example/files", "application/json", fresh, `{"mimeType":"multipart/form-data; boundary=x","text":"--x"}`),
		entry("fetch", "POST", "https://stats.example/hit", "application/json", "", `{"mimeType":"text/plain","text":"hello"}`),
	)
	p := read(t, "", src, Known{}, Options{})
	expect(t, p, `
new api.shop.example token header
  address=https://api.shop.example
  scheme=Bearer
  pasted!canary-new-token
  orders-id: GET /orders/1
  orders-id-2: GET /orders/22 ?expand=items [x-tenant: acme]
  Cart: POST /graphql [x-tenant: acme] json {"operationName":"Cart","query":"query Cart { cart { id } }","variables":{"id":1}}
  Buy: POST /graphql [x-tenant: acme] json {"query":"mutation Buy { buy }"}
  post-session: POST /session [x-tenant: acme] form grant_type=refresh_token⏎refresh_token=
note 7: the value of cookie sid was left out: it is a secret beside the token
note 7: the value of header x-csrf-token was left out: it is a secret beside the token
note 7: the value of query sig was left out: it is a secret beside the token
note 10: field refresh_token of POST /session is a secret and was left empty
note 11: POST /files was left out: its body is not text
note 12: stats.example was passed over: no credentials in 1 request
note 0: passed over: 2 requests of pages, scripts, styles, pictures and other files
note 0: passed over: 1 request that no script made for data
`)
	clean := har(entry("", "GET", "https://a.example/me", "application/json", "", ""), entry("", "GET", "https://a.example/logo.png", "image/png", "", ""))
	expect(t, read(t, "", clean, Known{}, Options{}), `
new a.example token
  address=https://a.example
  check_path=/me
  me: GET /me attach none
note 0: passed over: 1 request of pages, scripts, styles, pictures and other files
note 0: no credentials are in it: browsers leave them out unless told not to
`)
}

func TestHARWithoutKinds(t *testing.T) {
	auth := header("authorization", "Bearer canary-token")
	p := read(t, "", har(
		entry("", "GET", "https://shop.example/app.js", "", auth, ""),
		entry("", "GET", "https://shop.example/fonts/Sans.WOFF2", "application/octet-stream", auth, ""),
		entry("", "GET", "https://shop.example/v2/manifests/latest", "application/vnd.oci.image.manifest.v1+json", auth, ""),
	), Known{}, Options{})
	expect(t, p, `
new shop.example token header
  address=https://shop.example
  scheme=Bearer
  pasted!canary-token
  v2-manifests-latest: GET /v2/manifests/latest
note 0: passed over: 2 requests of pages, scripts, styles, pictures and other files
`)
}

func TestHARThatCannotBeRead(t *testing.T) {
	failing(t, "", "{\"log\": {\"entries\": [\n {\"request\": }]}}", "file:2:14: not JSON")
	failing(t, "", `{"log": {"entries": []}}`, "no requests in it")
	failing(t, HAR, `{"log": {}}`, "not a HAR")
	failing(t, "", `{"a": {}}`, "neither a HAR, nor")
	expect(t, read(t, "", `{"log": {"entries": [{"request": 3}, 4, {"request":{"method":"GET","url":"nonsense"}}]}}`, Known{}, Options{}), `
note 1: this entry has no request
note 1: this entry has no request
note 1: the address of this request cannot be read
`)
}

func TestCallsThatAreLeftOutTakeNoPlaceOfOthers(t *testing.T) {
	var entries []string
	for n := range maxAlike {
		entries = append(entries, entry("fetch", "POST", "https://a.example/notes", "application/json", "", fmt.Sprintf(`{"mimeType":"text/plain","text":%q}`, strings.Repeat("x ", maxCall+n))))
	}
	entries = append(entries, entry("fetch", "POST", "https://a.example/notes", "application/json", "", `{"mimeType":"text/plain","text":"hello"}`))
	p := read(t, "", har(entries...), Known{}, Options{})
	if len(p.Accounts) != 1 || len(p.Accounts[0].Requests) != 1 || p.Accounts[0].Requests[0].Body != "hello" {
		t.Error(told(p))
	}
}

const shopCollection = `{
  "info": {"_postman_id": "x", "name": "Shop", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
  "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]},
  "variable": [{"key": "version", "value": "v2"}],
  "event": [{"listen": "prerequest", "script": {"exec": ["", "pm.environment.set('x', 1)"]}}],
  "item": [
    {"name": "Orders", "item": [
      {"name": "List orders",
       "event": [{"listen": "test", "script": {"exec": ["pm.test('ok', function () {", "  pm.response.to.have.status(200);", "});"]}}],
       "request": {"method": "GET", "header": [{"key": "X-Tenant", "value": "{{tenant}}"}, {"key": "X-Off", "value": "1", "disabled": true}],
        "url": {"raw": "{{baseUrl}}/{{version}}/orders?page=1&debug=1", "host": ["{{baseUrl}}"], "path": ["{{version}}", "orders"],
         "query": [{"key": "page", "value": "1"}, {"key": "debug", "value": "1", "disabled": true}]}}},
      {"name": "One order", "request": {"method": "GET", "header": [], "url": {"raw": "{{baseUrl}}/orders/:id/lines", "variable": [{"key": "id", "value": "42"}]}}}
    ]},
    {"name": "Log in", "request": {"method": "POST", "auth": {"type": "noauth"}, "header": [],
      "body": {"mode": "raw", "raw": "{\n  \"user\": \"{{user}}\",\n  \"password\": \"{{password}}\"\n}", "options": {"raw": {"language": "json"}}}, "url": "{{baseUrl}}/login"}},
    {"name": "Upload", "request": {"method": "POST", "body": {"mode": "formdata", "formdata": [{"key": "title", "value": "a; b", "contentType": "text/x"}, {"key": "no", "disabled": true}, {"key": "password", "value": "canary"}, {"key": "f", "type": "file", "src": ["/a.png", "b c"]}]}, "url": "{{baseUrl}}/up"}},
    {"name": "Form", "request": {"method": "POST", "auth": {"type": "apikey", "apikey": [{"key": "key", "value": "X-Key"}, {"key": "value", "value": "canary-key-value"}, {"key": "in", "value": "header"}]},
      "body": {"mode": "urlencoded", "urlencoded": [{"key": "a", "value": "1"}, {"key": "b", "value": "{{nowhere}}"}]}, "url": "https://other.example/form"}},
    {"name": "Elsewhere", "request": "{{unknown}}/x"},
    {"name": "Signed", "request": {"auth": {"type": "awsv4"}, "url": "https://other.example/signed"}}
  ]
}`

const shopEnvironment = `{"id": "y", "name": "Staging", "values": [
  {"key": "baseUrl", "value": "https://staging.shop.example/api", "enabled": true},
  {"key": "token", "value": "canary-staging-token", "type": "secret", "enabled": true},
  {"key": "tenant", "value": "acme", "enabled": true},
  {"key": "user", "value": "ada", "enabled": true},
  {"key": "password", "value": "canary-pass", "type": "secret", "enabled": true},
  {"key": "unused", "value": "https://nope.example", "enabled": false}
 ], "_postman_variable_scope": "environment"}`

func TestPostmanForAnAccount(t *testing.T) {
	expect(t, read(t, "", `{"info": {"name": "x"}, "item": [{"name": "Me", "request": {"url": {"raw": "{{base}}/users/me"}}}, {"name": "Log in", "request": {"method": "POST", "url": "{{base}}/graphql",
		"body": {"mode": "graphql", "graphql": {"query": "mutation Login($password: String!) { login(password: $password) { token } }", "variables": "{\"password\": \"canary\"}"}}}}]}`,
		known(t), Options{Account: "admin@edge"}), `
for admin@edge
  me-2: GET /users/me
  log-in: POST /graphql json {"query":"mutation Login($password: String!) { login(password: $password) { token } }","variables":{"password": ""}}
note 1: member password of POST /api/graphql is a secret and was left empty
`)
	expect(t, read(t, "", `curl "$BASE/x" -d '<a><password>canary</password></a>' -H 'Content-Type: text/xml'; curl "${BASE}y"`, known(t), Options{Account: "admin@edge"}), `
for admin@edge
  post-x: POST /x [Content-Type: text/xml] text <a><password></password></a>
  y: GET /y
note 1: 1 value of the body of POST /api/x is a secret and was left empty
`)
	for address, want := range map[string]string{
		"{{scheme}}://{{host}}/x": "https://edge.example/x", "{{scheme}}://{{host}}:{{port}}/api/x": "/x", "https://{{host}}/api/x": "/x", "{{host}}:{{port}}/api/x": "/x",
		"{{tenant}}.example/api/x": "/x", "{{scheme}}://edge.example/api/x": "/x", "{{base}}/api/x": "/x", "{{base}}/apis": "/apis",
		"{{scheme}}://other.example/x": "", "{{tenant}}.other.example/x": "", "{{base}}{{path}}": "",
		"https://api.{{domain}}/x": "", "https://ed{{rest}}/x": "https://edge.example/x", "https://edge.exam{{middle}}ample/x": "",
	} {
		p := read(t, "", `{"info": {"name": "x"}, "item": [{"name": "Me", "request": {"url": {"raw": "`+address+`"}}}]}`, known(t), Options{Account: "admin@edge"})
		if got := told(p); strings.Contains(got, "\n  me") != (want != "") || !strings.Contains(got, want+"\n") {
			t.Errorf("%s: %s", address, told(p))
		}
	}
}

func TestPostman(t *testing.T) {
	p, err := Parse([]File{{Name: "shop.json", Data: []byte(shopCollection)}, {Name: "env.json", Data: []byte(shopEnvironment)}}, Known{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, p, `
new staging.shop.example token header
  address=https://staging.shop.example
  scheme=Bearer
  pasted!canary-staging-token
  list-orders: GET /api/v2/orders ?page=1 ?debug=1 [X-Tenant: acme] [X-Off: 1] → .status == 200
  one-order: GET /api/orders/42/lines
  log-in: POST /api/login json {⏎  "user": "ada",⏎  "password": ""⏎} attach none
  upload: POST /api/up multipart title="a; b";type=text/x⏎password=⏎f=@/a.png⏎f=@b c
new other.example token header
  address=https://other.example
  header_name=X-Key
  scheme=none
  pasted!canary-key-value
  form: POST /form form a=1⏎b=${.nowhere}
  signed: GET /signed attach none
note 5: the script of the collection was not imported
note 15: member password of POST /api/login is a secret and was left empty
note 17: field password of POST /api/up is a secret and was left empty
note 17: upload sends the file /a.png, read each time it is sent
note 17: upload sends the file b c, read each time it is sent
note 20: 1 request left out: its address is in the variable unknown, which has no value
note 21: authorisation of kind awsv4 is not supported; its values were left out
note 0: 1 variable without a value: nowhere; the requests hold ${.nowhere} and the like in their place
`)
	failing(t, "", shopEnvironment, "an environment alone has no requests (give the collection's file too)")
}

func TestPartsOfALog(t *testing.T) {
	for name, post := range map[string]string{
		"as parameters": `{"mimeType":"multipart/form-data; boundary=x","params":[{"name":"title","value":"a\nb"},{"name":"photo","fileName":"beach.png","contentType":"image/png"}]}`,
		"as text":       `{"mimeType":"multipart/form-data; boundary=x","text":"--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\na\nb\r\n--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"beach.png\"\r\nContent-Type: image/png\r\n\r\n\ufffdPNG\r\n\u0000\r\n--x--\r\n"}`,
	} {
		log := `{"log":{"entries":[{"_resourceType":"fetch","request":{"method":"POST","url":"https://a.example/up","headers":[{"name":"Authorization","value":"Bearer canary-12345"},{"name":"Content-Type","value":"multipart/form-data; boundary=x"}],"postData":` + post + `}}]}}`
		t.Run(name, func(t *testing.T) {
			expect(t, read(t, "", log, Known{}, Options{}), `
new a.example token header
  address=https://a.example
  scheme=Bearer
  pasted!canary-12345
  post-up: POST /up multipart title="a⏎b"⏎photo=@beach.png;type=image/png
note 1: post-up sends the file beach.png, read each time it is sent
`)
		})
	}
}

func TestACollectionOfManyLevels(t *testing.T) {
	t.Parallel()
	vars := ""
	for i := range 30 {
		vars += fmt.Sprintf(`{"key":"v%d","value":"{{v%d}}"},`, i, i+1)
	}
	item := `{"name":"deep","request":{"url":"https://a.example/x"}}`
	for range 60 {
		item = `{"name":"f","item":[` + item + `]}`
	}
	p := read(t, Postman, `{"info":{},"item":[{"name":"`+strings.Repeat("long name ", 50)+`","request":{"url":"https://a.example/{{v0}}"}},`+item+`],
"variable":[`+vars+`{"key":"v30","value":"end"}]}`, Known{}, Options{})
	if s := p.Accounts[0].Requests; len(s) != 1 || s[0].Target != "/end" || len(s[0].Name) > maxName || p.Seen != 2 || !strings.Contains(told(p), "was left out") {
		t.Error(told(p), p.Seen)
	}
}

func TestALogThatNoBrowserWrote(t *testing.T) {
	t.Parallel()
	entry := func(path, more string) string {
		return `{"request":{"method":"POST","url":"https://a.example` + path + `","headers":[{"name":"Origin","value":"o"}]` + more + `}}`
	}
	log := entry("/up", `,"postData":{"mimeType":"multipart/form-data; boundary=x","params":[{"name":"f","fileName":"x.txt","value":"hello"}]}`) + "," +
		entry("/b", `,"postData":{"mimeType":"text/plain","text":"aGVsbG8=","encoding":"base64"}`)
	for i := range 7 {
		log += "," + entry(fmt.Sprintf("/users/%d", i), "")
	}
	expect(t, read(t, "", `{"log":{"entries":[`+log+`,`+entry("/users/1", "")+`]}}`, Known{}, Options{}), `
new a.example token
  address=https://a.example
  post-up: POST /up [Origin: o] multipart f=hello;filename="x.txt" attach none
  post-b: POST /b [Origin: o] [Content-Type: text/plain] text hello attach none
  post-users-id: POST /users/0 [Origin: o] attach none
  post-users-id-2: POST /users/1 [Origin: o] attach none
  post-users-id-3: POST /users/2 [Origin: o] attach none
  post-users-id-4: POST /users/3 [Origin: o] attach none
  post-users-id-5: POST /users/6 [Origin: o] attach none
note 0: passed over: 2 requests of a kind of which 5 were taken: they differ in the ids of the path, the query or the body
note 0: passed over: 1 request that the log repeats
note 0: no credentials are in it: browsers leave them out unless told not to
`)
}

// What a person wrote beside the address and the body arrives as Postman sends it.
func TestPostmanSendsWhatItsRunnerSends(t *testing.T) {
	t.Parallel()
	expect(t, read(t, "", `{"info":{},"item":[
{"name":"fragment","request":{"url":"https://a.example/x?q={{v}}#part?z=1"}},
{"name":"form","request":{"method":"POST","url":"https://a.example/f","header":[{"key":"Content-Type","value":"application/json"}],"body":{"mode":"urlencoded","urlencoded":[{"key":"a","value":"1"}]}}},
{"name":"nameless","request":{"url":"https://a.example/n","header":[{"key":"","value":"x"},{"key":" ","value":"","disabled":true},{"key":"X-A","value":"1"}]}}],
"variable":[{"key":"v","value":"a#b"}]}`, Known{}, Options{}), `
new a.example token
  address=https://a.example
  fragment: GET /x ?q=a#b attach none
  form: POST /f form a=1 attach none
  nameless: GET /n [X-A: 1] attach none
note 4: a header without a name was left out
`)
}
