// Package browser opens a web address in the person's browser, where there is one.
package browser

import (
	"net/url"
	"os/exec"
	"runtime"
	"strings"

	"tokenring/session/shell"
)

// Browser finds and starts the browser of a person.
type Browser struct {
	Getenv func(string) string
	System string               // as runtime.GOOS has it
	Has    func(string) bool    // whether a program is installed
	Start  func([]string) error // starts a program whose output is shown nowhere
}

// New returns the browser of this process's person, which is started in an environment.
func New(getenv func(string) string, environ []string) *Browser {
	return &Browser{
		Getenv: getenv, System: runtime.GOOS, Start: func(command []string) error { return start(command, environ) },
		Has: func(name string) bool { _, err := exec.LookPath(name); return err == nil },
	}
}

func start(command, environ []string) error {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = environ
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }()
	return nil
}

// Open opens a web address, with a command of its own unless that is "". It reports false
// where a browser would be the wrong one or there is none; hint, if there is one, says how
// to reach this machine from another.
func (b *Browser) Open(address, own string) (opened bool, hint string) {
	for _, command := range b.commands(address, own) {
		if b.Has(command[0]) && b.Start(command) == nil {
			return true, ""
		}
	}
	return false, b.tunnel(address)
}

// commands lists how the address may be opened, the best first: none over ssh, in CI and
// without a display, unless the account or $BROWSER names a program. That of the account
// counts alone: another one may be logged in as somebody else.
func (b *Browser) commands(address, command string) [][]string {
	var own [][]string
	add := func(words []string) {
		if len(words) > 0 {
			own = append(own, opening(words, address))
		}
	}
	if words, err := shell.Split(command); err == nil && len(words) > 0 {
		add(words)
	} else {
		for one := range strings.SplitSeq(b.Getenv("BROWSER"), ":") {
			add(strings.Fields(one))
		}
	}
	has := func(names ...string) bool {
		for _, name := range names {
			if b.Getenv(name) != "" {
				return true
			}
		}
		return false
	}
	windows := []string{"rundll32.exe", "url.dll,FileProtocolHandler", address}
	switch {
	case has("CI"):
		return nil
	case len(own) > 0:
		return own
	case has("SSH_CONNECTION", "SSH_TTY"):
		return nil
	case b.System == "darwin":
		return [][]string{{"open", address}}
	case b.System == "windows":
		return [][]string{windows}
	case has("WSL_DISTRO_NAME", "WSL_INTEROP"):
		return [][]string{{"wslview", address}, windows}
	case has("DISPLAY", "WAYLAND_DISPLAY"):
		return [][]string{{"xdg-open", address}, {"x-www-browser", address}, {"www-browser", address}}
	}
	return nil
}

// opening puts an address into a command: for %s, or else at its end.
func opening(words []string, address string) []string {
	given := false
	for i := range words {
		given = given || strings.Contains(words[i], "%s")
		words[i] = strings.ReplaceAll(words[i], "%s", address)
	}
	if !given {
		words = append(words, address)
	}
	return words
}

// tunnel returns the ssh command that brings a login back to this machine, for a person
// whose browser is on the machine they came from.
func (b *Browser) tunnel(address string) string {
	u, err := url.Parse(address)
	connection := strings.Fields(b.Getenv("SSH_CONNECTION"))
	if err != nil || len(connection) != 4 {
		return ""
	}
	back, err := url.Parse(u.Query().Get("redirect_uri"))
	if err != nil || back.Port() == "" {
		return ""
	}
	return "ssh -L " + back.Port() + ":127.0.0.1:" + back.Port() + " " + connection[2]
}
