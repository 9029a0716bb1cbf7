package emulatortest

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Auth0 is an Auth0 tenant that a datarhei Core trusts.
type Auth0 struct {
	Domain   string
	Audience string
	ClientID string
	Users    []string // the subjects that may log in

	key *rsa.PrivateKey
}

// NewAuth0 makes a tenant with a key of its own.
func NewAuth0(domain string, users ...string) *Auth0 {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Sprintf("emulatortest: making a key: %v", err))
	}
	return &Auth0{Domain: domain, Audience: "https://core", ClientID: "abc", Users: users, key: key}
}

const auth0KeyID = "emulated-tenant-key"

// Entry implements emulator.Tenant.
func (a *Auth0) Entry() string {
	return fmt.Sprintf("auth0 domain=%s audience=%s clientid=%s", a.Domain, a.Audience, a.ClientID)
}

// Token returns an access token (RS256) for the subject. The issuer "" is that of
// the tenant.
func (a *Auth0) Token(issuer, subject string, issued time.Time, life time.Duration) string {
	if issuer == "" {
		issuer = a.issuer()
	}
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": issuer, "sub": subject, "aud": a.Audience, "azp": a.ClientID,
		"iat": issued.Unix(), "exp": issued.Add(life).Unix(),
	})
	t.Header["kid"] = auth0KeyID
	signed, err := t.SignedString(a.key)
	if err != nil {
		panic(fmt.Sprintf("emulatortest: signing: %v", err))
	}
	return signed
}

func (a *Auth0) issuer() string { return "https://" + a.Domain + "/" }

var (
	errAuth0User = errors.New("user not allowed")
	errAuth0Key  = errors.New("no key with this kid")
)

// Verify implements emulator.Tenant. Like Core, it ignores the audience.
func (a *Auth0) Verify(raw string, now time.Time) (subject string, known bool, err error) {
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(raw, &claims); err != nil || claims.Issuer != a.issuer() {
		return "", false, nil
	}
	if !slices.Contains(a.Users, claims.Subject) {
		return "", true, errAuth0User
	}
	_, err = jwt.ParseWithClaims(raw, &claims, func(t *jwt.Token) (any, error) {
		if t.Header["kid"] != auth0KeyID {
			return nil, errAuth0Key
		}
		return &a.key.PublicKey, nil
	}, jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(func() time.Time { return now }))
	return claims.Subject, true, err
}
