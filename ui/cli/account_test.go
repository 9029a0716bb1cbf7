package cli

import (
	"os"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/emulator"
)

func TestWhichAccount(t *testing.T) {
	t.Parallel()
	tr := newTrial(t)
	w, _, _ := tr.world(nil)
	if _, err := w.meant(nil); exitCode(err) != ExitUsage || !strings.Contains(nextStep(err), "TOKENRING_ACCOUNT") {
		t.Errorf("no account: %v, %q", err, nextStep(err))
	}
	if names, err := w.meant([]string{"a", "b", "a"}); strings.Join(names, " ") != "a b" || err != nil {
		t.Errorf("%q, %v", names, err)
	}
	tr.env["TOKENRING_ACCOUNT"] = "admin@edge"
	if names, err := w.meant(nil); strings.Join(names, " ") != "admin@edge" || err != nil {
		t.Errorf("%q, %v", names, err)
	}
}

func TestUnknownAccount(t *testing.T) {
	t.Parallel()
	all := []session.Snapshot{
		{Account: session.Account{Name: "admin@edge"}},
		{Account: session.Account{Name: "Mia's shop"}},
	}
	for typed, want := range map[string]string{
		"admin":      "did you mean admin@edge?",
		"amdin@edge": "did you mean admin@edge?",
		"admi@other": "did you mean admin@edge?",
		"mia":        `did you mean 'Mia'\''s shop'?`,
		"zebra":      "tokenring ls",
	} {
		if err := unknownAccount(typed, all); !strings.Contains(nextStep(err), want) || exitCode(err) != ExitFailed {
			t.Errorf("%s: %v, %q, want %q", typed, err, nextStep(err), want)
		}
	}
	if err := unknownAccount("new\x1b[2J", nil); !strings.Contains(nextStep(err), "tokenring add") || strings.ContainsRune(nextStep(err), 0x1b) {
		t.Errorf("%q", nextStep(err))
	}
}

// TestCompletingAccounts offers names with the vault locked, and makes no ring.
func TestCompletingAccounts(t *testing.T) {
	t.Parallel()
	tr := newTrial(t)
	complete := func(given ...string) string {
		w, _, _ := tr.world(nil)
		root := newRoot(&w)
		root.SetContext(t.Context())
		names, _ := w.completeAccounts(root, given, "")
		return strings.Join(names, "\n")
	}
	if got := complete(); got != "" {
		t.Errorf("no ring: %q", got)
	}
	if _, err := os.Stat(tr.env["TOKENRING_HOME"]); err == nil {
		t.Error("completing made a ring")
	}
	l, err := emulator.Start(emulator.NewDatarhei(emulator.DatarheiOptions{Now: now}))
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
