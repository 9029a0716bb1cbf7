package ui_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"tokenring/session"
	"tokenring/session/emulator"
	"tokenring/ui/uitest/harness"
)

// marked is a screen on which two of three accounts are marked, and the cursor is on the
// third.
func marked(t *testing.T, w, h int) (*harness.Harness, *atomic.Int32) {
	t.Helper()
	world := harness.New(t)
	var calls atomic.Int32
	market := emulator.NewRotating(emulator.RotatingOptions{Now: world.Clock.Now})
	world.Server = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		market.ServeHTTP(rw, r)
	})
	for _, name := range []string{"a@market", "b@market", "c@market"} {
		world.Login(name)
	}
	world.Show(w, h)
	world.Press("home", "space", "space")
	calls.Store(0)
	return world, &calls
}

func TestMarksAreWhatIsActedOn(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 36}, {60, 18}} {
		w, calls := marked(t, size[0], size[1])
		w.Sees("2 marked")
		w.Press("c")
		w.Sees("2 accounts accepted by their servers")
		if calls.Load() != 2 {
			t.Errorf("%d calls", calls.Load())
		}
		for _, key := range []string{"y", "Y", "t", "e", "v"} {
			w.Press(key)
			w.Sees("takes one account, and 2 are", "esc")
			w.Press("esc")
		}
		if w.Board.Text() != "" {
			t.Error("a token was copied")
		}
		w.Press("x")
		w.Sees("Log out 2 accounts?", "a@market, b@market")
		w.Press("y")
		w.Press("r")
		w.Sees("0 refreshed, 2 not", "enter shows why")
		w.Press("enter")
		w.Sees("a@market: there is no session", "b@market: there is no session")
		w.SeesNot("c@market: ")
		w.Fits()
		w.Press("esc", "ctrl+d")
		w.Sees("Delete 2 accounts?", "a@market, b@market", "delete for good")
		w.Press("y")
		w.Sees("2 accounts deleted; u restores one after the other")
		w.SeesNot("a@market", "2 marked")
		w.Press("u")
		w.Sees("is restored; u restores the next")
		w.Press("u")
		w.Sees("a@market", "b@market", "c@market")
		w.Press("u")
		w.Sees("nothing was deleted within a day")
	}
}

func TestAHiddenMarkDoesNotCount(t *testing.T) {
	t.Parallel()
	w, _ := marked(t, 120, 36)
	w.Press("/")
	w.Type("b@")
	w.Sees("1 marked (1 more hidden)")
	w.Press("enter", "ctrl+d")
	w.Sees("Delete b@market?")
	w.Press("esc", "esc")
	w.Sees("2 marked")
}

func TestMarkedAccountsAreLoggedInOneAfterTheOther(t *testing.T) {
	t.Parallel()
	w, calls := marked(t, 120, 36)
	w.Press("l")
	w.SeesNot("Log in")
	if calls.Load() < 2 {
		t.Errorf("%d calls", calls.Load())
	}
}

func TestADeletionCanLogOutOrBeForGood(t *testing.T) {
	t.Parallel()
	w, calls := marked(t, 120, 36)
	w.Press("esc", "home", "ctrl+d")
	w.Sees("Delete a@market?", "▌ no")
	if strings.Contains(w.Frame(), "log out, then delete") {
		w.ClickOn("log out, then delete")
		w.Sees("is deleted")
		if calls.Load() == 0 {
			t.Error("the server was not told")
		}
	}
	w.Press("home", "ctrl+d", "up")
	w.Sees("▌ delete for good")
	w.Press("enter")
	w.Sees("is deleted for good")
	deleted, err := w.Engine.Drafts.Deleted(t.Context())
	if err != nil || len(deleted) > 1 {
		t.Errorf("deleted are %+v, %v", deleted, err)
	}
}

// The account is deleted all the same, and that its session may live on is no success.
func TestADeletionSaysThatItsLogoutFailed(t *testing.T) {
	t.Parallel()
	world := harness.New(t)
	market := emulator.NewRotating(emulator.RotatingOptions{Now: world.Clock.Now})
	fails := false
	world.Server = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if fails {
			rw.WriteHeader(http.StatusInternalServerError)
			return
		}
		market.ServeHTTP(rw, r)
	})
	world.Login("a@market")
	world.Show(160, 36)
	fails = true
	world.Press("ctrl+d")
	world.ClickOn("log out, then delete")
	world.Sees("✕ forgotten here, but the server was not told", "restores it")
}

func TestAFailedLoginLeadsToTheFieldAtFault(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]string{"password": "env:TOKENRING_NOT_THERE", session.ConnectionKey: "file:/not/there.pem"} {
		w := harness.New(t)
		w.Server = http.NotFoundHandler()
		a := session.Account{
			ID: "a", Name: "a@market", Definition: "market", Login: "password", Origin: harness.Address, BaseURL: harness.Address,
			Values: map[string]string{"address": harness.Address, "username": "a"}, References: map[string]string{name: from},
		}
		label := "▌ Password"
		if name == session.ConnectionKey {
			a.Connection.ClientCertificate, label = "/not/there.pem", "▌ Its key"
		}
		w.Put(a, nil)
		w.Show(120, 36)
		w.Press("l")
		if name != "password" {
			w.Wait("the question", func() bool { return strings.Contains(w.Frame(), "Password") })
			w.Type("x")
			w.Press("enter", "enter")
		}
		w.Wait("the failure", func() bool { return strings.Contains(w.Frame(), "could not be read") })
		w.Press("e")
		w.Wait("the form", func() bool { return strings.Contains(w.Frame(), label) })
	}
}
