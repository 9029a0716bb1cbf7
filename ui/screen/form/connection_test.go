package form_test

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/secret"
	"tokenring/ui/screen/form"
)

// TestAConnectionIsEntered: faults are told beside their fields, and what the switch
// takes away is gone.
func TestAConnectionIsEntered(t *testing.T) {
	t.Parallel()
	b := newFixture(t, map[string]string{"market.yaml": string(emulator.RotatingDefinition)})
	dir := t.TempDir()
	a := emulatortest.NewAuthority(t, "root")
	me := a.Issue("me", nil, func(c *x509.Certificate) { c.NotBefore = time.Unix(0, 0) }) // the clock of the fixture does not move
	for name, text := range map[string]string{"me.pem": me.PEM(), "me.key": me.KeyPEM()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	snap := b.save(&draft.Form{
		Account: session.Account{
			Name: "me", Definition: "market", Login: "password", Values: map[string]string{"address": "https://a.example", "username": "admin"},
		},
		NewSecrets: map[string]secret.String{"password": secret.New(canary)},
	})
	toSwitch := []string{"tab", "tab", "tab", "tab", "tab"}
	d := b.open(form.Edit(b.ctx, b.part(), snap), 100, 60)
	d.Press(toSwitch...)
	d.Press("space", "tab")
	d.Type(filepath.Join(dir, "me.pem"))
	d.Press("ctrl+s")
	d.Sees("the client certificate has no key")
	d.Press("tab", "tab", "tab") // from the field with the fault
	d.Type("http://ada:" + canary + "@proxy.example:3128")
	d.Press("shift+tab", "shift+tab", "shift+tab", "ctrl+o")
	d.Type("file:" + filepath.Join(dir, "me.key"))
	d.Press("ctrl+s")
	got := b.find("me").Account
	if got.Connection.ClientCertificate != filepath.Join(dir, "me.pem") || got.Connection.Proxy != "http://ada@proxy.example:3128" ||
		!got.HasSecret(session.ConnectionKey) || !got.HasSecret(session.ConnectionProxyPassword) {
		t.Fatalf("stored: %+v, %v, %v", got.Connection, got.Secrets, got.References)
	}
	d = b.open(form.Edit(b.ctx, b.part(), b.find("me")), 100, 60)
	d.Sees("http://ada@proxy.example:3128")
	d.SeesNot(canary)
	d.Press(toSwitch...)
	d.Press("space", "ctrl+s")
	if got := b.find("me").Account; !got.Connection.IsZero() || got.HasSecret(session.ConnectionKey) || got.HasSecret(session.ConnectionProxyPassword) {
		t.Errorf("left: %+v, %v, %v", got.Connection, got.Secrets, got.References)
	}
}
