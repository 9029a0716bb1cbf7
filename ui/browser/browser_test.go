package browser

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheBrowserOfEachPlace(t *testing.T) {
	t.Parallel()
	const page = "https://login.example/a?x=1&redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2Fcallback"
	for name, c := range map[string]struct {
		system string
		env    string // NAME=value, blanks between
		lacks  string // programs that are not installed
		want   string // what was started, without the address; "": nothing
		hint   string
		own    string // the command of the account
	}{
		"a desk":            {"linux", "DISPLAY=:0", "", "xdg-open", "", ""},
		"Wayland":           {"linux", "WAYLAND_DISPLAY=w", "xdg-open", "x-www-browser", "", ""},
		"no display":        {"linux", "", "", "", "", ""},
		"CI":                {"linux", "DISPLAY=:0 CI=true BROWSER=firefox", "", "", "", ""},
		"ssh":               {"linux", "DISPLAY=:0 SSH_CONNECTION=10.0.0.1|5|10.0.0.2|22", "", "", "ssh -L 4711:127.0.0.1:4711 10.0.0.2", ""},
		"a container":       {"linux", "BROWSER=/usr/bin/code-browser SSH_CONNECTION=a|1|b|2", "", "/usr/bin/code-browser", "", ""},
		"a list":            {"linux", "BROWSER=firefox:w3m|-no-cookie|%s", "firefox", "w3m -no-cookie", "", ""},
		"a Mac":             {"darwin", "", "", "open", "", ""},
		"a Mac over ssh":    {"darwin", "SSH_TTY=/dev/x", "", "", "", ""},
		"Windows":           {"windows", "", "", "rundll32.exe url.dll,FileProtocolHandler", "", ""},
		"WSL":               {"linux", "WSL_DISTRO_NAME=Debian", "", "wslview", "", ""},
		"WSL, no wslview":   {"linux", "WSL_INTEROP=/run/x", "wslview", "rundll32.exe url.dll,FileProtocolHandler", "", ""},
		"nothing installed": {"linux", "DISPLAY=:0", "xdg-open x-www-browser www-browser", "", "", ""},
		"its own":           {"linux", "DISPLAY=:0 BROWSER=w3m", "", "firefox -P my work", "", "firefox -P 'my work'"},
		"its own over ssh":  {"linux", "SSH_CONNECTION=a|1|b|2", "", "open-there --at", "", "open-there --at %s"},
		"its own in CI":     {"linux", "CI=true", "", "", "", "firefox"},
		"its own, missing":  {"linux", "DISPLAY=:0", "chrome", "", "", "chrome"}, // another one may be logged in as somebody else
	} {
		env := map[string]string{}
		for pair := range strings.FieldsSeq(c.env) {
			key, value, _ := strings.Cut(pair, "=")
			env[key] = strings.ReplaceAll(value, "|", " ")
		}
		var started []string
		b := &Browser{
			Getenv: func(name string) string { return env[name] }, System: c.system,
			Has:   func(program string) bool { return !slices.Contains(strings.Fields(c.lacks), program) },
			Start: func(command []string) error { started = command; return nil },
		}
		opened, hint := b.Open(page, c.own)
		got := strings.TrimSpace(strings.ReplaceAll(strings.Join(started, " "), page, ""))
		if got != c.want || opened != (c.want != "") || hint != c.hint || opened && !slices.Contains(started, page) {
			t.Errorf("%s: opened %v with %q, hint %q", name, opened, started, hint)
		}
		b.Start = func([]string) error { return errors.New("no") }
		if opened, _ := b.Open(page, c.own); opened {
			t.Errorf("%s: a browser that does not start counts as open", name)
		}
	}
}

// The browser gets the environment that it is given, and nothing of this process's own.
func TestABrowserStartsInItsEnvironment(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	t.Setenv("BROWSER_CANARY", "canary")
	b := New(func(name string) string {
		if name == "BROWSER" {
			return "env"
		}
		return ""
	}, []string{"PATH=" + os.Getenv("PATH")})
	start := b.Start
	b.Start = func([]string) error {
		return start([]string{"sh", "-c", "env > " + out + ".part; mv " + out + ".part " + out})
	}
	if opened, _ := b.Open("https://login.example", ""); !opened {
		t.Skip("there is no env to start")
	}
	for {
		text, err := os.ReadFile(out)
		if err != nil {
			time.Sleep(time.Millisecond)
			continue
		}
		if strings.Contains(string(text), "canary") {
			t.Errorf("the browser got %s", text)
		}
		return
	}
}
