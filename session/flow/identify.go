package flow

import (
	"context"
	"net/http"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/oauth"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// identify checks an ID token, and that it is of the person whom the account was of.
func (x *run) identify(ctx context.Context, st *stepResult, i *definition.Identify) error {
	scope := x.facts.scope(ctx)
	var values []string
	for _, t := range []*jq.Template{i.Token, i.Issuer, i.Client, i.Keys} {
		text, _, err := t.Text(ctx, scope)
		if err != nil {
			return broken(err)
		}
		values = append(values, text)
	}
	raw, issuer, client, keys := values[0], values[1], values[2], values[3]
	if raw == "" {
		return nil
	}
	if err := x.verify(ctx, st, raw, keys); err != nil {
		return err
	}
	want := oauth.Expected{Issuer: issuer, Client: client, Nonce: x.facts.answers["nonce"].Reveal(), Now: x.runner.now().Add(x.facts.offset)}
	parsed := token.Parse(raw)
	claims := jq.Claims(parsed)
	want.Expires, _ = parsed.Time("exp")
	former := x.former()
	if former != nil && x.facts.flow == session.FlowRefresh {
		want.Subject, _ = former["sub"].(string)
	}
	if err := oauth.CheckIDToken(claims, want); err != nil {
		f := failure(session.WrongToken, "")
		f.Meaning, f.Next = "the ID token cannot be used: "+err.Error(), "log in again; if it happens again, ask the operator of the server"
		return f
	}
	if former == nil || x.facts.flow != session.FlowLogin || claims["sub"] == former["sub"] && claims["iss"] == former["iss"] {
		return nil
	}
	return x.agreeToPerson(ctx, person(former), person(claims))
}

// agreeToPerson has the person agree to an account of another identity than before.
func (x *run) agreeToPerson(ctx context.Context, was, is string) error {
	if x.prompter == nil {
		return failure(session.NeedsPerson, "it was "+was+" before, and is "+is+" now")
	}
	answer, err := x.prompter.Ask(ctx, session.Question{
		Name: "identity", Label: "Use this account as " + is + " from now on?", Confirm: true,
		Help: "It was " + was + " before. The session of " + was + " is replaced if you agree, and stays if you do not.",
	})
	if err != nil {
		return declined(ctx, err)
	}
	if answer.Reveal() != session.Yes {
		f := failure(session.Declined, "")
		f.Meaning, f.Next = "the browser was logged in as "+is+", not as "+was, "log out in the browser, then log in again"
		return f
	}
	return nil
}

// person names somebody by the claims of an ID token.
func person(claims map[string]any) string {
	for _, name := range []string{"preferred_username", "email", "name", "sub"} {
		if s, _ := claims[name].(string); s != "" {
			return secret.CleanLine(s)
		}
	}
	return "somebody"
}

// former returns the claims of the ID token that the account had; nil if it had none.
func (x *run) former() map[string]any {
	raw := x.facts.sub.Former
	if raw.IsZero() {
		raw = x.facts.sub.Tokens["id"]
	}
	if raw.IsZero() {
		return nil
	}
	return jq.Claims(token.Parse(raw.Reveal()))
}

// verify compares the signature of an ID token with the keys that its issuer publishes.
func (x *run) verify(ctx context.Context, st *stepResult, raw, keys string) error {
	if keys == "" {
		return nil // it came from the token endpoint itself (OpenID Connect Core 1.0, section 3.1.3.7)
	}
	source, answer := st.source, x.facts.answer
	defer func() {
		st.source, x.facts.answer = source, answer
		x.facts.learn()
	}()
	req := &definition.Request{Method: http.MethodGet, URL: jq.Literal(keys), Attach: definition.AttachNone}
	if err := x.call(ctx, st, req); err != nil {
		return err
	}
	set, err := token.ParseKeys(st.answer.Body)
	if !isSuccess(st.answer.Status) || err != nil {
		return x.facts.unexplained(ctx)
	}
	if v := token.Verify(raw, set); v.Verdict != token.Valid {
		f := failure(session.WrongToken, "")
		f.Meaning, f.Next = "the ID token cannot be used: "+v.Reason, "ask the operator of the server which key signs its tokens"
		return f
	}
	return nil
}
