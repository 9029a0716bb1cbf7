package matrix_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/request"
	"tokenring/session/suite"
	"tokenring/ui/screen"
	"tokenring/ui/screen/matrix"
	"tokenring/ui/theme"
	"tokenring/ui/uitest/harness"
)

// street is a ring with accounts of one server, and the matrix over it.
type street struct {
	*harness.Harness
	offers []matrix.Offer
	slow   chan struct{} // a request to /slow waits for it
}

func newStreet(t *testing.T, names ...string) *street {
	t.Helper()
	s := &street{Harness: harness.New(t), slow: make(chan struct{})}
	mux := http.NewServeMux()
	mux.Handle("/", emulator.NewRotating(emulator.RotatingOptions{Now: s.Clock.Now, AccessLife: time.Hour}))
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-s.slow:
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/gone", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"token":%v,"same":true}`, r.Header.Get("Authorization") != "")
	})
	s.Server = mux
	for _, name := range names {
		s.Login(name)
	}
	return s
}

// open opens the matrix.
func (s *street) open() {
	find := func(context.Context) ([]matrix.Offer, error) { return s.offers, nil }
	s.Send(screen.OpenedMsg{Overlay: matrix.New(s.Context(), matrix.Engine{Accounts: s.Engine.Accounts, Requests: s.Engine.Requests}, find)})
}

// offer offers requests to these paths.
func (s *street) offer(name string, as []string, paths ...string) {
	var specs []request.Spec
	for _, p := range paths {
		specs = append(specs, request.Spec{Name: strings.Trim(p, "/"), Target: p, Expect: ".status == 200"})
	}
	s.offers = append(s.offers, matrix.Offer{Suite: suite.FromSpecs(name, "", specs), As: as, From: "of the test"})
}

func (s *street) guard(t *testing.T, name string, g session.Guard) {
	t.Helper()
	snap, err := s.Engine.Accounts.Find(t.Context(), name)
	if err == nil {
		d := draft.FormOf(&snap.Account)
		d.Guard = g
		_, err = s.Engine.Drafts.Save(t.Context(), d)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheGridTellsOfEveryCell(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 36}, {80, 24}, {60, 18}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			s := newStreet(t, "admin@market", "viewer@market")
			s.offer("smoke", []string{"admin@market", "viewer@market", suite.Anonymous}, "/me", "/who", "/nowhere")
			s.Show(size[0], size[1])
			s.open()
			s.Press("down", "right", "right", "up")
			s.Fits()
			s.Sees("smoke (", "✓ 200", "✕ 404", "◇ 401", "as anonymous at localhost:8080", "the answer is 401")
		})
	}
}

func TestACellOpensAndTwoAreCompared(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "admin@market", "viewer@market")
	s.offer("smoke", []string{"admin@market", "viewer@market", suite.Anonymous}, "/who")
	s.Show(120, 36)
	s.open()
	s.Sees("3 passed")
	s.Sees(theme.SignCursor + "✓ 200")
	s.Press("right", "right", "enter")
	s.Sees("who: GET /who as anonymous", `"token": false`)
	s.Press("esc", "=")
	s.Sees("as viewer@market and as anonymous", "1 difference", `"token": true`)
	s.Press("esc", "space", "left", "left", "=")
	s.Sees("as admin@market and as anonymous")
	s.Press("esc", "esc")
	s.Sees("Matrix: smoke")
	s.Press("esc")
	s.SeesNot("Matrix")
}

func TestWhatNobodyAskedStaysNobodys(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "admin@market", "viewer@market")
	s.offer("smoke", []string{"admin@market", suite.Anonymous}, "/who")
	s.Show(120, 36)
	s.open()
	s.Press("right", "enter")
	s.Sees("as anonymous", `"token": false`)
	s.Press("t")
	s.Sees("as anonymous", `"token": false`) // fired again without a token
	s.Press("c")
	if clip := s.Board.Text(); !strings.HasPrefix(clip, "curl ") || strings.Contains(clip, "TOKEN") || strings.Contains(clip, "Bearer") {
		t.Error(clip) // no question: there is no token to leave out
	}
	s.Press("A")
	s.SeesNot("without a token")
	s.Sees("admin@market", "viewer@market")
	s.Type("viewer")
	s.Press("enter")
	s.Sees("as anonymous and as viewer@market", `"token": false`, `"token": true`)
}

func TestACellSaysInAWordWhyThereIsNoAnswer(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "admin@market")
	s.Put(session.Account{Name: "new@market", Definition: "market", Login: "password"}, nil)
	s.offer("smoke", []string{"admin@market", "new@market"}, "/gone", "/x/${.nothing}")
	s.Show(60, 18)
	s.open()
	s.Sees("✕ no answer", "✕ not sent", "○ login")
	s.Press("right")
	s.Sees("new@market needs a login", "log in with l")
	s.Fits()
}

// Nobody chose the accounts, so that many requests are asked about.
func TestManyRequestsAreAskedAbout(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "admin@market", "viewer@market")
	var paths []string
	for i := range 10 {
		paths = append(paths, fmt.Sprintf("/me?%d", i))
	}
	s.offer("mine", []string{"admin@market", "viewer@market"}, paths...)
	s.offers[0].Unmarked = true
	s.Show(100, 30)
	s.open()
	s.Sees("Send 20 requests?", "Each of 10 requests goes out as admin@market and", "viewer@market. Mark accounts")
	s.Press("esc")
	s.SeesNot("passed")
	s.Press("t", "y")
	s.Sees("20 passed")
}

func TestGuardsAreAskedOnceEach(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "admin@market", "root@market")
	s.guard(t, "admin@market", session.GuardConfirm)
	s.guard(t, "root@market", session.GuardTypedConfirm)
	s.offer("smoke", []string{"admin@market", "root@market"}, "/who", "/me")
	s.Show(120, 36)
	s.open()
	s.Sees("Send as admin@market?", "2 requests of smoke go to http://", "They change")
	s.Press("y")
	s.Sees("Send as root@market?")
	s.Press("enter")
	s.Sees("Send as root@market?") // a key is not enough
	s.Type("root@market")
	s.Press("enter")
	s.Sees("4 passed")
}

func TestNothingIsFiredAgainstAGuard(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "admin@market")
	s.guard(t, "admin@market", session.GuardReadOnly)
	post := request.Spec{Name: "post", Method: "POST", Target: "/who"}
	s.offers = []matrix.Offer{{Suite: suite.FromSpecs("writes", "", []request.Spec{post}), As: []string{"admin@market"}}}
	s.Show(100, 30)
	s.open()
	s.Sees("Nothing was sent.", "read-only")
	s.Press("esc")
	s.SeesNot("Nothing was sent.")
}

func TestAFileIsApprovedBeforeItFires(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "admin@market")
	s.offer("smoke", []string{"admin@market"}, "/who")
	s.offers[0].Suite.Source = suite.Source{File: "/work/tokenring.yaml", Hash: "one"}
	s.Show(110, 30)
	s.open()
	s.Sees("Approve this file?", "has not been approved yet", "It sends 1 ")
	s.Press("n")
	s.Sees("nothing was sent", "t send ")
	s.SeesNot("passed", "send again")
	s.Press("t", "y")
	s.Sees("1 passed")
	s.Press("esc")
	s.open()
	s.Sees("1 passed") // it is remembered
}

func TestARunIsCancelled(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "admin@market")
	s.offer("smoke", []string{"admin@market"}, "/who", "/slow")
	s.Show(110, 30)
	s.Hurry(100 * time.Millisecond)
	s.open()
	s.Wait("the first cell", func() bool { return strings.Contains(s.Frame(), "✓ 200") })
	s.Press("esc")
	s.Wait("the end", func() bool { return strings.Contains(s.Frame(), "cancelled; what was answered is kept") })
	s.Sees("1 passed")
	if frame := s.Frame(); !strings.Contains(frame, "1 interrupted") && !strings.Contains(frame, "1 not reached") { // it may not have been sent yet
		t.Error(frame)
	}
}

func TestOneOfSeveralSuitesIsChosen(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "admin@market")
	s.offer("smoke", []string{"admin@market"}, "/who")
	s.offer("deep", []string{"admin@market"}, "/me", "/who")
	s.Show(100, 30)
	s.open()
	s.Sees("which suite?", "smoke", "deep")
	s.Type("deep")
	s.Press("enter")
	s.Sees("Matrix: deep", "2 passed")
	s.Press("s", "esc")
	s.Sees("Matrix: deep")
}

func TestManyAccountsScroll(t *testing.T) {
	t.Parallel()
	var names []string
	for i := range 9 {
		names = append(names, fmt.Sprintf("user%d@market", i))
	}
	s := newStreet(t, names...)
	s.offer("smoke", names, "/who")
	s.Show(60, 18)
	s.open()
	s.Sees("user0@", "→")
	for range 8 {
		s.Press("right")
		s.Fits()
	}
	s.Sees("user8@", "←")
	s.ClickOn("user8@") // no cell: nothing happens
	s.Wheel(5, 5, tea.MouseWheelDown)
	for _, size := range [][2]int{{20, 5}, {60, 15}, {100, 20}, {200, 60}} {
		s.Resize(size[0], size[1])
		s.Fits()
	}
}

func TestAnUnknownAccountIsNamed(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "admin@market")
	s.offer("smoke", []string{"gone@market"}, "/who")
	s.Show(100, 30)
	s.open()
	s.Sees("Nothing was sent.", "gone@market")
}
