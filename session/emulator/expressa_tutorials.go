package emulator

import (
	"errors"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// The dialects of the two tutorials many x-access-token APIs were copied from.

func (e *Expressa) routeScotch() {
	e.route("POST /authenticate", e.loginScotch)
	e.route("GET /{$}", e.guardScotch(func(*call, jwt.MapClaims) *answer {
		return reply(http.StatusOK, object{"message": "Welcome to the coolest API on earth!"})
	}))
	e.route("GET /users", e.guardScotch(func(*call, jwt.MapClaims) *answer {
		list := []object{}
		for i := range e.users {
			list = append(list, object{"_id": e.users[i].ID(), "name": e.users[i].Name, "admin": e.users[i].Is("admin")})
		}
		return reply(http.StatusOK, list)
	}))
	e.route("GET /check", e.guardScotch(func(_ *call, claims jwt.MapClaims) *answer {
		return reply(http.StatusOK, claims)
	}))
}

// loginScotch refuses with 200.
func (e *Expressa) loginScotch(c *call) *answer {
	u := e.users.byName(field(c, "name"))
	if u == nil || u.State != Active {
		return reply(http.StatusOK, successMessage{false, "Authentication failed. User not found."})
	}
	if u.Password != field(c, "password") {
		return reply(http.StatusOK, successMessage{false, "Authentication failed. Wrong password."})
	}
	e.logins++
	return reply(http.StatusOK, struct {
		successMessage
		Token string `json:"token"`
	}{
		successMessage{true, "Enjoy your token!"},
		e.sign(u, c.now, e.life(1440*time.Second), jwt.MapClaims{"admin": u.Is("admin")}),
	})
}

func (e *Expressa) guardScotch(f func(*call, jwt.MapClaims) *answer) func(*call) *answer {
	return func(c *call) *answer {
		raw := handedToken(c, true)
		if raw == "" {
			return reply(http.StatusForbidden, successMessage{false, "No token provided."})
		}
		claims, err := e.verify(raw, c.now)
		if err != nil {
			status := e.opts.BadTokenStatus
			if status == 0 {
				status = http.StatusOK
			}
			return reply(status, successMessage{false, "Failed to authenticate token."})
		}
		return f(c, claims)
	}
}

// renewal is what a refresh token of bezkoder-refresh stands for.
type renewal struct {
	user    string
	expires time.Time
}

type message struct {
	Message string `json:"message"`
}

func (e *Expressa) routeBezkoder() {
	e.route("POST /auth/signin", e.signin)
	if e.opts.Dialect == DialectBezkoderRefresh {
		e.route("POST /auth/refreshtoken", e.refreshToken)
	}
	page := func(content string) *answer {
		return reply(http.StatusOK, text(content)).with("Content-Type", "text/html; charset=utf-8")
	}
	needs := func(role, refusal, content string) func(*call) *answer {
		return e.guardBezkoder(func(u *User) *answer {
			if !u.Is(role) {
				return reply(http.StatusForbidden, message{refusal})
			}
			return page(content)
		})
	}
	e.route("GET /test/all", func(*call) *answer { return page("Public Content.") })
	e.route("GET /test/user", needs("user", "", "User Content."))
	e.route("GET /test/mod", needs("editor", "Require Moderator Role!", "Moderator Content."))
	e.route("GET /test/admin", needs("admin", "Require Admin Role!", "Admin Content."))
}

type bezkoderLogin struct {
	ID       int      `json:"id"`
	Username string   `json:"username"`
	Email    string   `json:"email"`
	Roles    []string `json:"roles"`
	Access   string   `json:"accessToken"`
	Refresh  string   `json:"refreshToken,omitempty"`
}

func (e *Expressa) signin(c *call) *answer {
	u := e.users.byName(field(c, "username"))
	if u == nil || u.State != Active {
		return reply(http.StatusNotFound, message{"User Not found."})
	}
	if u.Password != field(c, "password") {
		return reply(http.StatusUnauthorized, struct {
			Access  *string `json:"accessToken"`
			Message string  `json:"message"`
		}{nil, "Invalid Password!"})
	}
	e.logins++
	out := bezkoderLogin{ID: e.number(u), Username: u.Name, Email: u.Email, Access: e.bezkoderToken(u, c.now)}
	for _, role := range []struct{ have, name string }{{"admin", "ROLE_ADMIN"}, {"editor", "ROLE_MODERATOR"}, {"user", "ROLE_USER"}} {
		if u.Is(role.have) {
			out.Roles = append(out.Roles, role.name)
		}
	}
	if e.opts.Dialect == DialectBezkoderRefresh {
		out.Refresh = newUUID()
		e.renewals[out.Refresh] = renewal{u.Name, c.now.Add(orDefault(e.opts.RefreshLife, 24*time.Hour))}
	}
	return reply(http.StatusOK, out)
}

// number is the user's row in the database.
func (e *Expressa) number(u *User) int {
	for i := range e.users {
		if e.users[i].Name == u.Name {
			return i + 1
		}
	}
	return 0
}

func (e *Expressa) bezkoderToken(u *User, now time.Time) string {
	life := 24 * time.Hour
	if e.opts.Dialect == DialectBezkoderRefresh {
		life = time.Hour
	}
	return e.sign(u, now, e.life(life), jwt.MapClaims{"id": e.number(u)})
}

// refreshToken gives the same refresh token back.
func (e *Expressa) refreshToken(c *call) *answer {
	raw := field(c, "refreshToken")
	r, known := e.renewals[raw]
	switch {
	case raw == "":
		return reply(http.StatusForbidden, message{"Refresh Token is required!"})
	case !known:
		return reply(http.StatusForbidden, message{"Refresh token is not in database!"})
	case !c.now.Before(r.expires):
		delete(e.renewals, raw)
		return reply(http.StatusForbidden, message{"Refresh token was expired. Please make a new signin request"})
	}
	e.refreshes++
	return reply(http.StatusOK, struct {
		Access  string `json:"accessToken"`
		Refresh string `json:"refreshToken"`
	}{e.bezkoderToken(e.users.byName(r.user), c.now), raw})
}

func (e *Expressa) guardBezkoder(f func(*User) *answer) func(*call) *answer {
	return func(c *call) *answer {
		raw := c.Header.Get("X-Access-Token")
		if raw == "" {
			return reply(http.StatusForbidden, message{"No token provided!"})
		}
		claims, err := e.verify(raw, c.now)
		switch {
		case err == nil:
			id, _ := claims["id"].(float64)
			return f(&e.users[int(id)-1])
		case e.opts.Dialect == DialectBezkoder:
			return reply(http.StatusUnauthorized, message{"Unauthorized!"})
		case errors.Is(err, jwt.ErrTokenExpired):
			return reply(http.StatusUnauthorized, message{"Unauthorized! Access Token was expired!"})
		default:
			return reply(http.StatusUnauthorized, text("Unauthorized"))
		}
	}
}
