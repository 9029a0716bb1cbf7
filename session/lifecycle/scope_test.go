package lifecycle_test

import (
	"errors"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/lifecycle"
)

// A login that asks for more changes what the account asks for once it went through, and
// nothing if it did not.
func TestALoginAsksForAFurtherScope(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	refuses := true
	server := emulatortest.NewIssuer(emulatortest.IssuerOptions{Now: b.Clock.Now, Metadata: func(m map[string]any) {
		if refuses {
			m["issuer"] = "https://other.example"
		}
	}})
	d := oidcForm(enginetest.Serve(t, server), "client")
	d.Values["scope"] = "read"
	id := b.Add(d)
	more := lifecycle.LoginOptions{Scope: "read orders:write"}
	if _, err := b.Login(b.Ctx, id, more); err == nil || b.Record(id).Account.Values["scope"] != "read" {
		t.Errorf("a login that failed: %v, the account is %v", err, b.Record(id).Account.Values)
	}
	refuses = false
	_, err := b.Login(b.Ctx, id, more)
	enginetest.Check(t, err)
	forms := server.Forms()
	if sent := forms[len(forms)-1].Get("scope"); sent != "read orders:write" || b.Record(id).Account.Values["scope"] != sent {
		t.Errorf("sent was %q, the account is %v", sent, b.Record(id).Account.Values)
	}
	enginetest.Check(t, b.Credentials.Authentic(&b.Record(id).Account))
	_, err = b.Refresh(b.Ctx, id, nil) // logs in again
	enginetest.Check(t, err)
	if forms = server.Forms(); forms[len(forms)-1].Get("scope") != "read orders:write" {
		t.Errorf("the next login asked for %q", forms[len(forms)-1].Get("scope"))
	}

	before := len(forms)
	for _, forbidden := range []string{`orders"all`, `a\b`, "lösche", "a\x1b", "a\x7f"} {
		if _, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{Scope: "read " + forbidden}); err == nil || !strings.Contains(err.Error(), "character 2 is ") && !strings.Contains(err.Error(), "character 7 is ") || next(err) == "" {
			t.Errorf("%q: %v", forbidden, err)
		}
	}
	edited := b.Form(id)
	edited.Values["scope"] = `read "orders`
	if _, err := b.Save(b.Ctx, edited); err == nil || !strings.Contains(err.Error(), `character 6 is "`) {
		t.Errorf("a scope in a field: %v", err)
	}
	if n := len(server.Forms()); n != before {
		t.Errorf("%d were sent", n-before)
	}

	d = enginetest.Market(enginetest.Serve(t, server), "plain@market")
	plain := b.Add(d)
	if _, err := b.Login(b.Ctx, plain, more); err == nil || next(err) == "" || len(server.Forms()) != len(forms) {
		t.Errorf("an account without scopes: %v", err)
	}
}

// next returns what an error says to do next.
func next(err error) string {
	var failure *session.Failure
	if !errors.As(err, &failure) {
		return ""
	}
	return failure.Next
}
