package dialog_test

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/ui/screen"
	"tokenring/ui/screen/dialog"
	"tokenring/ui/theme"
	"tokenring/ui/uitest"
	"tokenring/ui/widget/pick"
)

func TestAChoiceFollowsItsItemsAndShowsNoSecret(t *testing.T) {
	t.Parallel()
	ctx := &screen.Context{Life: t.Context(), Keys: uitest.Keys(), Theme: theme.New(theme.Options{})}
	items := []pick.Item{{Value: "1", Title: "admin"}, {Value: "2", Title: "viewer"}}
	var chosen string
	left := false
	stage := &uitest.Stage{Screen: dialog.NewChoice(ctx, screen.Choice{
		Hint: "which?", Items: func() []pick.Item { return items },
		Do:        func(value string) tea.Cmd { chosen = value; return nil },
		Otherwise: func() tea.Cmd { left = true; return nil },
	})}
	clock := uitest.NewClock(time.Unix(0, 0))
	d := uitest.Start(t, stage, clock, uitest.NewTimers(clock), 60, 12)
	d.Paste("eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.c2ln")
	d.Sees("which?", "admin")
	d.SeesNot("eyJ")
	d.Paste("vie")
	d.Sees("▌ viewer", "1 of 2")
	items = []pick.Item{{Value: "0", Title: "a viewer"}, {Value: "2", Title: "••••••"}, {Value: "3", Title: "viewers"}}
	d.Press("backspace", "backspace", "backspace", "down")
	d.Send(screen.SharedMsg{})
	d.Sees("▌ ••••••", "a viewer")
	d.Press("enter")
	d.Press("up", "enter", "esc") // before it has closed
	if chosen != "2" || left {
		t.Errorf("chose %q, left %v", chosen, left)
	}
}

func TestAChoiceIsLeft(t *testing.T) {
	t.Parallel()
	ctx := &screen.Context{Life: t.Context(), Keys: uitest.Keys(), Theme: theme.New(theme.Options{})}
	left := 0
	stage := &uitest.Stage{Screen: dialog.NewChoice(ctx, screen.Choice{
		Title: "Which\x1b[2J one?", Items: func() []pick.Item { return []pick.Item{{Value: "1", Title: "admin"}} },
		Do:        func(string) tea.Cmd { t.Error("something was chosen"); return nil },
		Otherwise: func() tea.Cmd { left++; return nil },
	})}
	if title := stage.Screen.(screen.Overlay).Title(); strings.Contains(title, "\x1b") {
		t.Errorf("a terminal would obey %q", title)
	}
	clock := uitest.NewClock(time.Unix(0, 0))
	d := uitest.Start(t, stage, clock, uitest.NewTimers(clock), 60, 12)
	d.Press("esc", "esc", "enter")
	if left != 1 {
		t.Errorf("left %d times", left)
	}
}
