package oauth

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"tokenring/session/secret"
)

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
