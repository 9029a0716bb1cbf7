package welcome_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/screen/welcome"
	"tokenring/ui/uitest"
)

// note is an overlay that only has a name.
type note struct {
	screen.Screen
	title string
}

func (n *note) Title() string                  { return n.title }
func (n *note) Size(maxW, maxH int) (int, int) { return min(20, maxW), min(3, maxH) }
func (n *note) Close()                         {}

func ring(t *testing.T, w, h int) *uitest.World {
	t.Helper()
	r := uitest.NewWorld(t)
	const store = "/home/ada/.local/share/tokenring"
	r.Config.Overlays.Welcome = func(c *screen.Context) screen.Screen { return welcome.New(c, store) }
	titled := func(title string) func(*screen.Context) screen.Overlay {
		return func(c *screen.Context) screen.Overlay { return &note{welcome.New(c, ""), title} }
	}
	r.Config.Overlays.Add, r.Config.Overlays.Decode = titled("Adding"), titled("Decoding")
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
		r.Sees("╭ Adding")
	}
	r := ring(t, 80, 24)
	r.Press("d")
	r.Sees("╭ Decoding")
	r = ring(t, 80, 24)
	r.ClickOn("add an account")
	r.Sees("╭ Adding")
	r = ring(t, 80, 24)
	r.Click(2, 1)
	r.SeesNot("Adding", "Decoding")
}

func TestTheFirstAccountEndsIt(t *testing.T) {
	t.Parallel()
	r := ring(t, 80, 24)
	r.Sees("Welcome to tokenring")
	r.Put(session.Account{ID: "id", Name: "admin@edge", Definition: "market", BaseURL: uitest.Address, Origin: uitest.Address}, nil)
	r.Send(screen.ChangedMsg{})
	r.SeesNot("Welcome to tokenring")
	r.Sees("admin@edge")
}

func TestALockedVaultAndABrokenDefinitionAreTold(t *testing.T) {
	t.Parallel()
	ring(t, 80, 24).SeesNot("cannot be used")
	r := uitest.NewWorld(t)
	dir := strings.TrimSuffix(r.Store.Dir(), "ring") + "backends"
	if err := os.WriteFile(dir+"/shop.yaml", []byte("name: shop\nlogin: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.Vault.Lock()
	r.Config.Overlays.Welcome = func(c *screen.Context) screen.Screen { return welcome.New(c, "") }
	r.Show(80, 24)
	r.Sees("a definition of yours cannot be used; ? says why", "locked: ")
}

func TestKeysBoundAnewAreShown(t *testing.T) {
	t.Parallel()
	r := uitest.NewWorld(t)
	keys, err := keymap.New(map[string][]string{"accounts.add": {"n"}, "app.decode": {}})
	if err != nil {
		t.Fatal(err)
	}
	r.Config.Keys = keys
	r.Config.Overlays.Welcome = func(c *screen.Context) screen.Screen { return welcome.New(c, "") }
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
