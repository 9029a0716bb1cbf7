package dialog_test

import (
	"strings"
	"testing"

	"tokenring/ui/screen"
	"tokenring/ui/screen/dialog"
	"tokenring/ui/theme"
)

// TestTheLinesAreSafeToShow: on a terminal, and while others watch.
func TestTheLinesAreSafeToShow(t *testing.T) {
	t.Parallel()
	ctx := &screen.Context{Theme: theme.New(theme.Options{})}
	o := dialog.NewQuestion(ctx, screen.Question{Title: "1 checked, 1 not", Text: "a@market: refused\nme@example.com: \x1b[2Jrefused"})
	if got := o.View(60, 6); !strings.Contains(got, "me@example.com") || strings.Contains(got, "\x1b[2J") {
		t.Errorf("%q", got)
	}
	ctx.Share = true
	if got := o.View(60, 6); strings.Contains(got, "me@example.com") || len(strings.Fields(got)) != 4 {
		t.Errorf("while others watch: %q", got)
	}
}
