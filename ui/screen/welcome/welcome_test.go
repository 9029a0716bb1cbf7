package welcome_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/uitest/harness"
)

func ring(t *testing.T, w, h int) *harness.Harness {
	t.Helper()
	r := harness.New(t)
	r.Config.Places.Store = "/home/ada/.local/share/tokenring"
	return r.Show(w, h)
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 36}, {80, 24}, {60, 18}, {60, 15}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			r := ring(t, size[0], size[1])
			r.Fits()
			r.Golden()
		})
	}
}

func TestItSaysHowToBegin(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 36}, {80, 24}, {60, 18}, {60, 15}} {
		r := ring(t, size[0], size[1])
		r.Sees("add an account", "read a token", "tokenring demo", "Knack", "/home/ada/.local/share/tokenring", "in memory only")
		r.Press("a")
		r.Sees("╭ Add an account")
	}
	r := ring(t, 80, 24)
	r.Press("d")
	r.Sees("╭ Read a token")
	r = ring(t, 80, 24)
	r.ClickOn("add an account")
	r.Sees("╭ Add an account")
	r = ring(t, 80, 24)
	r.Click(2, 1)
	r.SeesNot("Add an account", "╭ Read a token")
}

func TestTheFirstAccountEndsIt(t *testing.T) {
	t.Parallel()
	r := ring(t, 80, 24)
	r.Sees("Welcome to tokenring")
	r.Put(session.Account{ID: "id", Name: "admin@edge", Definition: "market", BaseURL: harness.Address, Origin: harness.Address}, nil)
	r.Send(screen.ChangedMsg{})
	r.SeesNot("Welcome to tokenring")
	r.Sees("admin@edge")
}

func TestALockedVaultAndABrokenDefinitionAreTold(t *testing.T) {
	t.Parallel()
	ring(t, 80, 24).SeesNot("cannot be used")
	r := harness.New(t)
	dir := strings.TrimSuffix(r.Store.Dir(), "ring") + "backends"
	if err := os.WriteFile(dir+"/shop.yaml", []byte("name: shop\nlogin: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.Vault.Lock()
	r.Show(80, 24)
	r.Sees("a definition of yours cannot be used; ? says why", "locked: ")
}

func TestKeysBoundAnewAreShown(t *testing.T) {
	t.Parallel()
	r := harness.New(t)
	keys, err := keymap.New(map[string][]string{"accounts.add": {"n"}, "app.decode": {}})
	if err != nil {
		t.Fatal(err)
	}
	r.Config.Keys = keys
	r.Show(80, 24)
	r.Sees("n   add an account")
	r.SeesNot("read a token")
}

func TestEverySizeIsLaidOut(t *testing.T) {
	t.Parallel()
	r := ring(t, 100, 30)
	for h := 15; h <= 60; h += 3 {
		for w := 60; w <= 200; w += 7 {
			r.Resize(w, h)
			r.Fits()
			r.Sees("add an account", "tokenring demo")
		}
	}
}
