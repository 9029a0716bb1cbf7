package ui_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"tokenring/session"
	"tokenring/session/emulator"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/uitest"
	"tokenring/ui/uitest/harness"
)

// TestARingToViewSendsChangesAndCopiesNothing does every action of the table, and presses
// every key of one that does more than look, where it would do so.
func TestARingToViewSendsChangesAndCopiesNothing(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	w := harness.New(t)
	backend := emulator.NewRotating(emulator.RotatingOptions{Now: w.Clock.Now})
	w.Server = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		backend.ServeHTTP(rw, r)
	})
	w.Login("admin@market")
	w.Show(120, 36)
	w.Press("t", "enter") // a response to look at
	w.Sees("200 OK")
	before, err := w.Store.Version(t.Context())
	must(t, err)
	calls.Store(0)
	w.Config.Keys = uitest.Keys().ViewOnly()
	for place, keys := range map[string][]string{
		"list": nil, "session": {"enter", "1"}, "claims": {"enter", "2"}, "requests": {"enter", "3"}, "activity": {"enter", "4"},
		"response": {"enter", "3", "o"}, "marks": {"space"},
	} {
		w.Show(120, 36)
		w.Sees(" view only ")
		w.Press(keys...)
		if place == "response" {
			w.Sees("200 OK")
		}
		for _, b := range w.Config.Keys.Bindings() {
			if b.Effect == keymap.Looks {
				continue
			}
			w.Send(screen.AskedMsg{Action: b.Action})
			w.Sees("view only: " + b.Help + " is off")
			w.Press("esc")
			w.Press(keys...)
			w.Press(b.Keys...)
		}
		w.Paste("curl " + harness.Address + "/orders")
		w.Fits()
	}
	if n := calls.Load(); n > 0 {
		t.Errorf("%d calls were sent", n)
	}
	if text := w.Board.Text(); text != "" {
		t.Errorf("%q was copied", text)
	}
	if after, err := w.Store.Version(t.Context()); after != before || err != nil {
		t.Errorf("the ring was changed: %d, %v", after-before, err)
	}
	w.Put(session.Account{ID: "fresh", Name: "fresh@market", Definition: "market"}, nil)
	w.Show(120, 36)
	for _, at := range []string{"g", "G"} {
		w.Press(at)
		for _, tab := range []string{"1", "2", "3"} {
			w.Press(tab)
			w.SeesNot("logs in", "asks the server", "writes one") // keys that are off
		}
	}
}

func TestAKeyThatIsOffSaysWhy(t *testing.T) {
	t.Parallel()
	w := pasting(t)
	w.Config.Keys = uitest.Keys().ViewOnly()
	w.Show(120, 36)
	w.SeesNot("l login", "y copy", "a add")
	w.Press("y")
	w.Sees("view only: copy is off, as is all that sends, changes or copies")
	w.Press("U")
	w.Sees("view only: how the key is kept cannot be changed")
	w.Press("?")
	w.Sees("╭ Help")
	w.Press("esc", "d")
	w.Paste("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln")
	w.Sees("HS256")
	w.Press("ctrl+s")
	w.Sees("view only: keep as account is off")
	w.Press("esc", "esc", "/")
	w.Type("yl")
	w.Sees("/ yl")
	w.SeesNot("view only: ")
}
