package transport

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// What a server names leads to this machine or a private network only where the server is
// there itself, whatever the name says: the address that is dialled counts.
func TestAServerOutsideNamesNoAddressInside(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	at, _ := url.Parse(server.URL)
	for _, tt := range []struct {
		by   []Origin
		fits bool
	}{
		{nil, true}, {[]Origin{"https://192.0.2.1"}, false}, {[]Origin{"https://10.0.0.1"}, true}, {[]Origin{"http://localhost:1"}, true},
		{[]Origin{"https://192.0.2.1", "https://[fd00::1]"}, true}, {[]Origin{"https://[2001:db8::1]"}, false},
	} {
		c := New(Options{Now: time.Now})
		if _, err := c.Do(t.Context(), &Request{URL: at}); err != nil { // whose connection is kept
			t.Fatal(err)
		}
		_, err := c.Do(t.Context(), &Request{URL: at, NamedBy: tt.by})
		var e *Error
		if fits := err == nil; fits != tt.fits {
			t.Errorf("%v: %v", tt.by, err)
		}
		if errors.As(err, &e) && (e.Kind != KindOrigin || !strings.Contains(e.Text, "which names it, is not")) {
			t.Errorf("%v: %s: %s", tt.by, e.Kind, e.Text)
		}
	}
	for _, host := range []string{"169.254.169.254:80", "[fe80::1]:80", "[::ffff:169.254.1.1]:80"} {
		if err := judgeAddress(context.Background(), "tcp", host, nil); err == nil {
			t.Errorf("%s is called", host)
		}
	}
}
