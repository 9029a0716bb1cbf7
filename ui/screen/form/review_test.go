package form_test

import (
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
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

// editsAgain fails the test unless the form made way for another one.
func editsAgain(t *testing.T, b *fixture) {
	t.Helper()
	_, closed := asked[screen.ClosedMsg](b)
	if do, _ := asked[screen.AskedMsg](b); !closed || do.Action != keymap.Edit {
		t.Errorf("closed %t, asked for %+v", closed, do)
	}
}

func TestAChangeFromOutsideIsUndone(t *testing.T) {
	t.Parallel()
	b, d := reviewed(t, func(a *session.Account) { a.BaseURL, a.Guard = "http://thief.example", session.GuardConfirm })
	q, _ := asked[screen.Question](b)
	for _, part := range []string{"me@shop was changed outside tokenring", "is   http://thief.example", "was  http://127.0.0.1:8080", "guard"} {
		if !strings.Contains(q.Text, part) {
			t.Errorf("%q does not tell %q", q.Text, part)
		}
	}
	d.Send(q.Do())
	editsAgain(t, b)
	if a := b.find("me@shop").Account; a.BaseURL != "http://127.0.0.1:8080" || a.Guard != "" {
		t.Errorf("put back: %+v", a)
	}
}

func TestAChangeFromOutsideIsKept(t *testing.T) {
	t.Parallel()
	b, d := reviewed(t, func(a *session.Account) { a.Guard = session.GuardConfirm })
	q, _ := asked[screen.Question](b)
	d.Send(q.Otherwise())
	editsAgain(t, b)
	if a := b.find("me@shop").Account; a.Guard != session.GuardConfirm || b.Credentials.Authentic(&a) != nil {
		t.Errorf("kept: %+v", a)
	}
}

func TestAnAccountWithoutASealIsShown(t *testing.T) {
	t.Parallel()
	b, d := reviewed(t, func(a *session.Account) { a.Seal = nil })
	q, _ := asked[screen.Question](b)
	if !strings.Contains(q.Text, "not sealed with this ring's key") || !strings.Contains(q.Text, "http://127.0.0.1:8080") || q.Otherwise != nil || !q.Danger {
		t.Errorf("asked %+v", q)
	}
	d.Send(q.Do())
	editsAgain(t, b)
	if a := b.find("me@shop").Account; b.Credentials.Authentic(&a) != nil {
		t.Error("it is not sealed")
	}
}
