package request

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/body"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

const canary = "eyJ-Canary.t0k+n/Value=="

// argv runs a command line in a real shell, with a curl that tells what it was
// called with.
func argv(t *testing.T, shell, command string, env ...string) []string {
	t.Helper()
	cmd := exec.Command(shell, "-c", `curl() { for a; do printf '%s\0' "$a"; done; }`+"\n"+command)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", shell, err, command)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

// lineOf returns the command line of a request.
func lineOf(r *transport.Request, token secret.String, clear bool) string {
	line, _ := Curl(r, token, clear)
	return line.Reveal()
}

func parsed(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestCurlReadsWell(t *testing.T) {
	t.Parallel()
	r := &transport.Request{
		Method: "POST", URL: parsed(t, "https://api.example.com/v1/things?sort=name"),
		Header:       http.Header{"Content-Type": {"application/json"}, "Accept-Encoding": {"gzip"}},
		AttachHeader: http.Header{"Authorization": {"Bearer " + canary}},
		Body:         body.Raw([]byte(`{"name": "it's", "token": "`+canary+`"}`), ""),
	}
	want := `curl 'https://api.example.com/v1/things?sort=name' \
  -H 'Accept-Encoding: gzip' \
  -H 'Content-Type: application/json' \
  --compressed \
  -H "Authorization: Bearer $TOKENRING_TOKEN" \
  --data-raw "{\"name\": \"it's\", \"token\": \"$TOKENRING_TOKEN\"}"`
	if got := lineOf(r, secret.New(canary), false); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestCurlIsWhatTheShellPasses(t *testing.T) {
	t.Parallel()
	nasty := "a'b\"c$HOME`id`\\d !e\nf *?~#&;|<>(){}[]é"
	tests := []struct {
		name string
		r    transport.Request
		want []string
	}{
		{"a plain GET", transport.Request{Method: "GET", URL: parsed(t, "http://127.0.0.1:8080/api")},
			[]string{"http://127.0.0.1:8080/api"}},
		{"redirects are followed where nothing is attached",
			transport.Request{Method: "GET", URL: parsed(t, "https://h/"), Follow: true},
			[]string{"https://h/", "--location"}},
		{"but not with credentials",
			transport.Request{Method: "GET", URL: parsed(t, "https://h/"), Follow: true, AttachHeader: http.Header{"X-Access-Token": {canary}}},
			[]string{"https://h/", "-H", "X-Access-Token: " + canary}},
		{"nasty values", transport.Request{Method: "PUT", URL: parsed(t, "https://h/a?b=c&d=%20"),
			Header: http.Header{"X-A": {nasty}, "Content-Type": {"text/plain"}}, Body: body.Raw([]byte(nasty), "")},
			[]string{"https://h/a?b=c&d=%20", "-X", "PUT", "-H", "Content-Type: text/plain", "-H", "X-A: " + nasty, "--data-raw", nasty}},
		{"nasty text around the token", transport.Request{Method: "GET", URL: parsed(t, "https://h"),
			AttachHeader: http.Header{"X-A": {nasty + canary + "tail"}, "X-B": {`$"\` + "`" + canary + "tail"}}},
			[]string{"https://h", "-H", "X-A: " + nasty + canary + "tail", "-H", `X-B: $"\` + "`" + canary + "tail"}},
		{"a token in the query", transport.Request{Method: "GET", URL: parsed(t, "https://h/a?b=c"), AttachQuery: url.Values{"access token": {canary}}},
			[]string{"https://h/a?b=c", "-G", "--data-urlencode", "access+token=" + canary}},
		{"a token in the query beside a body", transport.Request{Method: "POST", URL: parsed(t, "https://h/a"), Body: body.Raw([]byte("x"), ""),
			AttachQuery: url.Values{"t": {canary}}},
			[]string{"https://h/a", "--url-query", "t=" + canary, "--data-raw", "x", "-H", "Content-Type:"}},
		{"cookies", transport.Request{Method: "GET", URL: parsed(t, "https://h"), Header: http.Header{"Cookie": {"a=1"}},
			AttachCookie: []*http.Cookie{{Name: "sid", Value: canary}, {Name: "b", Value: canary}}},
			[]string{"https://h", "-b", "a=1; sid=" + canary + "; b=" + canary}},
		{"HEAD", transport.Request{Method: "HEAD", URL: parsed(t, "https://h")}, []string{"https://h", "--head"}},
		{"GET with a body", transport.Request{Method: "GET", URL: parsed(t, "https://h"), Body: body.Raw([]byte("@file"), ""), Header: http.Header{"Content-Type": {"a/b"}}},
			[]string{"https://h", "-X", "GET", "-H", "Content-Type: a/b", "--data-raw", "@file"}},
		{"an empty header", transport.Request{Method: "GET", URL: parsed(t, "https://h"), Header: http.Header{"X-Empty": {""}}},
			[]string{"https://h", "-H", "X-Empty;"}},
		{"brackets", transport.Request{Method: "GET", URL: parsed(t, "https://h/?a[0]=1")}, []string{"https://h/?a[0]=1", "--globoff"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, shell := range []string{"sh", "bash"} {
				if _, err := exec.LookPath(shell); err != nil {
					t.Skipf("no %s here", shell)
				}
				for _, clear := range []bool{false, true} {
					command := lineOf(&tt.r, secret.New(canary), clear)
					if !clear && strings.Contains(command, canary) {
						t.Errorf("the token stands in\n%s", command)
					}
					if got := argv(t, shell, command, TokenVariable+"="+canary); !slices.Equal(got, tt.want) {
						t.Errorf("%s\n%s\ngave %q\nwant %q", shell, command, got, tt.want)
					}
				}
			}
		})
	}
}

func TestCurlShowsNoOtherSecret(t *testing.T) {
	t.Parallel()
	second, password := "second-canary-value", "password-canary-value"
	r := &transport.Request{
		Method: "POST", URL: parsed(t, "https://h/p?key="+password),
		Header:       http.Header{"X-Key": {password}, "Content-Type": {"text/plain"}},
		Body:         body.Raw([]byte("token="+canary+"&password="+password), ""),
		AttachHeader: http.Header{"Authorization": {"Bearer " + canary}, "X-App-Id": {second}, "X-Basic": {"Basic " + second}},
		AttachQuery:  url.Values{"app": {second}},
		AttachCookie: []*http.Cookie{{Name: "csrf", Value: second}},
		Redact:       secret.NewRedactor(secret.New(password)),
	}
	got := lineOf(r, secret.New(canary), false)
	for _, hidden := range []string{canary, second, password} {
		if strings.Contains(got, hidden) {
			t.Errorf("%s stands in\n%s", hidden, got)
		}
	}
	for _, shown := range []string{`"X-App-Id: $TOKENRING_X_APP_ID"`, `"X-Basic: Basic $TOKENRING_X_BASIC"`, `"app=$TOKENRING_APP"`, `"csrf=$TOKENRING_CSRF"`} {
		if !strings.Contains(got, shown) {
			t.Errorf("no %s in\n%s", shown, got)
		}
	}
	clear := lineOf(r, secret.New(canary), true)
	for _, plain := range []string{canary, second, password} {
		if !strings.Contains(clear, plain) {
			t.Errorf("no %s in\n%s", plain, clear)
		}
	}
}

func TestCurlWithoutAToken(t *testing.T) {
	t.Parallel()
	r := &transport.Request{Method: "GET", URL: parsed(t, "https://h/")}
	if got := lineOf(r, secret.String{}, false); got != "curl https://h/" {
		t.Errorf("got %s", got)
	}
}

// TestCurlTakesTheAccountsWay: files are named, and what the ring keeps is a variable.
func TestCurlTakesTheAccountsWay(t *testing.T) {
	t.Parallel()
	inline := "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	for _, tt := range []struct {
		via  transport.Connection
		want []string
	}{
		{transport.Connection{
			Connection: session.Connection{ClientCertificate: "/c/me.pem", Authority: "/c/ca.pem", Proxy: "socks5://me@proxy:1080", Resolve: []string{"h:443:10.0.0.5"}},
			Key:        secret.New(canary), KeyFile: "/c/me.key", Passphrase: secret.New(canary), ProxyPassword: secret.New(canary),
		}, []string{"--cert", "/c/me.pem", "--key", "/c/me.key", "--pass", "P", "--cacert", "/c/ca.pem", "--proxy", "socks5h://proxy:1080",
			"--proxy-user", "me:Q", "--resolve", "h:443:10.0.0.5"}},
		{transport.Connection{Connection: session.Connection{ClientCertificate: inline, Authority: inline, Proxy: session.ProxyDirect}, Key: secret.New(canary)},
			[]string{"--cert", "C", "--key", "K", "--cacert", "A", "--noproxy", "*"}},
		{transport.Connection{Key: secret.New(canary), KeyFile: "/c/me.p12"}, []string{"--cert", "/c/me.p12", "--cert-type", "P12"}},
		{transport.Connection{Key: secret.New(canary)}, []string{"--cert", "C"}},
	} {
		for _, clear := range []bool{false, true} {
			r := &transport.Request{Method: "GET", URL: parsed(t, "https://h/"), Connection: tt.via}
			line := lineOf(r, secret.String{}, clear)
			got := argv(t, "sh", line, "TOKENRING_KEY_PASSPHRASE=P", "TOKENRING_PROXY_PASSWORD=Q", "TOKENRING_CLIENT_CERT=C", "TOKENRING_CLIENT_KEY=K", "TOKENRING_CACERT=A")
			if !slices.Equal(got, append([]string{"https://h/"}, tt.want...)) || strings.Contains(line, canary) {
				t.Errorf("%s", line)
			}
		}
	}
}

func TestCurlSaysWhatComesFirst(t *testing.T) {
	t.Parallel()
	inline := session.Connection{ClientCertificate: "-----BEGIN CERTIFICATE-----\n"}
	for _, tt := range []struct {
		r           transport.Request
		first, open string // open: in clear
	}{
		{transport.Request{Method: "GET"}, "", ""},
		{transport.Request{Method: "GET", AttachHeader: http.Header{"Authorization": {"Bearer " + canary}, "X-App": {"one"}}},
			"set TOKENRING_TOKEN, TOKENRING_X_APP", ""},
		{transport.Request{Method: "GET", Connection: transport.Connection{Connection: inline, Key: secret.New("key")}},
			"set TOKENRING_CLIENT_CERT, TOKENRING_CLIENT_KEY", "set TOKENRING_CLIENT_CERT, TOKENRING_CLIENT_KEY"},
		{transport.Request{Method: "GET", Header: http.Header{"X-Key": {"other-secret"}}, AttachHeader: http.Header{"A": {canary}}, Redact: secret.NewRedactor(secret.New("other-secret"))},
			"set TOKENRING_TOKEN, and replace " + secret.Hidden + " with the secrets", ""},
	} {
		tt.r.URL = parsed(t, "https://h/")
		for clear, want := range map[bool]string{false: tt.first, true: tt.open} {
			if _, first := Curl(&tt.r, secret.New(canary), clear); first != want {
				t.Errorf("in clear %v: %q, want %q", clear, first, want)
			}
		}
	}
}

// No argument of a program can hold such a body.
func TestCurlReadsABodyFromAPipe(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{"a NUL": "\x00\x01\\0 %s'\"\xff\r\n\x7f", "long": strings.Repeat("a line, 100%\n", 20_000)} {
		r := &transport.Request{Method: "POST", URL: parsed(t, "https://h/"), Body: body.Raw([]byte(data), "")}
		line, first := Curl(r, secret.New(canary), false)
		cmd := exec.Command("sh", "-s")
		cmd.Stdin = strings.NewReader("curl() { cat; }\n" + line.Reveal())
		out, err := cmd.Output()
		if err != nil || string(out) != data || first != "" {
			t.Errorf("%s: %d bytes of %d, %q, %v", name, len(out), len(data), first, err)
		}
	}
}
