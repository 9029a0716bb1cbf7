package attempt

import (
	"cmp"
	"context"
	"net/http"

	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/jq"
	"tokenring/session/oauth"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// challenge records in a refused run what the API demands, which account can satisfy it, and
// what to do next. It fetches the metadata that the API names without a credential and only
// from servers of the account, unless every answer may hold a new token, which would be lost.
func (a *attempt) challenge(ctx context.Context, answer *flow.Answer, run *request.Run) {
	res := answer.Response
	if res.CrossOrigin || res.Status != http.StatusUnauthorized && res.Status != http.StatusForbidden {
		return
	}
	c, ok := oauth.ReadChallenge(res.Header)
	if ok {
		a.explain(ctx, c, answer, run)
	}
	if run.Asks == "" && !run.IsAnonymous() {
		run.Asks, run.Next = oauth.OtherScheme(res.Header, answer.Sent.Headers().Get("Authorization"))
	}
}

// explain is challenge for a bearer token.
func (a *attempt) explain(ctx context.Context, c oauth.Challenge, answer *flow.Answer, run *request.Run) {
	var of oauth.Resource
	if c.Metadata != "" && c.Error != "insufficient_scope" && !a.caller.Definition.Rotates() {
		stay := false
		call := &definition.Request{Method: http.MethodGet, URL: jq.Literal(c.Metadata), Attach: definition.AttachNone, Follow: &stay}
		about, err := a.caller.Send(ctx, call, flow.SendOptions{Hide: a.hide})
		if err == nil && about.Response.Status == http.StatusOK {
			metadata, _ := about.Scope["body"].(map[string]any)
			of = oauth.ReadResource(metadata, answer.Sent.URL.String())
		}
	}
	own := a.caller.Definition.GrantOf(&a.rec.Account)
	issuer, scope, fits := cmp.Or(of.Issuer, own.Issuer), cmp.Or(c.Scope, of.Scope), ""
	elsewhere := run.IsAnonymous() || own.Issuer != issuer ||
		of.Issuer == "" && c.Error != "insufficient_scope" && c.TokensAt() != ""
	if elsewhere || own.Lacks(scope) != "" { // otherwise it already has all of that
		fits = a.fitting(ctx, issuer, scope)
	}
	run.Asks, run.Next = c.Explain(of, fits)
	switch missing := own.Lacks(scope); {
	case elsewhere:
	case missing != "" && own.Field != "":
		run.Scope, run.Next = missing, "log in with the scope "+missing
	case missing == "" && of.Issuer != "":
		run.Next = "log in again"
	}
}

// fitting names an account that logs in at an issuer with a scope, or returns "".
func (a *attempt) fitting(ctx context.Context, issuer, scope string) string {
	if issuer == "" {
		return ""
	}
	all, _ := a.Store.Accounts(ctx) // after an error, it names none
	for _, rec := range all {
		one := &rec.Account
		if def, err := a.Catalog.Get(one.Definition); err == nil {
			if g := def.GrantOf(one); g.Issuer == issuer && g.Lacks(scope) == "" {
				return secret.CleanLine(one.Name)
			}
		}
	}
	return ""
}
