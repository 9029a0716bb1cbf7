// Package project reads tokenring.yaml, the file of a folder that says which
// accounts belong to it, which of them is meant when none is named, and what
// its suites fire. It holds no secret and may be committed; what it fires, it
// fires only once the person has approved it as it stands, by its hash.
package project

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tokenring/session/body"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/session/yaml"
)

// FileName is the name of the file.
const FileName = "tokenring.yaml"

// Project is a tokenring.yaml.
type Project struct {
	File        string // absolute, without symbolic links
	Hash        string // stands for all of its text
	Accounts    []string
	Default     string // the account that is meant where none is named; may be empty
	Environment string // of every account its suites are fired as; "" is any
	Variables   map[string]any
	Suites      []*suite.Suite // in the order of the file
}

// Name is how the project is called: its folder.
func (p *Project) Name() string { return secret.CleanLine(filepath.Base(filepath.Dir(p.File))) }

// Find looks for the file in dir and the folders above it, and gives "" where
// there is none. It looks neither in home nor above it, nor in the root: what
// lies there belongs to no project.
func Find(dir, home string) (string, error) {
	if !filepath.IsAbs(dir) {
		return "", nil
	}
	for dir = filepath.Clean(dir); dir != filepath.Clean(home) && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		path := filepath.Join(dir, FileName)
		_, err := os.Lstat(path)
		switch {
		case err == nil:
			return path, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		}
	}
	return "", nil
}

// Open reads the file. readable lists what the expectations of its suites may
// read of an account. The error is a *yaml.Problems when its text is off.
func Open(path string, readable func() []string) (*Project, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	if real, err = filepath.Abs(real); err != nil {
		return nil, err
	}
	info, err := os.Stat(real)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would be waited for
		return nil, fmt.Errorf("%s is no file", path)
	}
	f, err := os.Open(real)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, yaml.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	p, err := Parse(path, text, readable)
	if err != nil {
		return nil, err
	}
	p.File = real
	for _, s := range p.Suites {
		s.Source.File = real
		for _, c := range s.Cases {
			c.Request.Body = body.MapFiles(c.Request.Body, func(path string) string {
				if filepath.IsAbs(path) {
					return path
				}
				return filepath.Join(filepath.Dir(real), path)
			})
		}
	}
	return p, nil
}

// Suite finds a suite by name. "" is the only one, or the one named smoke.
func (p *Project) Suite(name string) (*suite.Suite, error) {
	if name == "" && len(p.Suites) == 1 {
		return p.Suites[0], nil
	}
	var names []string
	for _, s := range p.Suites {
		if s.Name == name || name == "" && s.Name == "smoke" {
			return s, nil
		}
		names = append(names, s.Name)
	}
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("%s has no suite", FileName)
	case name == "":
		return nil, fmt.Errorf("%s has several suites, and none of them is named smoke: %s", FileName, strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("%s has no suite %q (%s)", FileName, secret.CleanLine(name), yaml.Suggest(name, names))
}

// Hash stands for all of a text.
func Hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema of the file, for editors.
func Schema() []byte { return append([]byte{}, schema...) }
