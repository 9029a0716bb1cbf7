// Package suite sends test requests with expectations as several accounts. The result is a
// matrix with a verdict in every cell.
//
//	plan, err := suite.NewPlan(s, identities, tags)
//	report, err := suite.Run(ctx, plan, firer, suite.Options{Now: now, OnResult: show})
//	report.Cells[i][j] // plan.Cases[i] as plan.Identities[j]
//
// The requests of an account run sequentially, since later ones may read the captures of
// earlier ones; accounts run in parallel, up to a bound. OnResult receives every cell
// twice: when it starts ([Running]) and when it ends. The texts of a [Result] are masked
// and have one line.
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

	Environment string // required of its accounts; "": any
}

// Source is the file of a suite.
type Source struct {
	File  string // "": none
	Hash  string // of its whole text
	Owner string // another user who owns the file; or ""
}

// Case is one request with its expectations.
type Case struct {
	Line    int    // in the file of its suite, from 1; 0: no file
	Name    string // unique in its suite
	Title   string
	Tags    []string
	Request *definition.Request
	Expect  Expectations
	Capture []definition.Capture
	Retry   Retry
	Needs   []string // required names in .vars
	Reads   []string // optional names in .vars, null if missing
	Given   []string // variables of the file in .vars
}

// Retry configures how often, and after what pause, a case runs again.
type Retry struct {
	Times int
	Every time.Duration
	When  *jq.Query // over the answer; nil: while the expectation does not hold
}

// Expectations holds the expectation of each account. A nil expectation means a status below
// 400 and no outcome of the definition.
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

// Spec returns the request in its editable form, with the expectation of an account.
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

// FromSpecs makes a suite of saved requests and skips those that do not compile. Their
// expectations apply to accounts, not to anonymous.
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
