package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/goccy/go-yaml"

	"tokenring/session/private"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
)

// Config is the user's config.yaml. Every key is optional.
type Config struct {
	Theme struct {
		Background string            `yaml:"background"` // dark, light; empty asks the terminal
		ASCII      bool              `yaml:"ascii"`
		Colours    map[string]string `yaml:"colours"`
	} `yaml:"theme"`
	Keys  map[string][]string `yaml:"keys"` // by action
	Mouse *bool               `yaml:"mouse"`
	Warn  *bool               `yaml:"warn"` // bell and notification before a session is lost
	UTC   bool                `yaml:"utc"`
	Times struct {
		Clear  *duration `yaml:"clear"` // of the clipboard; 0s never
		Reveal *duration `yaml:"reveal"`
	} `yaml:"times"`
}

// duration is a time.Duration in YAML: 45s.
type duration time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a duration such as 45s or 2m", text)
	}
	*d = duration(v)
	return nil
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

// ReadConfig reads config.yaml in dir; a missing one is empty.
func ReadConfig(dir string) (*Config, error) {
	c := &Config{}
	path := filepath.Join(dir, "config.yaml")
	data, err := readConfig(dir, path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	if err := yaml.UnmarshalWithOptions(data, c, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %s", path, yaml.FormatError(err, false, false))
	}
	if b := c.Theme.Background; b != "" && b != "dark" && b != "light" {
		return nil, fmt.Errorf("%s: theme: background must be dark or light, not %q", path, b)
	}
	if err := theme.CheckOverrides(c.Theme.Colours); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if _, err := keymap.New(c.Keys); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func readConfig(dir, path string) ([]byte, error) {
	if err := private.Folder(dir, private.Reading); err != nil {
		return nil, err
	}
	if err := private.File(path, private.Reading); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err == nil && len(data) > maxConfig {
		err = fmt.Errorf("%s is too large for a configuration file", path)
	}
	return data, err
}

// Settings returns the settings of the screen.
func (c *Config) Settings() screen.Settings {
	s := screen.DefaultSettings()
	if c.Mouse != nil {
		s.Mouse = *c.Mouse
	}
	if c.Warn != nil {
		s.Warn = *c.Warn
	}
	if c.Times.Clear != nil {
		s.ClearAfter = time.Duration(*c.Times.Clear)
	}
	if c.Times.Reveal != nil {
		s.RevealFor = time.Duration(*c.Times.Reveal)
	}
	s.UTC = c.UTC
	return s
}

// Appearance combines the terminal's abilities with the user's configuration.
func (c *Config) Appearance(e *Env) theme.Options {
	return theme.Options{
		Dark:      c.Theme.Background != "light",
		Fixed:     c.Theme.Background != "",
		ASCII:     c.Theme.ASCII || e.ASCII(),
		Profile:   colorprofile.Detect(e.Out, e.Environ),
		Overrides: c.Theme.Colours,
	}
}
