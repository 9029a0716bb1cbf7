// Package app provides what every command starts from: the environment of the
// run, the user's configuration and project, and the ring, which Open builds
// from store, vault, definitions and engine.
package app

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tokenring/session/definition"
	"tokenring/session/project"
	"tokenring/session/reference"
	"tokenring/session/transport"
	"tokenring/store"
	"tokenring/store/vault"
	"tokenring/ui/browser"
	"tokenring/ui/cli/term"
)

// AccountVariable names the account to use if the command line names none.
const AccountVariable = "TOKENRING_ACCOUNT"

// Env is the environment of a run of the program.
type Env struct {
	term.IO
	Args    []string // without the program's name
	Getenv  func(string) string
	Environ []string
	Now     func() time.Time
	Dir     func() (string, error) // the working folder; nil: none
	Trust   bool                   // approve the tokenring.yaml of the working folder

	NoColour bool // --no-color

	Wait time.Duration // the longest wait for an account in use; 0: lifecycle.DefaultWait; or lifecycle.NoWait

	ring *Ring // replaces the user's own; nil: none
}

// Process returns the environment of this process. Only here is the wall
// clock read, without its monotonic part, so that the time a machine slept
// counts.
func Process() *Env {
	e := &Env{
		IO: term.Standard(), Args: os.Args[1:], Getenv: os.Getenv, Environ: os.Environ(),
		Now: func() time.Time { return time.Now().Round(0) },
		Dir: os.Getwd,
	}
	e.Browse = browser.New(e.Getenv, e.Children()).Open
	return e
}

// Children returns the environment of programs that are run: without the key of
// the ring, which opens every account.
func (e *Env) Children() []string {
	return slices.DeleteFunc(slices.Clone(e.Environ), func(pair string) bool {
		return strings.HasPrefix(pair, vault.KeyVariable+"=")
	})
}

// CanOpenScreen reports whether both ends are a terminal that a screen can use.
func (e *Env) CanOpenScreen() bool {
	return term.Is(e.In) && term.Is(e.Out) && e.Getenv("TERM") != "dumb"
}

// ASCII reports whether the locale limits the terminal to ASCII: the first of
// LC_ALL, LC_CTYPE and LANG that is set decides.
func (e *Env) ASCII() bool {
	if e.Getenv("TERM") == "linux" {
		return true // the console has no glyphs for our signs
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		locale := strings.ToLower(e.Getenv(name))
		if locale == "" {
			continue
		}
		return !strings.Contains(locale, "utf-8") && !strings.Contains(locale, "utf8")
	}
	return false
}

// Client returns a new HTTP client for backends.
func (e *Env) Client() *transport.Client {
	return transport.New(transport.Options{Now: e.Now, UserAgent: "tokenring", Getenv: e.Getenv})
}

// References returns a reader of the secrets that accounts refer to.
func (e *Env) References() *reference.Reader {
	return &reference.Reader{Getenv: e.Getenv, Run: reference.Programs(e.Children())}
}

// ConfigDir returns $XDG_CONFIG_HOME/tokenring or the platform's default.
func (e *Env) ConfigDir() (string, error) {
	if xdg := e.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(xdg) {
		return filepath.Join(xdg, "tokenring"), nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", errors.New("no home folder for the configuration; set XDG_CONFIG_HOME")
	}
	return filepath.Join(dir, "tokenring"), nil
}

// BackendsDir returns the folder of the user's own definitions.
func (e *Env) BackendsDir() (string, error) {
	dir, err := e.ConfigDir()
	return filepath.Join(dir, "backends"), err
}

// Catalog returns the definitions; without a home folder, those that are built in.
func (e *Env) Catalog() *definition.Catalog {
	dir, err := e.BackendsDir()
	if err != nil {
		dir = ""
	}
	return definition.NewCatalog(dir)
}

// RingDir returns the folder of the ring, and whether it exists.
func (e *Env) RingDir() (dir string, exists bool) {
	dir, err := store.DefaultDir(e.Getenv)
	if err == nil {
		_, err = os.Stat(dir)
	}
	return dir, err == nil
}

// Project returns the project of the working folder, or nil.
func (e *Env) Project() (*project.Project, error) {
	if e.Dir == nil {
		return nil, nil
	}
	dir, err := e.Dir()
	if err != nil {
		return nil, nil // a folder that was removed belongs to no project
	}
	path, err := project.Find(dir, e.Home())
	if path == "" || err != nil {
		return nil, err
	}
	p, err := project.Open(path, e.definitionNames)
	if err == nil {
		return p, nil
	}
	text := err.Error()
	if near, relErr := filepath.Rel(dir, path); relErr == nil {
		text = strings.ReplaceAll(text, path, near) // as the user would name it
	}
	return nil, Advise(Usagef("%s", text), "for its format see: tokenring smoke --help")
}

// definitionNames returns the names that account expressions may read.
func (e *Env) definitionNames() []string {
	var names []string
	for _, def := range e.Catalog().List() {
		names = append(names, def.Readable()...)
	}
	return names
}

// Home returns the user's home folder, where the search for a project stops.
func (e *Env) Home() string { return cmp.Or(e.Getenv("HOME"), e.Getenv("USERPROFILE")) }
