package flow

import (
	"tokenring/session/jq"
	"tokenring/session/transport"
)

// stepResult is what one step of a flow did.
type stepResult struct {
	index, total int
	callText     string             // "POST https://host/path"; "" for a step without a request
	request      *transport.Request // nil: it asked no server
	answer       *stepAnswer        // nil: it has none
	source       *stepAnswer        // what its captures come from: answer, or the last one before a capture alone
	captures     []Captured
}

// stepAnswer is an answer with the scope made of it.
type stepAnswer struct {
	*transport.Response
	scope  jq.Scope
	isJSON bool
}

func newStepAnswer(res *transport.Response) *stepAnswer {
	a := &stepAnswer{Response: res}
	a.scope, a.isJSON = res.Scope()
	return a
}

// lacks reports that the answer is no JSON where q looks into its body.
func (a *stepAnswer) lacks(q *jq.Query) bool { return !a.isJSON && reads(q, "body") }
