package emulatortest

import (
	"net/http"
	"slices"

	"github.com/golang-jwt/jwt/v5"
)

// The clients of an Issuer that prove who they are by an assertion (RFC 7523).
const (
	IssuerKey    = "signer"  // private_key_jwt: IssuerOptions.ClientKey
	IssuerShared = "sharing" // client_secret_jwt: IssuerAssertionSecret

	IssuerAssertionSecret = "canary secret of thirty-two bytes and more"
)

// asserted returns the client that an assertion proves, "" for none.
func (s *Issuer) asserted(r *http.Request) string {
	if r.PostForm.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return ""
	}
	claims := s.assertion(r, r.PostForm.Get("client_assertion"))
	iss, _ := claims["iss"].(string)
	if claims == nil || claims["sub"] != iss || r.PostForm.Has("client_secret") {
		return ""
	}
	return iss
}

// assertion returns the claims of an assertion that is used for the first time; nil for
// any other.
func (s *Issuer) assertion(r *http.Request, raw string) jwt.MapClaims {
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(raw, claims, func(t *jwt.Token) (any, error) {
		if iss, _ := claims["iss"].(string); iss == IssuerShared {
			return []byte(IssuerAssertionSecret), nil
		}
		return s.opts.ClientKey, nil
	}, jwt.WithTimeFunc(s.opts.Now), jwt.WithExpirationRequired(), jwt.WithAudience(s.address(r)))
	jti, _ := claims["jti"].(string)
	if err != nil || jti == "" || s.spent[jti] || !slices.Contains([]any{IssuerKey, IssuerShared}, claims["iss"]) {
		return nil
	}
	s.spent[jti] = true
	return claims
}
