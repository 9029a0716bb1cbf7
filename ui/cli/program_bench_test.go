//go:build linux

package cli

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/engine"
	"tokenring/session/secret"
	"tokenring/session/transport"
	"tokenring/store"
	"tokenring/store/vault"
)

// keyOfBench is the key variable of the stores that the benchmarks make.
const keyOfBench = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// crowdSize is how many accounts those stores hold.
const crowdSize = 200

// build makes the program in dir as a release does, or the package at path.
func build(b *testing.B, dir, path string) string {
	b.Helper()
	out := filepath.Join(dir, "program")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, ".")
	cmd.Dir, cmd.Env = path, append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, text)
	}
	return out
}

// buildEmpty makes a program that does nothing.
func buildEmpty(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	must(b, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module empty\n\ngo 1.26.0\n"), 0o600))
	must(b, os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n\nfunc main() {}\n"), 0o600))
	return build(b, dir, dir)
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// crowd makes a home with a store of many accounts of all built-in backends,
// logged in hours ago and with hours to live, and returns the environment to see it in and
// the names of the accounts, the next to expire first.
func crowd(b *testing.B, size int) (env, names []string) {
	b.Helper()
	home, ctx := b.TempDir(), b.Context()
	env = []string{
		"HOME=" + home, "TOKENRING_HOME=" + filepath.Join(home, "ring"), vault.KeyVariable + "=" + keyOfBench,
		"TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "PATH=/usr/bin:/bin",
	}
	s, err := store.Open(ctx, store.Options{Dir: filepath.Join(home, "ring"), Now: time.Now})
	must(b, err)
	v, err := vault.Open(ctx, vault.Options{
		Meta: s, Getenv: func(string) string { return keyOfBench },
	})
	must(b, err)
	must(b, v.Choose(ctx, session.WayVariable, secret.String{}))
	m := engine.New(engine.Config{
		Store: s, Vault: v, Now: time.Now, Catalog: definition.NewCatalog(""),
		Client: transport.New(transport.Options{Now: time.Now}),
	})
	for i := range size {
		d := draftOf(i)
		snap, err := m.Drafts.Save(ctx, d)
		must(b, err)
		live := sessionOf(i, snap.Account.ID)
		token, err := v.Seal(snap.Account.Binding(session.TokenPrefix+live.Tokens[0].Name), []byte("a token of "+d.Name))
		must(b, err)
		must(b, s.PutSession(ctx, live, 0, []session.Sealed{token}))
		names = append(names, d.Name)
	}
	must(b, s.Close())
	return env, names
}

// draftOf is an account of one of the built-in backends in turn.
func draftOf(i int) *draft.Form {
	d := &draft.Form{
		Account: session.Account{
			Name: fmt.Sprintf("user-%03d", i), Environment: []string{"dev", "staging", "prod"}[i%3],
			KeepAlive: i%2 == 0,
		},
		NewSecrets: map[string]secret.String{},
	}
	address := fmt.Sprintf("https://api-%d.example.com", i%40)
	password := secret.New(fmt.Sprintf("a-password-of-%d", i))
	switch i % 5 {
	case 0:
		d.Definition, d.Login = "datarhei-core", "password"
		d.Values = map[string]string{"address": address, "username": d.Name}
	case 1:
		d.Definition, d.Login = "knack", "password"
		d.Values = map[string]string{"app_id": fmt.Sprintf("%024d", i), "email": d.Name + "@example.com"}
	case 2:
		d.Definition, d.Login = "backendless", "password"
		d.Values = map[string]string{"form": "cloud", "app_id": fmt.Sprintf("A%d", i), "rest_key": "K", "identity": d.Name}
	case 3:
		d.Definition, d.Login = "expressa", "password"
		d.Values = map[string]string{"address": address, "identity": d.Name}
	case 4:
		d.Definition, d.Login = "token", "paste"
		d.Values = map[string]string{"address": address}
		d.NewSecrets["pasted"] = password
	}
	if d.Definition != "token" {
		d.NewSecrets["password"] = password
	}
	return d
}

func sessionOf(i int, account string) *session.Session {
	began := time.Now().Round(0).Add(-2 * time.Hour)
	end := began.Add(5*time.Hour + time.Duration(i)*7*time.Minute)
	return &session.Session{
		AccountID: account, Generation: 1, Started: began, Refreshed: began, Proven: began,
		Tokens: []session.TokenInfo{{
			Name: primaryOf[i%5], Primary: true, Token: true, Kind: "JWT", Received: began, IssuedAt: began, Accepted: began,
			ExpiresAt: end, Source: ".claims.exp",
		}},
	}
}

// primaryOf names the token that each built-in backend attaches first.
var primaryOf = [...]string{"access", "token", "token", "token", "token"}

// program is the program on a terminal of its own.
type program struct {
	b       *testing.B
	cmd     *exec.Cmd
	term    *os.File
	started time.Time

	mu    sync.Mutex
	all   []byte
	first time.Time // when something was shown first since a key was typed
	last  time.Time // when something was shown last
	fresh chan struct{}
}

// start runs the program on a terminal of 120 by 36 cells, which answers what
// it is asked as terminals do.
func start(b *testing.B, path string, env []string) *program {
	b.Helper()
	term, tty, err := pty.Open()
	must(b, err)
	must(b, pty.Setsize(term, &pty.Winsize{Rows: 36, Cols: 120}))
	ctx, cancel := context.WithTimeout(b.Context(), 2*time.Minute)
	b.Cleanup(cancel)
	p := &program{b: b, cmd: exec.CommandContext(ctx, path), term: term, fresh: make(chan struct{}, 1)}
	p.cmd.Env, p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = env, tty, tty, tty
	p.cmd.SysProcAttr = ownTerminal()
	go p.read()
	p.started = time.Now()
	must(b, p.cmd.Start())
	must(b, tty.Close())
	return p
}

func (p *program) read() {
	buf := make([]byte, 64<<10)
	for {
		n, err := p.term.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		p.last = time.Now()
		if p.first.IsZero() {
			p.first = p.last
		}
		p.all = append(p.all, buf[:n]...)
		p.mu.Unlock()
		if bytes.Contains(buf[:n], []byte(ansi.RequestBackgroundColor)) {
			_, _ = p.term.WriteString("\x1b]11;rgb:1111/1111/1b1b\x07")
		}
		select {
		case p.fresh <- struct{}{}:
		default:
		}
	}
}

// shown waits until all of the words were written since keys were typed last,
// and returns when.
func (p *program) shown(words ...string) time.Time {
	p.b.Helper()
	missing := slices.Clone(words)
	for timeout := time.After(20 * time.Second); ; {
		p.mu.Lock()
		missing = slices.DeleteFunc(missing, func(w string) bool { return bytes.Contains(p.all, []byte(w)) })
		at := p.last
		p.mu.Unlock()
		if len(missing) == 0 && !at.IsZero() {
			return at
		}
		select {
		case <-p.fresh:
		case <-timeout:
			p.b.Fatalf("%q never came; the program wrote %q", missing, p.all)
		}
	}
}

// silence is how long a screen that has settled writes nothing.
const silence = 800 * time.Millisecond

// settled waits until all of the words are shown and nothing follows them, and
// returns when the last of it was written.
func (p *program) settled(words ...string) time.Time {
	p.b.Helper()
	for last := p.shown(words...); ; last = p.shown() {
		if wait := silence - time.Since(last); wait > 0 {
			time.Sleep(wait)
			continue
		}
		return last
	}
}

// press types a key and returns the time until the first byte of what it shows.
func (p *program) press(key string) time.Duration {
	p.b.Helper()
	p.mu.Lock()
	p.first, p.last = time.Time{}, time.Time{}
	p.mu.Unlock()
	pressed := time.Now()
	_, err := p.term.WriteString(key)
	must(p.b, err)
	p.shown()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.first.Sub(pressed)
}

// typed types keys, waits until all of the words are shown, and returns when.
func (p *program) typed(keys string, words ...string) time.Time {
	p.b.Helper()
	p.mu.Lock()
	p.all, p.last = nil, time.Time{}
	p.mu.Unlock()
	_, err := p.term.WriteString(keys)
	must(p.b, err)
	return p.shown(words...)
}

// quit ends the program as a user does.
func (p *program) quit() {
	p.b.Helper()
	_, err := p.term.WriteString("q")
	must(p.b, err)
	must(p.b, p.cmd.Wait())
	must(p.b, p.term.Close())
}

// median sorts all and returns the middle one.
func median[T cmp.Ordered](all []T) T {
	slices.Sort(all)
	return all[len(all)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// cpu returns the processor time that the program has used, of all its threads:
// what clock_getcpuclockid(3) of its process counts.
func (p *program) cpu() time.Duration {
	p.b.Helper()
	const schedClock = 2
	var t unix.Timespec
	must(p.b, unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|schedClock), &t))
	return time.Duration(t.Nano())
}

// resident returns the memory that the program holds, in bytes.
func (p *program) resident() float64 {
	p.b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	must(p.b, err)
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	var kib float64
	_, err = fmt.Sscanf(rest, "%f kB", &kib)
	must(p.b, err)
	return kib * 1024
}
