// Package project reads tokenring.yaml, which lists the accounts, the default account and
// the suites of a folder. The file holds no secret and may be committed. It takes effect
// only after the user has approved the hash of its text.
package project

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tokenring/session/body"
	"tokenring/session/place"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/session/yaml"
)

// FileName is the name of the file.
const FileName = "tokenring.yaml"

// Project is a tokenring.yaml.
type Project struct {
	suite.Source // its file is absolute, without symbolic links

	Accounts    []string
	Default     string // the account to use if none is named; may be empty
	Environment string // the environment required of the accounts of its suites; "": any
	Variables   suite.Variables
	Suites      []*suite.Suite // in the order of the file
}

// Name returns the name of the project's folder.
func (p *Project) Name() string { return folderName(p.File) }

// Label names a project's file, with the name of its folder.
func Label(file string) string { return folderName(file) + "/" + FileName }

func folderName(file string) string { return secret.CleanLine(filepath.Base(filepath.Dir(file))) }

// Find searches dir and its parents for the file and returns "" if there is none. It does
// not search home, the parents of home, or the root: a file there is not a project's.
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

// Open reads the file at path; see Parse for readable. The error is a *yaml.Problems if
// the text is invalid.
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
	text, err := place.Read(real, yaml.MaxFile)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, err)
	}
	p, err := Parse(path, text, readable)
	if err != nil {
		return nil, err
	}
	p.File, p.Owner = real, cmp.Or(owner(info), owner(link))
	for _, s := range p.Suites {
		s.Source = p.Source
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

// Suite returns a suite by name. The name "" selects the only suite or the one named smoke.
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
		return nil, fmt.Errorf("%s has several suites but none named smoke; name one of %s", FileName, strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("%s has no suite %q (%s)", FileName, secret.CleanLine(name), yaml.Suggest(name, names))
}

// Hash returns the SHA-256 hash of text in hex.
func Hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema of the file, for editors.
func Schema() []byte { return bytes.Clone(schema) }
