package ui_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tokenring/ui/uitest/harness"
)

// TestASearchIsNoCommand types a search where a pane has none: its letters must not be
// taken for commands.
func TestASearchIsNoCommand(t *testing.T) {
	t.Parallel()
	for _, tab := range []string{"1", "2", "3", "4"} {
		w := pasting(t)
		w.Press("enter", tab, "/")
		w.Type("perm")
		w.Sees("/ perm")
		w.SeesNot("Edit ", "refreshed")
	}
}

// TestAnExpiredTokenIsCopiedAfterAQuestion needs one to try what a server does with it.
func TestAnExpiredTokenIsCopiedAfterAQuestion(t *testing.T) {
	t.Parallel()
	w := pasting(t)
	rec, err := w.Engine.Accounts.Find(t.Context(), "admin@market")
	must(t, err)
	must(t, w.Store.EndRenewal(t.Context(), rec.Account.ID, rec.Session.Generation, w.Clock.Now(), "refused", "refresh"))
	w.Clock.Advance(time.Hour)
	w.Show(120, 36)
	w.Press("y")
	w.Sees("Copy the token of admin@market?", "▸ no")
	if w.Board.Text() != "" {
		t.Fatal("it was copied without a question")
	}
	w.Press("y")
	if w.Board.Text() == "" {
		t.Errorf("it was not copied:\n%s", w.Frame())
	}
}

func TestEveryFooterBelongsToTheKeyboard(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(w *harness.Harness){
		"accounts": func(w *harness.Harness) { w.Press("/") },
		"requests": func(w *harness.Harness) { w.Press("t", "/") },
	} {
		w := pasting(t)
		open(w)
		w.Sees("enter keep", "esc clear")
		w.SeesNot("l login", "x log out")
		if t.Failed() {
			t.Log(name)
		}
	}
}

// TestAnEditBeginsAtTheAddressThatDidNotAnswer goes there from the failure of a login.
func TestAnEditBeginsAtTheAddressThatDidNotAnswer(t *testing.T) {
	t.Parallel()
	w := pasting(t)
	w.Server = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	w.Press("l")
	w.Wait("the failure", func() bool { return strings.Contains(w.Frame(), "did not go through") })
	w.Press("e")
	w.Sees("╭ Edit admin@market", "▌ Address")
}
