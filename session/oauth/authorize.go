package oauth

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"tokenring/session/address"
	"tokenring/session/secret"
)

// Authorization is one login in a browser: an authorization code with PKCE (RFC 6749,
// section 4.1; RFC 7636; RFC 9700, section 2.1.1).
type Authorization struct {
	State    string // returns with the answer to it
	Nonce    string // stands in the ID token
	Verifier string // proves to the token endpoint who asked

	Returns []string // parameters that come back; nil: the code

	Issuer      string // who answers; "": unknown
	NamesItself bool   // the server says in every answer who it is (RFC 9207, section 3)
}

// NewAuthorization returns an authorization with random values.
func NewAuthorization() *Authorization {
	return &Authorization{State: random(16), Nonce: random(16), Verifier: random(32)}
}

func random(size int) string {
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// Address returns the address of the login page, with further parameters.
func (a *Authorization) Address(endpoint, redirect string, parameters url.Values) (string, error) {
	u, err := address.Parse(endpoint)
	if err != nil {
		return "", err
	}
	q := u.Query()
	for name, values := range parameters {
		q[name] = values
	}
	sum := sha256.Sum256([]byte(a.Verifier))
	for name, value := range map[string]string{
		"response_type": "code", "redirect_uri": redirect, "state": a.State, "nonce": a.Nonce,
		"code_challenge": base64.RawURLEncoding.EncodeToString(sum[:]), "code_challenge_method": "S256",
	} {
		q.Set(name, value)
	}
	u.RawQuery, u.Fragment = q.Encode(), ""
	return u.String(), nil
}

// Answers reports whether what came back belongs to this login and is complete.
func (a *Authorization) Answers(values url.Values) bool {
	if values.Get("state") != a.State {
		return false
	}
	for _, name := range a.returns() {
		if !values.Has(name) {
			return values.Has("error")
		}
	}
	return true
}

func (a *Authorization) returns() []string {
	if a.Returns == nil {
		return []string{"code"}
	}
	return a.Returns
}

// RefusedError is the answer of a server that refused a login.
type RefusedError struct{ Code, Words string } // sanitized

func (e *RefusedError) Error() string {
	if e.Words != "" {
		return e.Words
	}
	return e.Code
}

// Check returns an error for the person unless what came back is what this login waits for;
// a *RefusedError if the server refused.
func (a *Authorization) Check(values url.Values) error {
	iss := values.Get("iss")
	switch {
	case !values.Has("state"):
		return errors.New("it has no state=, as the address of this login has")
	case values.Get("state") != a.State:
		return errors.New("it belongs to another login: its state differs")
	case !a.Answers(values):
		return errors.New("it lacks " + strings.Join(a.returns(), " or "))
	case a.Issuer != "" && a.NamesItself && iss == "":
		return errors.New("it lacks iss, which " + a.Issuer + " always sends")
	case a.Issuer != "" && iss != "" && iss != a.Issuer:
		return errors.New("it is from another server than " + a.Issuer + ": " + secret.CleanLine(iss))
	case values.Has("error"):
		return &RefusedError{secret.CleanLine(values.Get("error")), secret.CleanLine(values.Get("error_description"))}
	}
	return nil
}

// Pasted reads what a person pasted: the address at which the browser ended, its query,
// or the code alone, which has no blanks. For anything else it returns no values.
func Pasted(text string) (values url.Values, code string) {
	words := strings.Fields(text)
	text = strings.Trim(strings.Join(words, ""), `"'<>`) // an address may span lines
	query := text
	if _, after, found := strings.Cut(text, "?"); found {
		query = after
	} else if _, after, found := strings.Cut(text, "#"); found && strings.Contains(after, "=") {
		query = after
	}
	query, _, _ = strings.Cut(query, "#")
	if values, err := url.ParseQuery(query); err == nil && (values.Has("code") || values.Has("error") || values.Has("state")) {
		return values, ""
	}
	isOther := func(r rune) bool { return r <= ' ' || r > '~' } // RFC 6749, section A.11
	if len(words) != 1 || strings.Contains(text, "://") || strings.ContainsFunc(text, isOther) {
		return url.Values{}, ""
	}
	return nil, text
}

// leeway is how much the clocks of two servers may differ.
const leeway = time.Minute

// Expected is what an ID token must state.
type Expected struct {
	Issuer, Client string
	Nonce          string // "": none was sent
	Subject        string // "": any

	Now, Expires time.Time // the server's time, and the end of the token; zero: not stated
}

// CheckIDToken returns an error for the person unless the claims of an ID token are as
// expected (OpenID Connect Core 1.0, section 3.1.3.7).
func CheckIDToken(claims map[string]any, want Expected) error {
	text := func(name string) string { s, _ := claims[name].(string); return s }
	audience := audience(claims["aud"])
	azp := text("azp")
	switch {
	case text("iss") != want.Issuer:
		return fmt.Errorf("it is from %s, not from %s", cmp.Or(secret.CleanLine(text("iss")), "no issuer"), want.Issuer)
	case !slices.Contains(audience, want.Client):
		return fmt.Errorf("it is for the client %s, not for %s", cmp.Or(secret.CleanLine(first(audience)), "without a name"), want.Client)
	case len(audience) > 1 && azp == "", azp != "" && azp != want.Client:
		return errors.New("it was issued to another client")
	case want.Nonce != "" && text("nonce") != want.Nonce:
		return errors.New("it belongs to another login: its nonce differs")
	case !want.Expires.Add(leeway).After(want.Now):
		return errors.New("it has expired already")
	case text("sub") == "":
		return errors.New("it has no subject")
	case want.Subject != "" && text("sub") != want.Subject:
		return errors.New("it is for another user than before")
	}
	return nil
}

func audience(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, one := range v {
			if s, ok := one.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
