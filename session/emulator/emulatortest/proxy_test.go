package emulatortest

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tokenring/session/emulator"
)

func TestProxyKeepsALog(t *testing.T) {
	t.Parallel()
	d := NewDatarhei(emulator.DatarheiOptions{Now: newClock().now})
	send(t, d, "GET", "/api/v3/process?token=canary-token", "", "Authorization: Bearer canary-token", "X-Access-Token: canary-token")
	send(t, d, "GET", "/ping", "")
	log := d.Requests()
	if len(log) != 2 || log[0].Method != "GET" || log[0].Path != "/api/v3/process" || log[0].Status != 401 || log[1].Status != 200 {
		t.Errorf("log %+v", log)
	}
	if want := []string{"Authorization", "X-Access-Token", "?token"}; !slices.Equal(log[0].Credentials, want) {
		t.Errorf("credentials %v, want %v", log[0].Credentials, want)
	}
	if log[1].Credentials != nil {
		t.Errorf("credentials of a bare request: %v", log[1].Credentials)
	}
}

func TestProxyFaults(t *testing.T) {
	t.Parallel()
	m := NewRotating(emulator.RotatingOptions{Now: newClock().now})
	l, err := emulator.Start(m)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	login := func() (int, error) {
		resp, err := client.Post(l.URL+"/auth/login", "application/json", strings.NewReader(coreLogin))
		if err != nil {
			return 0, err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode, err
	}

	m.FailNext(2, http.StatusBadGateway)
	for _, want := range []int{502, 502, 200} {
		if got, err := login(); got != want || err != nil {
			t.Errorf("got %d, %v, want %d", got, err, want)
		}
	}
	m.LoseNext(1)
	if _, err := login(); err == nil {
		t.Error("a lost answer arrived")
	}
	if m.Logins() != 2 {
		t.Errorf("%d logins: the lost one must have happened, the failed ones not", m.Logins())
	}
}
