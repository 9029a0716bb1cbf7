package attempt

import (
	"context"
	"net/http"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/jq"
	"tokenring/session/oauth"
)

// challenge says what an API that refused a request asks for, and what to do next. Where
// the API names what it says of itself, that is asked for, without a credential and only at
// a server of the account, unless the answer may bring a token, which would be lost.
func (a *attempt) challenge(ctx context.Context, sub *flow.Subject, answer *flow.Answer) (asks, next string) {
	res := answer.Response
	if res.CrossOrigin || res.Status != http.StatusUnauthorized && res.Status != http.StatusForbidden {
		return "", ""
	}
	c, ok := oauth.ReadChallenge(res.Header)
	if !ok {
		return "", ""
	}
	var of oauth.Resource
	if c.Metadata != "" && c.Error != "insufficient_scope" && !sub.Definition.Rotates() {
		stay := false
		call := &definition.Request{Method: http.MethodGet, URL: jq.Literal(c.Metadata), Attach: definition.AttachNone, Follow: &stay}
		about, err := a.Runner.Send(ctx, sub, call, session.FlowRequest, nil)
		if err == nil && about.Response.Status == http.StatusOK {
			metadata, _ := about.Scope["body"].(map[string]any)
			of = oauth.ReadResource(metadata, answer.Sent.URL.String())
		}
	}
	return c.Explain(of)
}
