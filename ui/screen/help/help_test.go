package help_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/ui/screen/help"
	"tokenring/ui/uitest/harness"
)

var places = help.Places{
	Store: "/home/ada/.local/share/tokenring", Config: "/home/ada/.config/tokenring/config.yaml",
	Backends: "/home/ada/.config/tokenring/backends", Version: "v1.2.3",
}

func ring(t *testing.T, w, h int) *harness.Harness {
	t.Helper()
	r := harness.New(t)
	r.Config.Places = places
	r.Put(session.Account{
		ID: "id", Name: "admin@edge", Environment: "dev", Definition: "market", BaseURL: harness.Address, Origin: harness.Address,
	}, nil)
	return r.Show(w, h)
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 36}, {80, 24}, {60, 18}} {
		for name, act := range map[string]func(*harness.Harness){
			"top":    func(*harness.Harness) {},
			"search": func(r *harness.Harness) { r.Press("/"); r.Type("log") },
		} {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				r := ring(t, size[0], size[1])
				r.Press("?")
				act(r)
				r.Fits()
				r.GoldenOverlay()
			})
		}
	}
}

func TestWhatWorksNowIsMarkedAndTheRestSaysWhy(t *testing.T) {
	t.Parallel()
	r := ring(t, 120, 36)
	r.Press("?", "/")
	r.Type("account.log")
	r.Sees("• l ", "Log in", "(there is no session; log in first)")
	r.SeesNot("• x ")
	r.Press("enter")
	r.SeesNot("esc clear")
	r.Press("esc")
	r.Sees("• a ")
	r.Press("esc")
	r.SeesNot("╭ Help")
}

func TestEveryKeyIsFound(t *testing.T) {
	t.Parallel()
	r := ring(t, 80, 24)
	r.Press("?")
	for _, b := range r.Config.Keys.Bindings() {
		r.Press("/")
		r.Paste(string(b.Action))
		r.Sees(strings.Fields(b.Long)[0])
		r.SeesNot("nothing here")
		r.Press("esc")
	}
	r.Press("/")
	r.Type("no such thing")
	r.Sees("nothing matches")
}

func TestScrollingReachesTheEnd(t *testing.T) {
	t.Parallel()
	r := ring(t, 60, 18)
	r.Press("?")
	seen := r.Frame()
	for range 30 {
		r.Press("pgdown")
		seen += r.Frame()
	}
	for _, b := range r.Config.Keys.Bindings() {
		if !strings.Contains(seen, strings.Fields(b.Long)[0]) {
			t.Errorf("%s cannot be reached", b.Action)
		}
	}
	for _, place := range []string{"v1.2.3", "config.yaml", "memory only", "typed confirm"} {
		if !strings.Contains(seen, place) {
			t.Errorf("%q cannot be reached", place)
		}
	}
	r.SeesNot("more lines below")
	r.Press("?")
	r.SeesNot("╭ Help")
}

func TestABrokenDefinitionIsTold(t *testing.T) {
	t.Parallel()
	r := harness.New(t)
	r.Config.Places = places
	dir := strings.TrimSuffix(r.Store.Dir(), "ring") + "backends"
	if err := os.WriteFile(dir+"/shop.yaml", []byte("name: shop\nlogin: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.Show(120, 36)
	r.Press("?", "/")
	r.Type("problem")
	r.Sees("✕ problem", "shop.yaml")
}

func TestEverySizeIsLaidOut(t *testing.T) {
	t.Parallel()
	r := ring(t, 100, 30)
	r.Press("?")
	for h := 15; h <= 60; h += 9 {
		for w := 60; w <= 200; w += 7 {
			r.Resize(w, h)
			r.Fits()
			r.Sees("╭ Help")
		}
	}
}
