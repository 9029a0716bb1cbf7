package request

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/body"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

var noon = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)

func respond(status int, contentType, body string) *transport.Response {
	res := &transport.Response{Proto: "HTTP/1.1", Timings: transport.Timings{Total: 12 * time.Millisecond}}
	res.Status, res.Header = status, http.Header{"Content-Type": {contentType}, "Allow": {"GET", "POST"}}
	res.Received, res.Offset, res.Took = noon, time.Hour, res.Timings.Total
	if err := res.Read(strings.NewReader(body), new(answer.Part)); err != nil {
		panic(err)
	}
	return res
}

func TestRunTellsWhatWasSentWithoutCredentials(t *testing.T) {
	t.Parallel()
	red := secret.NewRedactor(secret.New(canary))
	sent := &transport.Request{
		Method: "POST", URL: parsed(t, "https://h/a?x="+url.QueryEscape(canary)),
		Header: http.Header{"X-Copy": {canary}, "Accept": {"a/b"}}, Body: body.Raw([]byte("t="+canary), ""),
		AttachHeader: http.Header{"Authorization": {"Bearer " + canary}, "X-Token": {"unknown secret"}},
		AttachQuery:  url.Values{"key": {"unknown-secret"}},
		AttachCookie: []*http.Cookie{{Name: "sid", Value: "unknown-secret"}},
	}
	run := NewRun(&Spec{Method: "post", Target: "/a"}, noon)
	run.Sent("POST /a", sent, red)
	run.Answered(respond(200, "text/plain", "ok"), nil, nil)
	hidden := secret.Hidden
	want := []Line{{"Accept", "a/b"}, {"X-Copy", hidden}, {"Authorization", "Bearer " + hidden}, {"X-Token", hidden}, {"Cookie", "sid=" + hidden}}
	if !reflect.DeepEqual(run.RequestHeaders, want) {
		t.Errorf("headers %v", run.RequestHeaders)
	}
	if run.URL != "https://h/a?x="+hidden+"&key="+hidden || string(run.RequestBody) != "t="+hidden || run.Method != "POST" {
		t.Errorf("%s %s %s", run.Method, run.URL, run.RequestBody)
	}
	if want := []Line{{"Allow", "GET"}, {"Allow", "POST"}, {"Content-Type", "text/plain"}}; !reflect.DeepEqual(run.Headers, want) {
		t.Errorf("answer's headers %v", run.Headers)
	}
}

func TestAnswersAreJudgedAndFilteredAsTheyCame(t *testing.T) {
	t.Parallel()
	const known = "datarhei-8"
	run := NewRun(&Spec{Target: "/a"}, noon)
	src := `{"app": "` + known + `", "` + known + `": 1, "list": ["x` + known + `"]}`
	run.Answered(respond(200, "application/json", src), nil, nil, secret.NewRedactor(secret.New(known)))
	if strings.Contains(string(run.Body), known) {
		t.Errorf("the body shows %s", run.Body)
	}
	run.Judge(t.Context(), query(t, `.body.app == "`+known+`" and .body["`+known+`"] == 1`), nil)
	if run.Verdict != Passed {
		t.Errorf("%s: %s", run.Verdict, run.Why)
	}
	d, err := FromRun(run).Filter(t.Context(), `.app, .["`+known+`"], (.app | length)`)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(d.src), "\"••••••\"\n1\n10\n"; got != want {
		t.Errorf("the filter returns %q, want %q", got, want)
	}
}

func TestASecretInAnotherEncodingIsMasked(t *testing.T) {
	t.Parallel()
	var body strings.Builder
	for _, c := range "token " + canary {
		body.WriteString(string([]byte{byte(c), 0}))
	}
	red := secret.NewRedactor(secret.New(canary))
	run := NewRun(&Spec{}, noon)
	run.Answered(respond(200, "text/plain; charset=utf-16le", body.String()), nil, nil, red)
	if got := string(run.Body); got != "token "+secret.Hidden {
		t.Errorf("body is %q", got)
	}
}

// TestARunShowsNoSecretThatTheServerEchoes masks it everywhere and leaves the answer as it came.
func TestARunShowsNoSecretThatTheServerEchoes(t *testing.T) {
	t.Parallel()
	res := respond(200, "text/plain; name="+canary, "token "+canary)
	res.Header["X-Echo"], res.Header["Set-Cookie"] = []string{"no", "you sent " + canary}, []string{"sid=" + canary}
	res.Hops = []transport.Hop{{Status: 302, From: "https://h/users/" + canary, To: "https://h/end?echo=" + canary}}
	run := NewRun(&Spec{}, noon)
	run.Answered(res, nil, nil, secret.NewRedactor(secret.New("another one")), secret.NewRedactor(secret.New(canary)))
	all := fmt.Sprintf("%s %v %+v %s", run.Body, run.Headers, run.Hops, run.ContentType)
	if strings.Contains(all, canary) || strings.Count(all, secret.Hidden) != 7 {
		t.Errorf("the run shows %s", all)
	}
	if raw := fmt.Sprintf("%s %v %v", res.Body, res.Header, res.Hops); strings.Count(raw, canary) != 6 {
		t.Errorf("the answer was changed to %s", raw)
	}
}

func TestRunSummaryAndOK(t *testing.T) {
	t.Parallel()
	spec := &Spec{Method: "GET", Target: "/me?key=canary"}
	rejected, broken := ran(spec, respond(401, "", "")), NewRun(spec, noon)
	rejected.Kind = session.TokenRejected
	anonymous := ran(spec, respond(401, "", ""))
	anonymous.Kind, anonymous.Account = session.TokenRejected, Anonymous
	broken.Unanswered("connection\nrefused", "start it")
	tests := []struct {
		run  *Run
		want string
		ok   bool
	}{
		{ran(spec, respond(200, "", "")), "GET /me 200 · 12 ms", true},
		{ran(spec, respond(404, "", "")), "GET /me 404 · 12 ms", false},
		{rejected, "GET /me 401 · 12 ms · token rejected", false},
		{anonymous, "anonymous: GET /me 401 · 12 ms · token missing", false},
		{broken, "GET /me · connection␊refused", false},
		{ran(&Spec{}, respond(200, "", "")), "GET / 200 · 12 ms", true},
	}
	for _, tt := range tests {
		if got := tt.run.Summary(); got != tt.want || tt.run.OK() != tt.ok {
			t.Errorf("%q, ok %v; want %q, %v", got, tt.run.OK(), tt.want, tt.ok)
		}
	}
	run := ran(spec, respond(404, "", ""))
	run.Judge(t.Context(), query(t, ".status == 404"), nil)
	if got := run.Summary(); !run.OK() || !strings.HasSuffix(got, " · passed") {
		t.Errorf("an expected 404: %q, ok %v", got, run.OK())
	}
}

func TestStoredRunsComeBack(t *testing.T) {
	t.Parallel()
	run := ran(&Spec{Name: "me", Method: "GET", Target: "/me"}, respond(200, "application/json", `{"a":1}`))
	run.ID, run.Account, run.Message = "r1", "admin@edge", "hello"
	run.Sent("GET /me", &transport.Request{Method: "GET", URL: parsed(t, "https://h/me"), Body: body.Raw([]byte("sent\n"), "")}, nil)
	run.Hops = []transport.Hop{{Status: 302, From: "a", To: "b", Stripped: []string{"Authorization"}}}
	run.Judge(t.Context(), query(t, ".status == 500"), nil)
	data, err := run.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	run.answer, run.seen = nil, ""               // of no use once it is judged
	former := bytes.NewBuffer([]byte{packedRun}) // earlier versions packed short runs too
	z := gzip.NewWriter(former)
	_, _ = z.Write(data[1:])
	_ = z.Close()
	for _, data := range [][]byte{data, former.Bytes()} {
		var back Run
		if err := back.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(&back, run) {
			t.Errorf("got  %+v\nwant %+v", &back, run)
		}
	}
	for i := range len(data) {
		if err := new(Run).UnmarshalBinary(data[:i]); err == nil {
			t.Errorf("the first %d of %d bytes were taken for a run", i, len(data))
		}
	}
}

func TestALargeRunIsKeptSmallAndABombRefused(t *testing.T) {
	t.Parallel()
	run := ran(&Spec{}, respond(200, "application/json", string(largeBody()[:answer.MaxBody])))
	data, err := run.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > len(run.Body)/5 {
		t.Errorf("%d bytes of body became %d", len(run.Body), len(data))
	}
	run.Body = bytes.Repeat([]byte("x"), maxSealed)
	if _, err := run.MarshalBinary(); err == nil {
		t.Error("a run that could not be read again was written")
	}
}

func TestFromRun(t *testing.T) {
	t.Parallel()
	picture := ran(&Spec{}, respond(200, "image/png", "\x89PNG\r\n\x1a\n\x00\x00"))
	if got := strings.Join(shown(FromRun(picture)), "|"); got != "10 bytes of image/png||00000000  89 50 4e 47 0d 0a 1a 0a  00 00                    |.PNG......|" {
		t.Errorf("a picture is shown as %q", got)
	}
	object := ran(&Spec{}, respond(200, "application/json", `{"a":1}`))
	if got := strings.Join(shown(FromRun(object)), "|"); got != `{|  "a": 1|}` {
		t.Errorf("an object is shown as %q", got)
	}
}

func TestTheHistoryKnowsTheOlderNameOfAnonymous(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"nobody": true, Anonymous: true, "me@market": false} {
		if r := (&Run{Account: name}); r.IsAnonymous() != want {
			t.Errorf("%s: %v", name, r.IsAnonymous())
		}
	}
}

// ran makes the run of an answer.
func ran(spec *Spec, res *transport.Response) *Run {
	run := NewRun(spec, noon)
	run.Answered(res, nil, nil)
	return run
}
