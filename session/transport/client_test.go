package transport_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tokenring/session/answer"
	"tokenring/session/transport"
)

const canary = "canary-7f3a9c51e2"

// seen is a request that a server received.
type seen struct {
	Method, Path, Query, Body string
	Header                    http.Header
}

func record(t *testing.T, into *[]seen, next http.HandlerFunc) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		*into = append(*into, seen{r.Method, r.URL.Path, r.URL.RawQuery, string(body), r.Header.Clone()})
		next(w, r)
	}
}

func server(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func client(t *testing.T) *transport.Client {
	t.Helper()
	c := transport.New(transport.Options{Now: time.Now, UserAgent: "tokenring/1.2.3"})
	return c
}

func parse(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") }

// laden returns a request to address that carries the canary in every way.
func laden(t *testing.T, address string) *transport.Request {
	t.Helper()
	u := parse(t, address)
	return &transport.Request{
		Method:       http.MethodGet,
		URL:          u,
		Header:       http.Header{"Accept": {"application/json"}, "X-App-Key": {canary}},
		AttachHeader: http.Header{"X-Access-Token": {canary}, "Authorization": {"Bearer " + canary}},
		AttachQuery:  url.Values{"token": {canary}},
		AttachCookie: []*http.Cookie{{Name: "sid", Value: canary}},
		AttachTo:     []transport.Origin{transport.OriginOf(u)},
		Follow:       true,
	}
}

func TestCredentialsReachTheirOrigin(t *testing.T) {
	t.Parallel()
	var asked []seen
	s := server(t, record(t, &asked, ok))
	res, err := client(t).Do(t.Context(), laden(t, s.URL+"/things?page=2&token=old"))
	if err != nil {
		t.Fatal(err)
	}
	if res.Status != 200 || string(res.Body) != "fine" || res.Size != 4 || res.Cut {
		t.Errorf("answer = %d %q size %d cut %v", res.Status, res.Body, res.Size, res.Cut)
	}
	got := asked[0]
	if got.Header.Get("X-Access-Token") != canary || got.Header.Get("Authorization") != "Bearer "+canary {
		t.Errorf("attached headers did not arrive: %v", got.Header)
	}
	if got.Query != "page=2&token="+canary {
		t.Errorf("query = %q", got.Query)
	}
	if got.Header.Get("Cookie") != "sid="+canary {
		t.Errorf("cookie = %q", got.Header.Get("Cookie"))
	}
	if got.Header.Get("User-Agent") != "tokenring/1.2.3" {
		t.Errorf("user agent = %q", got.Header.Get("User-Agent"))
	}
	if strings.Contains(res.URL.String(), canary) {
		t.Errorf("the URL of the answer holds the attached query: %s", res.URL)
	}
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	chunk := make([]byte, 64<<10)
	tests := []struct {
		name   string
		serve  http.HandlerFunc
		reason string
	}{
		{"a body without end", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}, "only the first 10 MiB are kept"},
		{"a gzip bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 50 << 20 / len(chunk) {
				if _, err := z.Write(chunk); err != nil {
					return
				}
			}
			_ = z.Close()
		}, "only the first 10 MiB are kept"},
		{"a stated length", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(20<<20))
			for range 20 << 20 / len(chunk) {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}, "only the first 10 MiB are kept of 20 MiB"},
		{"a stated length of a little more", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(10<<20+1))
			_, _ = w.Write(make([]byte, 10<<20+1))
		}, "only the first 10 MiB are kept"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := server(t, tt.serve)
			res, err := client(t).Do(t.Context(), &transport.Request{URL: parse(t, s.URL)})
			if err != nil {
				t.Fatal(err)
			}
			if len(res.Body) != answer.MaxBody || !res.Cut || res.CutReason != tt.reason {
				t.Errorf("kept %d bytes, cut %v: %q", len(res.Body), res.Cut, res.CutReason)
			}
		})
	}
}

func TestABodyThatBreaksOffIsCut(t *testing.T) {
	t.Parallel()
	s := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "part")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		panic(http.ErrAbortHandler)
	})
	res, err := client(t).Do(t.Context(), &transport.Request{URL: parse(t, s.URL)})
	if err != nil {
		t.Fatal(err)
	}
	if string(res.Body) != "part" || res.CutReason != "the connection broke off after 4 bytes" {
		t.Errorf("body %q, reason %q", res.Body, res.CutReason)
	}
}

func TestAStreamIsCutAtTheTimeout(t *testing.T) {
	t.Parallel()
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "event")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	res, err := client(t).Do(t.Context(), &transport.Request{URL: parse(t, s.URL), Timeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if string(res.Body) != "event" || !strings.HasPrefix(res.CutReason, "the answer had not ended after 0.2 s") {
		t.Errorf("body %q, reason %q", res.Body, res.CutReason)
	}
}

func TestTimings(t *testing.T) {
	t.Parallel()
	s := server(t, ok)
	c := client(t)
	first, err := c.Do(t.Context(), &transport.Request{URL: parse(t, s.URL)})
	if err != nil {
		t.Fatal(err)
	}
	if first.Timings.Connect <= 0 || first.Timings.Reused || first.Timings.Total < first.Timings.Wait {
		t.Errorf("first timings = %+v", first.Timings)
	}
	second, err := c.Do(t.Context(), &transport.Request{URL: parse(t, s.URL)})
	if err != nil {
		t.Fatal(err)
	}
	if !second.Timings.Reused || second.Timings.Connect != 0 {
		t.Errorf("second timings = %+v", second.Timings)
	}
}

func TestClockOffset(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		ahead  time.Duration
		age    string
		want   time.Duration
		absent bool
	}{
		{"same second", 0, "", 0, false},
		{"rounded down", -900 * time.Millisecond, "", 0, false},
		{"fast by a minute", time.Minute, "", time.Minute + 500*time.Millisecond, false},
		{"slow by an hour", -time.Hour, "", -time.Hour + 500*time.Millisecond, false},
		{"from a cache", -time.Hour, "3600", 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
			date := now.Add(tt.ahead)
			if tt.ahead > -time.Second && tt.ahead < 0 {
				now, date = now.Add(-tt.ahead), now
			}
			s := server(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", date.Format(http.TimeFormat))
				if tt.age != "" {
					w.Header().Set("Age", tt.age)
				}
			})
			c := transport.New(transport.Options{Now: func() time.Time { return now }})
			res, err := c.Do(t.Context(), &transport.Request{URL: parse(t, s.URL)})
			if err != nil {
				t.Fatal(err)
			}
			if res.Offset != tt.want || res.HasOffset == tt.absent {
				t.Errorf("offset = %v, %v; want %v, %v", res.Offset, res.HasOffset, tt.want, !tt.absent)
			}
		})
	}
}

func TestASlowServerIsNoSlowClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rt := roundTrip(func(r *http.Request) (*http.Response, error) {
			time.Sleep(5 * time.Second)
			h := http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}}
			return &http.Response{StatusCode: 401, Header: h, Body: http.NoBody, Request: r}, nil
		})
		c := transport.New(transport.Options{Now: time.Now, Transport: rt})
		res, err := c.Do(t.Context(), &transport.Request{URL: parse(t, "http://127.0.0.1/login")})
		if err != nil {
			t.Fatal(err)
		}
		if !res.HasOffset || res.Offset != 0 || res.Timings.Wait != 5*time.Second {
			t.Errorf("offset %v after a wait of %v", res.Offset, res.Timings.Wait)
		}
	})
}

func TestOurClockIsSetDuringACall(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	for _, step := range []time.Duration{-30 * 24 * time.Hour, 30 * 24 * time.Hour} {
		now := start.Add(-step)
		rt := roundTrip(func(r *http.Request) (*http.Response, error) {
			now = start // it is right now
			h := http.Header{"Date": {start.Format(http.TimeFormat)}}
			return &http.Response{StatusCode: 401, Header: h, Body: http.NoBody, Request: r}, nil
		})
		c := transport.New(transport.Options{Now: func() time.Time { return now }, Transport: rt})
		res, err := c.Do(t.Context(), &transport.Request{URL: parse(t, "http://127.0.0.1/login")})
		if err != nil {
			t.Fatal(err)
		}
		if !res.HasOffset || res.Offset != 0 || res.Timings.Total < 0 || res.Timings.Wait < 0 {
			t.Errorf("set by %v: offset %v, timings %+v", step, res.Offset, res.Timings)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestErrorsNameHostAndReasonAlone(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, doErr := client(t).Do(t.Context(), laden(t, "http://"+gone+"/secret/"+canary+"?q="+canary))
	var e *transport.Error
	if !errors.As(doErr, &e) {
		t.Fatalf("%T", doErr)
	}
	if all := fmt.Sprintf("%s %v %s %s", e, e, e.Hint, e.Host); strings.Contains(all, canary) || strings.Contains(all, "/secret") {
		t.Errorf("the error tells: %s", all)
	}
	if e.Host != gone || !strings.Contains(e.Text, gone) {
		t.Errorf("host = %q, text = %q", e.Host, e.Text)
	}
}

func TestCancelEndsACall(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := server(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	_, err := client(t).Do(ctx, &transport.Request{URL: parse(t, s.URL)})
	var e *transport.Error
	if !errors.As(err, &e) || e.Kind != transport.KindCanceled || !errors.Is(err, context.Canceled) {
		t.Errorf("err = %#v", err)
	}
}

func TestNamesOfThisMachineAreNotLookedUp(t *testing.T) {
	t.Parallel()
	s := server(t, ok)
	port := parse(t, s.URL).Port()
	for _, host := range []string{"localhost", "app.localhost", "a.b.LocalHost", "localhost.", "[::ffff:127.0.0.1]"} {
		res, err := client(t).Do(t.Context(), &transport.Request{URL: parse(t, "http://"+host+":"+port)})
		if err != nil || res.Status != http.StatusOK {
			t.Errorf("%s: %v", host, err)
		}
	}
}
