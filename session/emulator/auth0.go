package emulator

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// auth0KeyID is the kid of the tenant's only key.
const auth0KeyID = "emulated-tenant-key"

// Auth0Tenant is an Auth0 tenant a Core trusts. The emulator is the tenant
// too: its key set is at /.well-known/jwks.json and Auth0Token signs with it.
type Auth0Tenant struct {
	Domain   string
	Audience string
	ClientID string
	Users    []string // the subjects that may log in
}

func (t *Auth0Tenant) issuer() string { return "https://" + t.Domain + "/" }

// advertise is the tenant's entry in the list of ways to log in.
func (t *Auth0Tenant) advertise() string {
	return fmt.Sprintf("auth0 domain=%s audience=%s clientid=%s", t.Domain, t.Audience, t.ClientID)
}

func newAuth0Key() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Sprintf("emulator: making a key: %v", err))
	}
	return key
}

// Auth0Token is an access token (RS256) as the tenant would give it to the
// subject. It panics when the Core has no tenant.
func (d *Datarhei) Auth0Token(subject string, life time.Duration) string {
	if d.opts.Auth0 == nil {
		panic("emulator: the Core has no Auth0 tenant")
	}
	now := d.now()
	return d.signAuth0(jwt.MapClaims{
		"iss": d.opts.Auth0.issuer(),
		"sub": subject,
		"aud": d.opts.Auth0.Audience,
		"iat": now.Unix(),
		"exp": now.Add(life).Unix(),
		"azp": d.opts.Auth0.ClientID,
	})
}

func (d *Datarhei) signAuth0(claims jwt.MapClaims) string {
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	t.Header["kid"] = auth0KeyID
	signed, err := t.SignedString(d.auth0Key)
	if err != nil {
		panic(fmt.Sprintf("emulator: signing: %v", err))
	}
	return signed
}

var (
	errAuth0User = errors.New("user not allowed")
	errAuth0Key  = errors.New("no key with this kid")
)

// verifyAuth0 checks a tenant's token: known says whether the issuer is the
// tenant at all; only then is an error one. The audience is not compared, as
// in Core.
func (d *Datarhei) verifyAuth0(raw string, now time.Time) (subject string, known bool, err error) {
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(raw, claims); err != nil {
		return "", false, nil
	}
	if claimString(claims, "iss") != d.opts.Auth0.issuer() {
		return "", false, nil
	}
	if !slices.Contains(d.opts.Auth0.Users, claimString(claims, "sub")) {
		return "", true, errAuth0User
	}
	_, err = jwt.ParseWithClaims(raw, claims, func(t *jwt.Token) (any, error) {
		if t.Header["kid"] != auth0KeyID {
			return nil, errAuth0Key
		}
		return &d.auth0Key.PublicKey, nil
	}, jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(func() time.Time { return now }))
	return claimString(claims, "sub"), true, err
}

// jwks is the tenant's key set (RFC 7517).
func (d *Datarhei) jwks(*call) *answer {
	b64 := base64.RawURLEncoding.EncodeToString
	public := d.auth0Key.PublicKey
	return reply(http.StatusOK, object{"keys": []object{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": auth0KeyID,
		"n": b64(public.N.Bytes()),
		"e": b64(big.NewInt(int64(public.E)).Bytes()),
	}}})
}
