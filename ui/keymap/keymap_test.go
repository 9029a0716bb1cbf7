package keymap

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

func press(key string) tea.KeyPressMsg {
	r := []rune(key)
	return tea.KeyPressMsg{Code: r[0], Text: key}
}

func TestTheTableIsComplete(t *testing.T) {
	t.Parallel()
	seen := map[Action]bool{}
	for _, b := range Default().Bindings() {
		if seen[b.Action] {
			t.Errorf("%s is listed twice", b.Action)
		}
		seen[b.Action] = true
		if b.Help == "" || b.Long == "" || b.Group == "" || b.Scope == "" {
			t.Errorf("%s: help, sentence, group and scope must all be there: %+v", b.Action, b)
		}
	}
}

func TestTheInnermostScopeWins(t *testing.T) {
	t.Parallel()
	m := Default()
	if a := m.Match(press("e"), Requests, Account, Global); a != RequestEdit {
		t.Errorf("e on a request is %q", a)
	}
	if a := m.Match(press("e"), Account, Global); a != Edit {
		t.Errorf("e on an account is %q", a)
	}
	if a, scope := m.MatchIn(press("q"), Requests, Account, Global); a != Quit || scope != Global {
		t.Errorf("q is %q in %q", a, scope)
	}
	if a := m.Match(press("ß"), Requests, Account, Global); a != "" {
		t.Errorf("an unbound key is %q", a)
	}
}

func TestAKeyTakenByAnInnerScopeIsShadowed(t *testing.T) {
	t.Parallel()
	m := Default()
	here := []Scope{Requests, List, Tabs, Account, Global}
	for a, want := range map[Action]bool{
		Edit: true, Check: true, Test: true, Login: false, RequestEdit: false, Lock: false, FormNext: false,
	} {
		if got := m.Shadowed(a, here...); got != want {
			t.Errorf("%s is shadowed among requests: %v", a, got)
		}
	}
	if m.Shadowed(Edit, List, Account, Global) {
		t.Error("nothing shadows the edit of an account in the list")
	}
}

func TestRebinding(t *testing.T) {
	t.Parallel()
	m, err := New(map[string][]string{"account.login": {"L", "f5"}, "account.check": {}})
	if err != nil {
		t.Fatal(err)
	}
	if m.Match(press("L"), Account) != Login || m.Match(press("l"), Account) != "" {
		t.Error("login should answer to L and no longer to l")
	}
	if m.Match(press("c"), Account) != "" || m.Key(Check) != "" {
		t.Error("check should have lost its key")
	}
	if k := m.Key(Login); k != "L" {
		t.Errorf("the footer writes %q", k)
	}
	if Default().Key(Login) != "l" {
		t.Error("the default table was changed")
	}

	for name, c := range map[string]struct {
		rebound map[string][]string
		says    string
	}{
		"unknown": {map[string][]string{"account.lgoin": {"l"}}, `no action "account.lgoin"`},
		"clash":   {map[string][]string{"account.login": {"r"}}, "r is bound to both account.login and account.refresh"},
		"fixed":   {map[string][]string{"app.interrupt": {"q"}}, "app.interrupt cannot be rebound"},
	} {
		if _, err := New(c.rebound); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnOlderNameOfAKey(t *testing.T) {
	t.Parallel()
	bound, err := New(map[string][]string{"account.check": {"ctrl+j"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		keys *Map
		key  rune
		want string
	}{
		{Default(), '[', "esc"}, {Default(), 'i', "tab"}, {Default(), 'm', "enter"}, {Default(), 'j', "enter"},
		{Default(), 'a', "ctrl+a"}, {bound, 'j', "ctrl+j"}, {bound, 'm', "enter"},
	} {
		if got := c.keys.Translate(tea.KeyPressMsg{Code: c.key, Mod: tea.ModCtrl}); got.String() != c.want {
			t.Errorf("ctrl+%c is %s, want %s", c.key, got, c.want)
		}
	}
}
