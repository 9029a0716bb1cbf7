//go:build unix

package cli

import (
	"cmp"
	"context"
	"encoding/base64"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// terminal is a terminal on which the program runs as a person sees it.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	device *os.File

	mu      sync.Mutex
	screen  *vt.Emulator
	copied  string            // what the program handed to the clipboard last
	off     map[ansi.Mode]int // how often a mode was switched off
	changed chan struct{}
	called  *atomic.Int64   // calls of the scene's server
	ended   chan struct{}   // closed when the program has ended
	gone    map[string]bool // texts that a key shows, and were not shown before
}

// open runs the program with args on a terminal of the size, in the test's home. It
// reaches no clipboard but the terminal's.
func (tr *cliTest) open(width, height uint16, args string) *terminal {
	tr.t.Helper()
	device, tty, err := pty.Open()
	if err != nil {
		tr.t.Fatal(err)
	}
	if err := pty.Setsize(device, &pty.Winsize{Rows: height, Cols: width}); err != nil {
		tr.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tr.t.Context(), 10*time.Minute)
	s := &terminal{
		t: tr.t, device: device, screen: vt.NewEmulator(int(width), int(height)), changed: make(chan struct{}, 1),
		off: map[ansi.Mode]int{}, ended: make(chan struct{}), called: new(atomic.Int64),
		cmd: tr.process(ctx, args),
	}
	editor := tr.file("editor", "#!/bin/sh\nprintf '{\"written\": \"by the editor\"}' > \"$1\"\n")
	pager := tr.file("pager", "#!/bin/sh\nread line; echo \"paged $line\"; read key < /dev/tty\n")
	for _, program := range []string{editor, pager} {
		if err := os.Chmod(program, 0o700); err != nil {
			tr.t.Fatal(err)
		}
	}
	s.cmd.Env = append(s.cmd.Env,
		"HOME="+tr.home, "TMPDIR="+tr.home, "PATH="+tr.home, "EDITOR="+editor, "PAGER="+pager,
		"TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8",
	)
	s.cmd.Dir = cmp.Or(tr.dir, tr.home)
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = tty, tty, tty
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	s.screen.RegisterOscHandler(52, func(data []byte) bool {
		_, encoded, _ := strings.Cut(strings.TrimPrefix(string(data), "52;"), ";")
		text, err := base64.StdEncoding.DecodeString(encoded)
		if err == nil {
			s.copied = string(text)
		}
		return true
	})
	s.screen.SetCallbacks(vt.Callbacks{DisableMode: func(mode ansi.Mode) { s.off[mode]++ }})
	if err := s.cmd.Start(); err != nil {
		tr.t.Fatal(err)
	}
	_ = tty.Close()
	go s.show()
	go s.answer()
	go func() {
		_ = s.cmd.Wait()
		close(s.ended)
	}()
	tr.t.Cleanup(func() {
		cancel()
		<-s.ended
		if in, ok := s.screen.InputPipe().(io.Closer); ok {
			_ = in.Close() // ends answer; Close of the emulator races with Read
		}
		_ = device.Close()
	})
	return s
}

// show draws what the program writes.
func (s *terminal) show() {
	buf := make([]byte, 64<<10)
	for {
		n, err := s.device.Read(buf)
		if err != nil {
			return
		}
		s.mu.Lock()
		_, _ = s.screen.Write(buf[:n])
		s.mu.Unlock()
		select {
		case s.changed <- struct{}{}:
		default:
		}
	}
}

// answer sends the program what the terminal answers to its queries.
func (s *terminal) answer() {
	buf := make([]byte, 1<<10)
	for {
		n, err := s.screen.Read(buf)
		if err != nil {
			return
		}
		_, _ = s.device.Write(buf[:n])
	}
}

// frame returns what is shown, as text.
func (s *terminal) frame() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.String()
}

// rest waits until nothing was drawn for a while, and returns what is shown.
func (s *terminal) rest() string {
	for {
		select {
		case <-s.changed:
		case <-time.After(100 * time.Millisecond):
			return s.frame()
		}
	}
}

// until waits until ok holds of what is shown.
func (s *terminal) until(what string, ok func() bool) {
	s.t.Helper()
	for timeout := time.After(time.Minute); !ok(); {
		select {
		case <-s.changed:
		case <-s.ended:
			if !ok() {
				s.t.Fatalf("the program ended before %s: %v\n%s", what, s.cmd.ProcessState, s.frame())
			}
		case <-timeout:
			s.t.Fatalf("%s never came:\n%s", what, s.frame())
		}
	}
}

// sequences are the bytes that a terminal sends for keys that are no character.
var sequences = map[string]string{
	"enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z", "esc": "\x1b", "space": " ",
	"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
	"home": "\x1b[H", "end": "\x1b[F", "pgup": "\x1b[5~", "pgdown": "\x1b[6~", "f1": "\x1bOP",
	"ctrl+right": "\x1b[1;5C", "ctrl+left": "\x1b[1;5D",
}

// press sends a key by its name in the keymap.
func (s *terminal) press(key string) {
	s.t.Helper()
	text, named := sequences[key]
	if letter, ctrl := strings.CutPrefix(key, "ctrl+"); !named && ctrl {
		text = string(letter[0] & 0x1f)
	} else if !named {
		text = key
	}
	if _, err := s.device.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}
