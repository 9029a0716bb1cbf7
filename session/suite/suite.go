// Package suite holds test requests with what is expected of their answers,
// and fires them as several accounts: a matrix with a verdict in every cell.
//
//	plan, err := suite.NewPlan(s, identities, tags)      // which requests, as whom
//	report, err := suite.Run(ctx, plan, firer, suite.Options{Now: now, Tell: show})
//	report.Cells[i][j]                                // plan.Cases[i] as plan.Identities[j]
//
// An account fires its requests one after the other, since later ones may read
// what earlier ones captured; accounts run beside each other, up to a bound.
// Tell hears of every cell twice: when it begins ([Running]) and when it ends.
// The session's Manager is the [Firer]; its RunSuite checks trust and guards,
// runs the plan and keeps the history. What a [Result] says is masked and one
// line; its Run is the answer, to be opened like any other.
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

// Suite is requests that are fired together.
type Suite struct {
	Name   string
	Title  string
	As     []string // the accounts it is fired as when nobody says otherwise; Anonymous may be one
	Cases  []*Case
	Vars   map[string]any // text, numbers and booleans, for .vars of every account
	Source Source

	Environment string // of every account it is fired as; "" is any
}

// Source is the file a suite was read from. Hash stands for all of its text.
type Source struct {
	File string // "": it was not read from a file
	Hash string
}

// Case is one request with what is expected of its answer.
type Case struct {
	Name    string // unique in its suite
	Title   string
	Tags    []string
	Request *definition.Request
	Expect  Expectations
	Capture []definition.Capture
	Retry   Retry
	Needs   []string // names in .vars without which it cannot be fired
	Reads   []string // names in .vars that may be missing, and then give null
}

// Retry says how often, and after what pause, a case is fired again.
type Retry struct {
	Times int
	Every time.Duration
	When  *jq.Query // over the answer; nil: while it is not what is expected
}

// Expectations are what has to hold of an answer, by account.
type Expectations struct {
	Default *jq.Query // nil: no outcome of the definition, and a status below 400
	By      map[string]*jq.Query
}

// For gives what is expected of the answer to an account.
func (e Expectations) For(account string) *jq.Query {
	if q, ok := e.By[account]; ok {
		return q
	}
	return e.Default
}

// Spec is the request as a person edits it, with what is expected of the
// answer to an account.
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

// FromSpecs makes a suite of requests that a person has, leaving out those
// that cannot be fired: whose text is wrong.
func FromSpecs(name, title string, specs []request.Spec) *Suite {
	s := &Suite{Name: name, Title: title}
	for i := range specs {
		call, err := specs[i].Compile()
		if err != nil {
			continue
		}
		s.Cases = append(s.Cases, &Case{
			Name: specs[i].Name, Title: specs[i].Title, Request: call, Expect: Expectations{Default: call.Expect},
		})
	}
	return s
}
