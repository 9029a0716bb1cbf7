package widget_test

import (
	"testing"

	"tokenring/session/secret"
	"tokenring/ui/widget"
)

func TestDisarmHidesWhatCleaningHides(t *testing.T) {
	t.Parallel()
	for _, r := range "\u202e\u200b\u2028\u009b\U000e0100\ufe00\ue000\u0378" {
		if got := widget.Disarm("a" + string(r) + "b"); got != "a"+secret.CleanLine(string(r))+"b" {
			t.Errorf("%U is drawn as %+q", r, got)
		}
	}
	if drawn := "\x1b[1mé ❤\ufe0f 密\x1b[m"; widget.Disarm(drawn) != drawn {
		t.Errorf("%+q became %+q", drawn, widget.Disarm(drawn))
	}
}
