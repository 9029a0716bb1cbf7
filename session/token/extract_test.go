package token

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestTheOneTokenIsTakenOutOfALongerText(t *testing.T) {
	t.Parallel()
	for _, token := range []string{datarheiSample, "r:2c1d9aF+/x==", "opaque-1", "12|abcDEF09", "a&b,c"} {
		texts := []string{
			`{"access_token":"J"}`, `{"access_token": "J", "token_type": "Bearer", "expires_in": 3600}` + "\n", `{"data":{"user":{"id":1,"name":"Bo"},"sessionId":"J"}}`,
			`[{"token":"J"}]`, `{"Authorization":"Bearer J"}`, `{"headers":{"Authorization":"KnackToken J"}}`, `{"error":null,"body":"{\"token\":\"J\"}"}`,
			`"access_token":"J","token_type":"Bearer"`, `"access_token": "J", "expires_in": 3600`, `{'access_token': 'J', 'token_type': 'bearer'}`, "{token: 'J', type: 'x'}",
			`const config = { headers: { Authorization: "Bearer J" } };`, `{"access_token":"J"}{"status":200}`, `HTTP 200 {"access_token":"J"}`,
			`curl -H "Authorization: Bearer J" https://api.example.com/x`, `curl 'https://api.example.com/x?y=1' -H 'Accept: */*' -H 'Authorization: Bearer J' --data-raw '{"a":"b c"}'`,
			"curl https://h.example/x \\\n  -H 'X-Api-Key: J' \\\n  -H 'Accept: application/json'", `$ curl -H'Authorization: KnackToken J' h.example`, `curl --oauth2-bearer 'J' https://h.example/`,
			`curl --header="X-Token: J" https://h.example`, `curl -b 'sid=J' https://h.example`, `http GET h.example "Authorization:Bearer J"`, `http GET h.example Authorization:"Bearer J"`,
			`wget --header "Authorization: Bearer J" https://h.example/`, `fetch("https://h.example/x", {"headers": {"authorization": "Bearer J", "accept": "*/*"}, "method": "GET"});`,
			`localStorage.setItem("token", "J")`, `curl -d "{\"token\":\"J\"}" https://h.example`, `TOKEN="J" curl -H "Authorization: Bearer $TOKEN" https://h.example`,
			"# local\nAPI_URL=https://h.example\nAPI_TOKEN='J'\nDEBUG=1\n", "url: https://h.example\ntoken: \"J\"\n",
			"'J'\n", "> 'J'", "$T = 'J'", `t := "J"`, `SET "T=J"`,
			"<token>J</token>", "<?xml version='1.0'?><login><token kind=\"x\">J</token></login>",
		}
		bare := []string{
			"GET /x HTTP/1.1\r\nHost: h.example\r\nAuthorization: Bearer J\r\nAccept: */*\r\n\r\n", "Host: h.example\nX-Api-Key: J", "HTTP/1.1 200 OK\nSet-Cookie: sid=J; Path=/; HttpOnly\nDate: Sun, 29 Nov 2026 12:00:00 GMT",
			"Set-Cookie: sid=J; Path=/; Max-Age=3600", "Cookie: lang=de; sessionid=J", "API_URL=https://h.example\nAPI_TOKEN=J\n", "export A=1\nexport API_KEY=J\n", "a: 1\nb:\n  access_token: J\n", "<J>", "Bearer <J>", "//registry.example/:_authToken=J",
			"token: J # of the test server", "curl --oauth2-bearer J https://h.example/", "http -A bearer -a x h.example --auth-token J",
		}
		if !strings.ContainsAny(token, "&,") {
			texts = append(texts, bare...)
		}
		escaped := url.QueryEscape(token)
		for _, form := range []string{
			"access_token=J&token_type=bearer", "token_type=bearer&access_token=J&expires_in=3600", "https://h.example/x?access_token=J", "https://h.example/cb#access_token=J&state=af0ifjsldkj&token_type=bearer",
			"/cb?state=af0ifjsldkj&access_token=J", "?state=af0&access_token=J", "wss://h.example/socket?v=1&token=J", `curl "https://h.example/x?a=b&token=J"`, "go to https://h.example/x?token=J now",
		} {
			takesOut(t, strings.ReplaceAll(form, "J", escaped), token)
		}
		for _, text := range texts {
			takesOut(t, strings.ReplaceAll(text, "J", token), token)
		}
	}
	for _, text := range []string{"here it is: J", "J is what the server sent", "token J (of Bo)", "https://h.example/hook/J", "```\nJ\n```", "id,token\n1,J\n", "Sec-WebSocket-Protocol: bearer,J", `["J"]`, "id=J", "'id':'J'", "- J", "`J`,", "| J |", "my token\nJ\n", "[J](https://h.example)", "Bo wrote:\n> J\n", `{"access_token":"J","id":"J"}`,
		"\x1b[31mJ\x1b[0m", "\x1b[32mINFO\x1b(B\x1b[m token=\x1b[1mJ\x1b[0m user=Bo", "see \x1b]8;;https://h.example/\x1b\\J\x1b]8;;\a"} {
		takesOut(t, strings.ReplaceAll(text, "J", datarheiSample), datarheiSample)
	}
	inSecret := base64.StdEncoding.EncodeToString([]byte(datarheiSample))
	takesOut(t, inSecret, datarheiSample)
	takesOut(t, "data:\n  token: "+inSecret+"\n", datarheiSample)
	takesOut(t, "git clone https://oauth2:glpat-aBcDeFgHiJkLmNoPqRsT@gitlab.example/a.git", "glpat-aBcDeFgHiJkLmNoPqRsT")
}

// A token may have the signs that stand between a name and its value, and around a word.
func TestSignsOfATokenStayInIt(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"r:8f14e45fceea167a5a36dedd4bea2543", "s:abc.def", "dXNlcjpwYXNz=", "secret(1)", "a/b+c=", "p@ss,word", "urn:x:y"} {
		for _, text := range []string{"token: J", `{"access_token":"J","token_type":"bearer"}`, "https://h.example/#access_token=J&state=1", "export API_KEY='J'", "curl -H 'X-Api-Key: J' https://h.example/x", "Bearer J"} {
			takesOut(t, strings.ReplaceAll(text, "J", token), token)
		}
	}
}

func takesOut(t *testing.T, raw, want string) {
	t.Helper()
	got, notes, fault := Clean(raw)
	if got != want || fault != "" || len(notes) == 0 {
		t.Errorf("Clean(%q) = %q, notes %q, fault %q", raw, got, notes, fault)
	}
	if strings.Contains(strings.Join(notes, " "), want) {
		t.Errorf("the notes %q hold the token", notes)
	}
}

func TestATextWithSeveralTokensOrNoneIsRefused(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`{"access_token":"a1","refresh_token":"b2"}`:                         `it holds 2 tokens, by the name of "access_token", "refresh_token"`,
		"access_token=a1&refresh_token=b2":                                   `it holds 2 tokens, by the name of "access_token", "refresh_token"`,
		"curl -H 'X-Api-Key: a1' -H 'Authorization: Bearer b2' h":            `it holds 2 tokens, by the name of "X-Api-Key", "Bearer"`,
		datarheiSample + "\n" + datarheiSample[:len(datarheiSample)-1] + "A": "it holds 2 tokens",
		"https://h.example/x":                                                noToken,
		"curl https://h.example/x":                                           noToken,
		`{"error":"invalid_grant"}`:                                          noToken,
		`{"access_token":null}`:                                              noToken,
		"Bearer":                                                             noToken,
		"Authorization: Bearer":                                              noToken,
		"two words":                                                          noToken,
		"token: see below":                                                   noToken,
		"Authorization: Bearer $TOKEN -H x":                                  noToken,
		"GET /x HTTP/1.1\nHost: h.example":                                   noToken,
		"A=1\nB=2\n":                                                         noToken,
		"\x89PNG\r\n\x1a\n\x00\x00":                                          noToken,
	} {
		if got, _, fault := Clean(raw); got != "" || fault != want {
			t.Errorf("Clean(%q) = %q, fault %q, want %q", raw, got, fault, want)
		}
	}
}

// A server may send anything as a token. Each of these took minutes where every few signs took a pass more.
func TestALongTextIsReadInFewPasses(t *testing.T) {
	t.Parallel()
	for _, signs := range []string{"(", "<[({", "('"} {
		if text, _, fault := Clean(strings.Repeat(signs, 1<<18) + datarheiSample); text != datarheiSample {
			t.Errorf("after many %s: %d bytes, fault %q", signs, len(text), fault)
		}
	}
	if text, _, fault := Clean("secret" + strings.Repeat(")", 1<<18)); text != "secret" {
		t.Errorf("before many ): %d bytes, fault %q", len(text), fault)
	}
	var names strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&names, "a%d: ", i)
	}
	if text, notes, _ := Clean(names.String() + "token: " + datarheiSample); text != datarheiSample || len(notes) > 2*maxNesting {
		t.Errorf("after many names: %d bytes, %d notes", len(text), len(notes))
	}
}
