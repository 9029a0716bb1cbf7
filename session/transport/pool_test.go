package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"tokenring/session"
	"tokenring/session/secret"
)

// TestAWayIsReleasedWhereItCannotBeUsed: what no call uses is closed once it is idle,
// whether its calls were sent, or refused for a certificate that is not in force or
// cannot be read.
func TestAWayIsReleasedWhereItCannotBeUsed(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		b, err := os.ReadFile("../certificate/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	own := Connection{Connection: session.Connection{ClientCertificate: read("client.pem")}, Key: secret.New(read("plain.key"))}
	leaf, err := own.Leaf()
	if err != nil {
		t.Fatal(err)
	}
	damaged := own
	damaged.Key = secret.New("hunter2")
	for name, tt := range map[string]struct {
		at time.Time
		c  Connection
		ok bool
	}{
		"used":      {leaf.NotAfter, own, true},
		"expired":   {leaf.NotAfter.Add(time.Hour), own, false},
		"not valid": {leaf.NotBefore.Add(-time.Hour), own, false},
		"damaged":   {leaf.NotAfter, damaged, false},
	} {
		now := tt.at
		p := newPool(http.DefaultTransport, func() time.Time { return now })
		for range 2 {
			w, release, err := p.acquire(&tt.c)
			if (err == nil) != tt.ok || (w != nil) != tt.ok {
				t.Fatalf("%s: %v, %v", name, w, err)
			}
			if release != nil {
				release()
			}
		}
		if len(p.open) != 1 {
			t.Errorf("%s: %d ways", name, len(p.open))
		}
		now = now.Add(idleConnection + time.Second)
		_, release, err := p.acquire(&Connection{})
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		if len(p.open) != 1 {
			t.Errorf("%s: the way is not closed", name)
		}
	}
}

// TestAProxyThatIsSilentInTLSIsGivenUp: net/http sets no limit for a connection that it
// did not dial itself, and keeps dialling when the call has ended.
func TestAProxyThatIsSilentInTLSIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		go func() { _, _ = io.Copy(io.Discard, theirs) }()
		dial := dialProxy(func(context.Context, string, string) (net.Conn, error) { return ours, nil }, &tls.Config{})
		began := time.Now()
		if _, err := dial(context.WithoutCancel(t.Context()), "tcp", "proxy.test:443"); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if took := time.Since(began); took != dialTimeout {
			t.Errorf("it took %s", took)
		}
	})
}
