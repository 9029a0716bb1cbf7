//go:build unix

package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/sync/errgroup"

	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/ui/keymap"
)

// TestEveryKeyHasItsEffect presses every key of the help on a terminal and waits for its
// effect: a row, a text, a call to the server, the clipboard, a file.
func TestEveryKeyHasItsEffect(t *testing.T) {
	if raceDetector {
		t.Skip("the program is this binary, and under the race detector slower than the person that the scenes play")
	}
	t.Parallel()
	var all errgroup.Group
	all.SetLimit(6) // they wait more than they work
	for _, size := range [][2]uint16{{120, 36}, {80, 24}, {60, 18}} {
		at := fmt.Sprintf("%dx%d ", size[0], size[1])
		for name, steps := range scenes {
			all.Go(func() error {
				t.Run(at+name, func(t *testing.T) {
					s := newTest(t).open(size[0], size[1], "demo")
					s.play("▌● admin@edge", append([]step{{"", "", present("This demo")}, {keymap.Back, "esc", hides("This demo")}}, steps...))
				})
				return nil
			})
		}
		for name, scene := range ownScenes {
			all.Go(func() error {
				t.Run(at+name, func(t *testing.T) {
					tr := newTest(t)
					var called atomic.Int64
					scene.ring(tr, &called)
					s := tr.open(size[0], size[1], "")
					s.called = &called
					s.play(scene.first, scene.steps)
				})
				return nil
			})
		}
	}
	if err := all.Wait(); err != nil {
		t.Error(err)
	}
}

func TestASignalEndsTheScreen(t *testing.T) {
	if raceDetector {
		t.Skip("the program is this binary")
	}
	t.Parallel()
	for sent, code := range map[syscall.Signal]int{
		syscall.SIGTERM: ExitTerminated, syscall.SIGHUP: ExitHungUp, syscall.SIGINT: ExitInterrupted, syscall.SIGQUIT: ExitQuit,
	} {
		s := newTest(t).open(80, 24, "demo")
		s.until("the screen", func() bool { return strings.Contains(s.frame(), "admin@edge") })
		if err := s.cmd.Process.Signal(sent); err != nil {
			t.Error(err)
		}
		<-s.ended
		if got := s.cmd.ProcessState.ExitCode(); got != code || strings.Contains(s.rest(), "admin@edge") {
			t.Errorf("%s: exit %d, want %d\n%s", sent, got, code, s.frame())
		}
	}
}

// TestAClosedTerminalEndsTheScreen also where its signal is ignored, as under nohup.
func TestAClosedTerminalEndsTheScreen(t *testing.T) {
	if raceDetector {
		t.Skip("the program is this binary")
	}
	t.Parallel()
	tr := newTest(t)
	tr.hup = true
	s := tr.open(80, 24, "demo")
	s.until("the screen", func() bool { return strings.Contains(s.frame(), "admin@edge") })
	if err := s.device.Close(); err != nil {
		t.Error(err)
	}
	<-s.ended
	if got := s.cmd.ProcessState.ExitCode(); got != ExitHungUp {
		t.Errorf("exit %d", got)
	}
}

func TestTheOrderOfTheListIsRemembered(t *testing.T) {
	if raceDetector {
		t.Skip("the program is this binary")
	}
	t.Parallel()
	tr := newTest(t)
	suites(tr, new(atomic.Int64))
	s := tr.open(120, 36, "")
	s.play("▌○ admin@edge", []step{{keymap.Sort, "o", shows("sorted by name")}, {keymap.Quit, "q", ended}})
	look := tr.open(120, 36, "--view-only")
	look.play("sorted by name", []step{{keymap.Sort, "o", shows("sorted by state")}, {keymap.Quit, "q", ended}})
	tr.open(120, 36, "").play("sorted by name", nil)
}

func TestARingToViewKeepsNoOrder(t *testing.T) {
	if raceDetector {
		t.Skip("the program is this binary")
	}
	t.Parallel()
	tr := newTest(t)
	suites(tr, new(atomic.Int64))
	for _, args := range []string{"--view-only", ""} {
		s := tr.open(120, 36, args)
		s.play("▌○ admin@edge", []step{{keymap.Sort, "o", shows("sorted by name")}, {keymap.Quit, "q", ended}})
	}
}

// TestEveryKeyIsPressed finds keys of the table that no scene presses.
func TestEveryKeyIsPressed(t *testing.T) {
	pressed := map[keymap.Action][]string{}
	for _, steps := range scenes {
		for _, step := range steps {
			pressed[step.action] = append(pressed[step.action], step.key)
		}
	}
	for _, scene := range ownScenes {
		for _, step := range scene.steps {
			pressed[step.action] = append(pressed[step.action], step.key)
		}
	}
	for _, b := range bindings(t) {
		if len(pressed[b.Action]) == 0 {
			t.Errorf("no scene does %s", b.Action)
			continue
		}
		for _, key := range b.Keys {
			if !slices.Contains(pressed[b.Action], key) {
				t.Errorf("no scene presses %s for %s", key, b.Action)
			}
		}
	}
}

// play presses the keys of a scene once its first frame is there.
func (s *terminal) play(first string, steps []step) {
	s.t.Helper()
	s.until("the first frame", func() bool { return strings.Contains(s.frame(), first) })
	for _, step := range steps {
		s.do(step)
	}
}

// do presses the key of a step and waits for its effect.
func (s *terminal) do(step step) {
	s.t.Helper()
	before := s.rest()
	s.gone = map[string]bool{}
	s.mu.Lock()
	s.copied, s.off = "", map[ansi.Mode]int{}
	s.called.Store(0)
	s.mu.Unlock()
	s.press(step.key)
	s.until(fmt.Sprintf("%s (%s): %s", step.action, step.key, step.effect.what), func() bool { return step.effect.done(s, before) })
}

// suites is a ring with an account in a folder that has two suites.
func suites(tr *cliTest, called *atomic.Int64) {
	tr.add(tr.counted(emulator.NewDatarhei(emulator.DatarheiOptions{Now: time.Now}), called))
	tr.inProject(`
accounts: [admin@edge]
suites:
  smoke:
    as: [admin@edge]
    requests:
      - name: root
        get: /v3/process
  deep:
    as: [admin@edge]
    requests:
      - name: skills
        get: /v3/skills
`)
}

// counted serves a backend and counts its calls.
func (tr *cliTest) counted(backend http.Handler, called *atomic.Int64) (url string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called.Add(1)
		backend.ServeHTTP(w, r)
	}))
	tr.t.Cleanup(server.Close)
	return server.URL
}

// issuer makes a ring with an account of OAuth that logs in by a code.
func issuer(login string) func(tr *cliTest, called *atomic.Int64) {
	return func(tr *cliTest, called *atomic.Int64) {
		url := tr.counted(emulatortest.NewIssuer(emulatortest.IssuerOptions{Now: time.Now, Approved: func(int) bool { return false }}), called)
		tr.runs("", "add", "me@work", "-b", "oidc", "--login", login, "--set", "issuer="+url, "--set", "client_id="+emulatortest.IssuerPublic)
	}
}

// A code for another device is shown with its end.
func TestALoginOnAnotherDevice(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	issuer("device")(tr, new(atomic.Int64))
	s := tr.open(120, 40, "login me@work")
	s.until("the code and its end", func() bool {
		frame := s.frame()
		return strings.Contains(frame, "Log in at this address") && strings.Contains(frame, "It is valid until ") && strings.Contains(frame, "█")
	})
}

// TestASignalOfAKeyEndsTheEditorAlone interrupts an editor that leaves the terminal as it
// was, as a script does, and then ends the screen while such an editor is open.
func TestASignalOfAKeyEndsTheEditorAlone(t *testing.T) {
	if raceDetector {
		t.Skip("the program is this binary")
	}
	t.Parallel()
	tr := newTest(t)
	s := tr.open(80, 24, "demo")
	tr.file("editor", "#!/bin/sh\necho it sleeps\nexec /bin/sleep 900\n")
	s.play("admin@edge", []step{
		{keymap.Back, "esc", hides("This demo")},
		{keymap.Test, "t", shows("GET")},
		{keymap.RequestFire, "enter", shows("200 OK")},
	})
	opens := step{keymap.ResponseEditor, "e", shows("it sleeps")}
	for range 5 {
		for key, said := range map[string]string{"ctrl+c": "signal: interrupt", `ctrl+\`: "signal: quit"} {
			s.play("200 OK", []step{opens, {"the signal", key, shows(said)}})
		}
	}
	s.do(opens)
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-s.ended
	if got := s.cmd.ProcessState.ExitCode(); got != ExitTerminated {
		t.Errorf("exit %d", got)
	}
}
