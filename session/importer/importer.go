// Package importer reads requests and credentials that other programs write (a curl
// command line, a HAR, a Postman collection with its environment) and the exports
// of tokenring, and proposes accounts and requests. It stores nothing and asks no
// questions.
//
// No secret stays in a request: it becomes the token or a secret field of the
// proposed account, or is left out with a [Note].
package importer

import (
	"cmp"
	"fmt"
	"slices"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/yaml"
)

// Kind is the format of a file.
type Kind string

// The kinds.
const (
	Curl    Kind = "curl"
	HAR     Kind = "har"
	Postman Kind = "postman" // a collection or an environment
	Env     Kind = "env"     // a .env file, which is recognised and refused
	Own     Kind = "tokenring"
)

// Kinds lists every kind in the order of a help text.
func Kinds() []Kind { return []Kind{Curl, HAR, Postman, Own} }

// File is a text to be read.
type File struct {
	Name string
	Data []byte
	Kind Kind // "" finds it out
}

// Known are the accounts and definitions of the ring.
type Known struct {
	Accounts []KnownAccount
	Backends []KnownBackend
}

// KnownAccount is an account that may get requests.
type KnownAccount struct {
	session.Account
	Requests []request.Spec // these are not imported again
}

// KnownBackend is a definition with the base address that its defaults alone
// make; "" where they make none.
type KnownBackend struct {
	Definition *definition.Definition
	BaseURL    string
}

// Options configures an import.
type Options struct {
	Account string // takes only requests, for this account
	Name    string // of the new account; none that there is takes the requests
}

// Proposal holds the accounts and requests that an import would add.
type Proposal struct {
	Accounts    []Account
	Definitions []Definition  // that the accounts need
	Project     string        // the text of a tokenring.yaml; may be ""
	Clear       *secret.Clear // of what an export must not hold; nil knows no secret
	Notes       []Note        // what was not understood or left out, in the order of the files
}

// Note names one thing that was not imported, its place, and the next step.
type Note = yaml.Problem

// Definition is the text of a definition.
type Definition struct{ Name, Text string }

// Account is a proposed account, or requests for an existing one. Its keys are
// those of an export.
type Account struct {
	draft.Form `yaml:",inline"` // without ID and Grants, unless Exists

	Exists bool     `yaml:"-"` // an account of this name exists; it gets Requests and nothing else
	Also   []string `yaml:"-"` // further accounts of the same server

	Lenders  map[string]string `yaml:"lenders,omitempty"` // fields that hold the token of another account: its name
	Requests []request.Spec    `yaml:"requests,omitempty"`
}

// maxNotes bounds what one import reports.
const maxNotes = 100

// Parse reads the files together: an environment of Postman belongs to the
// collections beside it. The error is a [Note] or a *yaml.Problems.
func Parse(files []File, known Known, o Options) (*Proposal, error) {
	p := &parser{known: known, options: o, variables: map[string]string{}}
	order := map[string]int{}
	for i := range files {
		order[files[i].Name] = i
		if err := p.open(&files[i]); err != nil {
			return nil, err
		}
	}
	for _, read := range p.later {
		if err := read(); err != nil {
			return nil, err
		}
	}
	p.gather()
	out := p.out
	slices.SortStableFunc(out.Notes, func(a, b Note) int {
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(uint(a.Line-1), uint(b.Line-1))) // without a line, last
	})
	if len(out.Notes) > maxNotes {
		more := len(out.Notes) - maxNotes
		out.Notes = append(out.Notes[:maxNotes:maxNotes], Note{File: "and", Text: fmt.Sprintf("%d more", more)})
	}
	return &out, nil
}

// parser reads files into calls and gathers accounts of them.
type parser struct {
	known   Known
	options Options

	variables  map[string]string // of Postman environments
	later      []func() error    // collections and lone environments, once all variables are known
	calls      []*call
	collection bool
	out        Proposal
}

// note adds a note about something that is not imported.
func (p *parser) note(at place, hint, format string, args ...any) {
	p.out.Notes = append(p.out.Notes, fault(at, hint, format, args...))
}

// fault returns the error of a file that cannot be read.
func fault(at place, hint, format string, args ...any) Note {
	return Note{
		File: at.file, Line: at.line, Column: at.column, Path: secret.CleanLine(at.path),
		Text: secret.CleanLine(fmt.Sprintf(format, args...)), Hint: hint,
	}
}

// place is a position in a file.
type place struct {
	file         string
	line, column int // from 1; 0: not known
	path         string
}
