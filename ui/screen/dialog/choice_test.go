package dialog_test

import (
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
	if chosen != "2" || left {
		t.Errorf("chose %q, left %v", chosen, left)
	}
	d.Press("esc")
	if !left {
		t.Error("nothing was done when the list was left")
	}
}
