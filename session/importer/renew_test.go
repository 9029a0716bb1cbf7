package importer

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/secret"
)

// signedBy returns a JWT with these claims.
func signedBy(claims string) string {
	return "eyJhbGciOiJIUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2lnbmF0dXJlLW9mLTMyLWJ5dGVzLW5vdC1jaGVja2Vk"
}

// Whether a call is of a known account, and gives it its token, is told by where the account
// sends its own, by the user and by the age.
func TestWhichTokenRenewsAKnownAccount(t *testing.T) {
	t.Parallel()
	ada, older, newer, bob := signedBy(`{"sub":"ada","iat":5,"exp":4102444800}`), signedBy(`{"sub":"ada","iat":4,"exp":4102444900}`),
		signedBy(`{"sub":"ada","iat":6,"exp":4102444700}`), signedBy(`{"sub":"bob","iat":6,"exp":4102444800}`)
	const opaque = "opaque-abcdefghij0123456789"
	bearer := session.Account{Definition: definition.AnyAPI, Login: "paste", Secrets: []string{"pasted"}}
	cookie, key, basic, knack, old := bearer, bearer, bearer, bearer, bearer
	cookie.Attach, cookie.Values = "cookie", map[string]string{"cookie_name": "sid"}
	key.Values = map[string]string{"header_name": "X-Api-Key", "scheme": "none"}
	basic.Definition, basic.Login, basic.Values = definition.Basic, "password", map[string]string{"username": "me"}
	knack.Definition, knack.Login = "knack", "pasted"
	old.Values = map[string]string{"scheme": "Basic"} // as an import once made it
	pair := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for _, tt := range []struct {
		what  string
		known session.Account
		holds []string
		args  []string // of a command each
		want  string   // the accounts, and what they get
	}{
		{"another opaque one", bearer, []string{opaque}, []string{`-H 'Authorization: Bearer other-abcdefghij012'`}, "known other-abcdefghij012"},
		{"in another header", bearer, []string{opaque}, []string{`-H 'X-Api-Key: abcdefghij0123456789'`}, "new abcdefghij0123456789"},
		{"in a cookie", bearer, []string{opaque}, []string{`-b sid=cookie-abcdefghij0123456789`}, "new cookie-abcdefghij0123456789"},
		{"in a query", bearer, []string{opaque}, []string{`-G -d access_token=query-abcdefghij0123456789`}, "new query-abcdefghij0123456789"},
		{"behind another word", bearer, []string{opaque}, []string{`-H 'Authorization: Token abcdefghij0123456789'`}, "new abcdefghij0123456789"},
		{"the same in another header", bearer, []string{opaque}, []string{`-H 'X-Api-Key: ` + opaque + `'`}, "new " + opaque},
		{"a cookie of its own", cookie, []string{opaque}, []string{`-b sid=cookie-abcdefghij0123456789`}, "known cookie-abcdefghij0123456789"},
		{"a header of its own", key, []string{opaque}, []string{`-H 'x-api-key: abcdefghij0123456789'`}, "known abcdefghij0123456789"},
		{"a header beside a key", key, []string{opaque}, []string{`-H 'Authorization: Bearer abcdefghij0123456789'`}, "new abcdefghij0123456789"},
		{"the user, newer", bearer, []string{ada}, []string{`-H 'Authorization: Bearer ` + newer + `'`}, "known " + newer},
		{"the user, older", bearer, []string{ada}, []string{`-H 'Authorization: Bearer ` + older + `'`}, "known"},
		{"two of the user", bearer, []string{older}, []string{`-H 'Authorization: Bearer ` + newer + `'`, `-H 'Authorization: Bearer ` + ada + `'`}, "known " + newer},
		{"another user", bearer, []string{ada}, []string{`-H 'Authorization: Bearer ` + bob + `'`}, "new " + bob},
		{"no one's, of a user", bearer, []string{ada}, []string{`-H 'Authorization: Bearer ` + opaque + `'`}, "new " + opaque},
		{"two at once", bearer, []string{opaque}, []string{`-H 'Authorization: Bearer other-abcdefghij012'`, `-H 'Authorization: Bearer ` + opaque + `'`}, "known, new other-abcdefghij012"},
		{"not yet compared", bearer, nil, []string{`-H 'Authorization: Bearer ` + opaque + `'`}, "known"},
		{"without a value", bearer, []string{opaque}, []string{`-H "X-Api-Key: $KEY"`}, "known"},
		{"without a value elsewhere", bearer, []string{opaque}, []string{`-H "X-Api-Key: $KEY"`, `-H 'Authorization: Bearer other-abcdefghij012'`}, "known other-abcdefghij012"},
		{"Basic, the user", basic, []string{"pw1", pair("me:pw1")}, []string{`-u me:pw2`}, "known pw2"},
		{"Basic, the same", basic, []string{"pw1", pair("me:pw1")}, []string{`-u me:pw1`}, "known"},
		{"Basic, another user", basic, []string{"pw1", pair("me:pw1")}, []string{`-u you:pw2`}, "new pw2"},
		{"Basic, another user without a value", basic, []string{"pw1"}, []string{`-u you`}, "new"},
		{"Basic, a Bearer", basic, []string{"pw1"}, []string{`-H 'Authorization: Bearer ` + opaque + `'`}, "new " + opaque},
		{"Basic of any API, the user", old, []string{pair("me:pw1")}, []string{`-u me:pw2`}, "known " + pair("me:pw2")},
		{"Basic of any API, another user", old, []string{pair("me:pw1")}, []string{`-u you:pw2`}, "new pw2"},
		{"of a definition", knack, []string{opaque}, []string{`-H 'Authorization: other-abcdefghij012'`}, "known other-abcdefghij012"},
		{"of a definition, elsewhere", knack, []string{opaque}, []string{`-H 'X-Api-Key: other-abcdefghij012'`}, "new other-abcdefghij012"},
	} {
		tt.known.Name, tt.known.BaseURL = "mine", "https://a.example"
		var held []secret.String
		for _, text := range tt.holds {
			held = append(held, secret.New(text))
		}
		k := Known{Backends: definition.NewCatalog("").List(), Accounts: []KnownAccount{
			{Account: tt.known, Load: func() (Holdings, error) { return Holdings{Secrets: held}, nil }},
		}}
		src := ""
		for i, args := range tt.args {
			src += fmt.Sprintf("curl https://a.example/%d %s\n", i, args)
		}
		var got []string
		for _, a := range read(t, Curl, src, k, Options{}).Accounts {
			text := "new"
			if a.Exists {
				text = "known"
			}
			for _, s := range a.NewSecrets {
				text += " " + s.Reveal()
			}
			got = append(got, text)
		}
		slices.Sort(got)
		if all := strings.Join(got, ", "); all != tt.want {
			t.Errorf("%s: %s, want %s", tt.what, all, tt.want)
		}
	}
}

// How a call names who calls decides the account: what is known of it, what is asked for at login,
// and what no account can send.
func TestACredentialMakesItsAccount(t *testing.T) {
	t.Parallel()
	const asked, scheme = "the token of a.example in header Authorization has no value yet", "is not supported; its values were left out"
	for _, tt := range []struct{ args, account, note string }{
		{`-u me`, "basic password username=me", asked},
		{`-u "me:$PW"`, "basic password username=me", asked},
		{`-u 'me:<password>'`, "basic password username=me", asked},
		{`-u 'me:****'`, "basic password username=me", asked},
		{`-u 'me:••••'`, "basic password username=me", asked},
		{`-u "$USER:$PW"`, "basic pair", asked},
		{`-u USERNAME:PASSWORD`, "basic pair", asked},
		{`-u :`, "basic pair", asked},
		{`-u your_api_key:`, "basic pair", asked},
		{`-H 'Authorization: Basic'`, "basic pair", asked},
		{`-H 'Authorization: Basic <credentials>'`, "basic pair", asked},
		{`-H "Authorization: Basic $BASIC"`, "basic pair", asked},
		{`-u me:pw:1`, "basic password username=me password!pw:1", ""},
		{`-H 'Authorization: Basic bWU6cHcx'`, "basic password username=me password!pw1", ""},
		{`-u sk_live_4eC39HqLyjWDarjtT1zdp7dc:`, "basic pair pair!sk_live_4eC39HqLyjWDarjtT1zdp7dc:", ""},
		{`-u ghp_abcDEF0123456789abcDEF0123456789abcd:x`, "basic pair pair!ghp_abcDEF0123456789abcDEF0123456789abcd:x", ""},
		{`-u :pat-12345678`, "basic pair pair!:pat-12345678", ""},
		{`-H 'Authorization: Basic Zm9vYmFyMTIz'`, "token header scheme=Basic pasted!Zm9vYmFyMTIz", ""},

		{`-H 'Authorization: Bearer'`, "token header scheme=Bearer", asked},
		{`-H 'Authorization: Bearer eyJhbGciOi...'`, "token header scheme=Bearer", asked},
		{`-H 'Authorization: Bearer ••••••'`, "token header scheme=Bearer", asked},
		{`-H 'Authorization: Bearer ghp_abcDEF0123456789...abcd'`, "token header scheme=Bearer", asked},
		{`-H 'Authorization: Bearer q9Zt4Lw8***Xc2Vb7Nm5Rk1'`, "token header scheme=Bearer", asked},
		{`-H 'Authorization: Bearer one two'`, "token header scheme=Bearer", asked},
		{`-H 'Authorization;'`, "token header scheme=none", asked},
		{`-H 'X-Api-Key;'`, "token header header_name=X-Api-Key scheme=none", "the token of a.example in header X-Api-Key has no value yet"},
		{`-H 'X-Password;'`, "token", "it is a secret, and no token of an account"},

		{`-H 'Authorization: Token token=y_NbAkKc66ryYTWUXYEu'`, "token header prefix=Token token= scheme=other pasted!y_NbAkKc66ryYTWUXYEu", ""},
		{`-H 'Authorization: Token token="y_NbAkKc66ryYTWUXYEu"'`, "token header prefix=Token token= scheme=other pasted!y_NbAkKc66ryYTWUXYEu", ""},
		{`-H 'Authorization: key=AAAAabcdefgh1234'`, "token header prefix=key= scheme=other pasted!AAAAabcdefgh1234", ""},
		{`-H 'Authorization: Bearer YWJjZGVmZ2hpamtsbQ=='`, "token header scheme=Bearer pasted!YWJjZGVmZ2hpamtsbQ==", ""},

		{`--digest -u me:Winter2024!`, "token", "kind digest " + scheme},
		{`-u me:Winter2024! --digest`, "token", "kind digest " + scheme},
		{`--ntlm -u 'DOM\me:Winter2024!'`, "token", "kind ntlm " + scheme},
		{`--negotiate -u :`, "token", "kind negotiate " + scheme},
		{`--aws-sigv4 aws:amz:us-east-1:s3 -u AKIDEXAMPLE:wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY`, "token", "kind aws-sigv4 " + scheme},
		{`--digest --url https://me:Winter2024!@a.example/y`, "token", "kind digest " + scheme},
		{`-H 'Authorization: Digest username="me", response="abc"'`, "token", "kind digest " + scheme},
		{`-H 'X-CSRF-Token: abcdef0123456789'`, "token", "it is a secret, and no token of an account"},
		{`-H 'X-CSRF-Token: abcdef0123456789' -u me:pw1`, "basic password username=me password!pw1", "it is a secret beside the token"},
	} {
		p := read(t, Curl, "curl https://a.example/x "+tt.args, Known{}, Options{})
		var of []string
		for line := range strings.Lines(told(p)) {
			if line = strings.TrimSpace(line); strings.Contains(line, ":") && strings.Contains(line, ": GET") || strings.HasPrefix(line, "note") {
				break
			}
			of = append(of, line)
		}
		got := strings.Replace(strings.TrimPrefix(strings.Join(of, " "), "new a.example "), "address=https://a.example ", "", 1)
		if got = strings.TrimSuffix(got, " address=https://a.example"); got != tt.account {
			t.Errorf("%s: %s, want %s", tt.args, got, tt.account)
		}
		if all := fmt.Sprint(p.Notes); tt.note == "" && len(p.Notes) > 0 || !strings.Contains(all, tt.note) || strings.Contains(all, "Winter") {
			t.Errorf("%s: %s, want %s", tt.args, all, tt.note)
		}
	}
}

// A log is of one person, whose session is renewed; what it sends elsewhere is another credential.
func TestALogWithCredentialsInTwoPlaces(t *testing.T) {
	t.Parallel()
	entry := func(path, name, value string) string {
		return `{"request":{"method":"GET","url":"https://a.example/` + path + `","headers":[{"name":"` + name + `","value":"` + value + `"}]}}`
	}
	expect(t, read(t, HAR, `{"log":{"entries":[`+strings.Join([]string{
		entry("a", "Authorization", "Bearer first-1234-abcd"), entry("b", "Authorization", "Bearer second-1234-abcd"), entry("c", "X-Api-Key", "third-1234-abcd"),
	}, ",")+`]}}`, Known{}, Options{}), `
new a.example token header
  address=https://a.example
  scheme=Bearer
  pasted!second-1234-abcd
  a: GET /a
  b: GET /b
new a.example-2 token header
  address=https://a.example
  header_name=X-Api-Key
  scheme=none
  pasted!third-1234-abcd
  c: GET /c
`)
}

// A token that a call sends at a second place is read from the session there too.
func TestATokenIsSentTwice(t *testing.T) {
	t.Parallel()
	expect(t, read(t, Curl, `curl https://a.example/x?k=tok-1234-abcd -H 'apikey: tok-1234-abcd' -H 'Authorization: Bearer tok-1234-abcd' -H 'X-Token: Bearer other-1234-abcd'`, Known{}, Options{}), `
new a.example token header
  address=https://a.example
  scheme=Bearer
  pasted!tok-1234-abcd
  x: GET /x ?k=${.token} [apikey: ${.token}]
note 1: the value of header X-Token was left out: it is a secret beside the token
`)
}

// A collection's call is read whichever way it is written, and is sent as its runner sends it.
func TestACollectionIsReadHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	for request, want := range map[string]string{
		`"url":{"protocol":"https","host":["a","example"],"port":"8443","path":["x",":id",""],"query":[{"key":"p","value":"1"}],"variable":[{"key":"id","value":"5"}]}`: "one: GET /x/5/ ?p=1",
		`"url":{"host":["{{base}}"],"path":"/x/y"}`:                                                                                                                    "one: GET /x/y",
		`"url":{"protocol":"https://","host":"a.example","path":[{"type":"string","value":"x"}]}`:                                                                      "one: GET /x",
		`"url":"a.example/x","header":"X-A: 1\nX-B: {{b}}:2\n\n"`:                                                                                                      "one: GET /x [X-A: 1] [X-B: two:2]",
		`"url":"a.example/x","method":"POST","body":{"mode":"urlencoded","urlencoded":"a=1&b={{b}}"}`:                                                                  "one: POST /x form a=1⏎b=two",
		`"url":"a.example/x","method":"POST","body":{"mode":"raw","raw":"{\n // the \"name\"\n \"a\": \"//\\\"/*\" /* x\n */}","options":{"raw":{"language":"json"}}}`: `one: POST /x json {⏎ ⏎ "a": "//\"/*" }`,
		`"url":"a.example/x","method":"POST","body":{"mode":"raw","raw":"a // b"}`:                                                                                     "one: POST /x [Content-Type: text/plain] text a // b",
	} {
		p := read(t, Postman, `{"info":{},"variable":[{"key":"base","value":"https://a.example"},{"key":"b","value":"two"}],"item":[{"name":"one","request":{`+request+`}}]}`, Known{}, Options{})
		if got := told(p); !strings.Contains(got, "  "+want+" attach none\n") || len(p.Notes) > 0 {
			t.Errorf("%s: %s, want %s", request, got, want)
		}
	}
	for auth, want := range map[string]string{
		`"bearer","bearer":[{"key":"token","value":""}]`:        "scheme=Bearer note: the token of a.example in header Authorization has no value yet",
		`"basic","basic":{"username":"jo","password":"{{pw}}"}`: "username=jo note: the token of a.example in header Authorization has no value yet",
		`"basic","basic":{}`: "note: the token of a.example in header Authorization has no value yet",
		`"oauth2","oauth2":{"accessToken":"at-abcdefghijk123","headerPrefix":""}`:            "scheme=none pasted!at-abcdefghijk123",
		`"oauth2","oauth2":{"accessToken":"at-abcdefghijk123","headerPrefix":"OAuth"}`:       "prefix=OAuth scheme=other pasted!at-abcdefghijk123",
		`"oauth2","oauth2":{"accessToken":"at-abcdefghijk123"}`:                              "scheme=Bearer pasted!at-abcdefghijk123",
		`"apikey","apikey":{"key":"X-Key"}`:                                                  "header_name=X-Key scheme=none note: the token of a.example in header X-Key has no value yet",
		`"digest","digest":{"username":"jo","password":"Winter2024!"}`:                       "note: authorisation of kind digest is not supported; its values were left out",
		`"ntlm","ntlm":{"username":"jo","password":"Winter2024!"}`:                           "note: authorisation of kind ntlm is not supported; its values were left out",
		`"awsv4","awsv4":{"accessKey":"AKIDEXAMPLE","secretKey":"wJalrXUtnFEMIK7MDENGbPxR"}`: "note: authorisation of kind awsv4 is not supported; its values were left out",
	} {
		user := ""
		if strings.Contains(want, "not supported") {
			user = "jo:Winter2024!@"
		}
		text := told(read(t, Postman, `{"info":{},"item":[{"name":"one","request":{"url":"https://`+user+`a.example/x","auth":{"type":`+auth+`}}}]}`, Known{}, Options{}))
		text = regexp.MustCompile(`(?m)^new .*|^ *address=.*|^ *one: .*|\s+$`).ReplaceAllString(text, "")
		text = strings.Join(strings.Fields(regexp.MustCompile(`note \d+:`).ReplaceAllString(text, "note:")), " ")
		if text != want {
			t.Errorf("%s: %s, want %s", auth, text, want)
		}
	}
}
