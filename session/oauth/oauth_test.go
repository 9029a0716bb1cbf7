package oauth_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"tokenring/session/oauth"
)

// TestMain fails when a test leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLocationsOfMetadata(t *testing.T) {
	t.Parallel()
	for issuer, want := range map[string]string{
		"https://a.example":      "https://a.example/.well-known/openid-configuration https://a.example/.well-known/oauth-authorization-server",
		"https://a.example/":     "https://a.example/.well-known/openid-configuration https://a.example/.well-known/oauth-authorization-server",
		"https://a.example/x/y/": "https://a.example/x/y/.well-known/openid-configuration https://a.example/.well-known/oauth-authorization-server/x/y https://a.example/.well-known/openid-configuration/x/y",
		"https://a.example?x":    "", "https://a.example#x": "", "https://u:p@a.example": "", "a.example": "", "ftp://a.example": "",
	} {
		all, err := oauth.Locations(issuer)
		var got []string
		for _, u := range all {
			got = append(got, u.String())
		}
		if strings.Join(got, " ") != want || (err == nil) != (want != "") {
			t.Errorf("%s: %v, %v", issuer, got, err)
		}
	}
}

func TestAPublicIssuerLeadsToNoPrivateAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		issuer, endpoint string
		ok               bool
	}{
		{"https://login.example", "https://login.example/token", true},
		{"https://login.example", "https://tokens.example/token", true},
		{"https://login.example", "http://login.example/token", false},
		{"https://login.example", "https://user:word@login.example/token", false},
		{"https://login.example", "https://127.0.0.1/token", false},
		{"https://login.example", "https://localhost:8443/token", false},
		{"https://login.example", "https://10.1.2.3/token", false},
		{"https://login.example", "https://192.168.1.1/token", false},
		{"https://login.example", "https://169.254.169.254/token", false},
		{"https://login.example", "https://[::1]/token", false},
		{"https://login.example", "https://[fd00::1]/token", false},
		{"https://login.example", "https://[::ffff:10.0.0.1]/token", false},
		{"https://10.0.0.1", "https://10.0.0.2/token", true},
		{"http://127.0.0.1:8080", "http://127.0.0.1:9090/token", true},
		{"http://localhost:8080", "http://localhost:8080/token", true},
	} {
		_, err := oauth.Origins(c.issuer, map[string]any{"token_endpoint": c.endpoint})
		if (err == nil) != c.ok {
			t.Errorf("%s to %s: %v", c.issuer, c.endpoint, err)
		}
	}
}

func get(t *testing.T, address, host string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host, r.Close = host, true
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(text)
}

func TestALandingTakesOneAnswer(t *testing.T) {
	t.Parallel()
	login := oauth.NewAuthorization()
	for _, redirect := range []string{"http://127.0.0.1/callback", "http://localhost/back"} {
		l, err := oauth.Land([]string{redirect}, false, login.Answers)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := url.Parse(l.Redirect)
		good := l.Redirect + "?code=c&state=" + login.State
		for address, want := range map[string]int{
			good: 0, l.Redirect + "?code=c&state=other": 400, l.Redirect + "?state=" + login.State: 400,
			"http://" + at.Host + "/favicon.ico": 404, "http://" + at.Host + "/": 404,
		} {
			if want == 0 {
				continue
			}
			if status, body := get(t, address, ""); status != want {
				t.Errorf("%s: %d %s", address, status, body)
			}
		}
		if status, _ := get(t, good, "thief.example:"+at.Port()); status != http.StatusMisdirectedRequest {
			t.Errorf("under another name: %d", status)
		}
		if res, err := http.PostForm(l.Redirect, url.Values{"code": {"c"}, "state": {login.State}}); err != nil || res.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("a form: %v", err)
		} else {
			res.Body.Close()
		}
		var visits []net.Conn
		for range 2 { // accepted in their order, before the page that is not there
			visit, err := net.Dial("tcp", "127.0.0.1:"+at.Port())
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(visit, "GET %s?code=c&state=%s HTTP/1.1\r\nHost: %s\r\n\r\n", at.Path, login.State, at.Host)
			visits = append(visits, visit)
		}
		if values := <-l.Got; values.Get("code") != "c" {
			t.Errorf("got %v", values)
		}
		get(t, "http://127.0.0.1:"+at.Port()+"/none", "")
		l.Finish("All <well>", "Go on.")
		shown := 0
		for _, visit := range visits {
			page, _ := io.ReadAll(visit)
			visit.Close()
			if len(page) == 0 { // its request was read after the end
				continue
			}
			if shown++; !strings.Contains(string(page), "All &lt;well&gt;") || strings.Contains(string(page), login.State) {
				t.Errorf("the page is %s", page)
			}
		}
		if shown == 0 || len(l.Got) > 0 {
			t.Errorf("%d pages were shown, or a second answer was taken", shown)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestAFormIsTakenWhereItIsAskedFor(t *testing.T) {
	t.Parallel()
	login := oauth.NewAuthorization()
	l, err := oauth.Land([]string{"http://127.0.0.1"}, true, login.Answers)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		if res, err := client.PostForm(l.Redirect, url.Values{"code": {"c"}, "state": {login.State}}); err == nil {
			res.Body.Close()
		}
	}()
	if values := <-l.Got; values.Get("code") != "c" {
		t.Errorf("got %v", values)
	}
	l.Finish("", "")
	<-done
}

// What answers at one address of localhost, must be this program at the other too.
func TestLocalhostIsListenedToWhole(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6: ", err)
	}
	defer other.Close()
	_, port, _ := net.SplitHostPort(other.Addr().String())
	if l, err := oauth.Land([]string{"http://localhost:" + port + "/callback"}, false, nil); err == nil || !strings.Contains(err.Error(), "port "+port+" of this machine is in use") {
		t.Errorf("in use: %v, %v", l, err)
	}
	l, err := oauth.Land([]string{"http://localhost/callback"}, false, func(url.Values) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	at, _ := url.Parse(l.Redirect)
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		if status, _ := get(t, "http://"+host+":"+at.Port()+"/callback", at.Host); status != http.StatusBadRequest {
			t.Errorf("%s: %d", host, status)
		}
	}
	l.Finish("", "")
	http.DefaultClient.CloseIdleConnections()
}

func TestPortsInUse(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	_, port, _ := net.SplitHostPort(busy.Addr().String())
	taken := "http://127.0.0.1:" + port + "/callback"
	login := oauth.NewAuthorization()
	if _, err := oauth.Land([]string{taken}, false, login.Answers); err == nil || !strings.Contains(err.Error(), "port "+port) {
		t.Errorf("in use: %v", err)
	}
	l, err := oauth.Land([]string{taken, "http://127.0.0.1/callback"}, false, login.Answers)
	if err != nil || l.Redirect == taken {
		t.Fatalf("the next one: %v", err)
	}
	l.Finish("", "")
	if l, err := oauth.Land([]string{"https://app.example/callback"}, false, login.Answers); l != nil || err != nil {
		t.Errorf("elsewhere: %v, %v", l, err)
	}
}
