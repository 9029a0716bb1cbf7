package field_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/uitest"
	"tokenring/ui/widget/field"
)

var look = theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor})

func press(s *field.Set, keys ...string) (effect field.Effect) {
	for _, k := range keys {
		effect, _ = s.Update(uitest.Press(k))
	}
	return effect
}

func frame(s *field.Set, w, h int) string { return ansi.Strip(s.View(w, h)) }

// fields are five answers of every kind and a note before them.
func fields() (all []*field.Field, name *field.Text) {
	name = field.NewText(look, "")
	colours := []field.Option{{Value: "r", Title: "red"}, {Value: "g", Title: "green"}}
	return []*field.Field{
		field.Note("note", "Read this first."),
		{ID: "name", Label: "Name", Control: name},
		{ID: "pass", Label: "Password", Control: field.NewSecret(look, uitest.Keys())},
		{ID: "colour", Label: "Colour", Control: field.NewChoice(look, colours, "r")},
		{ID: "on", Label: "On", Control: field.NewSwitch(look, "yes", false)},
		{ID: "of", Label: "Of", Control: field.NewPick(look, "", "", "enter chooses")},
	}, name
}

func newSet(all []*field.Field) *field.Set {
	s := field.NewSet(look, uitest.Keys())
	s.Show(all)
	return s
}

func TestTheFocusGoesRound(t *testing.T) {
	t.Parallel()
	all, _ := fields()
	s := newSet(all)
	for _, want := range []string{"pass", "colour", "on", "of", "name"} {
		if press(s, "tab"); s.Focused().ID != want {
			t.Fatalf("focus on %q, want %q", s.Focused().ID, want)
		}
	}
	if press(s, "shift+tab"); s.Focused().ID != "of" {
		t.Fatalf("focus on %q, want the last", s.Focused().ID)
	}
	if h := press(s, "enter"); h.Open != s.Focused() {
		t.Fatal("enter does not open what is chosen elsewhere")
	}
	if press(s, "down"); s.Focused().ID != "of" {
		t.Fatal("an arrow went round the end")
	}
}

func TestTheKeysSayWhatEnterDoes(t *testing.T) {
	t.Parallel()
	all, _ := fields()
	s := newSet(all)
	for range 5 { // also on the last, which enter opens
		if steps := s.Steps("save"); len(steps) != 2 || steps[0] != (keymap.Hint{Action: keymap.FormSubmit, Label: "save"}) {
			t.Errorf("on %s: %v", s.Focused().ID, steps)
		}
		press(s, "tab")
	}
	s.Show(all[1:3])
	s.Focus("pass")
	if steps := s.Steps("save"); len(steps) != 1 || steps[0] != (keymap.Hint{Action: keymap.Accept, Label: "save"}) {
		t.Errorf("on the last: %v", steps)
	}
}

func TestLettersAreTextWhereTextIsTyped(t *testing.T) {
	t.Parallel()
	all, name := fields()
	s := newSet(all)
	press(s, "j", "k", "space", "l", "h", "g")
	if name.Value() != "jk lhg" {
		t.Fatalf("typed %q", name.Value())
	}
	press(s, "tab", "tab", "l")
	if !strings.Contains(frame(s, 60, 10), "● green") {
		t.Fatalf("l did not move the choice:\n%s", frame(s, 60, 10))
	}
	if press(s, "j"); s.Focused().ID != "on" {
		t.Fatal("j did not move where nothing is typed")
	}
}

func TestWhatIsPastedIsTrimmedAndPlain(t *testing.T) {
	t.Parallel()
	all, name := fields()
	s := newSet(all)
	s.Update(tea.PasteMsg{Content: " \n https://a.example\u202e/x\t\n"})
	if got := name.Value(); got != "https://a.example/x" {
		t.Fatalf("pasted %q", got)
	}
}

func TestASecretOfSeveralLinesIsMadeOne(t *testing.T) {
	t.Parallel()
	for pasted, want := range map[string]string{" hunter2 \n": "hunter2", "a.b\r\n  c.d\n": "one line", "one": "one"} {
		s := field.NewSecret(look, uitest.Keys())
		s.Unwrap = func(string) string { return "one line" }
		s.Focus()
		s.Update(tea.PasteMsg{Content: pasted})
		if got := s.Value().Reveal(); got != want {
			t.Errorf("%q became %q", pasted, got)
		}
	}
}

func TestFieldsThatStayKeepTheirPlace(t *testing.T) {
	t.Parallel()
	all, name := fields()
	s := newSet(all)
	press(s, "x", "tab", "tab")
	s.Show(append([]*field.Field{field.Note("more", "Another note.")}, all...))
	if s.Focused().ID != "colour" || name.Value() != "x" {
		t.Fatalf("focus on %q, text %q", s.Focused().ID, name.Value())
	}
	s.Show([]*field.Field{all[1], all[4]})
	if s.Focused().ID != "on" {
		t.Fatalf("focus on %q, want the next one still there", s.Focused().ID)
	}
	s.Show([]*field.Field{all[1]})
	if s.Focused().ID != "name" || s.Cursor() == nil && frame(s, 40, 3) == "" {
		t.Fatalf("focus on %q", s.Focused().ID)
	}
}

func TestASecretIsNeverDrawn(t *testing.T) {
	t.Parallel()
	c := field.NewSecret(look, uitest.Keys())
	c.Stored = true
	f := &field.Field{ID: "p", Label: "Password", Control: c}
	s := newSet([]*field.Field{f})
	steps := []struct{ key, sees string }{
		{"", "stored; type a new one"},
		{"ctrl+x", "forgotten when saved"},
		{"ctrl+x", "stored; type a new one"},
		{"Z", "*"},
		{"ctrl+x", "stored; type a new one"},
	}
	for _, st := range steps {
		if st.key != "" {
			press(s, st.key)
		}
		if got := frame(s, 70, 2); !strings.Contains(got, st.sees) || strings.Contains(got, "Z") {
			t.Fatalf("after %q:\n%s", st.key, got)
		}
	}
	c.Set(secret.New("canary"))
	if got := frame(s, 70, 2); strings.Contains(got, "canary") || !c.Value().Equal(secret.New("canary")) {
		t.Fatalf("drawn:\n%s", got)
	}
}

func TestTheFieldInFocusStaysInSight(t *testing.T) {
	t.Parallel()
	all, _ := fields()
	all[3].Error = "this is wrong and it takes more than a line of the form to say so"
	s := newSet(all)
	for h := 1; h < 8; h++ {
		for range 5 {
			got := frame(s, 40, h)
			if n := strings.Count(got, "\n") + 1; n != h {
				t.Fatalf("%d lines instead of %d", n, h)
			}
			if h > 3 && !strings.Contains(got, theme.SignCursor) {
				t.Fatalf("%q is not seen in %d lines:\n%s", s.Focused().ID, h, got)
			}
			press(s, "tab")
		}
	}
}

func TestAClickAnswers(t *testing.T) {
	t.Parallel()
	all, _ := fields()
	s := newSet(all)
	lines := strings.Split(frame(s, 60, 10), "\n")
	at := func(text string) tea.MouseClickMsg {
		for y, l := range lines {
			if i := strings.Index(l, text); i >= 0 {
				return tea.MouseClickMsg{X: ansi.StringWidth(l[:i]), Y: y, Button: tea.MouseLeft}
			}
		}
		t.Fatalf("%q is not seen", text)
		return tea.MouseClickMsg{}
	}
	if h, _ := s.Update(at("green")); !h.Changed || s.Focused().ID != "colour" {
		t.Error("the option was not chosen")
	}
	if h, _ := s.Update(at("[ ]")); !h.Changed || s.Focused().ID != "on" {
		t.Error("the switch did not turn")
	}
	if h, _ := s.Update(at("enter chooses")); h.Open == nil {
		t.Error("the page was not opened")
	}
	if h, _ := s.Update(at("Read this")); h.Used {
		t.Error("a note was clicked")
	}
}
