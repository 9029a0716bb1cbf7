//go:build unix

package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	xterm "github.com/charmbracelet/x/term"
	"github.com/creack/pty"

	"tokenring/session"
	"tokenring/session/emulator"
	"tokenring/session/secret"
	"tokenring/ui/cli/term"
	"tokenring/ui/preferred"
)

// user is a terminal with a user at it.
type user struct {
	t   *testing.T
	end *os.File // where they type and read
	tty *os.File

	mu    sync.Mutex
	seen  bytes.Buffer
	ended bool
}

// terminal returns the modes of the terminal.
func (p *user) terminal() xterm.State {
	state, err := xterm.GetState(p.tty.Fd())
	if err != nil {
		p.t.Error(err)
		return xterm.State{}
	}
	return *state
}

func newUser(t *testing.T) *user {
	t.Helper()
	end, tty, err := pty.Open()
	if err != nil {
		t.Skip("there is no pseudo-terminal here: ", err)
	}
	p := &user{t: t, end: end, tty: tty}
	t.Cleanup(func() { tty.Close(); end.Close() })
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := end.Read(buf)
			p.mu.Lock()
			p.seen.Write(buf[:n])
			p.ended = err != nil
			p.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return p
}

// screen returns what was shown since the last question, to the end of what the program
// has written: a mark behind it has arrived too.
func (p *user) screen() string {
	const mark = "\x00"
	if _, err := io.WriteString(p.tty, mark); err != nil {
		p.t.Error(err)
	}
	for {
		p.mu.Lock()
		shown, rest, arrived := strings.Cut(p.seen.String(), mark)
		if arrived || p.ended {
			p.seen.Reset()
			p.seen.WriteString(shown + rest)
			p.mu.Unlock()
			return shown
		}
		p.mu.Unlock()
		time.Sleep(2 * time.Millisecond)
	}
}

// answers waits until text is asked and types the answer. If that never
// happens it closes the terminal, so that nothing waits for it.
func (p *user) answers(text, answer string) {
	for deadline := time.Now().Add(time.Minute); !p.read(text); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Errorf("%q was never asked: %q", text, p.screen())
			p.end.Close()
			return
		}
	}
	if _, err := io.WriteString(p.end, answer); err != nil {
		p.t.Error(err)
	}
}

// read forgets what was shown up to a text, once that was shown.
func (p *user) read(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, after, ok := strings.Cut(p.seen.String(), text)
	if ok {
		p.seen.Reset()
		p.seen.WriteString(after)
	}
	return ok
}

func TestAsking(t *testing.T) {
	t.Parallel()
	p := newUser(t)
	c, err := p.io().Console()
	if err != nil {
		t.Fatal(err)
	}
	go p.answers("Name: ", " mia \n")
	if text, err := c.Line(t.Context(), "Name"); text != "mia" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	go p.answers("Password (not shown): ", " can ary\n")
	if v, err := c.Hidden(t.Context(), "Password"); v.Reveal() != " can ary" || err != nil {
		t.Errorf("%q, %v", v.Reveal(), err)
	}
	if strings.Contains(p.screen(), "ary") {
		t.Errorf("a secret was shown: %q", p.screen())
	}
	for answer, want := range map[string]bool{"y\n": true, "YES\n": true, "\n": false, "n\n": false, "yep\n": false} {
		go p.answers("Sure? [y/N]: ", answer)
		if got, err := c.Yes(t.Context(), "Sure?"); got != want || err != nil {
			t.Errorf("%q: %v, %v", answer, got, err)
		}
	}
	asks := p.io().Prompter()
	for answer, want := range map[string]string{"y\r": session.Yes, "http://127.0.0.1/?code=canary\r": ""} {
		go p.answers("Use it? [y/N] (not shown): ", answer)
		if got, err := asks.Ask(t.Context(), session.Question{Label: "Use it?", Confirm: true, Secret: true}); got.Reveal() != want || err != nil {
			t.Errorf("%q: %v", answer, err)
		}
		if s := p.screen(); strings.Contains(s, "ary") {
			t.Errorf("a pasted code was shown: %q", s)
		}
	}
	go p.answers("Code: ", "\x04")
	if _, err := asks.Ask(t.Context(), session.Question{Label: "Code"}); !errors.Is(err, term.ErrDeclined) {
		t.Errorf("end of input: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { p.answers("Secret (not shown): ", ""); cancel() }()
	if _, err := c.Hidden(ctx, "Secret"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestSignalsAreCaughtBeforeTheTerminalIsChanged asks for a secret: a signal that is not
// caught would leave the terminal without echo.
func TestSignalsAreCaughtBeforeTheTerminalIsChanged(t *testing.T) {
	t.Parallel()
	p := newUser(t)
	c, err := p.io().Console()
	if err != nil {
		t.Fatal(err)
	}
	before := p.terminal()
	caught := false
	ctx := interruptible{t.Context(), sync.OnceFunc(func() {
		caught = true
		if p.terminal() != before || p.screen() != "" {
			t.Error("the terminal is changed already")
		}
	})}
	go p.answers("Password (not shown): ", "secret\r")
	if _, err := c.Hidden(ctx, "Password"); err != nil || !caught {
		t.Errorf("caught: %t, error %v", caught, err)
	}
}

func TestASecretIsTypedUnseen(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 20_000)
	for typed, want := range map[string]string{
		"abc\x7fd\r":         "abd",
		"wrong\x15right\r":   "right",
		"p\x1b[Aa\x1bOBss\r": "pass",
		"grün\x7f\x7f\r":     "gr",

		"\x1b[200~one\rtwo\n\x1b[201~\r":     "one\rtwo",
		"1\x1b[200~2\x1b[201~3\x1b[3~4\r":    "1234",
		"\x1b[200~Bearer\tx\x03\x1b[201~y\r": "Bearer\tx\x03y",
		long + "\r":                          long,
	} {
		p := newUser(t)
		c, err := p.io().Console()
		if err != nil {
			t.Fatal(err)
		}
		go p.answers("Password (not shown): ", typed)
		v, err := c.Hidden(t.Context(), "Password")
		if v.Reveal() != want || err != nil {
			t.Errorf("%.20q gave %d bytes, %v", typed, len(v.Reveal()), err)
		}
		if s := p.screen(); strings.ContainsAny(s, "abdgprx") {
			t.Errorf("something was shown: %q", s)
		}
	}
	p := newUser(t)
	c, err := p.io().Console()
	if err != nil {
		t.Fatal(err)
	}
	go p.answers("Password (not shown): ", "half\x03")
	if _, err := c.Hidden(t.Context(), "Password"); !errors.Is(err, context.Canceled) {
		t.Errorf("ctrl+c: %v", err)
	}
}

func TestAConsoleNeedsATerminal(t *testing.T) {
	t.Parallel()
	p := newUser(t)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	pipe, other, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	defer other.Close()
	terminal := func() (*os.File, error) { return p.tty, nil }
	for _, tt := range []struct {
		name  string
		io    term.IO
		asked bool
	}{
		{"a terminal", term.IO{In: p.tty, Err: p.tty}, true},
		{"data on standard input", term.IO{In: pipe, Err: p.tty, OpenTTY: terminal}, true},
		{"no input", term.IO{In: null, Err: p.tty, OpenTTY: terminal}, false},
		{"questions go to a file", term.IO{In: p.tty, Err: &bytes.Buffer{}, OpenTTY: terminal}, false},
		{"a test", term.IO{In: strings.NewReader(""), Err: p.tty, OpenTTY: terminal}, false},
	} {
		if _, err := tt.io.Console(); (err == nil) != tt.asked {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestUnlocking opens a vault with the passphrase of a user who mistypes it.
func TestUnlocking(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	delete(tr.env, "TOKENRING_KEY")
	p := newUser(t)
	env, _, errs := tr.environment(strings.NewReader(""))
	ctx := t.Context()
	r, err := env.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Vault.Choose(ctx, session.WayPassphrase, secret.New("correct horse")); err != nil {
		t.Fatal(err)
	}
	r.Vault.Lock()
	if err := r.Unlock(ctx); exitCode(err) != ExitNeedsLogin || errs.Len() > 0 {
		t.Errorf("without a terminal: %v, %q", err, errs)
	}
	env.In, env.Err = p.tty, p.tty
	go func() {
		p.answers("Passphrase of the vault (not shown): ", "battery\n")
		p.answers("Wrong passphrase.", "")
		p.answers("Passphrase of the vault (not shown): ", "correct horse\n")
	}()
	if err := r.Unlock(ctx); err != nil || r.Vault.Status(ctx).State != session.VaultOpen {
		t.Errorf("%v, %q", err, p.screen())
	}
}

// TestSettingUpAVault keeps the key of a new vault in the variable that is set.
func TestSettingUpAVault(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	env, _, _ := tr.environment(strings.NewReader(""))
	ctx := t.Context()
	r, err := env.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.SetUpVault(ctx); err != nil || r.Vault.Status(ctx).Way != session.WayVariable {
		t.Errorf("%v, %+v", err, r.Vault.Status(ctx))
	}
}

// io returns the streams of a program at the user's terminal.
func (p *user) io() *term.IO { return &term.IO{In: p.tty, Out: p.tty, Err: p.tty} }

// runs runs a command at the user's terminal.
func (p *user) runs(tr *cliTest, args ...string) <-chan int {
	env, _, _ := tr.environment(nil, args...)
	env.In, env.Out, env.Err = p.tty, p.tty, p.tty
	code := make(chan int, 1)
	go func() { code <- run(env) }()
	return code
}

// TestAKilledEditorLeavesTheTerminalAsItWas takes the echo away and is killed.
func TestAKilledEditorLeavesTheTerminalAsItWas(t *testing.T) {
	t.Parallel()
	p := newUser(t)
	c, err := p.io().Console()
	if err != nil {
		t.Fatal(err)
	}
	before := p.terminal()
	editor := preferred.Open(t.Context(), []string{"sh", "-c", "stty raw -echo; kill -9 $$"}, os.Environ(), "file")
	if err := c.Run(editor); err == nil {
		t.Error("it did not fail")
	}
	if p.terminal() != before {
		t.Error("the terminal is changed")
	}
}

// TestAddingABackendWithAnEditor writes a definition on the way to an account.
func TestAddingABackendWithAnEditor(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	editor := filepath.Join(t.TempDir(), "edit.sh")
	script := "#!/bin/sh\nif grep -q colour \"$1\"; then sed -i s/^colour:.*// \"$1\"; else echo 'colour: red' >>\"$1\"; fi\n"
	if err := os.WriteFile(editor, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	tr.env["EDITOR"] = editor
	p := newUser(t)
	code := p.runs(tr, "add")
	p.answers("Backend [1-", "compass\n")
	p.answers("a word to search for", "")
	p.answers("Backend [1-", "+\n")
	p.answers("Name of the backend: ", "vault\n")
	p.answers("vault is built in: choose another name", "")
	p.answers("Name of the backend: ", "shop\n")
	p.answers("unknown key colour", "")
	p.answers("Edit it again?", "y\n")
	p.answers("Address: ", "https://shop.example\n")
	p.answers("User name: ", "ada\n")
	p.answers("Password, or nothing", "\n")
	p.answers("Name of the account: ", "ada@shop\n")
	p.answers("ada@shop  added: Shop", "")
	if got := <-code; got != ExitOK {
		t.Errorf("exit %d: %s", got, p.screen())
	}
}

// TestABackendIsFoundByItsAddress fills in what an address says of an account.
func TestABackendIsFoundByItsAddress(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	p := newUser(t)
	code := p.runs(tr, "add", "--login", "client")
	p.answers("Backend [1-", "https://id.example/x/.well-known/openid-configuration\n")
	p.answers("Client id: ", "me\n")
	p.answers("Name of the account: ", "me@id\n")
	p.answers("me@id  added: OAuth 2.0 and OpenID Connect, https://id.example/x", "")
	if got := <-code; got != ExitOK {
		t.Errorf("exit %d: %s", got, p.screen())
	}
}

// TestATokenAtTheBackendIsNotShown pastes the answer of a login where a name is asked for.
func TestATokenAtTheBackendIsNotShown(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	p := newUser(t)
	code := p.runs(tr, "add")
	p.answers("Backend [1-", "\x1b[200~{\"access_token\":\"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.\r")
	p.answers("", "c2lnbmF0dXJlc2lnbmF0dXJl\"}\x1b[201~\r")
	shown := p.screen()
	for !strings.Contains(shown, "Enter a number from") {
		shown = p.screen()
	}
	p.answers("Enter a number from", "")
	p.answers("Backend [1-", "\x04")
	if <-code == ExitOK || !strings.Contains(shown, `{"access_token":"••`) || strings.Contains(shown, "eyJzdWIi") || strings.Contains(shown, "c2lnbm") {
		t.Error(shown)
	}
}

// TestABackendIsFoundByAWord names the backend that a word chose.
func TestABackendIsFoundByAWord(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	p := newUser(t)
	code := p.runs(tr, "add")
	p.answers("Backend [1-", "django\n")
	p.answers("(simplejwt)", "")
	p.answers("Address: ", "\x04")
	if got := <-code; got == ExitOK {
		t.Errorf("exit %d: %s", got, p.screen())
	}
}

// TestAddingByAnswers adds an account without any flag.
func TestAddingByAnswers(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	p := newUser(t)
	code := p.runs(tr, "add", "--log-in")
	p.answers("datarhei Core  (datarhei-core)", "")
	p.answers("Backend [1-", "datarhei-core\n")
	p.answers("Log in with [1-", "9\n")
	p.answers("Enter a number from 1 to", "")
	p.answers("]: ", "1\n")
	p.answers("Address [http://127.0.0.1:8080]: ", "nonsense\n")
	p.answers("a full address", "")
	p.answers("Address [http://127.0.0.1:8080]: ", url+"\n")
	p.answers("Username: ", "admin\n")
	p.answers("Password, or nothing to be asked at each login (not shown): ", emulator.Password+"\n")
	p.answers("Optional, and not asked for: --set domain=…", "")
	p.answers("Name of the account: ", "admin@edge\n")
	p.answers("The credentials go to "+url, "")
	if got := <-code; got != ExitOK {
		t.Errorf("exit %d: %s", got, p.screen())
	}
	p.answers("admin@edge  added: datarhei Core", "")
	tr.want(ExitOK, "", []string{"ls"}, "admin@edge", "valid")

	code = p.runs(tr, "rm", "admin@edge")
	p.answers("[y/N]: ", "n\n")
	if got := <-code; got != ExitFailed {
		t.Errorf("exit %d: %s", got, p.screen())
	}
	tr.want(ExitOK, "", []string{"ls"}, "admin@edge")
}

// TestATypedConfirm sends only after the name was typed.
func TestATypedConfirm(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.env["PW"] = emulator.Password
	tr.put("root@edge", url, "admin", "--secret", "password=env:PW", "--guard", "typed-confirm", "--log-in")
	p := newUser(t)
	for typed, want := range map[string]int{"yes": ExitFailed, "root@edge": ExitOK} {
		code := p.runs(tr, "request", "root@edge", "/v3/process", "--yes")
		p.answers("Send GET /v3/process as root@edge? Type root@edge: ", typed+"\n")
		if got := <-code; got != want {
			t.Errorf("%s: exit %d: %s", typed, got, p.screen())
		}
	}
}

// TestATerminalIsSafe shows what a hostile server sends on a terminal.
func TestATerminalIsSafe(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.hostile("canary-of-the-token")
	p := newUser(t)
	for _, args := range [][]string{
		{"request", "odd", "/escape"}, {"request", "odd", "/escape", "-i"}, {"request", "odd", "/escape-header", "-i"},
		{"request", "odd", "/reflect"}, {"request", "odd", "/escape", "--filter", ".. | strings", "-r"},
	} {
		<-p.runs(tr, args...)
	}
	// Our own line of progress begins so.
	screen := strings.ReplaceAll(p.screen(), "\r\x1b[K", "")
	if strings.ContainsAny(screen, "\x1b\u009b\u202e") || strings.Contains(screen, "canary") {
		t.Errorf("%q", screen)
	}
}

// TestGivingUp presses ctrl+c while a server never answers.
func TestGivingUp(t *testing.T) {
	tr := newTest(t)
	tr.hostile("canary-of-the-token")
	p := newUser(t)
	code := p.runs(tr, "request", "odd", "/never")
	p.answers("ctrl+c cancels", "")
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-code:
		if got != ExitInterrupted {
			t.Errorf("exit %d", got)
		}
	case <-time.After(time.Minute):
		t.Fatal("it goes on")
	}
	p.answers("cancelled", "")
}

// TestQuittingAProgram presses ctrl+\ while a program runs that ignores it, as
// tokenring does.
func TestQuittingAProgram(t *testing.T) {
	tr := newTest(t)
	tr.hostile("canary-of-the-token")
	p := newUser(t)
	code := p.runs(tr, "exec", "odd", "--", "sh", "-c", "echo ready; read word; echo effect $word")
	p.answers("ready", "")
	if err := syscall.Kill(os.Getpid(), syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	if _, err := p.end.WriteString("this\n"); err != nil {
		t.Fatal(err)
	}
	p.answers("effect this", "")
	if got := <-code; got != ExitOK {
		t.Errorf("exit %d: %s", got, p.screen())
	}
}

func TestAnExpiredPastedTokenIsAskedForAnew(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.runs("", "vault", "init", "--key-variable")
	tr.run("eyJhbGciOiJub25lIn0.eyJleHAiOjE1MDAwMDAwMDB9.", "add", "mine", "-b", "token", "--set", "address=http://127.0.0.1:1", "--secret", "pasted=-")
	p := newUser(t)
	code := p.runs(tr, "login", "mine")
	p.answers("already expired", "")
	p.answers("Token of mine (not shown): ", "a-new-opaque-token\n")
	if got := <-code; got != ExitOK {
		t.Fatalf("exit %d: %s", got, p.screen())
	}
	if out := tr.runs("", "token", "mine"); out != "a-new-opaque-token\n" {
		t.Errorf("token %q", out)
	}
	tr.runs("", "login", "mine") // what was entered replaced what was stored
	if out := tr.runs("", "token", "mine"); out != "a-new-opaque-token\n" {
		t.Errorf("token %q after another login", out)
	}
}
