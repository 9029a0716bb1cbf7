package transport_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tokenring/session/body"
	"tokenring/session/transport"
)

func TestRedirectToAnotherPortTakesNothingAlong(t *testing.T) {
	t.Parallel()
	var foreign, homeward []seen
	var back string
	other := server(t, record(t, &foreign, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, back+"/again", http.StatusFound)
	}))
	home := server(t, record(t, &homeward, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/again" {
			ok(w, r)
			return
		}
		http.Redirect(w, r, other.URL+"/landing?keep=Bearer&"+r.URL.RawQuery, http.StatusFound)
	}))
	back = home.URL

	req := laden(t, home.URL+"/start")
	// The person agreed to both, but a redirect is not their request.
	req.AttachTo = append(req.AttachTo, transport.OriginOf(parse(t, other.URL)))
	res, err := client(t).Do(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if len(foreign) != 1 || foreign[0].Query != "keep=Bearer" {
		t.Fatalf("the other origin was asked %+v", foreign)
	}
	for _, s := range []seen{foreign[0], homeward[1]} {
		if all := fmt.Sprint(s); strings.Contains(all, canary) || s.Header.Get("Referer") != "" {
			t.Errorf("%s saw credentials or a referer: %s", s.Path, all)
		}
	}
	if foreign[0].Header.Get("Accept") != "application/json" {
		t.Error("harmless headers stayed behind")
	}
	if !res.CrossOrigin || res.HasOffset {
		t.Errorf("cross-origin %v, clock %v: the answer counts as one of the origin that was asked", res.CrossOrigin, res.HasOffset)
	}
	want := []string{"Authorization", "X-Access-Token", "X-App-Key", "sid (cookie)", "token (query)"}
	if len(res.Hops) != 2 || !slices.Equal(res.Hops[0].Stripped, want) {
		t.Errorf("hops = %+v", res.Hops)
	}
}

func TestRedirectWithinTheOriginKeepsCredentials(t *testing.T) {
	t.Parallel()
	var asked []seen
	s := server(t, record(t, &asked, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/new" {
			ok(w, r)
			return
		}
		http.Redirect(w, r, "/new?x=1", http.StatusPermanentRedirect)
	}))
	req := laden(t, s.URL+"/old")
	req.Method, req.Body = http.MethodPut, body.Raw([]byte(`{"a":1}`), "")
	res, err := client(t).Do(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if res.Status != 200 || len(asked) != 2 {
		t.Fatalf("status %d after %d calls", res.Status, len(asked))
	}
	last := asked[1]
	if last.Method != http.MethodPut || last.Body != `{"a":1}` || last.Header.Get("X-Access-Token") != canary ||
		last.Query != "x=1&token="+canary || last.Header.Get("Referer") != "" {
		t.Errorf("second call = %+v", last)
	}
	if res.Hops[0].To != s.URL+"/new?x=1" {
		t.Errorf("hop = %+v", res.Hops[0])
	}
}

func TestRefusedRedirects(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	other := server(t, func(w http.ResponseWriter, r *http.Request) { asked.Add(1); ok(w, r) })
	tests := []struct {
		name, method, location string
		status                 int
		want                   string
	}{
		{"a body to another origin", "POST", other.URL + "/", 307, "it would send this request to another origin"},
		{"a DELETE to another origin", "DELETE", other.URL + "/", 308, "it would send this request to another origin"},
		{"a downgrade", "GET", "http://api.example.com/", 302, "it leads to plain HTTP"},
		{"another scheme", "GET", "ftp://127.0.0.1/", 302, "its Location is not an http address"},
		{"a user name", "GET", "http://me:pw@127.0.0.1/", 302, "its Location holds a user name or password"},
		{"the token under another name", "GET", other.URL + "/?t=" + canary, 302, "its Location carries a credential to another origin"},
		{"the token in the path, escaped", "GET", other.URL + "/%63" + canary[1:], 302, "its Location carries a credential to another origin"},
		{"no address", "GET", "http://[::1", 302, "its Location is not an address"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := server(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", tt.location)
				w.WriteHeader(tt.status)
			})
			req := laden(t, s.URL)
			req.Method = tt.method
			if tt.method == "POST" {
				req.Body = body.Raw([]byte("password="+canary), "")
			}
			res, err := client(t).Do(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			if res.Status != tt.status || len(res.Hops) != 1 || res.Hops[0].Refused != tt.want {
				t.Errorf("status %d, hops %+v, want refusal %q", res.Status, res.Hops, tt.want)
			}
		})
	}
	t.Cleanup(func() {
		if n := asked.Load(); n != 0 {
			t.Errorf("the other origin was asked %d times", n)
		}
	})
}

func TestPostBecomesGetOnTheWayOut(t *testing.T) {
	t.Parallel()
	var asked []seen
	other := server(t, record(t, &asked, ok))
	s := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", other.URL+"/done")
		w.WriteHeader(http.StatusSeeOther)
	})
	req := laden(t, s.URL)
	req.Method, req.Body = http.MethodPost, body.Raw([]byte(canary), "")
	req.Header.Set("Content-Type", "text/plain")
	if _, err := client(t).Do(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if len(asked) != 1 || asked[0].Method != "GET" || asked[0].Body != "" || asked[0].Header.Get("Content-Type") != "" {
		t.Errorf("the other origin was asked %+v", asked)
	}
}

func TestWithoutFollowTheRedirectIsTheAnswer(t *testing.T) {
	t.Parallel()
	calls := 0
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "abc"})
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	res, err := client(t).Do(t.Context(), &transport.Request{Method: "POST", URL: parse(t, s.URL)})
	if err != nil {
		t.Fatal(err)
	}
	if res.Status != 302 || calls != 1 || len(res.Hops) != 0 || len(res.Cookies) != 1 || res.Cookies[0].Value != "abc" {
		t.Errorf("status %d, calls %d, hops %v, cookies %v", res.Status, calls, res.Hops, res.Cookies)
	}
}

func TestRedirectLoopEnds(t *testing.T) {
	t.Parallel()
	calls := 0
	s := server(t, func(w http.ResponseWriter, r *http.Request) { calls++; http.Redirect(w, r, "/again", http.StatusFound) })
	res, err := client(t).Do(t.Context(), &transport.Request{URL: parse(t, s.URL), Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	if last := res.Hops[len(res.Hops)-1]; calls != transport.MaxRedirects+1 || last.Refused != "too many redirects" {
		t.Errorf("%d calls, last hop %+v", calls, last)
	}
}

func TestNoRedirectLeadsFromTLSToPlainHTTP(t *testing.T) {
	t.Parallel()
	asked := 0
	plain := server(t, func(http.ResponseWriter, *http.Request) { asked++ })
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	t.Cleanup(secure.Close)
	c := transport.New(transport.Options{Now: time.Now, Transport: secure.Client().Transport})
	res, err := c.Do(t.Context(), laden(t, secure.URL))
	if err != nil {
		t.Fatal(err)
	}
	if res.Status != http.StatusFound || asked != 0 || res.Hops[0].Refused != "it leads to plain HTTP" {
		t.Errorf("status %d, hops %+v", res.Status, res.Hops)
	}
}

// TestCookiesAreJudgedByTheLastClockOfTheirServer follows a redirect of a server an hour
// behind, and one that names no time.
func TestCookiesAreJudgedByTheLastClockOfTheirServer(t *testing.T) {
	t.Parallel()
	var asked []seen
	behind := time.Now().Add(-time.Hour).UTC()
	s := server(t, record(t, &asked, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/in":
			w.Header().Set("Date", behind.Format(http.TimeFormat))
			w.Header().Set("Set-Cookie", "sid=1; Path=/; Expires="+behind.Add(time.Minute).Format(http.TimeFormat))
			http.Redirect(w, r, "/on", http.StatusFound)
		case "/on":
			w.Header()["Date"] = nil
			http.Redirect(w, r, "/there", http.StatusFound)
		}
	}))
	u := parse(t, s.URL+"/in")
	if _, err := client(t).Do(t.Context(), &transport.Request{URL: u, Follow: true, AttachTo: []transport.Origin{transport.OriginOf(u)}}); err != nil {
		t.Fatal(err)
	}
	if len(asked) != 3 || asked[1].Header.Get("Cookie") != "sid=1" || asked[2].Header.Get("Cookie") != "sid=1" {
		t.Errorf("sent %+v", asked)
	}
}

// TestCookiesOfARedirectTravelOn follows a redirect that sets, replaces and removes
// cookies, and another one away from the origin.
func TestCookiesOfARedirectTravelOn(t *testing.T) {
	t.Parallel()
	var asked []seen
	other := server(t, record(t, &asked, ok))
	s := server(t, record(t, &asked, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/in":
			for _, line := range []string{`new="a b"; Path=/`, "old=2; Path=/", "gone=x; Max-Age=0; Path=/", "far=1; Path=/far", "safe=1; Secure; Path=/"} {
				w.Header().Add("Set-Cookie", line)
			}
			http.Redirect(w, r, "/on", http.StatusFound)
		case "/on":
			http.Redirect(w, r, other.URL, http.StatusFound)
		}
	}))
	u := parse(t, s.URL+"/in")
	res, err := client(t).Do(t.Context(), &transport.Request{
		URL: u, Follow: true, AttachTo: []transport.Origin{transport.OriginOf(u)}, Header: http.Header{"Cookie": {"own=0"}},
		AttachCookie: []*http.Cookie{{Name: "old", Value: "1"}, {Name: "gone", Value: "1"}, {Name: "kept", Value: `"1"`}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range asked {
		got = append(got, a.Header.Get("Cookie"))
	}
	want := []string{`own=0; old=1; gone=1; kept="1"`, `own=0; kept="1"; new="a b"; old=2; safe=1`, ""}
	if !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
	if jar := res.Jar(); len(jar) != 4 {
		t.Errorf("the jar is %+v", jar)
	}
}
