package requests_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/project"
	"tokenring/session/request"
	"tokenring/ui/screen"
)

func TestARequestIsFiredAndReadAgain(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardNone, 120, 36)
	b.to("me")
	b.Press("enter")
	b.Sees("me: GET /me as me@market", "200 OK", "✓ passed", `"email"`)
	b.Advance(5 * time.Minute)
	b.Press("t") // again
	b.Press("[")
	b.Sees("5m ago", "run 1 of 2")
	b.Press("[")
	b.Sees("this is the oldest run")
	b.Press("]")
	b.Sees("run 2 of 2")
	b.Press("esc")
	b.Sees("sent before")
	b.Press("h", "enter") // the newest of the history
	b.Sees("me: GET /me as me@market", "run 2 of 2")
	b.clean()
	b.Press("esc", "home", "o")
	b.Sees("run 2 of 2")
	if n := len(b.runs()); n != 2 {
		t.Errorf("%d runs were kept, two were fired", n)
	}
}

// TestARunShowsWhereItWasSent has a path that no sketch knows.
func TestARunShowsWhereItWasSent(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardNone, 120, 36)
	b.mux.HandleFunc("/users/", echo)
	b.save(&request.Spec{Name: "counted", Target: "/users/${.access | length}", Follow: true})
	b.Sees("/users/{access}")
	b.to("counted")
	b.Press("t", "esc")
	b.Sees("sent before", fmt.Sprint("/users/", len(b.token)))
	b.clean()
}

func TestARequestIsPutIntoASuite(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardNone, 120, 36)
	file := filepath.Join(b.dir, project.FileName)
	b.to("me")
	b.Press("s")
	b.Sees("Put it into a suite", "smoke", "a new file", "shop/tokenring.yaml is created, with me@market")
	b.Press("esc")
	if _, err := os.Lstat(file); err == nil {
		t.Error("it was kept unasked")
	}
	const suites = "suites:\n  nightly:\n    requests:\n      - {name: a, get: /a}\n      - {name: b, get: /b}\n      - {name: c, get: /c}\n" +
		"  orders:\n    requests:\n      - {name: me, get: /me}\n"
	must(t, os.WriteFile(file, []byte(suites), 0o600))
	b.Press("s")
	b.Sees("nightly", "3 requests", "orders", "1 request", "smoke", "a new suite")
	b.GoldenOverlay()
	b.Press("down", "enter")
	b.Sees("added me 2 to orders in shop/tokenring.yaml")
	p, err := b.project()
	must(t, err)
	if n := len(p.Suites[1].Cases); n != 2 {
		t.Errorf("orders has %d requests", n)
	}
	must(t, os.WriteFile(file, []byte("suites: 7\n"), 0o600))
	b.Press("s")
	b.Sees("tokenring.yaml:1:9: suites")
}

func TestARequestIsSentAgainAsSomebodyElse(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardConfirm, 120, 36)
	b.to("me")
	b.Press("enter", "y")
	b.Sees("200 OK", `"email"`)
	b.Press("A")
	b.Sees("Send it again as", "anonymous", "no token")
	b.SeesNot("me@market  ●") // as whom it was sent
	b.Press("enter")
	b.Sees("Send as anonymous?", "the guard of me@market") // that of the account whose server is asked
	b.Press("y")
	b.Sees("as me@market and as anonymous", "200 OK", "401 Unauthorized", "difference")
	b.clean()
	if runs := b.runs(); len(runs) != 2 || runs[0].Status != 401 {
		t.Errorf("the history has %+v", runs)
	}
	b.Press("esc")
	b.Sees("me: GET /me as me@market", "200 OK")
	b.Press("[")
	b.Sees("oldest run") // the anonymous one is not one of the account's
	b.Press("esc")
	b.Sees("anonymous: me", "401 ✕")
	for l := range strings.Lines(b.Frame()) {
		if strings.Contains(l, "401") != strings.Contains(l, "anonymous: me") {
			t.Errorf("the account has the result of another: %s", l)
		}
	}
	b.Press("4")
	b.Sees("anonymous: GET /me 401", "  GET /me 200")
	b.Press("3", "/")
	b.Type("anonymous")
	b.Press("enter")
	b.SeesNot("200 ✓")
	b.Press("end", "enter")
	b.Sees("me: GET /me as anonymous", "run 1 of 1")
}

func TestCredentialsNeverReachTheScreen(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardNone, 120, 36)
	b.save(&request.Spec{Name: "echo", Target: "/echo", Headers: []request.Pair{{Name: "X-Accept", Value: "${.access}"}}})
	b.to("echo")
	b.Press("t")
	b.Sees("200 OK", `"authorization"`)
	for range 5 {
		b.clean()
		b.Press("tab")
	}
	b.Press("r", "f")
	b.Type(".authorization | explode | implode")
	b.Advance(time.Second)
	b.clean()
	b.Press("esc", "esc", "h", "enter", "tab", "tab")
	b.clean()
}

func TestReadOnlyRefusesWhatChanges(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardReadOnly, 120, 36)
	b.to("new order")
	b.Press("t")
	b.Sees("me@market is read-only: it sends only GET, HEAD and OPTIONS, not POST; change its guard first")
	b.Press("esc")
	b.to("me")
	b.Press("t")
	b.Sees("200 OK")
	if n := len(b.runs()); n != 1 {
		t.Errorf("%d requests left, want the GET alone", n)
	}
}

func TestAGuardAsksBeforeEachRequest(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardConfirm, 120, 36)
	b.to("new order")
	b.Press("t")
	b.Sees("Send as me@market?", "POST /orders goes to http://127.0.0.1:1 (staging).")
	b.Press("n")
	b.SeesNot("Fire as")
	if n := len(b.runs()); n != 0 {
		t.Fatalf("%d requests left after a no", n)
	}
	b.Press("t", "y")
	b.Sees("201 Created")
	b.Press("t") // again asks again
	b.Sees("Send as me@market?")
	b.Press("n")
	b.Sees("201 Created")
	if n := len(b.runs()); n != 1 {
		t.Errorf("%d requests left, one was agreed to", n)
	}
}

func TestAGuardMayWantTheNameTyped(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardTypedConfirm, 120, 36)
	b.to("me")
	b.Press("t")
	b.Type("me@shop")
	b.Press("enter")
	b.Sees("nothing was done")
	b.Press("ctrl+u")
	b.Type("me@market")
	b.Press("enter")
	b.Sees("200 OK", `"email"`)
}

func TestWaitingIsCountedAndCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newFixture(t, session.GuardNone, 120, 36)
		gone := make(chan struct{})
		b.mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			close(gone)
		})
		b.save(&request.Spec{Name: "slow", Method: "POST", Target: "/slow"})
		b.to("slow")
		b.Hurry(time.Second)
		b.Press("t")
		b.Sees("on its way", "esc cancels")
		b.Advance(7 * time.Second)
		b.Sees("7s")
		b.Press("esc")
		b.Sees("the server may still have received the request")
		b.SeesNot("on its way")
		<-gone
		if n := len(b.runs()); n != 0 {
			t.Errorf("%d runs of a cancelled request", n)
		}
	})
}

func TestAStaleTokenIsRenewedAndTheRequestSentAgain(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardNone, 120, 36)
	b.Advance(10 * time.Minute)
	b.market.FailNext(1, http.StatusUnauthorized)
	b.to("me")
	b.Press("t")
	b.Sees("200 OK", "replayed: token renewed")
}

func TestACurlCommandIsCopiedWithOrWithoutTheToken(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardNone, 120, 36)
	b.to("new order")
	b.Press("c", "enter")
	if c := b.board.text; !strings.Contains(c, "$TOKENRING_TOKEN") || strings.Contains(c, b.token) {
		t.Errorf("copied %q", c)
	}
	b.SeesNot("Copy as curl")
	b.Press("c", "j", "enter")
	if c := b.board.text; !strings.Contains(c, b.token) {
		t.Error("the token does not stand in clear")
	}
	b.clean()
	b.Press("t", "c", "enter")
	if c := b.board.text; !strings.Contains(c, "$TOKENRING_TOKEN") {
		t.Errorf("copied from the response: %q", c)
	}
}

func TestARequestIsWrittenSavedChangedAndDeleted(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardNone, 120, 40)
	b.Press("n")
	b.Sees("New request for me@market")
	b.Type("/orders")
	b.Press("down") // query
	b.Type("limit")
	b.Press("tab")
	b.Type("1")
	b.Press("ctrl+r")
	b.Sees("GET /orders as me@market", "200 OK", `"000001"`)
	b.SeesNot(`"000002"`)
	b.Press("esc", "ctrl+s")
	b.Sees("give it a name to save it")
	b.Type("few")
	b.Press("ctrl+s")
	b.Sees("saved the request few")
	b.SeesNot("New request for")
	b.Sees("▌ GET     few ")
	b.Press("e")
	b.Sees("Request few of me@market", "limit")
	b.Press("down", "ctrl+t") // the parameter is kept, but not sent
	b.Press("ctrl+s")
	b.to("few")
	b.Press("t")
	b.Sees(`"000003"`)
	b.Press("esc", "p")
	b.Sees("few copy")
	b.Press("ctrl+s", "esc")
	b.to("few copy")
	b.Press("ctrl+d")
	b.Sees("Delete the request few copy?")
	b.Press("y", "esc")
	b.SeesNot("few copy")
	b.to("me")
	b.Press("ctrl+d")
	b.Sees("only your own can be deleted")
}

func TestTheEditorSaysWhatIsWrongWhereItIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		act  func(*fixture)
		says string
	}{
		"target": {func(b *fixture) { b.Type("https://u:p@x.example/") }, "remove the user name and password from the address"},
		"header": {func(b *fixture) { b.Press("down", "down"); b.Type("Host"); b.Press("tab"); b.Type("x") }, "the client sets this header"},
		"expect": {func(b *fixture) { b.Press("shift+tab", "shift+tab", "shift+tab"); b.Type(".status ==") }, "✕"},
		"body":   {func(b *fixture) { b.Press("down", "down", "down", "right", "tab"); b.Type(`{"a":`) }, "the JSON is incomplete"},
		"method": {func(b *fixture) { b.Press("shift+tab", "left", "tab"); b.Type("CONNECT") }, "choose another method"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newFixture(t, session.GuardNone, 100, 40)
			b.Press("n")
			c.act(b)
			b.Sees(c.says)
			b.Press("ctrl+r")
			b.Sees("New request for", c.says)
			if n := len(b.runs()); n != 0 {
				t.Errorf("%d requests left although something was wrong", n)
			}
		})
	}
}

func TestTypedTextIsNotLostByEsc(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardNone, 100, 40)
	b.Press("n", "esc")
	b.SeesNot("New request", "Leave without saving")
	b.Press("n")
	b.Type("/x")
	b.Press("esc")
	b.Sees("Leave without saving?")
	b.Press("n")
	b.Sees("New request", "/x")
	b.Press("esc", "y")
	b.SeesNot("New request")
}

func TestTheListIsSearched(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardNone, 100, 30)
	b.to("me")
	b.Press("t", "esc", "/")
	b.Type("post")
	b.Sees("new order")
	b.SeesNot("/me")
	b.Press("enter", "t")
	b.Sees("201 Created")
	b.Press("esc", "/", "esc")
	b.Sees("/me", "sent before")
	b.Press("/")
	b.Type("zzz")
	b.Sees("no request matches the filter")
	b.Fits()
}

func TestEverySizeIsLaidOut(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardNone, 120, 36)
	b.to("me")
	b.Press("t")
	b.Press("esc")
	for _, act := range []func(){
		func() {}, func() { b.Press("t") }, func() { b.Press("esc", "e") }, func() { b.Press("esc", "c") },
		func() { b.Press("esc", "/"); b.Type("a") },
	} {
		b.Resize(120, 36)
		act()
		for h := 15; h <= 50; h += 7 {
			for w := 60; w <= 180; w += 11 {
				b.Resize(w, h)
				b.Fits()
			}
		}
	}
}

func TestTheMouseOpensAndScrolls(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardNone, 120, 36)
	b.to("orders")
	b.Press("t")
	b.Wheel(20, 20, tea.MouseWheelDown)
	b.Sees("4–")
	b.ClickOn("Headers")
	b.Sees("[Headers 3]")
	b.Press("esc")
	b.ClickOn("new order")
	b.Press("t")
	b.Sees("201 Created")
}

func TestALockedOutAccountSaysWhy(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardNone, 120, 36)
	b.manager.Vault.Lock()
	b.to("me")
	b.Press("t")
	b.Sees("The request was not sent.", "the vault is locked")
}

func TestWithoutASessionItSaysHowToGoOn(t *testing.T) {
	t.Parallel()
	b := newFixture(t, session.GuardNone, 120, 36)
	_, err := b.manager.Sessions.Logout(t.Context(), &session.Record{Account: session.Account{ID: b.id}})
	must(t, err)
	b.Send(screen.ChangedMsg{})
	b.to("me")
	b.Press("t")
	b.Sees("The request was not sent.", "it has no session", "L logs in; t sends again")
}
