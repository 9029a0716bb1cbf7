package emulator

import (
	"net/http"
	"testing"
)

func TestServerDateFollowsItsClock(t *testing.T) {
	t.Parallel()
	l, err := Start(NewDatarhei(DatarheiOptions{Now: newClock().now}))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	resp, err := http.Get(l.URL + "/ping")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Values("Date"); len(got) != 1 || got[0] != "Tue, 14 Nov 2023 22:13:20 GMT" {
		t.Errorf("Date %q", got)
	}
}
