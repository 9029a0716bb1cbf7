package emulatortest

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"tokenring/session/emulator"
)

// Dialect is a dialect of APIs with an x-access-token.
type Dialect string

// The dialects of tutorials.
const (
	Scotch          Dialect = "scotch"           // scotch-io/node-token-authentication
	Bezkoder        Dialect = "bezkoder"         // bezkoder/node-js-jwt-auth
	BezkoderRefresh Dialect = "bezkoder-refresh" // bezkoder/jwt-refresh-token-node-js
)

// TutorialOptions configures a Tutorial.
type TutorialOptions struct {
	Now     func() time.Time // required
	Dialect Dialect

	// BadTokenStatus is the status of scotch for a bad token: 200 unless set. APIs
	// derived from it use 401, 406 or 500.
	BadTokenStatus int
}

// Tutorial answers like the API of a tutorial that many x-access-token APIs were
// copied from. Its routes are below /api.
type Tutorial struct {
	emulator.Express
	opts     TutorialOptions
	renewals map[string]renewal // bezkoder-refresh
}

// NewTutorial makes an API of a dialect.
func NewTutorial(o TutorialOptions) *Tutorial {
	e := &Tutorial{opts: o, renewals: make(map[string]renewal)}
	e.Setup(o.Now, "/api")
	if o.Dialect == Scotch {
		e.routeScotch()
	} else {
		e.routeBezkoder()
	}
	return e
}

type successMessage struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
}

func (e *Tutorial) routeScotch() {
	e.Route("POST /authenticate", e.loginScotch)
	e.Route("GET /{$}", e.guardScotch(func(*emulator.Call, jwt.MapClaims) *emulator.Answer {
		return emulator.Reply(http.StatusOK, emulator.Object{"message": "Welcome to the coolest API on earth!"})
	}))
	e.Route("GET /users", e.guardScotch(func(*emulator.Call, jwt.MapClaims) *emulator.Answer {
		list := []emulator.Object{}
		for i := range e.Users {
			list = append(list, emulator.Object{"_id": e.Users[i].ID(), "name": e.Users[i].Name, "admin": e.Users[i].Is("admin")})
		}
		return emulator.Reply(http.StatusOK, list)
	}))
	e.Route("GET /check", e.guardScotch(func(_ *emulator.Call, claims jwt.MapClaims) *emulator.Answer {
		return emulator.Reply(http.StatusOK, claims)
	}))
}

// loginScotch rejects with 200.
func (e *Tutorial) loginScotch(c *emulator.Call) *emulator.Answer {
	u := e.Users.ByName(c.Field("name"))
	if u == nil || u.State != emulator.Active {
		return emulator.Reply(http.StatusOK, successMessage{false, "Authentication failed. User not found."})
	}
	if u.Password != c.Field("password") {
		return emulator.Reply(http.StatusOK, successMessage{false, "Authentication failed. Wrong password."})
	}
	e.CountLogin()
	return emulator.Reply(http.StatusOK, struct {
		successMessage
		Token string `json:"token"`
	}{
		successMessage{true, "Enjoy your token!"},
		e.Issue(u.Name, c.Now, 1440*time.Second, jwt.MapClaims{"admin": u.Is("admin")}),
	})
}

func (e *Tutorial) guardScotch(f func(*emulator.Call, jwt.MapClaims) *emulator.Answer) func(*emulator.Call) *emulator.Answer {
	return func(c *emulator.Call) *emulator.Answer {
		raw := cmp.Or(c.Field("token"), c.AccessToken())
		if raw == "" {
			return emulator.Reply(http.StatusForbidden, successMessage{false, "No token provided."})
		}
		claims, err := e.Verify(raw, c.Now)
		if err != nil {
			status := e.opts.BadTokenStatus
			if status == 0 {
				status = http.StatusOK
			}
			return emulator.Reply(status, successMessage{false, "Failed to authenticate token."})
		}
		return f(c, claims)
	}
}

// renewal is the session of a refresh token of bezkoder-refresh.
type renewal struct {
	user    string
	expires time.Time
}

type message struct {
	Message string `json:"message"`
}

func (e *Tutorial) routeBezkoder() {
	e.Route("POST /auth/signin", e.signin)
	if e.opts.Dialect == BezkoderRefresh {
		e.Route("POST /auth/refreshtoken", e.refreshToken)
	}
	page := func(content string) *emulator.Answer {
		return emulator.Reply(http.StatusOK, emulator.Text(content)).With("Content-Type", "text/html; charset=utf-8")
	}
	needs := func(role, refusal, content string) func(*emulator.Call) *emulator.Answer {
		return e.guardBezkoder(func(u *emulator.User) *emulator.Answer {
			if !u.Is(role) {
				return emulator.Reply(http.StatusForbidden, message{refusal})
			}
			return page(content)
		})
	}
	e.Route("GET /test/all", func(*emulator.Call) *emulator.Answer { return page("Public Content.") })
	e.Route("GET /test/user", needs("user", "", "User Content."))
	e.Route("GET /test/mod", needs("editor", "Require Moderator Role!", "Moderator Content."))
	e.Route("GET /test/admin", needs("admin", "Require Admin Role!", "Admin Content."))
}

type bezkoderLogin struct {
	ID       int      `json:"id"`
	Username string   `json:"username"`
	Email    string   `json:"email"`
	Roles    []string `json:"roles"`
	Access   string   `json:"accessToken"`
	Refresh  string   `json:"refreshToken,omitempty"`
}

func (e *Tutorial) signin(c *emulator.Call) *emulator.Answer {
	u := e.Users.ByName(c.Field("username"))
	if u == nil || u.State != emulator.Active {
		return emulator.Reply(http.StatusNotFound, message{"User Not found."})
	}
	if u.Password != c.Field("password") {
		return emulator.Reply(http.StatusUnauthorized, struct {
			Access  *string `json:"accessToken"`
			Message string  `json:"message"`
		}{nil, "Invalid Password!"})
	}
	e.CountLogin()
	out := bezkoderLogin{ID: e.number(u), Username: u.Name, Email: u.Email, Access: e.bezkoderToken(u, c.Now)}
	for _, role := range []struct{ have, name string }{{"admin", "ROLE_ADMIN"}, {"editor", "ROLE_MODERATOR"}, {"user", "ROLE_USER"}} {
		if u.Is(role.have) {
			out.Roles = append(out.Roles, role.name)
		}
	}
	if e.opts.Dialect == BezkoderRefresh {
		out.Refresh = uuid.NewString()
		e.renewals[out.Refresh] = renewal{u.Name, c.Now.Add(24 * time.Hour)}
	}
	return emulator.Reply(http.StatusOK, out)
}

// number returns the user's row in the database.
func (e *Tutorial) number(u *emulator.User) int {
	for i := range e.Users {
		if e.Users[i].Name == u.Name {
			return i + 1
		}
	}
	return 0
}

func (e *Tutorial) bezkoderToken(u *emulator.User, now time.Time) string {
	life := 24 * time.Hour
	if e.opts.Dialect == BezkoderRefresh {
		life = time.Hour
	}
	return e.Issue(u.Name, now, life, jwt.MapClaims{"id": e.number(u)})
}

// refreshToken returns the same refresh token.
func (e *Tutorial) refreshToken(c *emulator.Call) *emulator.Answer {
	raw := c.Field("refreshToken")
	r, known := e.renewals[raw]
	switch {
	case raw == "":
		return emulator.Reply(http.StatusForbidden, message{"Refresh Token is required!"})
	case !known:
		return emulator.Reply(http.StatusForbidden, message{"Refresh token is not in database!"})
	case !c.Now.Before(r.expires):
		delete(e.renewals, raw)
		return emulator.Reply(http.StatusForbidden, message{"Refresh token was expired. Please make a new signin request"})
	}
	e.CountRefresh()
	return emulator.Reply(http.StatusOK, struct {
		Access  string `json:"accessToken"`
		Refresh string `json:"refreshToken"`
	}{e.bezkoderToken(e.Users.ByName(r.user), c.Now), raw})
}

func (e *Tutorial) guardBezkoder(f func(*emulator.User) *emulator.Answer) func(*emulator.Call) *emulator.Answer {
	return func(c *emulator.Call) *emulator.Answer {
		raw := c.Header.Get("X-Access-Token")
		if raw == "" {
			return emulator.Reply(http.StatusForbidden, message{"No token provided!"})
		}
		claims, err := e.Verify(raw, c.Now)
		switch {
		case err == nil:
			id, _ := claims["id"].(float64)
			return f(&e.Users[int(id)-1])
		case e.opts.Dialect == Bezkoder:
			return emulator.Reply(http.StatusUnauthorized, message{"Unauthorized!"})
		case errors.Is(err, jwt.ErrTokenExpired):
			return emulator.Reply(http.StatusUnauthorized, message{"Unauthorized! Access Token was expired!"})
		default:
			return emulator.Reply(http.StatusUnauthorized, emulator.Text("Unauthorized"))
		}
	}
}
