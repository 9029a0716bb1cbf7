package app

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/colorprofile"

	"tokenring/session/place"
	"tokenring/session/private"
	"tokenring/session/yaml"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
)

// Config is the user's config.yaml. Every key is optional.
type Config struct {
	Background string // dark, light; empty asks the terminal
	ASCII      bool
	Colours    map[string]string
	Keys       map[string][]string // by action
	settings   screen.Settings
}

// Config reads the user's configuration.
func (e *Env) Config() (*Config, error) {
	dir, err := e.ConfigDir()
	if err != nil {
		return nil, err
	}
	return ReadConfig(dir)
}

// maxConfig bounds the configuration file, in bytes.
const maxConfig = 1 << 20

// ReadConfig reads config.yaml in dir; a missing one is empty. The error is a
// *yaml.Problems for what is wrong in its text.
func ReadConfig(dir string) (*Config, error) {
	path := filepath.Join(dir, "config.yaml")
	c := &Config{settings: screen.DefaultSettings()}
	data, err := readConfig(dir, path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, nil
	case err != nil:
		return nil, err
	}
	r := yaml.New(path)
	if comments := regexp.MustCompile(`(?m)^\s*#.*`); strings.TrimSpace(comments.ReplaceAllString(string(data), "")) != "" {
		c.read(r, r.Read(data, ""))
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	if err := theme.CheckOverrides(c.Colours); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if _, err := keymap.New(c.Keys); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// TakenKeys lists the keys that actions take from those of a wider scope; "" if none does.
func (c *Config) TakenKeys() string {
	keys, _ := keymap.New(c.Keys) // ReadConfig has tried it
	return strings.Join(keys.Taken(), "; ")
}

// maxTime bounds the times of the settings.
const maxTime = 1000 * time.Hour

func (c *Config) read(r *yaml.Reader, root *yaml.Node) {
	if root == nil {
		return
	}
	f, s := settings(r, root), &c.settings
	look, times := settings(r, f.Get("theme")), settings(r, f.Get("times"))
	c.Background = look.Word("background", "dark", "light")
	c.ASCII = look.Flag("ascii", false)
	c.Colours = map[string]string{}
	for _, e := range settings(r, look.Get("colours")).At.Entries {
		known(r, e.Key, "a colour", theme.Roles())
		c.Colours[e.Key.Text], _ = r.Scalar(e.Value)
	}
	c.Keys = map[string][]string{}
	keys := settings(r, f.Get("keys"))
	for _, e := range keys.At.Entries {
		known(r, e.Key, "an action", keymap.Actions())
		c.Keys[e.Key.Text] = keys.Lines(e.Key.Text)
	}
	s.Mouse, s.Warn, s.UTC = f.Flag("mouse", s.Mouse), f.Flag("warn", s.Warn), f.Flag("utc", false)
	if times.Has("clear") {
		s.ClearAfter = times.Duration("clear", 0, maxTime) // 0s: never
	}
	if times.Has("reveal") {
		s.RevealFor = times.Duration("reveal", 0, maxTime)
	}
	look.Done()
	times.Done()
	f.Done()
}

// known reports a name that is not one of those there are.
func known(r *yaml.Reader, name *yaml.Node, kind string, names []string) {
	if !slices.Contains(names, name.Text) {
		r.Problem(name, yaml.DidYouMean(name.Text, names), "%q is not %s", yaml.Clip(name.Text), kind)
	}
}

// settings opens a mapping in which a key without a value has its default.
func settings(r *yaml.Reader, n *yaml.Node) *yaml.Fields {
	if n != nil {
		n.Entries = slices.DeleteFunc(n.Entries, func(e yaml.Entry) bool { return e.Value.Kind == yaml.Null })
		if n.Kind == yaml.Null {
			n = nil
		}
	}
	return r.Mapping(n)
}

func readConfig(dir, path string) ([]byte, error) {
	if err := private.Folder(dir, private.Reading); err != nil {
		return nil, err
	}
	if err := private.File(path, private.Reading); err != nil {
		return nil, err
	}
	data, err := place.Read(path, maxConfig)
	if err != nil {
		err = fmt.Errorf("cannot read %s: %w", path, err)
	}
	return data, err
}

// Settings returns the settings of the screen.
func (c *Config) Settings() screen.Settings { return c.settings }

// Appearance combines the terminal's abilities with the user's configuration.
func (c *Config) Appearance(e *Env) theme.Options {
	return theme.Options{
		Dark:      c.Background != "light" && (c.Background != "" || !lightGround(e.Getenv("COLORFGBG"))),
		Fixed:     c.Background != "",
		ASCII:     c.ASCII || e.ASCII(),
		Profile:   e.Profile(),
		Overrides: c.Colours,
	}
}

// lightGround reports whether COLORFGBG says that the background is light. It is
// foreground and background as colours of the terminal, "0;15" or "0;default;15".
func lightGround(colours string) bool {
	background := colours[strings.LastIndex(colours, ";")+1:]
	return background == "7" || background == "15"
}

// Colourless reports whether the user wants no colours: by --no-color, or by NO_COLOR
// (https://no-color.org).
func (e *Env) Colourless() bool { return e.NoColour || e.Getenv("NO_COLOR") != "" }

// Profile returns the colours of standard output. FORCE_COLOR (https://force-color.org)
// asks for colours where there is no terminal too.
func (e *Env) Profile() colorprofile.Profile {
	environ := slices.DeleteFunc(slices.Clone(e.Environ), func(pair string) bool { return strings.HasPrefix(pair, "NO_COLOR=") })
	found := colorprofile.Detect(e.Out, environ)
	switch {
	case e.Colourless():
		return min(found, colorprofile.ASCII)
	case !slices.Contains([]string{"", "0", "false"}, e.Getenv("FORCE_COLOR")):
		return max(found, colorprofile.ANSI, colorprofile.Env(environ))
	}
	return found
}
