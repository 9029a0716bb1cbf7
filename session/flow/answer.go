package flow

import (
	"tokenring/session/jq"
	"tokenring/session/transport"
)

// stepAnswer is an answer with the scope made of it.
type stepAnswer struct {
	*transport.Response
	scope  jq.Scope
	isJSON bool
}

func newAnswer(res *transport.Response) *stepAnswer {
	a := &stepAnswer{Response: res}
	a.scope, a.isJSON = res.Scope()
	return a
}
