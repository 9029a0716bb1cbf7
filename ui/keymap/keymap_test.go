package keymap

import (
	"slices"
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
	for _, b := range unbound().Bindings() {
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
	m := unbound()
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
	m := unbound()
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
	if unbound().Key(Login) != "l" {
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

func TestAKeyTakenFromAWiderScopeIsNamed(t *testing.T) {
	t.Parallel()
	for want, rebound := range map[string]map[string][]string{
		"":                                        {"account.login": {"L"}, "app.decode": {"f5"}},
		"account.login takes q from app.quit":     {"account.login": {"q"}},
		"account.check takes c from app.quit":     {"app.quit": {"c"}},
		"response.copy takes ↓ from list.down":    {"response.copy": {"down"}},
		"request.open takes l from account.login": {"request.open": {"l"}},
	} {
		m, err := New(rebound)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Taken(); !strings.HasPrefix(strings.Join(got, "; "), want) || want == "" && len(got) > 0 {
			t.Errorf("%v: %q", rebound, got)
		}
	}
	m, _ := New(map[string][]string{"account.login": {"q"}, "app.quit": {}})
	if got := m.Taken(); len(got) > 0 {
		t.Errorf("q is free: %q", got)
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
		{unbound(), '[', "esc"}, {unbound(), 'i', "tab"}, {unbound(), 'm', "enter"}, {unbound(), 'j', "enter"},
		{unbound(), 'a', "ctrl+a"}, {bound, 'j', "ctrl+j"}, {bound, 'm', "enter"},
	} {
		if got := c.keys.Translate(tea.KeyPressMsg{Code: c.key, Mod: tea.ModCtrl}); got.String() != c.want {
			t.Errorf("ctrl+%c is %s, want %s", c.key, got, c.want)
		}
	}
}

// looks lists the actions that do nothing but show. Each new action is looked at before it
// gets into this list; every other one is off in a ring that is only viewed.
var looks = []Action{
	Help, Palette, Back, OtherPane, Zoom, Share, Decode, Lock, Vault, Mouse, Redraw, Suspend, Quit, Interrupt,
	Up, Down, PageUp, PageDown, Top, Bottom,
	Open, FilterList, Group, Sort, Mark, MarkAll, LastAccount, Test, Reveal,
	TabSession, TabClaims, TabRequests, TabActivity, TabNext, TabPrev, TokenNext, TokenPrev,
	ClaimOpen, ClaimFold, ClaimSearch, ClaimDiff, ClaimNext, ClaimPrev, PastedReveal,
	RequestOpen, RequestSearch, RequestHistory,
	ResponseSearch, ResponseNext, ResponsePrev, ResponseFilter, ResponseRaw, ResponseHeaders, ResponseWrap,
	ResponseTab, ResponsePrevTab, ResponseOlder, ResponseNewer, ResponseLeft, ResponseRight,
	MatrixOpen, MatrixMark, MatrixCompare, MatrixLeft, MatrixRight,
	CompareFold, CompareNext, ComparePrev, ComparePart, CompareLeft, CompareRight,
	EditorNext, EditorPrev, EditorToggle,
	FormNext, FormPrev, FormSubmit, FormToggle, FormLeft, FormRight, FormClear, FormReference,
	Accept, Close, Confirm, Decline, Again, FilterApply, FilterClear, FilterOlder, FilterNewer, PickUp, PickDown, PickPageUp, PickPageDown,
	CurlNext, CurlPrev,
}

func TestEveryActionSaysWhatItDoes(t *testing.T) {
	t.Parallel()
	all, view := unbound(), unbound().ViewOnly()
	for _, b := range all.Bindings() {
		if listed := slices.Contains(looks, b.Action); listed != (b.Effect == Looks) {
			t.Errorf("%s %q, and is among those that only look: %v", b.Action, b.Effect, listed)
		}
		off := view.Refusal(b.Action)
		if all.Refusal(b.Action) != "" || (off != "") != (b.Effect != Looks) || off != "" && !strings.Contains(off, b.Help) {
			t.Errorf("%s is off because of %q", b.Action, off)
		}
		if named := view.Sentence("it waits", b.Action, "goes on") != "it waits"; named != (off == "" && len(b.Keys) > 0) {
			t.Errorf("to view, a sentence names the key of %s: %v", b.Action, named)
		}
		for _, key := range b.Keys {
			msg := tea.KeyPressMsg{Text: key}
			if got, _ := all.MatchIn(msg, b.Scope); got != b.Action {
				t.Errorf("%s is %q, not %s", key, got, b.Action)
			}
			if got, _ := view.MatchIn(msg, b.Scope); (got == b.Action) != (off == "") || view.Refusal(view.Bound(msg, b.Scope)) != off {
				t.Errorf("to view, %s is %q for %s", key, got, b.Action)
			}
		}
	}
}

// unbound returns the table of keys that nobody has rebound.
func unbound() *Map {
	m, err := New(nil)
	if err != nil {
		panic(err)
	}
	return m
}
