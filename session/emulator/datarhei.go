package emulator

import (
	"crypto/rsa"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// DatarheiFailureDelay is how long a real datarhei Core waits before it
// refuses a login.
const DatarheiFailureDelay = 5 * time.Second

// DatarheiOptions configures a datarhei Core.
type DatarheiOptions struct {
	Now func() time.Time // required

	// Users may be several, although only IAM builds have more than one.
	Users []User

	AccessLife  time.Duration // 10 minutes unless set
	RefreshLife time.Duration // 24 hours unless set

	// FailureDelay holds back a refused login; see DatarheiFailureDelay.
	FailureDelay time.Duration

	// AuthDisabled leaves everything open and has no login (api.auth.enable=false).
	AuthDisabled bool

	// OpenToLocalhost leaves everything open but keeps the login routes, whose
	// refresh then always fails (api.auth.disable_localhost).
	OpenToLocalhost bool

	// DenyAddress refuses every route but the login ones, as
	// api.access.http.block does for the client's address.
	DenyAddress bool

	// IAM answers as the multi-user builds do: 403 instead of most 401s, and
	// policies: only admin may read /api/v3/log.
	IAM bool

	// Auth0 adds the login with an Auth0 access token.
	Auth0 *Auth0Tenant
}

// Datarhei answers as datarhei Core 16.16 does
// (https://docs.datarhei.com/core/guides/beginner). It has no logout.
type Datarhei struct {
	Server
	opts     DatarheiOptions
	started  time.Time
	key      []byte
	auth0Key *rsa.PrivateKey
}

// NewDatarhei makes a Core.
func NewDatarhei(o DatarheiOptions) *Datarhei {
	o.AccessLife = orDefault(o.AccessLife, 10*time.Minute)
	o.RefreshLife = orDefault(o.RefreshLife, 24*time.Hour)
	d := &Datarhei{opts: o, key: newKey()}
	mux := http.NewServeMux()
	d.setup(o.Now, o.Users, mux)
	d.started = o.Now()
	if o.Auth0 != nil {
		d.auth0Key = newAuth0Key()
		mux.HandleFunc("GET /.well-known/jwks.json", d.handle(d.jwks))
	}
	if !o.AuthDisabled {
		mux.HandleFunc("POST /api/login", d.handle(d.login))
		mux.HandleFunc("GET /api/login/refresh", d.handle(d.refresh))
	}
	mux.HandleFunc("GET /ping", d.handle(func(*call) *answer { return reply(http.StatusOK, text("pong")) }))
	mux.HandleFunc("GET /api", d.handle(d.about))
	mux.HandleFunc("GET /api/v3/skills", d.handle(d.guard(d.skills)))
	mux.HandleFunc("GET /api/v3/process", d.handle(d.guard(d.processes)))
	mux.HandleFunc("GET /api/v3/log", d.handle(d.guard(d.logLines)))
	mux.HandleFunc("GET /api/v3/metadata/{key}", d.handle(d.guard(d.metadata)))
	mux.HandleFunc("/", d.handle(d.elsewhere))
	return d
}

// Restart forgets the signing key, as a Core without a persisted secret does:
// every token dies.
func (d *Datarhei) Restart() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.key = newKey()
	d.started = d.now()
}

// datarheiError is the one error form of a Core.
type datarheiError struct {
	Code    int      `json:"code"`
	Message string   `json:"message"`
	Details []string `json:"details"`
}

func datarheiFail(status int, detail string) *answer {
	return reply(status, datarheiError{status, http.StatusText(status), []string{detail}})
}

type datarheiTokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token,omitempty"`
}

func (d *Datarhei) login(c *call) *answer {
	if d.opts.IAM {
		return d.loginIAM(c)
	}
	if raw, ok := bearer(c.Header.Get("Authorization")); ok && d.opts.Auth0 != nil {
		if sub, known, err := d.verifyAuth0(raw, c.now); err != nil {
			return datarheiFail(http.StatusUnauthorized, "Invalid authorization credentials: "+err.Error()).after(d.opts.FailureDelay)
		} else if known {
			return d.granted(sub, c.now)
		}
	}
	name, password, ok := datarheiCredentials(c)
	if !ok {
		return datarheiFail(http.StatusBadRequest, "Missing authorization credentials").after(d.opts.FailureDelay)
	}
	if !d.mayLogIn(name, password) {
		return datarheiFail(http.StatusUnauthorized,
			"Invalid authorization credentials: invalid username or password").after(d.opts.FailureDelay)
	}
	return d.granted(name, c.now)
}

func (d *Datarhei) loginIAM(c *call) *answer {
	refuse := func(detail string) *answer {
		return datarheiFail(http.StatusForbidden, detail).after(d.opts.FailureDelay)
	}
	if name, password, ok := datarheiCredentials(c); ok {
		if !d.mayLogIn(name, password) {
			return refuse("invalid username or password")
		}
		return d.granted(name, c.now)
	}
	raw, ok := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	if !ok || d.opts.Auth0 == nil {
		return datarheiFail(http.StatusForbidden, "access denied")
	}
	sub, known, err := d.verifyAuth0(raw, c.now)
	if err != nil || !known {
		return refuse("invalid token")
	}
	return d.granted(sub, c.now)
}

// datarheiCredentials reads the login's body; without the JSON content type
// Core does not look at it.
func datarheiCredentials(c *call) (name, password string, ok bool) {
	var in struct{ Username, Password string }
	media, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || media != "application/json" || c.decode(&in) != nil {
		return "", "", false
	}
	return in.Username, in.Password, in.Username != "" && in.Password != ""
}

func (d *Datarhei) mayLogIn(name, password string) bool {
	u := d.users.byName(name)
	return u != nil && u.State == Active && u.Password == password
}

// granted answers a login.
func (d *Datarhei) granted(subject string, now time.Time) *answer {
	d.logins++
	return reply(http.StatusOK, datarheiTokens{
		Access:  d.issue(subject, "access", d.opts.AccessLife, now),
		Refresh: d.issue(subject, "refresh", d.opts.RefreshLife, now),
	})
}

func (d *Datarhei) issue(subject, usefor string, life time.Duration, now time.Time) string {
	return d.remember(subject, signHS256(d.key, jwt.MapClaims{
		"iss":    "datarhei-core",
		"sub":    subject,
		"usefor": usefor,
		"iat":    now.Unix(),
		"exp":    now.Add(life).Unix(),
		"exi":    int64(life / time.Second),
		"jti":    newUUID(),
	}))
}

// refresh gives a new access token; the refresh token stays as it is.
func (d *Datarhei) refresh(c *call) *answer {
	if d.opts.OpenToLocalhost {
		return datarheiFail(http.StatusForbidden, "Invalid token")
	}
	subject, refusal := d.authenticate(c, "refresh")
	if refusal != nil {
		return refusal
	}
	d.refreshes++
	return reply(http.StatusOK, datarheiTokens{Access: d.issue(subject, "access", d.opts.AccessLife, c.now)})
}

// authenticate gives the subject of the bearer token, or the answer that
// refuses it. Like Core it accepts any HMAC and compares no issuer.
func (d *Datarhei) authenticate(c *call, usefor string) (string, *answer) {
	if d.opts.IAM {
		return d.authenticateIAM(c, usefor)
	}
	refusal := datarheiFail(http.StatusUnauthorized, "Missing or invalid JWT token")
	raw, ok := bearer(c.Header.Get("Authorization"))
	if !ok || d.dead[raw] {
		return "", refusal
	}
	claims, err := verifyHMAC(raw, d.key, c.now, "HS256", "HS384", "HS512")
	if err != nil || claims["usefor"] != usefor {
		return "", refusal
	}
	return claimString(claims, "sub"), nil
}

func (d *Datarhei) authenticateIAM(c *call, usefor string) (string, *answer) {
	raw, ok := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	if !ok || raw == "" { // the anonymous user, whom no policy lets in
		return "", datarheiFail(http.StatusForbidden, "access denied")
	}
	claims, err := verifyHMAC(raw, d.key, c.now, "HS256", "HS384", "HS512")
	if err != nil || d.dead[raw] {
		return "", datarheiFail(http.StatusUnauthorized, "invalid token")
	}
	if claims["usefor"] != usefor {
		return "", datarheiFail(http.StatusForbidden, "invalid token")
	}
	return claimString(claims, "sub"), nil
}

// bearer cuts the scheme off, which is compared without regard to case.
func bearer(header string) (string, bool) {
	scheme, raw, ok := strings.Cut(header, " ")
	return raw, ok && raw != "" && strings.EqualFold(scheme, "Bearer")
}
