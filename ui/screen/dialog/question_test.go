package dialog_test

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"tokenring/ui/screen"
	"tokenring/ui/screen/dialog"
	"tokenring/ui/theme"
	"tokenring/ui/uitest"
)

type doneMsg struct{}

// ask shows a question; the driver's stage keeps what it asked of the root.
func ask(t *testing.T, q screen.Question, w, h int) (*uitest.Driver, func() (closed, done bool)) {
	t.Helper()
	ctx := &screen.Context{
		Life: t.Context(), Keys: uitest.Keys(),
		Theme: theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor}),
	}
	done := false
	q.Do = func() tea.Cmd {
		return func() tea.Msg { done = true; return doneMsg{} }
	}
	stage := &uitest.Stage{Screen: dialog.NewQuestion(ctx, q)}
	clock := uitest.NewClock(time.Unix(0, 0))
	d := uitest.Start(t, stage, clock, uitest.NewTimers(clock), w, h)
	return d, func() (bool, bool) {
		closed := false
		for _, m := range stage.Asked {
			_, is := m.(screen.ClosedMsg)
			closed = closed || is
		}
		return closed, done
	}
}

var removal = screen.Question{
	Title: "Delete admin@edge?", Yes: "delete", Danger: true,
	Text: "This deletes the account, its credentials, tokens, saved requests and history. It cannot be undone.",
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	harmless := removal
	harmless.Danger = false
	typed := removal
	typed.Typed = "admin@edge"
	tests := []struct {
		name         string
		question     screen.Question
		keys         []string
		closed, done bool
	}{
		{"enter on a dangerous question is no", removal, []string{"enter"}, true, false},
		{"the other button is yes", removal, []string{"tab", "enter"}, true, true},
		{"there and back is no", removal, []string{"left", "right", "enter"}, true, false},
		{"y is yes", removal, []string{"y"}, true, true},
		{"n is no", removal, []string{"n"}, true, false},
		{"esc is no", harmless, []string{"esc"}, true, false},
		{"enter on a harmless question is yes", harmless, []string{"enter"}, true, true},
		{"what is to be typed cannot be skipped", typed, []string{"enter"}, false, false},
		{"y is a letter there", typed, []string{"y", "enter"}, false, false},
		{"esc is no there too", typed, []string{"esc"}, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, ended := ask(t, tt.question, 64, 8)
			d.Press(tt.keys...)
			if closed, done := ended(); closed != tt.closed || done != tt.done {
				t.Errorf("closed %v, done %v; want %v, %v", closed, done, tt.closed, tt.done)
			}
		})
	}
}

func TestTypedAnswer(t *testing.T) {
	t.Parallel()
	q := removal
	q.Typed = "admin@edge"
	d, ended := ask(t, q, 64, 8)
	d.Type("admin@prod")
	d.Press("enter")
	d.Sees("this is not admin@edge; nothing was done")
	d.Golden()
	d.Press("ctrl+u")
	d.Type("admin@edge")
	d.Press("enter")
	if closed, done := ended(); !closed || !done {
		t.Error("the right name did not agree")
	}
}

func TestButtons(t *testing.T) {
	t.Parallel()
	d, ended := ask(t, removal, 64, 8)
	d.Golden()
	d.ClickOn("delete ")
	if closed, done := ended(); !closed || !done {
		t.Error("a click on the button did not agree")
	}
}

func TestSmall(t *testing.T) {
	t.Parallel()
	d, _ := ask(t, removal, 20, 3)
	d.Fits()
	d.Sees("delete", " no")
}
