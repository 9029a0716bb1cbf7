package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"tokenring/session/emulator"
)

func (tr *cliTest) vaultState() (s vaultState) {
	tr.t.Helper()
	out, errs, code := tr.run("", "vault", "status", "--json")
	if err := json.Unmarshal([]byte(out), &s); err != nil || code != ExitOK {
		tr.t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	return s
}

// runs is run for a command that must go through.
func (tr *cliTest) runs(stdin string, args ...string) string {
	tr.t.Helper()
	out, errs, code := tr.run(stdin, args...)
	if code != ExitOK {
		tr.t.Fatalf("%q: exit %d, %s", args, code, errs)
	}
	return out + errs
}

func TestAVaultInAScript(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	delete(tr.env, "TOKENRING_KEY")
	if one, other := tr.runs("", "vault", "--json"), tr.runs("", "vault", "status", "--json"); one != other {
		t.Errorf("%s is not %s", one, other)
	}
	if s := tr.vaultState(); s.State != "unset" || len(s.Choices) != 3 || s.Choices[0].Usable || !s.Choices[1].Usable {
		t.Errorf("at first: %+v", s)
	}
	for _, tt := range []struct {
		stdin string
		args  []string
		code  int
		says  string
	}{
		{"", []string{"init"}, ExitUsage, "--key-variable"},
		{"", []string{"init", "--keyring", "--passphrase"}, ExitUsage, "one way"},
		{"", []string{"init", "--keyring"}, ExitFailed, "no keyring runs"},
		{"", []string{"init", "--key-variable"}, ExitFailed, "→ set it to a key"},
		{"", []string{"init", "--passphrase"}, ExitFailed, "--stdin"},
		{"short\n", []string{"init", "--passphrase", "--stdin"}, ExitFailed, "at least 8"},
		{"correct horse\nbattery\n", []string{"init", "--passphrase", "--stdin"}, ExitUsage, "2 lines"},
		{"", []string{"init", "--key-variable", "--stdin"}, ExitUsage, "--stdin is for a passphrase"},
		{"", []string{"passphrase", "--stdin"}, ExitNeedsLogin, "is not set up"},
		{"", []string{"recovery", "--remove"}, ExitNeedsLogin, "is not set up"},
	} {
		if _, errs, code := tr.run(tt.stdin, append([]string{"vault"}, tt.args...)...); code != tt.code || !strings.Contains(errs, tt.says) {
			t.Errorf("%q: exit %d, %q; want %d, %q", tt.args, code, errs, tt.code, tt.says)
		}
	}
	if s := tr.vaultState(); s.State != "unset" {
		t.Fatalf("something weaker was taken: %+v", s)
	}
	tr.runs("correct horse\n", "vault", "init", "--passphrase", "--stdin")
	if s := tr.vaultState(); s.State != "locked" || s.Way != "passphrase" || s.Recovery || s.Reason == "" {
		t.Errorf("chosen: %+v", s)
	}
	tr.runs("correct horse\n", "vault", "init", "--passphrase", "--stdin") // as the loser of a race does
	tr.want(ExitFailed, "another horse\n", []string{"vault", "init", "--passphrase", "--stdin"}, "wrong passphrase", "already set up")
	tr.want(ExitFailed, "", []string{"vault", "init", "--keyring"}, "already set up: passphrase", "vault move")
	if _, errs, code := tr.run("wrong horse\nnew battery\n", "vault", "passphrase", "--stdin"); code == ExitOK || !strings.Contains(errs, "wrong passphrase") {
		t.Errorf("a wrong one: exit %d, %q", code, errs)
	}
	tr.runs("correct horse\nnew battery\n", "vault", "passphrase", "--stdin")
	if _, _, code := tr.run("correct horse\nnew battery\n", "vault", "passphrase", "--stdin"); code == ExitOK {
		t.Error("the first passphrase still works")
	}
	if _, errs, code := tr.run("spare battery\n", "vault", "recovery", "--stdin"); code != ExitNeedsLogin || !strings.Contains(errs, "locked") {
		t.Errorf("recovery of a locked vault: exit %d, %q", code, errs)
	}
}

func TestARecoveryPassphrase(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	key := strings.TrimSpace(tr.runs("", "vault", "key"))
	if again := strings.TrimSpace(tr.runs("", "vault", "key")); again == key {
		t.Fatal("the same key twice")
	}
	tr.env["TOKENRING_KEY"] = key
	for range 2 { // what is so already is no error
		tr.runs("", "vault", "init", "--key-variable")
	}
	tr.runs("spare battery\n", "vault", "recovery", "--stdin")
	if s := tr.vaultState(); s.State != "open" || s.Way != "key variable" || !s.Recovery {
		t.Errorf("set: %+v", s)
	}
	if _, errs, code := tr.run("", "vault", "recovery", "--remove", "--stdin"); code != ExitUsage {
		t.Errorf("both: exit %d, %q", code, errs)
	}
	tr.runs("", "vault", "recovery", "--remove")
	if out := tr.runs("", "vault"); !strings.Contains(out, "none; set one") || strings.Contains(out, key) {
		t.Errorf("removed: %s", out)
	}
	if _, errs, code := tr.run("", "vault", "recovery", "--remove"); code != ExitFailed || !strings.Contains(errs, "no recovery passphrase") {
		t.Errorf("removed twice: exit %d, %q", code, errs)
	}
	if _, errs, code := tr.run("", "vault", "passphrase", "--stdin"); code != ExitFailed || !strings.Contains(errs, "key variable") {
		t.Errorf("a passphrase: exit %d, %q", code, errs)
	}
}

func TestTheKeyMoves(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.want(ExitNeedsLogin, "", []string{"vault", "move", "--keyring"}, "is not set up")
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	token := tr.runs("", "token", "admin@edge")
	tr.runs("spare battery\n", "vault", "recovery", "--stdin")
	tr.want(ExitUsage, "", []string{"vault", "move"}, "--key-variable")
	tr.want(ExitUsage, "", []string{"vault", "move", "--keyring", "--stdin"}, "--stdin is for a passphrase")
	tr.want(ExitFailed, "", []string{"vault", "move", "--keyring"}, "no keyring runs", "→ if no keyring works here")
	tr.want(ExitFailed, "short\n", []string{"vault", "move", "--passphrase", "--stdin"}, "at least 8")
	if again := tr.runs("", "token", "admin@edge"); again != token {
		t.Errorf("after a move that failed the token is %q, not %q", again, token)
	}
	tr.want(ExitFailed, "", []string{"vault", "reset", "--passphrase"}, "is not lost")
	tr.want(ExitOK, "correct horse\n", []string{"vault", "move", "--passphrase", "--stdin"}, "The key is kept by: passphrase.")
	if s := tr.vaultState(); s.State != "locked" || s.Way != "passphrase" || !s.Recovery {
		t.Errorf("moved: %+v", s)
	}
	tr.want(ExitFailed, "", []string{"vault", "move", "--passphrase"}, "tokenring vault passphrase")
	wantFound(t, tr.examined(ExitOK)["TOKENRING_KEY"], verdictWarn, "not used: this ring keeps its key by passphrase")
	if text := tr.runs("", "vault", "status"); tr.vaultState().Unused != "TOKENRING_KEY" || !strings.Contains(text, "set, but not used") {
		t.Errorf("the status is silent about the key variable: %s", text)
	}
	tr.want(ExitFailed, "", []string{"vault", "reset", "--key-variable"}, "a person must confirm")
}

func TestTheKeyIsChanged(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.want(ExitNeedsLogin, "", []string{"vault", "rekey"}, "is not set up")
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	token := tr.runs("", "token", "admin@edge")
	tr.runs("spare battery\n", "vault", "recovery", "--stdin")
	tr.want(ExitFailed, "", []string{"vault", "rekey"}, "--stdin")
	tr.want(ExitFailed, "wrong battery\n", []string{"vault", "rekey", "--stdin"}, "wrong passphrase")
	tr.want(ExitOK, "spare battery\n", []string{"vault", "rekey", "--stdin"}, "The key was changed and seals ")
	tr.want(ExitOK, "", []string{"vault", "rekey", "--remove-recovery"}, "The key was changed and seals ")
	if s := tr.vaultState(); s.State != "open" || s.Recovery {
		t.Errorf("%+v", s)
	}
	if again := tr.runs("", "token", "admin@edge"); again != token {
		t.Errorf("the token is %q, not %q", again, token)
	}
	tr.want(ExitOK, "", []string{"refresh", "admin@edge"})
}
