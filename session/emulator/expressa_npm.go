package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// The dialect of npm expressa 2.1.1: login routes stand before the check of
// the token, a bad token makes an anonymous request, and only errors mention
// it.

func (e *Expressa) routeExpressa() {
	e.routeParsed("POST /users/login", e.loginExpressa)
	e.routeParsed("POST /users/register", e.register)
	e.routeParsed("GET /users/me", e.identified(e.meExpressa))
	e.routeParsed("GET /users", e.identified(e.listUsers))
	e.routeParsed("GET /listings", e.identified(e.listListings))
	e.routeParsed("GET /status", func(*call) *answer {
		return reply(http.StatusOK, struct {
			Env       string `json:"env"`
			Installed bool   `json:"installed"`
		}{"development", true})
	})
	e.routeParsed("GET /{collection}", e.identified(func(_ *call, w *whoIs) *answer {
		return w.fail(http.StatusNotFound, "unknown collection")
	}))
	e.routeParsed("GET /{collection}/{id}", e.identified(func(_ *call, w *whoIs) *answer {
		return w.fail(http.StatusNotFound, "document not found")
	}))
}

// AccessKey makes an opaque key for the named user, good in ?access_key= and
// x-access-key of the expressa dialect.
func (e *Expressa) AccessKey(user string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	key := "ak-" + newUUID()
	e.accessKeys[key] = user
	return key
}

// Revoke kills every token of the named user; in the expressa dialect as a
// change of password does, though the password stays.
func (e *Expressa) Revoke(user string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.opts.Dialect != DialectExpressa {
		e.revoke(user)
		maps.DeleteFunc(e.renewals, func(_ string, r renewal) bool { return r.user == user })
		return
	}
	changed := e.now()
	if last := e.passwordChanged(user); !changed.After(last) {
		changed = last.Add(time.Millisecond)
	}
	e.password[user] = changed
}

func (e *Expressa) passwordChanged(user string) time.Time {
	if t, ok := e.password[user]; ok {
		return t
	}
	return e.started
}

func isoMillis(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// routeParsed adds a route whose body is read as JSON, whatever its type.
func (e *Expressa) routeParsed(pattern string, f func(*call) *answer) {
	e.route(pattern, func(c *call) *answer {
		body := bytes.TrimSpace(c.body)
		if len(body) > 0 && (!json.Valid(body) || body[0] != '{' && body[0] != '[') {
			return reply(http.StatusInternalServerError, expressaError{Error: "something wrong happened"})
		}
		return f(c).with("X-Request-ID", randomID()).with("Cache-Control", "no-cache, no-store, must-revalidate")
	})
}

type expressaError struct {
	Error      string `json:"error"`
	TokenError string `json:"tokenError,omitempty"`
}

func (e *Expressa) loginExpressa(c *call) *answer {
	refuse := func(status int, why string) *answer { return reply(status, expressaError{Error: why}) }
	var in map[string]any
	_ = c.decode(&in) // an array has no members
	email, ok := in["email"].(string)
	if !ok {
		return refuse(http.StatusBadRequest, "email must be a string")
	}
	u := e.users.byEmail(strings.ToLower(email))
	if u == nil || u.State != Active {
		return refuse(http.StatusBadRequest, "No users found with this email.")
	}
	password, ok := in["password"].(string)
	if !ok { // bcrypt's own complaint
		return refuse(http.StatusInternalServerError, fmt.Sprintf("Illegal arguments: %s, string", javaScriptType(in["password"])))
	}
	if password != u.Password {
		return refuse(http.StatusUnauthorized, "Incorrect password")
	}
	e.logins++
	return reply(http.StatusOK, struct {
		Token string `json:"token"`
		UID   string `json:"uid"`
		Admin bool   `json:"canUseAdmin,omitempty"` // true or missing
	}{e.sign(u, c.now, e.opts.TokenLife, jwt.MapClaims{
		"_id": u.UUID(), "collection": "users", "timestamp": isoMillis(e.passwordChanged(u.Name)),
	}), u.UUID(), u.Is("admin")})
}

func javaScriptType(v any) string {
	switch v.(type) {
	case nil:
		return "undefined"
	case float64:
		return "number"
	case bool:
		return "boolean"
	default:
		return "object"
	}
}

func (e *Expressa) register(c *call) *answer {
	email, password := strings.ToLower(field(c, "email")), field(c, "password")
	if e.users.byEmail(email) != nil {
		return reply(http.StatusConflict, expressaError{Error: "This email is already registered."})
	}
	name, _, _ := strings.Cut(email, "@")
	u := User{Name: name, Email: email, Password: password, Roles: []string{"user"}}
	e.users = append(e.users, u)
	return reply(http.StatusOK, struct {
		Status string `json:"status"`
		ID     string `json:"id"`
	}{"OK", u.UUID()})
}

// whoIs is who a request comes from: a user, or nobody, perhaps because of a
// bad token.
type whoIs struct {
	user       *User
	tokenError string
}

// fail mentions the bad token.
func (w *whoIs) fail(status int, message string) *answer {
	return reply(status, expressaError{message, w.tokenError})
}

func (w *whoIs) denied() *answer {
	return w.fail(http.StatusUnauthorized, "You do not have permission to perform this action.")
}

// identified finds out who a request comes from. A token in the query wins
// over one in the header, even when it is bad.
func (e *Expressa) identified(f func(*call, *whoIs) *answer) func(*call) *answer {
	return func(c *call) *answer {
		w := &whoIs{}
		key := c.query("access_key")
		if key == "" {
			key = c.Header.Get("X-Access-Key")
		}
		w.user = e.users.byName(e.accessKeys[key])
		if raw := handedToken(c, false); raw != "" {
			if u, problem := e.userOf(raw, c.now); problem != "" {
				w.tokenError = problem
			} else {
				w.user = u
			}
		}
		return f(c, w)
	}
}

func (e *Expressa) userOf(raw string, now time.Time) (u *User, problem string) {
	claims, err := e.verify(raw, now)
	if errors.Is(err, jwt.ErrTokenExpired) {
		return nil, "expired token"
	}
	if err == nil {
		u = e.users.byUUID(claimString(claims, "_id"))
	}
	if u == nil {
		return nil, "jwt error"
	}
	if claims["timestamp"] != isoMillis(e.passwordChanged(u.Name)) {
		return nil, "expired token"
	}
	return u, ""
}

// expressaDocument is a user as the collection shows it: without the hash.
func (e *Expressa) expressaDocument(u *User) object {
	roles := []string{}
	if u.Is("admin") {
		roles = append(roles, "Admin")
	}
	return object{
		"_id": u.UUID(), "email": u.Email, "fullName": u.FullName, "roles": roles,
		"meta": object{
			"created": isoMillis(e.started), "updated": isoMillis(e.started),
			"owner": u.UUID(), "owner_collection": "users",
			"password_last_updated_at": isoMillis(e.passwordChanged(u.Name)),
		},
	}
}

func (e *Expressa) meExpressa(_ *call, w *whoIs) *answer {
	if w.user == nil {
		return w.fail(http.StatusNotFound, "document not found")
	}
	return reply(http.StatusOK, e.expressaDocument(w.user))
}

// listUsers shows everybody to an admin, and to others themselves alone.
func (e *Expressa) listUsers(_ *call, w *whoIs) *answer {
	if w.user == nil {
		return w.denied()
	}
	list := []object{}
	for i := range e.users {
		if u := &e.users[i]; u.State == Active && (w.user.Is("admin") || u.Name == w.user.Name) {
			list = append(list, e.expressaDocument(u))
		}
	}
	return reply(http.StatusOK, list)
}

// listListings gives 2000 records, or as many as ?limit= says.
func (e *Expressa) listListings(c *call, w *whoIs) *answer {
	if w.user == nil {
		return w.denied()
	}
	return reply(http.StatusOK, sampleRecords(min(queryInt(c, "limit", 2000), 2000)))
}
