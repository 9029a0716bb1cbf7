// Package project reads tokenring.yaml, the file of a folder that lists its accounts,
// its default account, and its suites. The file holds no secret and may be committed.
// It chooses an account, and its suites are sent, only after the person has approved
// its current text, by hash.
package project

import (
	"cmp"
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
	Hash        string // of its text
	Owner       string // the user that the file belongs to if it is another one, where the system knows; else ""
	Accounts    []string
	Default     string // the account to use if none is named; may be empty
	Environment string // that every account of its suites must have; "" for any
	Variables   suite.Variables
	Suites      []*suite.Suite // in the order of the file
}

// Name returns the name of the project: that of its folder.
func (p *Project) Name() string { return secret.CleanLine(filepath.Base(filepath.Dir(p.File))) }

// Find searches dir and the folders above it for the file, and returns "" if there is
// none. It does not search home, the folders above it, or the root: a file there
// belongs to no project.
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

// Open reads the file; see Parse for readable. The error is a *yaml.Problems if its
// text is not valid.
func Open(path string, readable func() []string) (*Project, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	if real, err = filepath.Abs(real); err != nil {
		return nil, err
	}
	link, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(real)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // reading a pipe could block
		return nil, fmt.Errorf("%s is not a file", path)
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
	p.File, p.Owner = real, cmp.Or(owner(info), owner(link))
	for _, s := range p.Suites {
		s.Source.File, s.Source.Owner = real, p.Owner
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

// Source returns the file for its approval.
func (p *Project) Source() suite.Source {
	return suite.Source{File: p.File, Hash: p.Hash, Owner: p.Owner}
}

// Suite returns a suite by name; for "", the only one, or the one named smoke.
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
		return nil, fmt.Errorf("%s has several suites, none of them named smoke; name one of %s", FileName, strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("%s has no suite %q (%s)", FileName, secret.CleanLine(name), yaml.Suggest(name, names))
}

// Hash returns a hash of text.
func Hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema of the file, for editors.
func Schema() []byte { return append([]byte{}, schema...) }
