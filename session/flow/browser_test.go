package flow_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"testing"

	"tokenring/session"
	"tokenring/session/definition"
)

// browser is a person who opens the address of the login page and pastes the address
// at which it ended.
type browser struct {
	person
	challenge string
	state     string // in place of the one the page was given; "" for that
}

func (b *browser) Show(ctx context.Context, n session.Notice) error {
	page, err := url.Parse(n.URL)
	if err != nil {
		return err
	}
	q := page.Query()
	b.challenge = q.Get("code_challenge")
	if b.state == "" {
		b.state = q.Get("state")
	}
	b.answer = q.Get("redirect_uri") + "?code=one%2Btime&state=" + b.state
	return b.person.Show(ctx, n)
}

func TestALoginInABrowserWithPKCE(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("../definition/testdata/authorization-code.yaml")
	must(t, err)
	def, err := definition.Parse("authorization-code.yaml", src)
	must(t, err)
	who := &browser{}
	at := backendOf(t, func(w http.ResponseWriter, _ *http.Request, body string) {
		form, _ := url.ParseQuery(body)
		sum := sha256.Sum256([]byte(form.Get("code_verifier")))
		switch {
		case len(form.Get("code_verifier")) < 43 || base64.RawURLEncoding.EncodeToString(sum[:]) != who.challenge:
			say(w, http.StatusBadRequest, `{"error":"invalid_grant","error_description":"not your code"}`)
		case form.Get("code") != "one+time" || form.Get("redirect_uri") != "http://127.0.0.1/callback":
			say(w, http.StatusBadRequest, `{"error":"invalid_request","error_description":"no code"}`)
		default:
			say(w, http.StatusOK, `{"access_token":"a","refresh_token":"r","expires_in":60}`)
		}
	})
	account := subject(def, at, map[string]any{
		"issuer": at, "client_id": "me & you", "redirect_uri": "http://127.0.0.1/callback",
		"authorize_path": "authorize", "token_path": "token",
	})
	r := runner(t, newClock().now)
	res, err := r.Login(t.Context(), account, who, nil)
	must(t, err)
	if res.Values["access"].Reveal() != "a" || res.Values["refresh"].Reveal() != "r" {
		t.Errorf("the session is %v", res.Values)
	}

	who = &browser{state: "somebody-elses"}
	_, err = r.Login(t.Context(), account, who, nil)
	wantKind(t, failure(t, err), session.BadCredentials)
}
