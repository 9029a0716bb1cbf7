package request

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/token"
)

// TestARefusalHasReasons: each with its evidence, the likeliest first, at most three.
func TestARefusalHasReasons(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	jwt := func(claims string) *Evidence {
		part := base64.RawURLEncoding.EncodeToString
		return NewEvidence(token.Parse(part([]byte(`{"alg":"HS256"}`))+"."+part([]byte(claims))+"."+part(make([]byte, 32))), 0)
	}
	late := jwt(`{"exp":1777896060}`) // a minute after at
	late.Offset = 5 * time.Minute
	for name, c := range map[string]struct {
		run   Run
		want  string
		first session.Flow
	}{
		"a success":      {Run{Status: 200, Evidence: jwt(`{"exp":1}`)}, "", ""},
		"no evidence":    {Run{Status: 401}, "", ""},
		"anonymous":      {Run{Status: 401, Account: Anonymous}, "it was sent without a token", ""},
		"expired":        {Run{Status: 401, Evidence: jwt(`{"exp":1777895940}`)}, `the token expired at 11:59, by its claim "exp"`, session.FlowRefresh},
		"the clock":      {Run{Status: 401, Evidence: late}, `the token expired at 12:01, by its claim "exp"; the server's clock is 5m0s ahead of this machine's, by its Date header`, session.FlowRefresh},
		"too early":      {Run{Status: 401, Evidence: jwt(`{"nbf":1777899600}`)}, `the token is not valid before 13:00, by its claim "nbf"`, ""},
		"an ID token":    {Run{Status: 401, Evidence: jwt(`{"nonce":"x","sub":"me"}`)}, "by its type or claims, the token is an ID token, which an API must refuse", ""},
		"a bound token":  {Run{Status: 401, Evidence: jwt(`{"cnf":{"jkt":"x"}}`)}, `the token is bound by its claim "cnf": each request needs a DPoP proof of its key (RFC 9449 section 6)`, ""},
		"another server": {Run{Status: 401, URL: "https://api.example/me", Evidence: jwt(`{"aud":["https://shop.example"]}`)}, `the token is for https://shop.example, by its claim "aud", but the request went to api.example`, ""},
		"its server":     {Run{Status: 401, URL: "https://api.example/me", Evidence: jwt(`{"aud":["https://api.example/"]}`)}, "", ""},
		"a scope":        {Run{Status: 403, Asks: "this API requires the scope write", Evidence: jwt(`{"scope":"read"}`)}, "this API requires the scope write, according to its header WWW-Authenticate; the token may lack a permission: its scope is read", ""},
		"before":         {Run{Status: 403, Evidence: &Evidence{Accepted: at.Add(-time.Hour)}}, "the server accepted the same request at 11:00, according to the history", ""},
		"a check":        {Run{Status: 401, Refusal: &session.Refusal{Kind: session.RefusedHere}}, "refused by this route; the token is accepted elsewhere", ""},
		"four": {Run{Status: 401, Unsent: []string{"cookie a"}, Refusal: &session.Refusal{Kind: session.RefusedDead}, Proxy: "p", Evidence: jwt(`{"exp":1,"nonce":"x"}`)},
			`it was sent without a credential that does not belong to its address: cookie a; the session is over; the token expired at 1970-01-01 00:00, by its claim "exp"`, session.FlowLogin},
		"not renewed":      {Run{Status: 401, Refusal: &session.Refusal{Kind: session.RefusedUnproven}, Evidence: jwt(`{"exp":1777895940}`)}, `the token expired at 11:59, by its claim "exp"; nothing can renew this session`, session.FlowLogin},
		"a hostile server": {Run{Status: 401, Asks: "\x1b[2J"}, "␛[2J, according to its header WWW-Authenticate", ""},
	} {
		c.run.At = at
		var texts []string
		for _, reason := range c.run.Reasons(time.UTC) {
			texts = append(texts, reason.Text)
		}
		if got := strings.Join(texts, "; "); got != c.want || c.run.RemedyFlow() != c.first {
			t.Errorf("%s: %q, %q", name, got, c.run.RemedyFlow())
		}
	}
}

// TestARefusalIsExplained, or the run says that nothing explains it. That the session cannot be renewed explains nothing.
func TestARefusalIsExplained(t *testing.T) {
	t.Parallel()
	unrenewed := &session.Refusal{Kind: session.RefusedUnproven}
	none := Spec{Attach: definition.AttachNone}
	for name, c := range map[string]struct {
		run  Run
		want string
	}{
		"a success":           {Run{Status: 200}, ""},
		"nothing":             {Run{Status: 401}, unexplained},
		"not renewed":         {Run{Status: 401, Refusal: unrenewed}, unexplained + "; nothing can renew this session"},
		"the server's words":  {Run{Status: 401, Refusal: unrenewed, Message: "revoked"}, "nothing can renew this session"},
		"words alone":         {Run{Status: 401, Message: "revoked"}, ""},
		"a reason":            {Run{Status: 401, Refusal: unrenewed, Proxy: "p"}, "the proxy p, not the server, may have refused it; nothing can renew this session"},
		"the session is over": {Run{Status: 401, Refusal: &session.Refusal{Kind: session.RefusedDead}}, "the session is over"},
		"without its token":   {Run{Status: 401, Account: "me@edge", Spec: none}, "it was sent without a token"},
		"with a header":       {Run{Status: 401, Account: "me@edge", Spec: none, RequestHeaders: []Line{{Name: "authorization"}}}, unexplained},
	} {
		if got := strings.Join(c.run.Explain(time.UTC), "; "); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
