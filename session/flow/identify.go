package flow

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/oauth"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// identify checks an ID token, and that its person is the former one of the account.
func (x *run) identify(ctx context.Context, st *stepResult, i *definition.Identify) error {
	values, err := texts(ctx, x.scope(ctx), i.Token, i.Issuer, i.Client, i.Keys)
	if err != nil {
		return err
	}
	raw, issuer, client, keys := values[0], values[1], values[2], values[3]
	if raw == "" {
		return nil
	}
	if err := x.verify(ctx, st, raw, keys); err != nil {
		return err
	}
	want := oauth.Expected{Issuer: issuer, Client: client, Nonce: x.answers["nonce"].Reveal(), Now: x.runner.now().Add(x.offset)}
	parsed := token.Parse(raw)
	claims := jq.Claims(parsed)
	want.Expires, _ = parsed.Time("exp")
	former := x.sub.Former
	if x.flow == session.FlowRefresh {
		want.Subject = former.Subject
	}
	if err := oauth.CheckIDToken(claims, want); err != nil {
		return explained(session.WrongToken, "", "the ID token cannot be used: "+err.Error(), "log in again; if it happens again, ask the operator of the server")
	}
	x.person = personOf(claims)
	if former.same(x.person) && x.person.Hint == "" { // a refresh may leave claims out (section 12.2)
		x.person = former
	}
	if x.flow != session.FlowLogin || !x.person.Replaces(former) {
		return nil
	}
	return x.agreeToPerson(ctx, former, x.person)
}

// agreeToPerson asks the user whether the account may become another person's.
func (x *run) agreeToPerson(ctx context.Context, before, now Person) error {
	was, is := before.Name, now.Name
	if was == is { // another issuer or subject
		was, is = was+before.id(), is+now.id()
	}
	if x.prompter == nil {
		return failure(session.NeedsPerson, "it was "+was+" before, and is "+is+" now")
	}
	agrees, err := x.confirm(ctx, session.Question{
		Name: "identity", Label: "Use this account as " + is + " from now on?",
		Help: "It was " + was + " before. What is there of " + was + " is replaced if you agree, and stays if you do not.",
	})
	if err == nil && !agrees {
		return explained(session.Declined, "", "the browser was logged in as "+is+", not as "+was, "log out in the browser, then log in again")
	}
	return err
}

// Person is the person who logged in. Issuer and subject together identify them permanently
// (OpenID Connect Core 1.0, section 5.7).
type Person struct {
	Issuer  string `json:"iss"`
	Subject string `json:"sub"`            // as the issuer sent it, like Issuer
	Name    string `json:"name"`           // for display, sanitised
	Hint    string `json:"hint,omitempty"` // for the login page; or ""
}

func (p Person) same(other Person) bool {
	return p.Issuer == other.Issuer && p.Subject == other.Subject
}

// Replaces reports whether both are known and p is another person than former.
func (p Person) Replaces(former Person) bool {
	return p != Person{} && former != Person{} && !p.same(former)
}

// id returns the permanent identifier of the person for display.
func (p Person) id() string {
	return fmt.Sprintf(" (%+q at %s)", p.Subject, secret.CleanLine(p.Issuer))
}

// personOf reads the claims of an ID token.
func personOf(claims map[string]any) Person {
	sent := func(name string) string { s, _ := claims[name].(string); return s }
	text := func(name string) string { return secret.CleanLine(sent(name)) }
	p := Person{Issuer: sent("iss"), Subject: sent("sub"), Hint: cmp.Or(text("preferred_username"), text("email"))}
	p.Name = cmp.Or(p.Hint, text("name"), text("sub"), "somebody")
	return p
}

// PersonOf returns the person of an ID token, or zero for another token.
func PersonOf(raw secret.String) Person {
	claims := jq.Claims(token.Parse(raw.Reveal()))
	if claims == nil {
		return Person{}
	}
	return personOf(claims)
}

// verify verifies the signature of an ID token with the published keys of its issuer.
func (x *run) verify(ctx context.Context, st *stepResult, raw, keys string) error {
	if keys == "" {
		return nil // it came from the token endpoint itself (OpenID Connect Core 1.0, section 3.1.3.7)
	}
	source, answer := st.source, x.answer
	defer func() {
		st.source, x.answer = source, answer
		x.learn()
	}()
	req := &definition.Request{Method: http.MethodGet, URL: jq.Literal(keys), Attach: definition.AttachNone}
	if err := x.call(ctx, st, req); err != nil {
		return err
	}
	set, err := token.ParseKeys(st.answer.Body)
	if !isSuccess(st.answer.Status) || err != nil {
		return x.unexplained(ctx)
	}
	if v := token.Verify(raw, set); v.Verdict != token.Valid {
		return explained(session.WrongToken, "", "the ID token cannot be used: "+v.Reason, "ask the operator of the server which key signs its tokens")
	}
	return nil
}
