package widget

import (
	"strconv"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokenring/ui/theme"
)

func TestEarlierLinesAreRecalled(t *testing.T) {
	t.Parallel()
	var h History
	in := NewInput(theme.New(theme.Options{}), "", "")
	if h.Recall(in, 1) {
		t.Error("there was nothing to recall")
	}
	for _, line := range []string{".a", ".b", "", ".a", ".c"} {
		h.Add(line)
	}
	for _, step := range []struct {
		n    int
		want string
		ok   bool
	}{
		{1, ".c", true}, {1, ".a", true}, {1, ".b", true}, {1, ".b", false}, {-1, ".a", true}, {-1, ".c", true}, {-1, "", true}, {-1, "", false},
	} {
		if ok := h.Recall(in, step.n); ok != step.ok || in.Value() != step.want {
			t.Errorf("%+d: %q, %v; want %q, %v", step.n, in.Value(), ok, step.want, step.ok)
		}
	}
	for i := range 2 * mostHistory {
		h.Add(strconv.Itoa(i))
	}
	if len(h.lines) != mostHistory || h.lines[mostHistory-1] != strconv.Itoa(2*mostHistory-1) {
		t.Errorf("%d lines are kept, the last %q", len(h.lines), h.lines[len(h.lines)-1])
	}
}

func TestAnInputRemembersWhatWasTyped(t *testing.T) {
	t.Parallel()
	steps := func(msg tea.KeyPressMsg) int {
		return map[string]int{"up": 1, "ctrl+n": -1}[msg.String()]
	}
	in := NewInput(theme.New(theme.Options{}), "", "").Remember(steps, new(History))
	for _, line := range []string{"edge", "shop"} {
		in.Focus()
		in.Set(line)
		in.Blur()
	}
	in.Renew()
	in.Update(tea.KeyPressMsg{Code: tea.KeyUp})
	if in.Value() != "edge" {
		t.Errorf("before what is selected stands %q", in.Value())
	}
	in.Update(tea.KeyPressMsg{Code: 'n', Mod: tea.ModCtrl})
	if in.Value() != "shop" {
		t.Errorf("after it comes %q", in.Value())
	}
	in.Set("desk")
	in.End()
	in.Renew()
	in.Update(tea.KeyPressMsg{Code: tea.KeyUp})
	if in.Value() != "desk" {
		t.Errorf("after a line that was left comes %q", in.Value())
	}
}
