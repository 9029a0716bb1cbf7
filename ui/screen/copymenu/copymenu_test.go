package copymenu_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/emulator"
	"tokenring/session/request"
	"tokenring/session/suite"
	"tokenring/ui/screen"
	"tokenring/ui/screen/copymenu"
	"tokenring/ui/theme"
	"tokenring/ui/uitest"
	"tokenring/ui/uitest/harness"
)

// canary stands in every token of the tests that use no server.
const canary = "cAnArYcAnArYcAnArYcAnArY"

func world(t *testing.T) *harness.Harness {
	t.Helper()
	return harness.New(t)
}

func jwt(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + part([]byte(claims)) + "." + canary
}

const claims = `{"sub":"admin","email":"ada@example.org","exp":1777900000,"big":12345678901234567890,"sub":"<root>"}`

// still is an account whose session needs no server to be copied from.
func still(t *testing.T) *harness.Harness {
	t.Helper()
	w := world(t)
	now := w.Clock.Now()
	info := func(name string, life time.Duration) session.TokenInfo {
		return session.TokenInfo{Name: name, Token: true, Kind: "JWT", Received: now, IssuedAt: now, ExpiresAt: now.Add(life)}
	}
	w.Put(session.Account{
		ID: "id", Name: "admin@edge", Environment: "dev", Definition: "market", Login: "password",
		BaseURL: harness.Address, Origin: harness.Address, Values: map[string]string{"address": harness.Address, "username": "admin"},
	}, []session.TokenInfo{info("access", 20*time.Minute), info("refresh", 23*time.Hour)}, jwt(claims), "rt_"+canary+canary)
	return w
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 36}, {80, 24}, {60, 18}} {
		for name, act := range map[string]func(*harness.Harness){
			"open": func(*harness.Harness) {},
			"curl": func(w *harness.Harness) { w.Press("j", "j", "right") },
			"ask":  func(w *harness.Harness) { w.Press("f") },
		} {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				w := still(t).Show(size[0], size[1])
				w.Press("Y")
				act(w)
				w.Fits()
				w.SeesNot("AnArYcAnArY")
				w.GoldenOverlay()
			})
		}
	}
}

func TestNothingIsPromisedOfAClipboardThatIsNotReached(t *testing.T) {
	t.Parallel()
	w := still(t)
	w.Board.Away = true
	w.Show(120, 36).Press("Y")
	w.Sees("not cleared", "It stays on the clipboard.")
	w.SeesNot("45s")
	w.Press("t")
	w.Sees("to the terminal (OSC 52), which may refuse it")
}

func TestEverythingIsCopiedInItsForm(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keys    []string
		want    string
		cleared bool
	}{
		"token":         {[]string{"t"}, jwt(claims), true},
		"token, twice":  {[]string{"y"}, jwt(claims), true},
		"cursor":        {[]string{"enter"}, jwt(claims), true},
		"header":        {[]string{"h"}, "Authorization: Bearer " + jwt(claims), true},
		"refresh token": {[]string{"f", "y"}, "rt_" + canary + canary, true},
		"base URL":      {[]string{"u"}, harness.Address, false},
		"claims": {[]string{"p"}, "{\n  \"email\": \"ada@example.org\",\n  \"exp\": 1777900000,\n" +
			"  \"big\": 12345678901234567890,\n  \"sub\": \"<root>\"\n}\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := still(t).Show(120, 36)
			w.Press("Y")
			w.Press(c.keys...)
			if got := w.Board.Text(); got != c.want {
				t.Fatalf("copied %q, not %q:\n%s", got, c.want, w.Frame())
			}
			w.SeesNot("Copy from", "AnArYcAnArY")
			w.Sees("copied ")
			w.Advance(time.Minute)
			if cleared := w.Board.Text() == ""; cleared != c.cleared {
				t.Errorf("cleared after a minute: %v", cleared)
			}
		})
	}
}

func TestCurlIsWrittenForTheChosenRequest(t *testing.T) {
	t.Parallel()
	w := still(t).Show(120, 36)
	w.Press("Y", "c")
	masked := w.Board.Text()
	if !strings.Contains(masked, "$TOKENRING_TOKEN") || strings.Contains(masked, canary) {
		t.Errorf("with a variable: %s", masked)
	}
	w.Press("Y", "right")
	w.Sees("▌ c  curl ", "another request · 2 of 4")
	w.Press("c")
	if other := w.Board.Text(); other == masked || !strings.HasPrefix(other, "curl ") {
		t.Errorf("the next request is %s", other)
	}
	w.Press("Y", "C")
	w.Sees("The command contains the token", "y copy it")
	w.Press("n")
	w.SeesNot("y copy it")
	w.Press("C", "y")
	if clear := w.Board.Text(); !strings.Contains(clear, "Bearer "+jwt(claims)) {
		t.Errorf("in clear: %s", clear)
	}
	w.SeesNot("AnArYcAnArY")
}

func TestTheRequestFiredLastComesFirst(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.Server = emulator.NewRotating(emulator.RotatingOptions{Now: w.Clock.Now})
	id := w.Login("admin@market")
	spec := &request.Spec{Target: "/orders?limit=7"}
	if _, err := w.Engine.Requests.Fire(t.Context(), suite.Identity{ID: id}, spec, attempt.Options{}); err != nil {
		t.Fatal(err)
	}
	w.Show(120, 36)
	w.Press("Y")
	w.Sees("limit=7")
	w.Press("c")
	if got := w.Board.Text(); !strings.Contains(got, "limit=7") {
		t.Errorf("curl is for %s", got)
	}
}

func TestADeadTokenIsRenewedBeforeItIsCopied(t *testing.T) {
	t.Parallel()
	w := world(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: w.Clock.Now, AccessLife: time.Minute, RefreshLife: time.Hour})
	w.Server = server
	id := w.Login("admin@market")
	w.Show(120, 36)
	w.Advance(2 * time.Minute)
	w.Press("Y")
	w.Sees("valid · 1m00s left · refreshed just now")
	w.Advance(2 * time.Minute) // the menu stood open for long
	w.Press("t")
	w.Sees("copied the token of admin@market (the session was refreshed first)")
	rec, err := w.Engine.Accounts.Record(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	now, err := w.Engine.Credentials.Token(t.Context(), rec, "")
	if err != nil || w.Board.Text() != now.Reveal() || now.IsZero() {
		t.Errorf("another token was copied than the one that lives: %v", err)
	}
	w.SeesNot(now.Reveal())
}

func TestWithoutASessionThereIsTheWayToOne(t *testing.T) {
	t.Parallel()
	w := world(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: w.Clock.Now, AccessLife: time.Minute, RefreshLife: time.Minute})
	w.Server = server
	w.Login("admin@market")
	w.Show(80, 24)
	w.Advance(time.Hour)
	w.Press("Y")
	w.Sees("needs a login", "log in", "no valid token")
	w.Fits()
	w.Press("t")
	if w.Board.Text() != "" {
		t.Fatal("a dead token was copied")
	}
	w.Press("home", "enter")
	w.Sees("admin@market is logged in")
}

func TestAServerThatIsAwayCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	w := world(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: w.Clock.Now, AccessLife: time.Minute, RefreshLife: time.Hour})
	w.Server = server
	w.Login("admin@market")
	w.Show(120, 36)
	w.Advance(2 * time.Minute)
	w.Server = http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusServiceUnavailable) })
	w.Press("Y")
	w.Sees("✕", "no valid token", "r again")
	w.Fits()
	w.Press("u")
	if w.Board.Text() != harness.Address {
		t.Errorf("copied %q", w.Board.Text())
	}
	w.Press("Y")
	w.Server = server
	w.Press("r")
	w.Sees("refreshed just now")
}

// A person types the two keys faster than a token is read.
func TestAKeyBeforeTheContentsIsKept(t *testing.T) {
	t.Parallel()
	w := still(t)
	for keys, want := range map[string]string{"h": "▌ h", "f": "Anyone who has", "enter": "▌ t", "j,enter": "▌ h", "u": "▌ u", "right,right,left,enter": "2 of 4"} {
		o := open(t, w, "id")
		read := o.Init()
		for key := range strings.SplitSeq(keys, ",") {
			if early := o.Update(uitest.Press(key)); early != nil {
				t.Fatal("copied before it was read")
			}
		}
		copied, _ := read().(screen.Result).Continue()
		if view := ansi.Strip(o.View(80, 20)); copied == nil && keys != "f" || !strings.Contains(view, want) {
			t.Errorf("%s was lost:\n%s", keys, view)
		}
	}
}

// open returns the menu of an account that nothing draws.
func open(t *testing.T, w *harness.Harness, id string) *copymenu.Overlay {
	t.Helper()
	snap, err := w.Engine.Accounts.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return copymenu.New(&screen.Context{
		Life: t.Context(), Keys: w.Config.Keys, Theme: theme.New(w.Config.Theme), Now: w.Clock.Now,
		Settings: w.Config.Settings,
	}, copymenu.Engine{
		Accounts: w.Engine.Accounts, Credentials: w.Engine.Credentials, Sessions: w.Engine.Sessions, Requests: w.Engine.Requests,
	}, &snap)
}

func TestClosingCancelsWhatRuns(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.Server = emulator.NewRotating(emulator.RotatingOptions{Now: w.Clock.Now, AccessLife: time.Minute, RefreshLife: time.Hour})
	id := w.Login("admin@market")
	called, release := make(chan struct{}, 1), make(chan struct{})
	defer close(release)
	w.Server = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		called <- struct{}{}
		<-release
	})
	w.Clock.Advance(2 * time.Minute)
	o := open(t, w, id)
	look, done := o.Init(), make(chan tea.Msg, 1)
	go func() { done <- look() }()
	<-called
	w.Clock.Advance(7 * time.Second)
	if view := ansi.Strip(o.View(80, 20)); !strings.Contains(view, "checking the session · 7s") || !o.Ticks() {
		t.Errorf("while it runs:\n%s", view)
	}
	o.Update(uitest.Press("t"))
	o.Close()
	<-done
}

func TestEscapeLeavesTheQuestionAndThenTheMenu(t *testing.T) {
	t.Parallel()
	w := still(t)
	w.Show(80, 24)
	w.Press("Y", "f", "esc")
	w.Sees("Copy from admin@edge")
	w.Press("esc")
	w.SeesNot("Copy from")
	if w.Board.Text() != "" {
		t.Errorf("copied %q", w.Board.Text())
	}
}

func TestPeopleAreHiddenWhileOthersWatch(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.Put(session.Account{
		ID: "id", Name: "ada@example.org", Definition: "market", BaseURL: "http://ada@localhost:8080", Origin: harness.Address,
	}, []session.TokenInfo{{Name: "access", Token: true}}, jwt(claims))
	w.Show(120, 36)
	w.Press("S", "Y")
	w.SeesNot("ada@")
	w.Sees("Copy from ••••••", "http://localhost:8080")
}

func TestClicks(t *testing.T) {
	t.Parallel()
	w := still(t).Show(80, 24)
	w.Press("Y")
	w.ClickOn("base URL")
	if w.Board.Text() != "" {
		t.Error("the first click only moves the cursor")
	}
	w.ClickOn("base URL")
	if w.Board.Text() != harness.Address {
		t.Errorf("copied %q", w.Board.Text())
	}
}

func TestEverySizeIsLaidOut(t *testing.T) {
	t.Parallel()
	w := still(t).Show(100, 30)
	w.Press("Y", "f")
	for h := 15; h <= 60; h += 3 {
		for wide := 60; wide <= 200; wide += 7 {
			w.Resize(wide, h)
			w.Fits()
			w.Sees("Anyone who has the refresh token", "y copy it")
		}
	}
}

func TestClaimsAreValidJSON(t *testing.T) {
	t.Parallel()
	w := still(t).Show(80, 24)
	w.Press("Y", "p")
	var v map[string]any
	if err := json.Unmarshal([]byte(w.Board.Text()), &v); err != nil || v["sub"] != "<root>" {
		t.Errorf("%v, %v", v, err)
	}
}
