package dialog_test

import (
	"strconv"
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
	if q.Also == nil {
		q.Do = func() tea.Cmd {
			return func() tea.Msg { done = true; return doneMsg{} }
		}
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

// TestAnAnswerCountsOnce: a key that is held down comes again before the question has closed.
func TestAnAnswerCountsOnce(t *testing.T) {
	t.Parallel()
	agreed, left := 0, 0
	q := removal
	q.Also = []screen.Answer{}
	q.Do = func() tea.Cmd { agreed++; return nil }
	q.Left = func() tea.Cmd { left++; return nil }
	d, _ := ask(t, q, 64, 8)
	d.Press("y", "y", "enter", "esc")
	if agreed != 1 || left != 0 {
		t.Errorf("agreed %d times, left %d times", agreed, left)
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

// TestALongTextScrolls: what a question is about can be read whole, and its answers stay in
// sight.
func TestALongTextScrolls(t *testing.T) {
	t.Parallel()
	long := removal
	for i := range 40 {
		long.Text += "\nline " + strconv.Itoa(i)
	}
	d, ended := ask(t, long, 64, 12)
	d.Sees("This deletes", "delete", "▸ no")
	d.SeesNot("line 39")
	for range 5 {
		d.Press("pgdown")
	}
	d.Sees("line 39", "delete", "▸ no")
	typed := long
	typed.Typed = "admin@edge"
	other, _ := ask(t, typed, 64, 12)
	other.SeesNot("line 39")
	for range 6 {
		other.Press("pgdown")
	}
	other.Sees("line 39", "type admin@edge")
	d.SeesNot("This deletes")
	d.ClickOn("no ")
	if closed, done := ended(); !closed || done {
		t.Errorf("a click on no: closed %v, done %v", closed, done)
	}
}

// TestAMenuPassesBy: an entry that is off says why and cannot be chosen.
func TestAMenuPassesBy(t *testing.T) {
	t.Parallel()
	chose := ""
	entry := func(name string, off bool) screen.Answer {
		return screen.Answer{Label: name, Text: "about " + name, Off: off, Do: func() tea.Cmd { chose = name; return nil }}
	}
	d, ended := ask(t, screen.Question{Title: "What?", Text: "Choose one.", Also: []screen.Answer{entry("one", true), entry("two", false), entry("three", false)}}, 64, 12)
	d.Sees("one (not here)", "about one", "▌ two")
	d.Resize(64, 7)
	d.Sees("Choose one.", "about three") // what little room there is goes to the text
	d.Resize(64, 12)
	d.Press("y", "up")
	d.Sees("▌ three")
	d.ClickOn("about one")
	d.Press("down", "enter")
	if closed, _ := ended(); !closed || chose != "two" {
		t.Errorf("closed %v, chose %q", closed, chose)
	}
}
