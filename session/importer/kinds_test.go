package importer

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// people are passwords that people choose: they look like words.
var people = []string{"Winter2024!", "Passw0rd", "Hunter2secret", "p@ssWord1", "hunter2", "Summer 2024", "Ünïcode1!", "a&b=c", "P:w;1"}

// In every kind of body a password is found by its place, and neither the request nor an
// export holds it. A new kind of body needs a row.
func TestAHumanPasswordIsFoundByItsPlace(t *testing.T) {
	t.Parallel()
	quoted := func(s string) string { text, _ := json.Marshal(s); return string(text) }
	places := map[string]map[string]func(password string) (media, text string){
		"json": {
			"member": func(s string) (string, string) {
				return "application/json", `{"user": "jane", "password": ` + quoted(s) + `}`
			},
			"inside": func(s string) (string, string) { return "application/json", `{"login": {"pwd": [` + quoted(s) + `]}}` },
			"pair": func(s string) (string, string) {
				return "application/json", `[{"key": "password", "value": ` + quoted(s) + `}]`
			},
			"behind": func(s string) (string, string) {
				return "application/json", `{"value": ` + quoted(s) + `, "name": "Passwort"}`
			},
			"text": func(s string) (string, string) {
				return "application/json", `{"a": ` + quoted(`{"password": `+quoted(s)+`}`) + `}`
			},
			"XML": func(s string) (string, string) {
				return "application/json", `{"a": ` + quoted(`<l><password>`+s+`</password></l>`) + `}`
			},
			"rpc": func(s string) (string, string) {
				return "application/json", `{"method": "login", "params": ["admin", ` + quoted(s) + `]}`
			},
			"rpc in a text": func(s string) (string, string) {
				return "application/json", `{"a": ` + quoted(`{"params": {"args": ["db", "admin", `+quoted(s)+`], "service": "common", "method": "web.authenticate"}}`) + `}`
			},
			"block": func(s string) (string, string) {
				return "application/json", `{"query": ` + quoted(`mutation { login(password: """`+s+`""") }`) + `}`
			},
			"camel": func(s string) (string, string) { return "application/json", `{"userPassword": ` + quoted(s) + `}` },
			"GraphQL": func(s string) (string, string) {
				return "application/json", `{"query": ` + quoted(`mutation { login(password: `+quoted(s)+`) }`) + `}`
			},
		},
		"form": {
			"JSON": func(s string) (string, string) {
				return formType, `{"user": "a@b.example", "password": ` + quoted(s) + `}`
			},
			"list": func(s string) (string, string) { return formType, `[{"user": "x&y=z", "password": ` + quoted(s) + `}]` },
			"like": func(s string) (string, string) { return formType, `{'user': 'x&y', 'password': '` + s + `'}` },
			"name": func(s string) (string, string) { return formType, escape(`{"password": ` + quoted(s) + `}`) },
			"name=": func(s string) (string, string) {
				return formType, "a=1&" + escape(`{"password": `+quoted(s)+`}`) + "="
			},
			"value":  func(s string) (string, string) { return formType, "a=" + escape(`[{"pwd": `+quoted(s)+`}]`) },
			"broken": func(s string) (string, string) { return formType, `{"password": ` + quoted(s) },
			"field":  func(s string) (string, string) { return formType, "user=jane&password=" + escape(s) },
			"written": func(s string) (string, string) {
				return formType, "user=j%20d&pwd=" + strings.ReplaceAll(escape(s), "+", "%20")
			},
		},
		"multipart": {"part": nil},
		"text": {
			"element": func(s string) (string, string) {
				return "text/xml", "<a><user>jane</user><wsse:Password Type='t'>" + strings.ReplaceAll(s, "&", "&amp;") + "</wsse:Password></a>"
			},
			"pair":      func(s string) (string, string) { return "text/xml", `<p name="password">` + s + `</p>` },
			"parameter": func(s string) (string, string) { return "text/xml", `<p parameter="password">` + s + `</p>` },
			"value": func(s string) (string, string) {
				return "text/xml", `<p name="password" type="t" value="` + strings.ReplaceAll(s, "&", "&amp;") + `"/>`
			},
			"XML-RPC": func(s string) (string, string) {
				return "text/xml", `<member><name>password</name><value><string>` + s + `</string></value></member>`
			},
			"part": func(s string) (string, string) {
				return "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"password\"\r\nContent-Type: text/plain\r\n\r\n" + s + "\r\n--B--\r\n"
			},
			"CDATA": func(s string) (string, string) { return "text/xml", "<password><![CDATA[" + s + "]]></password>" },
			"attribute": func(s string) (string, string) {
				return "text/xml", `<login user="jane" password="` + strings.ReplaceAll(s, "&", "&amp;") + `"/>`
			},
			"quoted": func(s string) (string, string) { return "application/yaml", "user: jane\npassword: \"" + s + "\"\n" },
			"GraphQL": func(s string) (string, string) {
				return "application/graphql", `mutation { login(password: "` + s + `") { token } }`
			},
			"block": func(s string) (string, string) {
				return "application/graphql", `mutation { login(password: """` + s + `""") { token } }`
			},
			"escaped": func(s string) (string, string) {
				return "application/graphql", `mutation { login(password: "` + s + `\"` + s + `") { token } }`
			},
			"call": func(s string) (string, string) {
				return "text/xml", `<methodCall><methodName>auth.login</methodName><params><param><value><string>jane</string></value></param><param><value><string>` +
					strings.ReplaceAll(s, "&", "&amp;") + `</string></value></param></params></methodCall>`
			},
		},
	}
	for _, kind := range body.Kinds() {
		if places[kind] == nil {
			t.Errorf("a body of kind %s has no places", kind)
		}
	}
	for kind, all := range places {
		for place, write := range all {
			for _, password := range people {
				c := &call{kind: Curl, Spec: request.Spec{Method: "POST"}}
				if write == nil {
					c.Body, c.BodyType = body.Compose(body.Part{Name: "password", Text: password}), body.Multipart
				} else {
					media, text := write(password)
					c.Headers, c.Body = []request.Pair{{Name: "Content-Type", Value: media}}, text
				}
				p := newParser(Known{}, Options{})
				p.address(c, "https://a.example/x")
				p.add(c)
				p.gather()
				text, err := Export(&p.out, nil)
				core := strings.Fields(password)[0]
				if err != nil || len(p.out.Accounts[0].Requests) != 1 || strings.Contains(string(text), core) {
					t.Errorf("%s, %s: %q: %v\n%s", kind, place, password, err, text)
				}
				if len(p.out.Notes) == 0 {
					t.Errorf("%s, %s: no note", kind, place)
				}
				if all := fmt.Sprint(p.out.Notes); strings.Contains(all, core) {
					t.Errorf("%s, %s: %s", kind, place, all)
				}
			}
		}
	}
}

// Of an address and of headers too: in values, and in what stands in place of names.
func TestAHumanPasswordIsFoundInAPair(t *testing.T) {
	t.Parallel()
	for _, password := range people {
		quoted, _ := json.Marshal(password)
		object := `{"a": 1, "password": ` + string(quoted) + `}`
		for _, args := range []string{
			"'https://a.example/x?a=b&filter=" + escape(object) + "'", "'https://a.example/x?q=" + escape("password="+escape(password)) + "'",
			"-G https://a.example/y --data-urlencode '" + object + "'", "-G https://a.example/y --data-urlencode 'a=" + object + "'",
			"https://a.example/y -H 'X-Data: " + object + "'", "https://a.example/y -H 'X-Data: a; password=\"" + password + "\"'",
			`https://a.example/y -d "{'password':'` + password + `'}"`, "https://a.example/y -d '" + object + "'",
		} {
			p := read(t, Curl, "curl "+args, Known{}, Options{})
			text, err := Export(p, nil)
			core := strings.Fields(password)[0]
			for _, p := range p.Accounts {
				if len(p.Requests) != 1 || err != nil {
					t.Errorf("%s: %v, %+v", args, err, p.Requests)
				}
			}
			if all := fmt.Sprint(p.Notes, string(text)); len(p.Notes) == 0 || strings.Contains(all, core) || strings.Contains(all, escape(core)) {
				t.Errorf("%s: %s", args, all)
			}
		}
	}
}

// What is no secret stays as it is, and export writes what import keeps.
func TestWhatIsKeptIsExported(t *testing.T) {
	t.Parallel()
	for _, args := range []string{
		`-X POST 'https://a.example/add?pin=false' -H 'X-Atlassian-Token: no-check' --json '{"password_policy":"strict"}'`,
		`'https://a.example/x?page_token=CAUQAA&next_token=a1b2'`, `https://a.example/x -H 'X-CSRF-Token: Fetch'`, `https://a.example/x --json '{"pageToken":"CAUQAA", "token": "none"}'`,
		`https://a.example/x -d 'grant_type=x' -d 'client_id={y}' -d client_secret=YOUR_CLIENT_SECRET -d 'redirect_uri=https://b.example/cb'`,
		`https://a.example/x -b 'a=1; b="x y"; c=d=e'`, `https://a.example/x -H 'If-None-Match: "33a64df551425fcc55e4d42a148795d9f25f89d4"' -H 'X-Request-Id: Zx9Qw3Er7Ty1Ui5Op0As'`,
		`https://a.example/x --json '{"method":"list","params":["a1","b2"]}'`,
	} {
		p := read(t, Curl, "curl "+args, Known{}, Options{})
		if _, err := Export(p, nil); err != nil || len(p.Notes) > 0 || p.Accounts[0].Attach != "" || p.Accounts[0].Requests[0].Attach != "none" {
			t.Errorf("%s: %v\n%v\n%+v", args, err, p.Notes, p.Accounts[0])
		}
	}
	p := read(t, Curl, "curl https://a.example/x -H 'Authorization: Bearer tok+abcdef/1234' -d 'b=x y&t=is%20tok%2Babcdef/1234'", Known{}, Options{})
	if got := p.Accounts[0].Requests[0].Body; got != "b=x y&t=is+${.token | @uri}" {
		t.Errorf("the form became %s", got)
	}
	const form = "client_secret=YOUR_CLIENT_SECRET&pwd=&redirect_uri=https://b.example/cb"
	p = read(t, Curl, "curl https://a.example/x -d '"+strings.Replace(form, "pwd=", "pwd=Winter2024!", 1)+"'", Known{}, Options{})
	if got := p.Accounts[0].Requests[0].Body; got != form {
		t.Errorf("the form became %s", got)
	}
}

// What a source declares is found wherever it is used, whatever it looks like.
func TestADeclaredSecretIsOne(t *testing.T) {
	t.Parallel()
	const plain = "only-for-us"
	auths := map[string]string{
		"bearer":  `{"type":"bearer","bearer":[{"key":"token","value":"` + plain + `"}]}`,
		"basic":   `{"type":"basic","basic":{"username":"jane","password":"` + plain + `"}}`,
		"apikey":  `{"type":"apikey","apikey":[{"key":"key","value":"k"},{"key":"value","value":"` + plain + `"},{"key":"in","value":"query"}]}`,
		"header":  `{"type":"apikey","apikey":[{"key":"key","value":"X-Client"},{"key":"value","value":"` + plain + `"}]}`,
		"oauth2":  `{"type":"oauth2","oauth2":[{"key":"clientSecret","value":"` + plain + `"},{"key":"accessTokenUrl","value":"https://a.example/t"}]}`,
		"awsv4":   `{"type":"awsv4","awsv4":[{"key":"secretKey","value":"` + plain + `"}]}`,
		"digest":  `{"type":"digest","digest":[{"key":"password","value":"` + plain + `"}]}`,
		"unknown": `{"type":"new","new":[{"key":"anything","value":"` + plain + `"}]}`,
	}
	uses := []string{
		`"header":[{"key":"X-A","value":"` + plain + `"}]`,
		`"header":[{"key":"X-A","value":"is ` + plain + `, off","disabled":true}]`,
		`"url":"https://a.example/x?q=` + plain + `"`,
		`"url":"https://a.example/` + plain + `/x"`,
		`"body":{"mode":"raw","raw":"{\"a\":\"` + plain + `\"}","options":{"raw":{"language":"json"}}}`,
		`"body":{"mode":"raw","raw":"say ` + plain + ` twice"}`,
		`"body":{"mode":"urlencoded","urlencoded":[{"key":"a","value":"is ` + plain + `"}]}`,
		`"body":{"mode":"formdata","formdata":[{"key":"a","value":"` + plain + `"}]}`,
	}
	for kind, auth := range auths {
		for _, use := range uses {
			if !strings.HasPrefix(use, `"url"`) {
				use = `"url":"https://a.example/x",` + use
			}
			src := `{"info":{"schema":"v2.1.0"},"item":[{"name":"one","request":{"method":"POST","auth":` + auth + `,` + use + `}}]}`
			p := read(t, Postman, src, Known{}, Options{})
			for i := range p.Accounts {
				for _, s := range p.Accounts[i].Requests {
					if text, _ := s.MarshalBinary(); strings.Contains(string(text), plain) {
						t.Errorf("%s: %s holds it: %s", kind, use, text)
					}
				}
			}
			for _, n := range p.Notes {
				if strings.Contains(n.Error(), plain) {
					t.Errorf("%s: a note shows it: %v", kind, n)
				}
			}
		}
	}
}

func TestATokenIsToldByPlaceAndValue(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ args, token string }{
		{`-H 'authority: a.example' -H 'x-api-key: k3y-abcdef0123'`, "header x-api-key"},
		{`-H 'X-Forwarded-Host: a.example' -H 'X-Author: jane1234' -H 'X-Authenticated-Userid: user12345678'`, ""},
		{`-H 'X-Token-Type: Bearer1234'`, ""},
		{`-b 'pll_language=en'`, ""},
		{`-b 'consent=true; page=12; tz=Europe/Athens'`, ""},
		{`-b 'JSESSIONID=A1B2C3D4E5F6'`, "cookie JSESSIONID"},
		{`-H 'Authorization: Bearer <YOUR-TOKEN>'`, "asked"},
		{`-H 'Authorization: Bearer YOUR_TOKEN'`, "asked"},
		{`-H 'Authorization: Bearer {token}'`, "asked"},
		{`-H 'Authorization: Token 12345'`, "asked"},
		{`-H 'X-Api-Key: your-api-key-here'`, "asked"},
		{`-H 'Authorization: Bearer bearer-for-open1'`, "header Authorization"},
		{`-H 'ApiKey: 0a1b2c3d4e5f'`, "header ApiKey"},
		{`-H 'Ocp-Apim-Subscription-Key: 0a1b2c3d4e5f'`, "header Ocp-Apim-Subscription-Key"},
		{`-u jane:Winter2024!`, "header Authorization"},
		{`-H 'Origin: https://a.example' -H 'If-None-Match: "33a64df551425fcc55e4d42a148795d9f25f89d4"'`, ""},
	} {
		p := read(t, Curl, "curl https://a.example/x "+tt.args, Known{}, Options{})
		a := &p.Accounts[0]
		got, _, _ := strings.Cut(a.Token, ",")
		if got != "" && len(a.NewSecrets) == 0 {
			got = "asked"
		}
		if got != tt.token {
			t.Errorf("%s: %q, want %q", tt.args, got, tt.token)
		}
		if none := a.Requests[0].Attach == definition.AttachNone; none != (got == "") {
			t.Errorf("%s: attach %q", tt.args, a.Requests[0].Attach)
		}
	}
}

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	const yaml = `openapi: 3.0.3
servers: [{url: "https://{region}.a.example/v1", variables: {region: {default: eu}}}]
security: [{key: []}]
paths:
  /users/{id}:
    parameters: [{$ref: "#/components/parameters/id"}]
    get:
      operationId: getUser
      tags: [Users]
      parameters: [{name: full, in: query, required: true, example: yes}, {name: page, in: query}, {name: X-Tenant, in: header, required: true}]
    put:
      requestBody: {content: {application/json: {example: {name: Ada, tags: [a, 1, true, null]}}}}
  /open: {servers: [], get: {servers: [], security: []}}
  /other: {post: {security: [{oauth: [read]}], requestBody: {content: {application/json: {schema: {type: object}}}}}}
components:
  parameters: {id: {name: id, in: path, required: true}}
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: "https://a.example/t", scopes: {read: r, write: w}}}}
`
	expect(t, read(t, "", yaml, Known{}, Options{Variables: map[string]string{"X-Tenant": "acme"}}), `
new eu.a.example token header
  address=https://eu.a.example/v1
  header_name=X-Key
  scheme=none
  getuser: GET /users/${.id} ?full=yes ?page= [X-Tenant: acme]
  put-users-id: PUT /users/${.id} json {"name": "Ada", "tags": ["a", 1, true, null]}
  open: GET /open attach none
new eu.a.example-2 token header
  address=https://eu.a.example/v1
  scheme=Bearer
  post-other: POST /other
note 8: the token of eu.a.example in header X-Key has no value yet
note 14: the token of eu.a.example in header Authorization has no value yet
note 19: its OAuth 2 settings: grant clientCredentials, token address https://a.example/t, scopes read
note 0: 1 request without a body: the description has no example of it
note 0: 1 variable without a value: id; the requests hold ${.id} and the like in their place
`)
	p := read(t, "", `{"openapi":"3.1.0","servers":[{"url":"/api"}],"paths":{"/a":{"get":{}}}}`, Known{}, Options{Variables: map[string]string{"server": "https://s.example"}})
	expect(t, p, `
new s.example token
  address=https://s.example/api
  a: GET /a attach none
`)
}

func TestASecretOfOneCommandIsOneElsewhere(t *testing.T) {
	t.Parallel()
	p := read(t, Curl, `TOKEN=Winter2024! curl https://a.example/x -H 'X-K: Winter2024!'`, Known{}, Options{})
	if text := told(p); strings.Contains(text, "[X-K: Winter2024!]") {
		t.Error(text)
	}
}

func TestOpenAPITakesEveryExample(t *testing.T) {
	t.Parallel()
	expect(t, read(t, OpenAPI, `{"openapi":"3.0.0","servers":[{"url":"https://a.example"}],"paths":{
"/a/{id}/{n}":{"parameters":[{"name":"n","in":"path","schema":{"default":3}}],"get":{"parameters":[{"name":"id","in":"path","example":"b c"}]}},
"/s":{"post":{"requestBody":{"content":{"application/json":{"schema":{"example":{"n":2}}}}}}}}}`, Known{}, Options{}), `
new a.example token
  address=https://a.example
  a-b-c-id: GET /a/b%20c/3 attach none
  post-s: POST /s json {"n": 2} attach none
`)
}

func TestOtherFormatsAreNamed(t *testing.T) {
	t.Parallel()
	for want, src := range map[string]string{
		"an export of Insomnia":              "type: collection.insomnia.rest/5.0\nname: Shop\n",
		"export of Insomnia":                 `{"_type":"export","__export_format":4,"resources":[]}`,
		"of Bruno":                           "meta {\n  name: Me\n}\nget {\n  url: https://a.example\n}\n",
		"an .http file":                      "@base = https://a.example\n\n### Me\nGET {{base}}/me HTTP/1.1\n",
		".http file, which":                  "GET https://a.example/me\nAccept: text/plain\n",
		"a file of hurl":                     "GET https://a.example/me\nHTTP 200\n[Asserts]\n",
		"Swagger 2.0":                        "swagger: \"2.0\"\npaths: {}\n",
		"Swagger 2.0, which":                 `{"swagger": "2.0", "paths": {}}`,
		"a kubeconfig":                       "apiVersion: v1\nkind: Config\nclusters: []\n",
		"a call of fetch":                    `await fetch("https://a.example")`,
		"PowerShell":                         "Invoke-RestMethod -Uri https://a.example",
		"Postman v1":                         `{"id":"x","requests":[{"collectionId":"x","url":"https://a.example"}]}`,
		"HTTPie":                             "http POST https://a.example/x a=1\n",
		"a .env file":                        "A=1\nB=2\n",
		"two formats at once":                `{"log":{"entries":[]},"item":[]}`,
		"there are two formats":              "curl https://a.example/x\n{\"info\": {}}\n",
		"its format is not recognized":       "hello",
		"2:1: this is no part of a .netrc":   "machine a.example login b password c\ncurl https://a.example\n",
		"item is not a list":                 `{"item":{"a":1}}`,
		"neither a HAR, nor":                 `{"a":1}`,
		"this description has no paths":      "openapi: 3.0.0\n",
		"not JSON: unexpected EOF":           `{"openapi":"3.0.0","paths":{`,
		"an environment alone has no":        `{"values":[{"key":"a","value":"b"}]}`,
		"no request, folder or host is call": "",
	} {
		o := Options{}
		if src == "" {
			src, o.Only = "curl https://a.example/x", []string{"nothing"}
		}
		if _, err := Parse([]File{{Name: "file", Data: []byte(src)}}, Known{}, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", src, err, want)
		}
	}
}

// A password in quotes is read as curl reads it, and comments and macros are none.
func TestNetrc(t *testing.T) {
	t.Parallel()
	p := read(t, "", "# machine no.example\nmachine a.example\n\tlogin \"jane d\" password \"Win\\\"ter\\\\24\" # the old one\nmacdef init\nmachine no.example\n\ndefault login x password y\n", Known{}, Options{})
	expect(t, p, `
new a.example basic password
  address=https://a.example
  username=jane d
  password!Win"ter\24
note 4: macros are not read
note 7: the default login names no server
`)
}

// What a description refers to and does not have is told.
func TestADescriptionThatIsCutOff(t *testing.T) {
	t.Parallel()
	p := read(t, "", "openapi: 3.1.0\nservers: [{url: 'https://a.example'}]\nsecurity: [{key: []}]\npaths:\n"+
		"  /x/{id}:\n    post: {requestBody: {$ref: '#/components/requestBodies/B'}, parameters: [{name: id, in: path}, {name: n, in: query, required: true, schema: {examples: [7, 8]}}]}\n", Known{}, Options{})
	expect(t, p, `
new a.example token
  address=https://a.example
  post-x-id: POST /x/${.id} ?n=7 attach none
note 3: the security scheme key is not in the file
note 6: the reference #/components/requestBodies/B leads to nothing in the file
note 0: 1 variable without a value: id; the requests hold ${.id} and the like in their place
`)
}

func TestOnlyNamesSomeOfMany(t *testing.T) {
	t.Parallel()
	src := ""
	for i := range 50 {
		src += fmt.Sprintf("curl https://a.example/%c%d\n", 'a'+i%26, i)
	}
	_, err := Parse([]File{{Name: "file", Data: []byte(src)}}, Known{}, Options{Only: []string{"Zürich"}})
	if err == nil || !strings.Contains(err.Error(), "and 43 more") {
		t.Error(err)
	}
}

func core(host string) string {
	return "curl http://" + host + "/api/v3/process; curl http://" + host + "/api/login --json '{\"username\":\"ada\",\"password\":\"Winter2024!\"}'"
}

func TestNamedDefinitionAnywhere(t *testing.T) {
	t.Parallel()
	p := read(t, Curl, "curl http://localhost:9/ping; "+core("localhost:9"), Known{Backends: definition.NewCatalog("").List()}, Options{Backend: "datarhei-core"})
	if got := told(p); p.Accounts[0].BaseURL != "http://localhost:9/api" || !strings.Contains(got, ": GET /v3/process\n") || !strings.Contains(got, ": GET http://localhost:9/ping\n") {
		t.Error(p.Accounts[0].BaseURL, got)
	}
}

func TestDefinitionsRecognizeTheirOwn(t *testing.T) {
	t.Parallel()
	known := Known{Backends: definition.NewCatalog("").List(), Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	const app = "5a0123456789abcdef012345"
	for _, tt := range []struct{ src, want string }{
		{"curl https://us-api.knack.com/v1/pages/a -H 'X-Knack-Application-Id: " + app + "' -H 'X-Knack-REST-API-Key: knack' -H 'Authorization: abcd1234efgh5678'", `
new us-api.knack.com knack pasted view
  app_id=` + app + `
  region=us
  user_token!abcd1234efgh5678
  pages-a: GET /pages/a
`},
		{"curl https://acme-api.knack.com/v1/applications/" + app + "/session --json '{\"email\":\"a@b.example\",\"password\":\"Winter2024!\"}'", `
new acme-api.knack.com knack password
  address=https://acme-api.knack.com
  app_id=` + app + `
  email=a@b.example
  region=own
  password!Winter2024!
note 1: POST /applications/` + app + `/session is the login of Knack, and no request of it
`},
		{"curl https://eu-api.backendless.com/28066942-8273-4BE6-AAD4-A19F34948E11/11112222-EF5B-49AA-8013-7BDF7A3A9A6B/data/X", `
new eu-api.backendless.com backendless password
  app_id=28066942-8273-4BE6-AAD4-A19F34948E11
  form=eu
  rest_key=11112222-EF5B-49AA-8013-7BDF7A3A9A6B
  data-X: GET /data/X
`},
		{"curl https://api.backendless.com/28066942-8273-4BE6-AAD4-A19F34948E11/DCBACAA6-EF5B-49AA-8013-7BDF7A3A9A6B/users/login --json '{\"objectId\":\"4D584E4D-05A3-4AC4-90C7-B80D1584E7AD\"}'", `
new api.backendless.com backendless passwordless
  app_id=28066942-8273-4BE6-AAD4-A19F34948E11
  object_id=4D584E4D-05A3-4AC4-90C7-B80D1584E7AD
  cloudcode_key!DCBACAA6-EF5B-49AA-8013-7BDF7A3A9A6B
note 1: POST /` + app + `/` + app + `/users/login is the login of Backendless, and no request of it
`},
		{"curl https://shop.backendless.app/api/data/X", `
new shop.backendless.app backendless password
  address=https://shop.backendless.app
  form=domain
  data-X: GET /data/X
`},
		{core("localhost:8080"), `
new localhost-8080 datarhei-core password
  address=http://localhost:8080
  username=ada
  password!Winter2024!
  v3-process: GET /v3/process
note 1: POST /api/login is the login of datarhei Core, and no request of it
`},
		{"curl http://127.0.0.1:8080/api/login --json '{\"email\":\"a@b.example\",\"password\":\"Winter2024!\"}'", `
new localhost-8080 token
  address=http://127.0.0.1:8080
  post-api-login: POST /api/login [Accept: application/json] json {"email":"a@b.example","password":""} attach none
note 1: member password of POST /api/login is a secret and was left empty
`},
	} {
		p := read(t, Curl, tt.src, known, Options{})
		got := strings.ReplaceAll(strings.ReplaceAll(told(p), "/v1/applications", "/applications"), "/"+secret.Hidden, "/"+app)
		if strings.TrimSpace(got) != strings.TrimSpace(tt.want) {
			t.Errorf("got\n%swant%s", got, tt.want)
		}
	}
	for _, def := range known.Backends {
		for _, h := range def.Hosts {
			if len(h.Values)+len(def.AddressValues(&url.URL{})) == 0 || !strings.Contains(h.Pattern, "*") {
				t.Errorf("%s: the pattern %s says nothing", def.Name, h.Pattern)
			}
		}
	}
}

func TestCurlIsFoundInScriptsAndPages(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"% curl https://a.example/x\n", "for i in 1; do curl https://a.example/x; done\n", "A=1\nB=$(curl -s https://a.example/x)\n",
		"# Title\n\n### Get\n\n```sh\ncurl https://a.example/x\n```\n", "curl https://a.example/x\nwget https://b.example\n",
		"#!/bin/sh\nKEY=1\ncall() { curl -s \"https://a.example/x\"; }\n", "curl\n  https://a.example/x\n  -H 'X-A: 1'\n",
		"LC_ALL=C curl https://a.example/x", "T=abc\nDEBUG=1 curl https://a.example/x", "\\curl https://a.example/x", "env A=1 curl https://a.example/x",
		"```sh\nexport B=https://a.example\n```\n\nthen\n\n```sh\ncurl $B/x\n```\n", "```console\n$ curl https://a.example/x\n{\"ok\": true}\n```\n",
		"$ curl https://a.example/x\n<html> it's\n", "Don't\n\n    curl https://a.example/x\n", "```\nx\n```\n\nor\n\n    curl https://a.example/x\n",
		"H=(-H 'X-A: 1')\ncurl \"${H[@]}\" https://a.example/x", "printf a=%s 1 | curl https://a.example/x -d @-",
		"```\ncurl https://a.example/x\n{\"ok\": true}\n```\n",
	} {
		p := read(t, "", src, Known{}, Options{})
		if len(p.Accounts) != 1 || len(p.Accounts[0].Requests) != 1 || p.Accounts[0].Requests[0].Target != "/x" {
			t.Errorf("%q: %s", src, told(p))
		}
	}
}

func TestOnlySelects(t *testing.T) {
	t.Parallel()
	const src = `{"info":{"schema":"v2.1.0"},"item":[{"name":"F","item":[{"name":"one","request":"https://a.example/1"}]},{"name":"two","request":"https://b.example/2"},{"name":"three","request":"https://a.example/3"}]}`
	for only, want := range map[string]string{"f": "one", "TWO": "two", "a.example": "one three", "three": "three"} {
		var names []string
		for _, a := range read(t, Postman, src, Known{}, Options{Only: []string{only}}).Accounts {
			for _, s := range a.Requests {
				names = append(names, s.Name)
			}
		}
		if slices.Sort(names); strings.Join(names, " ") != want {
			t.Errorf("%s: %v, want %s", only, names, want)
		}
	}
}

func TestAnExportKnowsCommandsAndNames(t *testing.T) {
	t.Parallel()
	export := func(change func(p *Proposal)) error {
		p := &Proposal{Accounts: []Account{{Requests: []request.Spec{{Name: "one", Target: "/x"}}}}}
		p.Accounts[0].Name, p.Accounts[0].Form.Definition = "me", "token"
		change(p)
		_, err := Export(p, nil)
		return err
	}
	for _, ref := range []string{
		"cmd:curl -s -u jane:Winter2024! https://a.example", "cmd:sshpass -p Winter2024! ssh h", "cmd:x --password=Winter2024!",
		"cmd:psql postgres://jane:Winter2024!@db.example/x", "cmd:x --token hunter2x", "cmd:env PGPASSWORD=Winter2024! psql",
	} {
		if export(func(p *Proposal) { p.Accounts[0].References = map[string]string{"pasted": ref} }) == nil {
			t.Errorf("%s was exported", ref)
		}
		if export(func(p *Proposal) { p.Accounts[0].Requests[0].Title = strings.TrimPrefix(ref, "cmd:") }) == nil {
			t.Errorf("the title %s was exported", ref)
		}
	}
	if export(func(p *Proposal) {
		p.Accounts[0].Requests[0].Name, p.Accounts[0].Requests[0].Title = "a.references", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln: all"
	}) == nil {
		t.Error("the title of a.references was exported")
	}
	for _, ref := range []string{
		"cmd:ssh -p 2222 host cat token", "cmd:op read op://vault/item/password", "file:/run/secrets/token", "env:API_TOKEN", "cmd:gh auth token",
		"cmd:pass show api/token", "cmd:curl -s -u $USER:$PASSWORD https://a.example", "cmd:docker run -p 80:80 x",
	} {
		if err := export(func(p *Proposal) { p.Accounts[0].References = map[string]string{"pasted": ref} }); err != nil {
			t.Errorf("%s: %v", ref, err)
		}
	}
	for _, text := range []string{"logins:\n  - steps:\n      - request: {json: {password: Winter2024!}}\n", "headers: {X-Api-Key: k3y-abcd}\n", "query: {pin: 1234}\n"} {
		if export(func(p *Proposal) { p.Definitions = map[string]string{"d": text} }) == nil {
			t.Errorf("the definition %s was exported", text)
		}
		if export(func(p *Proposal) { p.Project = text }) == nil {
			t.Errorf("the project %s was exported", text)
		}
	}
	c := definition.NewCatalog("")
	for _, def := range c.List() {
		_, text, err := c.Text(def.Name)
		if err == nil {
			err = export(func(p *Proposal) { p.Definitions = map[string]string{def.Name: string(text)} })
		}
		if err != nil {
			t.Errorf("%s: %v", def.Name, err)
		}
	}
}

func TestAQueryOfACollectionIsSentAsItIsWritten(t *testing.T) {
	t.Parallel()
	p := read(t, Postman, `{"item":[
		{"name":"a","request":{"url":{"raw":"https://api.example.com/a?","query":[]}}},
		{"name":"b","request":{"url":{"raw":"https://api.example.com/b?x=1&&y=2","query":[{"key":"x","value":"1"},{"key":null,"value":null},{"key":"y","value":"2"}]}}},
		{"name":"c","request":"https://api.example.com/c?x=1|2"},
		{"name":"d","request":"https://api.example.com/d|e?"}]}`, Known{}, Options{})
	for i, want := range []string{"/a?", "/b?x=1&&y=2", "/c?x=1|2", "/d%7Ce?"} {
		if got := p.Accounts[0].Requests[i].Target; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if len(p.Notes) != 1 || !strings.Contains(p.Notes[0].Error(), "the address of GET /d|e is sent percent-encoded") {
		t.Errorf("%v", p.Notes)
	}
}

func TestAMachineIsNamedByItsHost(t *testing.T) {
	t.Parallel()
	for name, isHost := range map[string]bool{
		"api.example.com": true, "my_host": true, "localhost": true, "10.0.0.1": true, "[::1]": true, "bücher.example": true, "a.example:8443": true,
		"*.example.com": false, "https://a.example": false, "jane@a.example": false, "a..b": false, "-x.example": false, "xn--": false, "a%b": false,
		"a.example:99999": false, `"my host"`: false, "a.example/x": false, "a.example#x": false, "<host>": false,
	} {
		p := read(t, Netrc, "machine "+name+" login jane password Winter2024!", Known{}, Options{})
		if len(p.Accounts) == 1 != isHost || len(p.Notes) == 0 != isHost {
			t.Errorf("%s: %d accounts, %v", name, len(p.Accounts), p.Notes)
		}
	}
}

func TestAPasswordOfAnAddressIsCutOutElsewhere(t *testing.T) {
	t.Parallel()
	p := read(t, Curl, `curl https://jane:Winter2024!@a.example/login -d 'again=Winter2024!'`, Known{}, Options{})
	if s := p.Accounts[0].Requests[0]; strings.Contains(s.Body, "Winter") {
		t.Errorf("the body is %s", s.Body)
	}
}

// The definitions for any API and of HTTP Basic say nothing of a call: its account is made as if
// none was named.
func TestADefinitionThatSaysNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ definition, text, holds string }{
		{definition.AnyAPI, "curl https://a.example/x\ncurl https://a.example/y -b 'session=canary-sess-1234'", "canary-sess-1234"},
		{definition.Basic, "curl https://a.example/x -u me:pw1", "username=me"},
	} {
		named, unnamed := told(read(t, "", tt.text, known(t), Options{Backend: tt.definition})), told(read(t, "", tt.text, known(t), Options{}))
		if named != unnamed || !strings.Contains(named, tt.holds) {
			t.Errorf("%s: got\n%swant\n%s", tt.definition, named, unnamed)
		}
	}
}

// A call without the token that others carry does not make an account lose it.
func TestACallWithoutTheToken(t *testing.T) {
	t.Parallel()
	def, err := definition.Parse("keyed.yaml", []byte("name: keyed\nbase_url: https://api.keyed.example\nlogins:\n  - name: paste\n    fields: [{name: key, secret: true}]\n"+
		"    steps: [{capture: {token: .key}}]\nattach:\n  - {name: bearer, headers: {Authorization: \"Bearer ${.token}\"}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p := read(t, "", "curl https://api.keyed.example/x\ncurl https://api.keyed.example/me -H 'Authorization: Bearer canary-1234-abcd'", Known{Backends: []*definition.Definition{def}}, Options{})
	expect(t, p, `
new api.keyed.example keyed paste
  key!canary-1234-abcd
  x: GET /x
  me: GET /me
`)
}

// A given variable wins over what the file says of it, whatever writes it.
func TestAGivenVariableWins(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"ID=$(date)\ncurl https://a.example/$ID": "/given",
		"ID=own\ncurl https://a.example/x${ID}":  "/xgiven",
		"curl 'https://a.example/{ID}/y'":        "/given/y",
		`{"item": [{"request": {"url": {"raw": "https://a.example/:ID/z", "variable": [{"key": "ID", "value": "own"}]}}}]}`: "/given/z",
		`{"item": [{"request": "https://a.example/{{ID}}"}], "variable": [{"key": "ID", "value": "own"}]}`:                  "/given",
	} {
		p := read(t, "", src, Known{}, Options{Variables: map[string]string{"ID": "given"}})
		if got := p.Accounts[0].Requests[0].Target; got != want {
			t.Errorf("%s: %s, want %s", src, got, want)
		}
	}
}

// A request of a log that cannot be kept was there all the same.
func TestALogOfRequestsThatCannotBeKept(t *testing.T) {
	t.Parallel()
	p := read(t, "", har(entry("fetch", "POST", "https://a.example/x", "application/json", "", `{"mimeType": "application/octet-stream", "encoding": "base64", "text": "AAA="}`)), Known{}, Options{})
	if p.Seen != 1 || p.Had != 0 || len(p.Notes) != 1 {
		t.Errorf("%d seen, %d had, %v", p.Seen, p.Had, p.Notes)
	}
}

func TestALargeDescription(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("openapi: 3.0.0\nservers: [{url: https://a.example}]\npaths:\n")
	for i := range 20_000 {
		fmt.Fprintf(&text, "  /things/of/this/kind/%d: {get: {summary: says what it gives}}\n", i)
	}
	if p := read(t, "", text.String(), Known{}, Options{}); text.Len() < 1<<20 || len(p.Accounts[0].Requests) != 20_000 {
		t.Errorf("%d requests of %d bytes", len(p.Accounts[0].Requests), text.Len())
	}
}

// What a log has beside its calls makes no note of its own.
func TestAPassedOverAddressMakesNoNote(t *testing.T) {
	t.Parallel()
	entry := func(path, kind string) string {
		return `{"_resourceType":"` + kind + `","request":{"method":"GET","url":"https://a.example/` + path + `","headers":[]}}`
	}
	for kind, want := range map[string]bool{"image": false, "xhr": true} {
		p := read(t, HAR, `{"log":{"entries":[`+entry("i|1", kind)+`,`+entry("x", "xhr")+`]}}`, Known{}, Options{})
		if got := strings.Contains(fmt.Sprint(p.Notes), "percent-encoded"); got != want {
			t.Errorf("%s: %v", kind, p.Notes)
		}
	}
}
