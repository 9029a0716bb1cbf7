package emulatortest

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tokenring/session/emulator"
)

const coreLogin = `{"username":"admin","password":"open-sesame"}`

func TestDatarheiHoldsBackRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := NewDatarhei(emulator.DatarheiOptions{Now: time.Now, FailureDelay: emulator.DatarheiFailureDelay})
		client, l := pipeClient(d)
		defer l.Close()
		defer client.CloseIdleConnections()
		for body, want := range map[string]time.Duration{
			coreLogin:                             0,
			`{"username":"admin","password":"1"}`: emulator.DatarheiFailureDelay,
			`{}`:                                  emulator.DatarheiFailureDelay,
		} {
			began := time.Now()
			resp, err := client.Post(l.URL+"/api/login", "application/json", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if took := time.Since(began); took != want {
				t.Errorf("%s took %v, not %v", body, took, want)
			}
		}
	})
}

func TestServerLatencyAndCloseInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := NewDatarhei(emulator.DatarheiOptions{Now: time.Now})
		client, l := pipeClient(d)
		defer client.CloseIdleConnections()
		d.SetLatency(3 * time.Second)
		began := time.Now()
		resp, err := client.Get(l.URL + "/ping")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("took %v", took)
		}

		d.SetLatency(time.Hour)
		failed := make(chan error)
		go func() {
			_, err := client.Get(l.URL + "/ping")
			failed <- err
		}()
		time.Sleep(time.Minute)
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if <-failed == nil {
			t.Error("a closed listener answered")
		}
		if _, err := l.DialContext(t.Context(), "tcp", "anywhere"); !errors.Is(err, errPipeClosed) {
			t.Errorf("dial after close: %v", err)
		}
	})
}

// pipeClient serves h inside a bubble.
func pipeClient(h http.Handler) (*http.Client, *emulator.Listener) {
	l := StartPipe(h)
	return &http.Client{Transport: &http.Transport{DialContext: l.DialContext}}, l
}
