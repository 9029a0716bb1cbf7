package lifecycle_test

import (
	"crypto/tls"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/lifecycle"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
)

// TestEveryCallShowsTheClientCertificate: the server refuses whoever shows none.
func TestEveryCallShowsTheClientCertificate(t *testing.T) {
	t.Parallel()
	b := enginetest.NewWith(t, enginetest.Options{Now: time.Now})
	authority := emulatortest.NewAuthority(t, "root")
	market := emulatortest.NewRotating(emulator.RotatingOptions{Now: time.Now})
	var mu sync.Mutex
	seen := map[string]int{}
	server := authority.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen[r.URL.Path+" "+r.TLS.PeerCertificates[0].Subject.CommonName]++
		mu.Unlock()
		market.ServeHTTP(w, r)
	}), func(c *tls.Config) { c.ClientAuth = tls.RequireAndVerifyClientCert })
	me := authority.Issue("me", nil, nil)
	form := enginetest.Market(server.URL, "me")
	form.Connection = session.Connection{ClientCertificate: me.PEM() + me.KeyPEM(), Authority: authority.PEM}
	id := b.Add(form)
	if a := b.Record(id).Account; strings.Contains(a.Connection.ClientCertificate, "PRIVATE") || !a.HasSecret(session.ConnectionKey) {
		t.Fatalf("the key is not sealed: %+v", a.Connection)
	}
	b.LogIn(id)
	_, err := b.Refresh(b.Ctx, id, nil)
	enginetest.Check(t, err)
	_, _, err = b.Check(b.Ctx, id)
	enginetest.Check(t, err)
	_, err = b.Fire(b.Ctx, id, &request.Spec{Target: "/me"}, attempt.Options{})
	enginetest.Check(t, err)
	_, err = b.Requests.Fire(b.Ctx, suite.IdentityOf(&b.Record(id).Account).AsAnonymous(), &request.Spec{Target: "/me"}, attempt.Options{})
	enginetest.Check(t, err)
	_, err = b.Logout(b.Ctx, id)
	enginetest.Check(t, err)
	mu.Lock()
	defer mu.Unlock()
	for _, path := range []string{"/auth/login", "/auth/refresh", "/auth/logout", "/me"} {
		if seen[path+" me"] == 0 {
			t.Errorf("%s was not called: %v", path, seen)
		}
	}
}

// TestADefinitionThatNamesAnotherWayNeedsAReview: its author could read what passes.
func TestADefinitionThatNamesAnotherWayNeedsAReview(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me"))
	proxy := emulatortest.NewForwardProxy(t)
	file := filepath.Join(filepath.Dir(b.Dir), "backends", "market.yaml")
	text := strings.Replace(string(emulator.RotatingDefinition), "base_url:", "connection: {proxy: '"+proxy.URL+"'}\nbase_url:", 1)
	enginetest.Check(t, os.WriteFile(file, []byte(text), 0o600))
	later := enginetest.NewWith(t, enginetest.Options{Dir: b.Dir})
	_, err := later.Sessions.Login(later.Ctx, later.Record(id), lifecycle.LoginOptions{})
	var changed *session.ChangedError
	if !errors.As(err, &changed) || !strings.Contains(err.Error(), proxy.URL) || len(server.Requests()) > 0 {
		t.Fatalf("login: %v", err)
	}
	d := later.Form(id)
	d.Environment = "prod"
	_, err = later.Save(later.Ctx, d)
	enginetest.Check(t, err)
	if _, err := later.Sessions.Login(later.Ctx, later.Record(id), lifecycle.LoginOptions{}); !errors.As(err, &changed) {
		t.Fatalf("an edit of something else agreed to it: %v", err)
	}
	if err := later.Drafts.Restore(later.Ctx, id); err == nil {
		t.Error("a definition was undone")
	}
	a, changed, err := later.Drafts.Review(later.Ctx, id)
	if err != nil || changed == nil {
		t.Fatalf("review: %v, %v", changed, err)
	}
	enginetest.Check(t, later.Drafts.Accept(later.Ctx, a))
	later.LogIn(id)
	if len(proxy.Asked()) == 0 {
		t.Error("the proxy of the definition was not asked")
	}
	// The account comes before its definition.
	d, asked := later.Form(id), len(proxy.Asked())
	d.Connection.Proxy = session.ProxyDirect
	_, err = later.Save(later.Ctx, d)
	enginetest.Check(t, err)
	later.LogIn(id)
	if len(proxy.Asked()) != asked {
		t.Error("the account's proxy does not count")
	}
}

// TestABadConnectionStoresNothing: each fault is named at its field.
func TestABadConnectionStoresNothing(t *testing.T) {
	t.Parallel()
	b := enginetest.NewWith(t, enginetest.Options{Now: time.Now})
	me := emulatortest.NewAuthority(t, "root").Issue("me", nil, nil)
	for field, change := range map[string]func(*draft.Form){
		session.ConnectionKey:         func(d *draft.Form) { d.Connection.ClientCertificate = me.PEM() },
		session.ConnectionCertificate: func(d *draft.Form) { d.NewSecrets[session.ConnectionKey] = secret.New(me.KeyPEM()) },
		session.ConnectionAuthority:   func(d *draft.Form) { d.Connection.Authority = "/no/such.pem" },
		session.ConnectionProxy:       func(d *draft.Form) { d.Connection.Proxy = "gopher://proxy" },
		session.ConnectionResolve:     func(d *draft.Form) { d.Connection.Resolve = []string{"api"} },
	} {
		d := enginetest.Market("https://api.office.test", "me")
		change(d)
		_, err := b.Save(b.Ctx, d)
		var errs draft.FieldErrors
		if !errors.As(err, &errs) || errs.For(field) == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	if all, err := b.Store.Accounts(b.Ctx); err != nil || len(all) > 0 {
		t.Errorf("stored: %v, %v", all, err)
	}
}
