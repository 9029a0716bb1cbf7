// Package importer reads requests and credentials that other programs write (curl
// commands, a HAR, a Postman collection with its environment, OpenAPI 3, a .netrc) and the exports
// of tokenring, and proposes accounts and requests. It stores nothing and asks no
// questions.
//
// No secret stays in a request: it becomes the token or a secret field of the
// proposed account, or is left out with a [Note].
package importer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/prose"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/transport"
	"tokenring/session/yaml"
)

// Kind is the format of a file.
type Kind string

// The kinds.
const (
	Curl    Kind = "curl"
	HAR     Kind = "har"
	Postman Kind = "postman" // a collection or an environment
	OpenAPI Kind = "openapi"
	Netrc   Kind = "netrc"
	Own     Kind = "tokenring"
)

// Kinds lists every kind in the order of a help text.
func Kinds() []Kind { return []Kind{Curl, HAR, Postman, OpenAPI, Netrc, Own} }

// File is a text to be read.
type File struct {
	Name string
	Data []byte
	Kind Kind // "": detect it
}

// Known are the accounts and definitions of the ring.
type Known struct {
	Accounts []KnownAccount
	Backends []*definition.Definition
	Now      time.Time
}

// KnownAccount is an account that may get requests.
type KnownAccount struct {
	session.Account

	Load func() (Holdings, error) // may be called again; nil: unknown
}

// Holdings are the requests of an account, which are not imported again, and the secrets that
// it holds now.
type Holdings struct {
	Requests []request.Spec
	Secrets  []secret.String
}

// Options configures an import.
type Options struct {
	Account   string            // takes only requests, for this account
	Name      string            // of the new account; no existing one takes the requests
	Backend   string            // the definition of new accounts; "": found by their addresses
	Only      []string          // names of requests, folders and hosts; nil: all
	Variables map[string]string // of the files
}

// Proposal holds the accounts and requests that an import would add. Its keys are those of
// an export.
type Proposal struct {
	Definitions map[string]string `yaml:"definitions,omitempty"` // their texts by name, that the accounts need
	Accounts    []Account         `yaml:"accounts,omitempty"`
	Project     string            `yaml:"project,omitempty"` // the text of a tokenring.yaml; may be ""

	Clear *secret.Clear `yaml:"-"` // of what an export must not hold; nil knows no secret
	Notes []Note        `yaml:"-"` // what was not understood or left out, in the order of the files
	Seen  int           `yaml:"-"` // requests and accounts in the files
	Had   int           `yaml:"-"` // those of them that the ring has
}

// Note names one thing that was not imported, its place, and the next step.
type Note = yaml.Problem

// Account is a proposed account, or requests for an existing one. Its keys are
// those of an export.
type Account struct {
	draft.Form `yaml:",inline"` // without ID and Grants, unless Exists

	Exists bool     `yaml:"-"` // an account of this name exists; it gets Requests and a token in NewSecrets, and nothing else
	Also   []string `yaml:"-"` // further accounts of the same server
	Token  string   `yaml:"-"` // where its token was found; "": nowhere

	Lenders  map[string]string `yaml:"lenders,omitempty"` // fields that hold the token of another account: its name
	Requests []request.Spec    `yaml:"requests,omitempty"`
}

// maxNotes bounds what one import reports.
const maxNotes = 100

// Parse reads the files together, and drops their data: an environment of Postman belongs
// to the collections beside it. The error is a [Note] or a *yaml.Problems.
func Parse(files []File, known Known, o Options) (*Proposal, error) {
	p := newParser(known, o)
	order := map[string]int{}
	for i := range files {
		order[files[i].Name] = i
		if err := p.open(&files[i]); err != nil {
			return nil, err
		}
		files[i].Data = nil // of a log it may be most of the memory
	}
	for _, s := range p.collections {
		if err := p.postman(s); err != nil {
			return nil, err
		}
	}
	if len(p.environments) > 0 && len(p.collections) == 0 {
		return nil, fault(p.environments[0], "give the collection's file too", "an environment alone has no requests")
	}
	if err := cmp.Or(p.checkGiven(), p.selectOnly()); err != nil {
		return nil, err
	}
	p.gather()
	p.tellOpen()
	out := p.out
	slices.SortStableFunc(out.Notes, func(a, b Note) int {
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(uint(a.Line-1), uint(b.Line-1))) // without a line, last
	})
	if len(out.Notes) > maxNotes {
		more := len(out.Notes) - maxNotes
		out.Notes = append(out.Notes[:maxNotes:maxNotes], Note{File: "and", Text: fmt.Sprintf("%d more", more)})
	}
	for i := range out.Notes { // a later line may declare what an earlier one repeats
		out.Notes[i].Text = p.sieve.Text(out.Notes[i].Text)
	}
	return &out, p.err
}

// parser reads files into calls and gathers accounts of them.
type parser struct {
	known   Known
	options Options

	servers  map[transport.Origin][]*KnownAccount // by what they serve
	into     *KnownAccount                        // takes every request; nil: none is named
	accounts prose.Names                          // of accounts
	subjects map[string]string                    // of tokens
	tokens   map[string]bool                      // of the files
	held     map[*KnownAccount][]identity         // by accounts

	variables    map[string]variable // of Postman environments
	environments []place
	collections  []source // of Postman, read once all variables are known
	calls        []*call
	first        place // the first file
	seen         int   // requests that were left out before they became calls
	out          Proposal
	err          error // of reading what known accounts have

	told        map[string]bool    // notes that a file has once
	used        map[string]bool    // variables of the options
	opened      map[string]bool    // variables that stay open in requests
	nowhere     map[string][]place // requests whose address is in a variable without a value
	declared    map[string]bool    // values that the files call secret
	sieve       *secret.Redactor   // of these, once all are known
	secretNames map[string]bool    // headers and parameters whose value they call secret
	recognizer  *definition.Recognizer
	local       map[transport.Origin]*definition.Definition // of servers on this machine
}

func newParser(known Known, o Options) *parser {
	p := &parser{
		known: known, options: o, variables: map[string]variable{}, told: map[string]bool{}, used: map[string]bool{}, opened: map[string]bool{},
		nowhere: map[string][]place{}, secretNames: map[string]bool{}, declared: map[string]bool{}, servers: map[transport.Origin][]*KnownAccount{}, accounts: prose.Names{}, subjects: map[string]string{}, tokens: map[string]bool{}, held: map[*KnownAccount][]identity{},
		recognizer: definition.NewRecognizer(known.Backends), local: map[transport.Origin]*definition.Definition{}, out: Proposal{Definitions: map[string]string{}},
	}
	for i := range known.Accounts {
		a := &known.Accounts[i]
		if p.accounts[a.Name] = 1; a.Name == o.Account && a.Name != "" {
			p.into = a
		}
		if origin, err := transport.ParseOrigin(a.BaseURL); err == nil {
			p.servers[origin] = append(p.servers[origin], a)
		}
	}
	return p
}

// selectOnly drops the calls that the options do not name.
func (p *parser) selectOnly() error {
	if len(p.options.Only) == 0 {
		return nil
	}
	names := map[string]bool{}
	hit := map[string]bool{}
	p.calls = slices.DeleteFunc(p.calls, func(c *call) bool {
		all := append(strings.Split(c.Title, "/"), c.Title, cmp.Or(c.Name, c.word("")), c.url.Host, c.url.Hostname())
		for _, one := range all {
			names[one] = true
		}
		found := false
		for _, only := range p.options.Only {
			if slices.ContainsFunc(all, func(s string) bool { return strings.EqualFold(s, only) }) {
				hit[only], found = true, true
			}
		}
		return !found
	})
	for _, only := range p.options.Only {
		if !hit[only] {
			delete(names, "")
			all := slices.Sorted(maps.Keys(names))
			return fault(place{File: "--only"}, cmp.Or(yaml.DidYouMean(only, all), "there are "+prose.Some(all, 8)), "no request, folder or host is called %q", only)
		}
	}
	return nil
}
