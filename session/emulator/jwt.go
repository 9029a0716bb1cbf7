package emulator

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Issue signs a token of the user with HS256, and notes whose it is. Without a
// life it has no exp.
func (s *Server) Issue(user string, now time.Time, life time.Duration, claims jwt.MapClaims) string {
	claims["iat"] = now.Unix()
	if life > 0 {
		claims["exp"] = now.Add(life).Unix()
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(s.key)
	if err != nil { // not with a byte key
		panic(fmt.Sprintf("emulator: signing: %v", err))
	}
	return s.Remember(user, signed)
}

var errRevoked = errors.New("the token was revoked")

// Verify checks that a token was issued here and not revoked, and its times as
// of now, without leeway. Like the backends' libraries it accepts any HMAC.
func (s *Server) Verify(raw string, now time.Time) (jwt.MapClaims, error) {
	if s.dead[raw] {
		return nil, errRevoked
	}
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(raw, claims,
		func(*jwt.Token) (any, error) { return s.key, nil },
		jwt.WithValidMethods([]string{"HS256", "HS384", "HS512"}),
		jwt.WithTimeFunc(func() time.Time { return now }),
	)
	return claims, err
}

// ClaimString reads a claim that need not be there.
func ClaimString(claims jwt.MapClaims, name string) string {
	s, _ := claims[name].(string)
	return s
}
