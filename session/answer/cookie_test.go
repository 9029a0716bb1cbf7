package answer

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tokenring/session/jq"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func parsed(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestCookiesAreReadAsTheyCame follows RFC 6265, section 5.2.
func TestCookiesAreReadAsTheyCame(t *testing.T) {
	t.Parallel()
	u := parsed(t, "https://api.example.com/v1/login")
	for line, want := range map[string]string{ // domain, path, name and value
		`sid="m n,o=="; Path=/`:             ` / sid="m n,o=="`,
		`sid={"a": "b"}`:                    ` /v1 sid={"a": "b"}`,
		"sid=Zoë\\x":                        " /v1 sid=Zoë\\x",
		" sid\t=  a b  ;path = /x/ ":        " /x/ sid=a b",
		"sid=; Path=relative":               " /v1 sid=",
		"sid=1; Domain=.Example.COM":        "example.com /v1 sid=1",
		"sid=1; Domain=api.example.com":     "api.example.com /v1 sid=1",
		"sid=1; Domain=":                    " /v1 sid=1",
		"sid=1; Path=/a; Path=/b; HttpOnly": " /b sid=1",
		"sid=1; Domain=example.org":         "",
		"sid=1; Domain=x.api.example.com":   "",
		"sid=1; Domain=ample.com":           "",
		"=1":                                "",
		"sid":                               "",
		"":                                  "",
	} {
		var got string
		for _, c := range ParseCookies(http.Header{"Set-Cookie": {line}}, u) {
			got += c.Domain + " " + c.Path + " " + c.Name + "=" + c.Value
		}
		if got != want {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
	for path, want := range map[string]string{"": "/", "/": "/", "/login": "/", "/v1/": "/v1", "/v1/login": "/v1", "/a%2Fb/c": "/a%2Fb"} {
		if got := defaultPath(path); got != want {
			t.Errorf("the default path of %q is %q, want %q", path, got, want)
		}
	}
}

func TestCookiesEnd(t *testing.T) {
	t.Parallel()
	u := parsed(t, "http://127.0.0.1/")
	at := func(text string) time.Time {
		end, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return end
	}
	for attributes, want := range map[string]struct {
		end    time.Time
		source string
	}{
		"Max-Age=60": {noon.Add(time.Minute), "Max-Age"},
		"max-age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT": {noon.Add(time.Minute), "Max-Age"},
		"Max-Age=0":                    {noon, "Max-Age"},
		"Max-Age=-5":                   {noon, "Max-Age"},
		"Max-Age=99999999999999999999": {latest, "Max-Age"},
		"Max-Age=1h; Expires=Mon, 04 May 2026 13:00:00 GMT": {noon.Add(time.Hour), "Expires"},
		"Expires=Monday, 04-May-26 13:00:00 GMT":            {noon.Add(time.Hour), "Expires"},
		"Expires=Mon May  4 13:00:00 2026":                  {noon.Add(time.Hour), "Expires"},
		"Expires=Fri, 31 Dec 9999 23:59:59 GMT":             {latest, "Expires"},
		"Expires=Thu, 1 Jan 70 0:0:0":                       {at("1970-01-01T00:00:00Z"), "Expires"},
		"Expires=0":                                         {time.Time{}, ""},
		"Expires=Mon, 04 May 2026":                          {time.Time{}, ""},
		"Expires=Mon, 04 May 2026 25:00:00 GMT":             {time.Time{}, ""},
		"Max-Age=":                                          {time.Time{}, ""},
		"Max-Age=+5":                                        {time.Time{}, ""},
		"HttpOnly":                                          {time.Time{}, ""},
	} {
		c := ParseCookies(http.Header{"Set-Cookie": {"sid=1; " + attributes}}, u)[0]
		if end, source := c.End(noon); !end.Equal(want.end) || source != want.source {
			t.Errorf("%q: %v by %q, want %v by %q", attributes, end, source, want.end, want.source)
		}
	}
}

// TestCookiesReplaceAndRemoveEachOther follows RFC 6265, section 5.3.
func TestCookiesReplaceAndRemoveEachOther(t *testing.T) {
	t.Parallel()
	u := parsed(t, "https://api.example.com/v1/login")
	for _, tt := range []struct{ lines, want string }{
		{"a=1|b=2|a=3", "b=2 a=3"},
		{"a=1|a=2; Path=/", "a=1 a=2"},
		{"a=1|a=2; Domain=example.com", "a=1 a=2"},
		{"a=1|a=gone; Max-Age=0", ""},
		{"a=1|a=gone; Expires=Mon, 04 May 2026 12:00:00 GMT", ""},
		{"a=1|a=2; Expires=Mon, 04 May 2026 12:00:01 GMT", "a=2"},
		{"a=1; Path=/|a=gone; Max-Age=0", "a=1"},
		{"a=gone; Max-Age=0", ""},
	} {
		a := Answer{Received: noon.Add(-time.Hour), Offset: time.Hour,
			Cookies: ParseCookies(http.Header{"Set-Cookie": strings.Split(tt.lines, "|")}, u)}
		var got []string
		for _, c := range a.Jar() {
			got = append(got, c.Name+"="+c.Value)
		}
		if !slices.Equal(got, strings.Fields(tt.want)) {
			t.Errorf("%s leaves %v, want %s", tt.lines, got, tt.want)
		}
	}
}

// TestCookiesAreSentWhereTheyBelong follows RFC 6265, section 5.4.
func TestCookiesAreSentWhereTheyBelong(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path, at string
		want     bool
	}{
		{"/", "", true}, {"/", "/x", true}, {"/v1", "/v1", true}, {"/v1", "/v1/x", true}, {"/v1/", "/v1/x", true},
		{"/v1", "/v10", false}, {"/v1/", "/v1", false}, {"/v1", "/V1", false}, {"/v1", "/", false},
	} {
		c := CookieScope{Host: "h", Path: tt.path}
		if got := c.Matches(parsed(t, "https://h"+tt.at), true); got != tt.want {
			t.Errorf("a cookie of %s at %s: %v", tt.path, tt.at, got)
		}
	}
	c := CookieScope{Host: "h", Path: "/", Secure: true}
	if u := parsed(t, "http://h/"); c.Matches(u, false) || !c.Matches(u, true) {
		t.Error("a secure cookie goes to the wrong place")
	}
	for _, tt := range []struct {
		scope CookieScope
		host  string
		want  bool
	}{
		{CookieScope{Host: "a.example"}, "A.example", true}, {CookieScope{Host: "a.example"}, "b.a.example", false},
		{CookieScope{Domain: "a.example"}, "b.a.example", true}, {CookieScope{Domain: "a.example"}, "ba.example", false},
		{CookieScope{Domain: "0.0.1"}, "127.0.0.1", false},
	} {
		if tt.scope.Path = "/"; tt.scope.Matches(parsed(t, "https://"+tt.host+"/"), true) != tt.want {
			t.Errorf("%+v at %s", tt.scope, tt.host)
		}
	}
}

// TestRemovedCookiesAreDescribed: a login that gets none learns that the server removed one.
func TestRemovedCookiesAreDescribed(t *testing.T) {
	t.Parallel()
	q, err := jq.Compile(".cookies.sid")
	if err != nil {
		t.Fatal(err)
	}
	for want, lines := range map[string][]string{
		"it sent no cookies":                    nil,
		"it sent cookies sid":                   {"sid=1"},
		"it sent no cookies, but removed sid":   {"sid=1; Max-Age=0"},
		"it sent cookies lang, but removed sid": {"sid=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "lang=en"},
		"it sent cookies csrf":                  {"csrf=1; Max-Age=0", "csrf=2"},
	} {
		a := Answer{Received: noon, Cookies: ParseCookies(http.Header{"Set-Cookie": lines}, parsed(t, "https://api.example.com/"))}
		if got := a.Describe(q); got != want {
			t.Errorf("%q: %q, want %q", lines, got, want)
		}
	}
}

// TestManyCookiesAreReadOnce: a header has room for tens of thousands.
func TestManyCookiesAreReadOnce(t *testing.T) {
	var all []Cookie
	for i := range 2000 {
		all = append(all, Cookie{CookieScope: CookieScope{Name: strconv.Itoa(i % 1000)}, Value: strconv.Itoa(i)})
	}
	var kept []Cookie
	if n := testing.AllocsPerRun(2, func() { kept = Kept(all, noon) }); n > 100 {
		t.Errorf("%.0f allocations", n)
	}
	if len(kept) != 1000 || kept[0].Value != "1000" {
		t.Errorf("kept %d, first %+v", len(kept), kept[0])
	}
}
