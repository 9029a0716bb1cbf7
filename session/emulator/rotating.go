package emulator

import (
	"cmp"
	"crypto/rand"
	_ "embed"
	"net/http"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// RotatingDefinition is the definition of the Rotating backend. It is not built in;
// users load it as their own file.
//
//go:embed market.yaml
var RotatingDefinition []byte

// RotatingOptions configures a Rotating backend.
type RotatingOptions struct {
	Now   func() time.Time // required
	Users []User

	AccessLife  time.Duration // 1 minute unless set
	RefreshLife time.Duration // 24 hours unless set; each exchange restarts it

	// OmitExpiresIn leaves the lifetime to the token's exp.
	OmitExpiresIn bool

	// OpaqueAccess makes access tokens that are not JWTs.
	OpaqueAccess bool

	// Stateless keeps access tokens valid until their exp, even after the end of
	// their session.
	Stateless bool
}

// Rotating is a JSON API whose refresh tokens work once: each exchange returns a new
// one, and using an old one again ends the whole session, as RFC 9700 (section 4.14.2)
// demands. Errors are those of RFC 6749, section 5.2.
type Rotating struct {
	Server
	opts     RotatingOptions
	families map[string]*family  // by refresh token, spent ones included
	access   map[string]lifetime // by access token
	reuses   int
}

// family is a session: a chain of refresh tokens, the last of which is valid.
type family struct {
	id      string
	user    string
	current string
	expires time.Time
	dead    bool
}

// lifetime is the life of an access token.
type lifetime struct {
	family  *family
	expires time.Time
}

// NewRotating makes a Rotating backend.
func NewRotating(o RotatingOptions) *Rotating {
	o.AccessLife = cmp.Or(o.AccessLife, time.Minute)
	o.RefreshLife = cmp.Or(o.RefreshLife, 24*time.Hour)
	m := &Rotating{
		opts: o, families: make(map[string]*family), access: make(map[string]lifetime),
	}
	m.Setup(o.Now, o.Users)
	m.Route("POST /auth/login", m.login)
	m.Route("POST /auth/refresh", m.refresh)
	m.Route("POST /auth/logout", m.logout)
	m.Route("GET /me", m.guard(m.me))
	m.Route("GET /orders", m.guard(m.orders))
	m.Route("POST /orders", m.guard(m.order))
	m.Route("/", func(*Call) *Answer { return OAuthFail(http.StatusNotFound, "not_found", "") })
	return m
}

// Reuses counts the refresh tokens whose second use ended a session.
func (m *Rotating) Reuses() (n int) {
	m.Locked(func() { n = m.reuses })
	return n
}

// SetAccessLife sets the life of the access tokens issued from now on.
func (m *Rotating) SetAccessLife(life time.Duration) {
	m.Locked(func() { m.opts.AccessLife = life })
}

// Revoke ends every session of the named user.
func (m *Rotating) Revoke(user string) {
	m.Locked(func() {
		for _, f := range m.families {
			f.dead = f.dead || f.user == user
		}
	})
}

type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// OAuthFail returns an error of RFC 6749, section 5.2.
func OAuthFail(status int, code, description string) *Answer {
	return Reply(status, oauthError{code, description})
}

type oauthTokens struct {
	Access    string `json:"access_token"`
	Type      string `json:"token_type"`
	ExpiresIn int64  `json:"expires_in,omitempty"`
	Refresh   string `json:"refresh_token,omitempty"`
}

func (m *Rotating) login(c *Call) *Answer {
	var in struct{ Username, Password string }
	if c.Decode(&in) != nil || in.Username == "" || in.Password == "" {
		return OAuthFail(http.StatusBadRequest, "invalid_request", "username and password are required")
	}
	u := m.Users.ByName(in.Username)
	switch {
	case u == nil || u.Password != in.Password:
		return OAuthFail(http.StatusUnauthorized, "invalid_credentials", "Wrong username or password.")
	case u.State == Locked:
		return OAuthFail(http.StatusForbidden, "account_locked", "The account is locked for 15 minutes.")
	case u.State == Disabled:
		return OAuthFail(http.StatusForbidden, "account_disabled", "The account is disabled.")
	case u.State == Unconfirmed:
		return OAuthFail(http.StatusForbidden, "email_not_confirmed", "The e-mail address is not confirmed.")
	}
	m.logins++
	f := &family{id: uuid.NewString(), user: u.Name}
	return m.granted(f, c.Now)
}

// granted answers with the family's next refresh token and an access token.
func (m *Rotating) granted(f *family, now time.Time) *Answer {
	f.current, f.expires = "rt_"+rand.Text(), now.Add(m.opts.RefreshLife)
	m.families[f.current] = f
	access := "at_" + rand.Text()
	if !m.opts.OpaqueAccess {
		access = m.Issue(f.user, now, m.opts.AccessLife, jwt.MapClaims{"iss": "market", "sub": f.user, "sid": f.id, "jti": uuid.NewString()})
	}
	m.access[access] = lifetime{f, now.Add(m.opts.AccessLife)}
	out := oauthTokens{Access: access, Type: "Bearer", Refresh: f.current}
	if !m.opts.OmitExpiresIn {
		out.ExpiresIn = int64(m.opts.AccessLife / time.Second)
	}
	return Reply(http.StatusOK, out).With("Cache-Control", "no-store")
}

func (m *Rotating) refresh(c *Call) *Answer {
	var in struct {
		Refresh string `json:"refresh_token"`
	}
	if c.Decode(&in) != nil || in.Refresh == "" {
		return OAuthFail(http.StatusBadRequest, "invalid_request", "refresh_token is required")
	}
	f := m.families[in.Refresh]
	if f == nil || f.dead || !c.Now.Before(f.expires) {
		return OAuthFail(http.StatusBadRequest, "invalid_grant", "")
	}
	if in.Refresh != f.current {
		f.dead = true
		m.reuses++
		return OAuthFail(http.StatusBadRequest, "invalid_grant", "")
	}
	m.refreshes++
	return m.granted(f, c.Now)
}

// logout ends the session of the refresh token in the body, or else of the bearer
// token. It also succeeds for a session that has ended.
func (m *Rotating) logout(c *Call) *Answer {
	var in struct {
		Refresh string `json:"refresh_token"`
	}
	_ = c.Decode(&in) // the body may be missing
	f := m.families[in.Refresh]
	if raw, _ := c.Bearer(); f == nil {
		f = m.access[raw].family
	}
	if f == nil {
		return OAuthFail(http.StatusBadRequest, "invalid_request", "unknown session")
	}
	f.dead = true
	return Reply(http.StatusNoContent, nil)
}

// guard passes only requests with a live access token to f.
func (m *Rotating) guard(f func(*Call, *User) *Answer) func(*Call) *Answer {
	return func(c *Call) *Answer {
		raw, ok := c.Bearer()
		if !ok {
			return OAuthFail(http.StatusUnauthorized, "unauthorized", "").With("WWW-Authenticate", "Bearer")
		}
		t := m.access[raw]
		if !c.Now.Before(t.expires) || t.family.dead && !m.opts.Stateless {
			return OAuthFail(http.StatusUnauthorized, "invalid_token", "The access token is expired or revoked.").
				With("WWW-Authenticate", `Bearer error="invalid_token"`)
		}
		return f(c, m.Users.ByName(t.family.user))
	}
}

func (m *Rotating) me(_ *Call, u *User) *Answer {
	return Reply(http.StatusOK, Object{
		"id": u.UUID(), "username": u.Name, "email": u.Email, "name": u.FullName, "roles": u.Roles,
	})
}

// orders lists 3 orders, or as many as ?limit= says, up to 2000.
func (m *Rotating) orders(c *Call, _ *User) *Answer {
	limit := 3
	if n, err := strconv.Atoi(c.Query("limit")); err == nil {
		limit = min(max(n, 0), 2000)
	}
	return Reply(http.StatusOK, Object{"total": 2000, "orders": SampleRecords(limit)})
}

// order echoes a posted order, for editors only.
func (m *Rotating) order(c *Call, u *User) *Answer {
	if !u.Is("editor") {
		return OAuthFail(http.StatusForbidden, "insufficient_scope", "Only editors may create orders.")
	}
	var in Object
	if c.Decode(&in) != nil {
		return OAuthFail(http.StatusBadRequest, "invalid_request", "the body is not a JSON object")
	}
	return Reply(http.StatusCreated, Object{"id": "002001", "created": c.Now.UTC().Format(time.RFC3339), "order": in})
}
