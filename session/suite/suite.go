// Package suite holds test requests with their expectations and sends them as
// several accounts: a matrix with a verdict in every cell.
//
//	plan, err := suite.NewPlan(s, identities, tags)
//	report, err := suite.Run(ctx, plan, firer, suite.Options{Now: now, OnResult: show})
//	report.Cells[i][j] // plan.Cases[i] as plan.Identities[j]
//
// The requests of an account run one after the other, since later ones may read
// the captures of earlier ones; accounts run in parallel, up to a bound.
// OnResult receives every cell twice: when it starts ([Running]) and when it
// ends. Texts of a [Result] are masked and one line.
package suite

import (
	"slices"
	"time"

	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/request"
)

// Anonymous is the account that sends no token.
const Anonymous = request.Anonymous

// Suite is a set of requests that run together.
type Suite struct {
	Name   string
	Title  string
	As     []string // the default accounts; Anonymous may be one
	Cases  []*Case
	Vars   Variables // for .vars of every account
	Source Source

	Timeout time.Duration // of a request without its own; 0: that of the account

	Environment string // of its accounts; "" is any
}

// Source is the file of a suite, with the hash of its whole text.
type Source struct {
	File  string // "": the suite does not come from a file
	Hash  string
	Owner string // another user that the file belongs to; "": it is the person's own, or not known
}

// Case is one request with its expectations.
type Case struct {
	Line    int    // in the file of its suite, from 1; 0: it does not come from a file
	Name    string // unique in its suite
	Title   string
	Tags    []string
	Request *definition.Request
	Expect  Expectations
	Capture []definition.Capture
	Retry   Retry
	Needs   []string // required names in .vars
	Reads   []string // optional names in .vars, null when missing
	Given   []string // variables of the file in .vars
}

// Retry bounds how often, and after what pause, a case runs again.
type Retry struct {
	Times int
	Every time.Duration
	When  *jq.Query // over the answer; nil: while the expectation does not hold
}

// Expectations holds the expectation of each account; nil is none: no outcome of the
// definition, and a status below 400.
type Expectations struct {
	Default *jq.Query
	By      map[string]*jq.Query
}

// For returns the expectation of an account.
func (e Expectations) For(account string) *jq.Query {
	if q, ok := e.By[account]; ok {
		return q
	}
	return e.Default
}

// Spec returns the request as a person edits it, with the expectation of an
// account.
func (c *Case) Spec(account string) *request.Spec {
	s := request.FromDefinition(c.Request)
	s.ID, s.Builtin, s.Name, s.Title = "", false, c.Name, c.Title
	if q := c.Expect.For(account); q != nil {
		s.Expect = q.Source()
	}
	return &s
}

// Tags lists every tag of the suite's requests, sorted.
func (s *Suite) Tags() []string {
	var all []string
	for _, c := range s.Cases {
		all = append(all, c.Tags...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// FromSpecs makes a suite of saved requests, without those that do not compile. Their
// expectations are those of accounts, not of anonymous.
func FromSpecs(name, title string, specs []request.Spec) *Suite {
	s := &Suite{Name: name, Title: title}
	for i := range specs {
		call, err := specs[i].Compile()
		if err != nil {
			continue
		}
		s.Cases = append(s.Cases, &Case{
			Name: specs[i].Name, Title: specs[i].Title, Request: call,
			Expect: Expectations{Default: call.Expect, By: map[string]*jq.Query{Anonymous: nil}},
		})
	}
	return s
}
