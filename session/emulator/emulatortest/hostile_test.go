package emulatortest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tokenring/session/emulator"
)

// hostileGet follows no redirect and reads at most 20 MiB.
func hostileGet(t *testing.T, h http.Handler, path string, headers ...string) (*http.Response, string, error) {
	t.Helper()
	l, err := emulator.Start(h)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	r, err := http.NewRequestWithContext(t.Context(), "POST", l.URL+path, strings.NewReader(`{"password":"canary-body"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 20<<20))
	return resp, string(body), err
}

func newHostile() *Hostile {
	return NewHostile(HostileOptions{Now: newClock().now, Elsewhere: "http://127.0.0.1:9"})
}

func TestHostileKindsAreDocumented(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("hostile.go")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range regexp.MustCompile(`(?m)^//\t([a-z0-9-]+)  +\S`).FindAllStringSubmatch(string(source), -1) {
		documented = append(documented, m[1])
	}
	slices.Sort(documented)
	if kinds := HostileKinds(); !slices.Equal(kinds, documented) {
		t.Errorf("kinds      %v\ndocumented %v", kinds, documented)
	}
}

func TestHostileBehavesToo(t *testing.T) {
	t.Parallel()
	h := newHostile()
	login := decode[struct {
		Access string `json:"access_token"`
	}](t, send(t, h, "POST", "/login", coreLogin))
	expect(t, send(t, h, "GET", "/me", "", "Authorization: Bearer "+login.Access), 200, `{"email":"admin@example.com","username":"admin"}`)
	expect(t, send(t, h, "POST", "/login", `{}`), 401, `{"error":"invalid_credentials"}`)
	expect(t, send(t, h, "GET", "/caught?token=x", "", "Authorization: Bearer x"), 200, `{"caught":["Authorization","?token"],"method":"GET"}`)
	h.Revoke("admin")
	expect(t, send(t, h, "GET", "/me", "", "Authorization: Bearer "+login.Access), 401, `{"error":"invalid_token"}`)
}

func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	for _, r := range []struct {
		path, location string
		status         int
		check          func(body string) bool
	}{
		{"/big?mb=11", "", 200, func(b string) bool { return len(b) > 11<<20 && json.Valid([]byte(b)) }},
		{"/gzip-bomb?mb=12", "", 200, func(b string) bool { return len(b) > 12<<20 }},
		{"/endless", "", 200, func(b string) bool { return len(b) == 20<<20 }},
		{"/deep", "", 200, func(b string) bool { return strings.HasPrefix(b, "[[[[") }},
		{"/not-json", "", 200, func(b string) bool { return !json.Valid([]byte(b)) }},
		{"/wrong-type", "", 200, func(b string) bool { return json.Valid([]byte(b)) }},
		{"/empty", "", 200, func(b string) bool { return b == "" }},
		{"/bad-utf8", "", 200, func(b string) bool { return strings.ToValidUTF8(b, "") != b }},
		{"/login/shape-null", "", 200, func(b string) bool { return b == "null" }},
		{"/login/injection", "", 200, func(b string) bool { return strings.Contains(b, `\r\n`) }},
		{"/escape", "", 400, func(b string) bool { return strings.Contains(b, `\u001b[2J`) }},
		{"/redirect", "http://127.0.0.1:9/caught", 302, nil},
		{"/redirect-keep", "http://127.0.0.1:9/caught", 307, nil},
		{"/redirect-file", "file:///etc/hostname", 302, nil},
		{"/loop?turn=3", "/loop?turn=4", 302, nil},
		{"/cookies", "", 200, nil},
		{"/duplicate", "", 200, nil},
	} {
		t.Run(r.path, func(t *testing.T) {
			t.Parallel()
			resp, body, err := hostileGet(t, newHostile(), r.path)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != r.status || resp.Header.Get("Location") != r.location {
				t.Errorf("%d, Location %q", resp.StatusCode, resp.Header.Get("Location"))
			}
			if r.check != nil && !r.check(body) {
				t.Errorf("body of %d bytes: %.100q", len(body), body)
			}
		})
	}
}

func TestHostileHeaders(t *testing.T) {
	t.Parallel()
	resp, _, err := hostileGet(t, newHostile(), "/escape-header")
	if err != nil || !strings.Contains(resp.Header.Get("X-Message"), "\u009b31m") {
		t.Errorf("escape-header: %v", err)
	}
	if _, _, err = hostileGet(t, newHostile(), "/malformed-header"); err == nil {
		t.Error("a malformed header is taken")
	}
	resp, _, err = hostileGet(t, newHostile(), "/escape-status")
	if err != nil || !strings.Contains(resp.Status, "\x1b[2J") {
		t.Errorf("escape-status: %v", err)
	}
	resp, _, err = hostileGet(t, newHostile(), "/headers")
	if err != nil || len(resp.Header) < 2048 {
		t.Errorf("headers: %v", err)
	}
	resp, _, err = hostileGet(t, newHostile(), "/date")
	if err != nil || !strings.Contains(resp.Header.Get("Date"), "1970") {
		t.Errorf("date: %v", err)
	}
	resp, _, err = hostileGet(t, newHostile(), "/redirect-scheme")
	if err != nil || !strings.HasPrefix(resp.Header.Get("Location"), "https://127.0.0.1:") {
		t.Errorf("redirect-scheme: %v", err)
	}
	resp, body, err := hostileGet(t, newHostile(), "/reflect?token=canary-query", "Authorization: Bearer canary-header")
	if err != nil {
		t.Fatal(err)
	}
	for _, canary := range []string{"canary-query", "canary-header", "canary-body"} {
		if !strings.Contains(body, canary) || !strings.Contains(resp.Header.Get("X-Reflected"), canary) {
			t.Errorf("%s is not reflected", canary)
		}
	}
}

func TestHostileConnections(t *testing.T) {
	t.Parallel()
	if _, _, err := hostileGet(t, newHostile(), "/drop"); err == nil {
		t.Error("drop answered")
	}
	if _, body, err := hostileGet(t, newHostile(), "/cut"); !errors.Is(err, io.ErrUnexpectedEOF) || body == "" {
		t.Errorf("cut: %v after %q", err, body)
	}
}

func TestHostileSlownessInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, l := pipeClient(NewHostile(HostileOptions{Now: time.Now}))
		defer l.Close()
		defer client.CloseIdleConnections()
		began := time.Now()
		resp, err := client.Get(l.URL + "/slow?for=40s")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if took := time.Since(began); err != nil || took != 40*time.Second || !json.Valid(body) {
			t.Errorf("slow: %v, %v, %s", took, err, body)
		}
		client.Timeout = time.Minute
		for _, kind := range []string{"never", "slow?for=1h"} {
			began = time.Now()
			resp, err := client.Post(l.URL+"/login/"+kind, "application/json", strings.NewReader("{}"))
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
			}
			if took := time.Since(began); err == nil || took != time.Minute {
				t.Errorf("%s: %v after %v", kind, err, took)
			}
		}
	})
}
