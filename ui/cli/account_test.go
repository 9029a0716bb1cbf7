package cli

import (
	"os"
	"strings"
	"testing"

	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
)

func TestWhichAccount(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	env, _, _ := tr.environment(nil)
	if _, err := env.Names(nil); exitCode(err) != ExitUsage || !strings.Contains(nextStep(err), "TOKENRING_ACCOUNT") {
		t.Errorf("no account: %v, %q", err, nextStep(err))
	}
	if names, err := env.Names([]string{"a", "b", "a"}); strings.Join(names, " ") != "a b" || err != nil {
		t.Errorf("%q, %v", names, err)
	}
	tr.env["TOKENRING_ACCOUNT"] = "admin@edge"
	if names, err := env.Names(nil); strings.Join(names, " ") != "admin@edge" || err != nil {
		t.Errorf("%q, %v", names, err)
	}
}

func TestUnknownAccount(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	env, _, _ := tr.environment(nil)
	r, err := env.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.FindAll(t.Context(), []string{"new\x1b[2J"}); !strings.Contains(nextStep(err), "tokenring add") || strings.ContainsRune(nextStep(err), 0x1b) {
		t.Errorf("%q", nextStep(err))
	}
	tr.hold(free("admin@edge"), free("Mia's shop"))
	for typed, want := range map[string]string{
		"admin":      "did you mean admin@edge?",
		"amdin@edge": "did you mean admin@edge?",
		"admi@other": "did you mean admin@edge?",
		"mia":        `did you mean 'Mia'\''s shop'?`,
		"zebra":      "tokenring ls",
	} {
		if _, err := r.FindAll(t.Context(), []string{typed}); !strings.Contains(nextStep(err), want) || exitCode(err) != ExitUsage {
			t.Errorf("%s: %v, %q, want %q", typed, err, nextStep(err), want)
		}
	}
}

// TestCompletingAccounts offers names with the vault locked, and makes no ring.
func TestCompletingAccounts(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	complete := func(given ...string) string {
		env, _, _ := tr.environment(nil)
		root := newRoot(env, commands())
		root.SetContext(t.Context())
		names := completer{env}.accounts(root, given)
		return strings.Join(names, "\n")
	}
	if got := complete(); got != "" {
		t.Errorf("no ring: %q", got)
	}
	if _, err := os.Stat(tr.env["TOKENRING_HOME"]); err == nil {
		t.Error("completing made a ring")
	}
	l, err := emulator.Start(emulatortest.NewDatarhei(emulator.DatarheiOptions{Now: tr.now}))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tr.add(l.URL)
	delete(tr.env, "TOKENRING_KEY")
	if got := complete(); got != "admin@edge\tdev datarhei-core" {
		t.Errorf("%q", got)
	}
	if got := complete("admin@edge"); got != "" {
		t.Errorf("given already: %q", got)
	}
}
