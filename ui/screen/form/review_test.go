package form_test

import (
	"testing"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/ui/screen/form"
	"tokenring/ui/uitest"
)

// reviewed opens the form of an account that something else changed.
func reviewed(t *testing.T, change func(a *session.Account)) (*fixture, *uitest.Driver) {
	t.Helper()
	b := newFixture(t, map[string]string{"market.yaml": string(emulator.RotatingDefinition)})
	snap := b.save(&draft.Form{Account: session.Account{Name: "me@shop", Definition: "market", Login: "password",
		Values: map[string]string{"address": "http://127.0.0.1:8080", "username": "me"}}})
	change(&snap.Account)
	check(t, b.store.PutAccount(t.Context(), &snap.Account, nil))
	return b, b.open(form.Edit(b.ctx, b.part(), snap), 80, 24)
}

func TestAChangeFromOutsideIsUndone(t *testing.T) {
	t.Parallel()
	b, d := reviewed(t, func(a *session.Account) { a.BaseURL, a.Guard = "http://thief.example", session.GuardConfirm })
	d.Sees("me@shop was changed outside tokenring", "http://thief.example", "http://127.0.0.1:8080", "guard")
	d.Golden()
	d.Press("y")
	d.Sees("User name")
	if a := b.find("me@shop").Account; a.BaseURL != "http://127.0.0.1:8080" || a.Guard != "" {
		t.Errorf("put back: %+v", a)
	}
}

func TestAChangeFromOutsideIsKept(t *testing.T) {
	t.Parallel()
	b, d := reviewed(t, func(a *session.Account) { a.Guard = session.GuardConfirm })
	d.Press("n")
	d.Sees("User name")
	if a := b.find("me@shop").Account; a.Guard != session.GuardConfirm || b.Credentials.Authentic(&a) != nil {
		t.Errorf("kept: %+v", a)
	}
}

func TestAnAccountWithoutASealIsShown(t *testing.T) {
	t.Parallel()
	b, d := reviewed(t, func(a *session.Account) { a.Seal = nil })
	d.Sees("not sealed with this ring's key", "http://127.0.0.1:8080")
	d.Press("n")
	d.Sees("not sealed")
	d.Press("y")
	d.Sees("User name")
	if a := b.find("me@shop").Account; b.Credentials.Authentic(&a) != nil {
		t.Error("it is not sealed")
	}
}
