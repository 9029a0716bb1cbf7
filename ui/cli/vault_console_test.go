//go:build unix

package cli

import (
	"strings"
	"testing"
	"time"

	"tokenring/session/emulator"
	"tokenring/store/vault"
)

// TestAPassphraseTakesItsTime types one after the time in which a keyring answers.
func TestAPassphraseTakesItsTime(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.runs("", "vault", "init", "--key-variable")
	tr.runs("spare battery\n", "vault", "recovery", "--stdin")
	tr.runs("correct horse\n", "vault", "move", "--passphrase", "--stdin")
	p := newUser(t)
	env, _, _ := tr.environment(p.tty, "vault", "recovery", "--remove")
	env.Out, env.Err = p.tty, p.tty
	go func() {
		time.Sleep(vault.Patience + time.Second/2)
		p.answers("Passphrase of the vault", "spare battery\n")
	}()
	if code := run(env); code != ExitOK {
		t.Errorf("exit %d", code)
	}
	contains(t, p.screen(), "tokenring vault passphrase --help")
	if strings.Contains(p.screen(), "keyring") {
		t.Errorf("a keyring is mentioned: %s", p.screen())
	}
}

// TestAResetIsTyped loses the key of a ring.
func TestAResetIsTyped(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	tr.runs("", "token", "admin@edge")
	tr.runs("spare battery\n", "vault", "recovery", "--stdin")
	tr.env["TOKENRING_KEY"] = strings.TrimSpace(tr.runs("", "vault", "key"))
	tr.want(ExitNeedsLogin, "", []string{"token", "admin@edge"}, "tokenring vault reset")
	p := newUser(t)
	resets := func(word string) int {
		env, _, _ := tr.environment(p.tty, "vault", "reset", "--key-variable")
		env.Out, env.Err = p.tty, p.tty
		go func() {
			p.answers("Its recovery passphrase still opens it", "")
			p.answers("Type reset to go on: ", word)
		}()
		return run(env)
	}
	if code := resets("yes\n"); code != ExitFailed || tr.vaultState().State != "locked" {
		t.Errorf("declined: exit %d", code)
	}
	if code := resets("reset\n"); code != ExitOK || tr.vaultState().State != "open" {
		t.Fatalf("agreed: exit %d, %s", code, p.screen())
	}
	contains(t, tr.runs("", "ls"), "admin@edge")
	tr.want(ExitFailed, "", []string{"login", "admin@edge"}, "is not sealed with this ring's key")
	tr.runs("", "review", "--keep")
	tr.want(ExitNeedsLogin, "", []string{"login", "admin@edge"}, "password")
	tr.env["LATER"] = emulator.Password
	tr.runs("", "login", "admin@edge", "--secret", "password=env:LATER")
	tr.runs("", "token", "admin@edge")
}
