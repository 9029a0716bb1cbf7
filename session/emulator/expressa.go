package emulator

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Expressa answers like npm expressa 2.1.1.
type Expressa struct {
	Express
	started  time.Time
	password map[string]time.Time // user name -> last change
}

// randomID returns a short opaque identifier.
func randomID() string { return rand.Text()[:12] }

// NewExpressa makes an Expressa. Its login routes do not check the token. A bad token
// makes a request anonymous, and only errors mention it.
func NewExpressa(now func() time.Time) *Expressa {
	e := &Expressa{password: make(map[string]time.Time)}
	e.Setup(now, "/api")
	e.started = now()
	e.routeParsed("POST /users/login", e.loginExpressa)
	e.routeParsed("POST /users/register", e.register)
	e.routeParsed("GET /users/me", e.identify(e.meExpressa))
	e.routeParsed("GET /users", e.identify(e.listUsers))
	e.routeParsed("GET /listings", e.identify(e.listListings))
	e.routeParsed("GET /status", func(*Call) *Answer {
		return Reply(http.StatusOK, struct {
			Env       string `json:"env"`
			Installed bool   `json:"installed"`
		}{"development", true})
	})
	e.routeParsed("GET /{collection}", e.identify(func(_ *Call, w *caller) *Answer {
		return w.fail(http.StatusNotFound, "unknown collection")
	}))
	e.routeParsed("GET /{collection}/{id}", e.identify(func(_ *Call, w *caller) *Answer {
		return w.fail(http.StatusNotFound, "document not found")
	}))
	return e
}

// Revoke revokes every token of the named user, like a change of the password, but
// keeps the password.
func (e *Expressa) Revoke(user string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	changed := e.Now()
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

// routeParsed adds a route that reads its body as JSON, whatever its type.
func (e *Expressa) routeParsed(pattern string, f func(*Call) *Answer) {
	e.Route(pattern, func(c *Call) *Answer {
		body := bytes.TrimSpace(c.Body)
		if len(body) > 0 && (!json.Valid(body) || body[0] != '{' && body[0] != '[') {
			return Reply(http.StatusInternalServerError, expressaError{Error: "something wrong happened"})
		}
		return f(c).With("X-Request-ID", randomID()).With("Cache-Control", "no-cache, no-store, must-revalidate")
	})
}

type expressaError struct {
	Error      string `json:"error"`
	TokenError string `json:"tokenError,omitempty"`
}

func (e *Expressa) loginExpressa(c *Call) *Answer {
	refuse := func(status int, why string) *Answer { return Reply(status, expressaError{Error: why}) }
	var in map[string]any
	_ = c.Decode(&in) // an array has no members
	email, ok := in["email"].(string)
	if !ok {
		return refuse(http.StatusBadRequest, "email must be a string")
	}
	u := e.Users.ByEmail(strings.ToLower(email))
	if u == nil || u.State != Active {
		return refuse(http.StatusBadRequest, "No users found with this email.")
	}
	password, ok := in["password"].(string)
	if !ok { // an error of bcrypt
		return refuse(http.StatusInternalServerError, fmt.Sprintf("Illegal arguments: %s, string", javaScriptType(in["password"])))
	}
	if password != u.Password {
		return refuse(http.StatusUnauthorized, "Incorrect password")
	}
	e.logins++
	return Reply(http.StatusOK, struct {
		Token string `json:"token"`
		UID   string `json:"uid"`
		Admin bool   `json:"canUseAdmin,omitempty"` // true or missing
	}{e.Issue(u.Name, c.Now, 0, jwt.MapClaims{
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

func (e *Expressa) register(c *Call) *Answer {
	email, password := strings.ToLower(c.Field("email")), c.Field("password")
	if e.Users.ByEmail(email) != nil {
		return Reply(http.StatusConflict, expressaError{Error: "This email is already registered."})
	}
	name, _, _ := strings.Cut(email, "@")
	u := User{Name: name, Email: email, Password: password, Roles: []string{"user"}}
	e.Users = append(e.Users, u)
	return Reply(http.StatusOK, struct {
		Status string `json:"status"`
		ID     string `json:"id"`
	}{"OK", u.UUID()})
}

// caller is the sender of a request: a user, or anonymous, perhaps because of a bad
// token.
type caller struct {
	user       *User
	tokenError string
}

// fail returns an error that mentions the bad token.
func (w *caller) fail(status int, message string) *Answer {
	return Reply(status, expressaError{message, w.tokenError})
}

func (w *caller) denied() *Answer {
	return w.fail(http.StatusUnauthorized, "You do not have permission to perform this action.")
}

// identify finds the caller of a request. A token in the query, even a bad one, takes
// precedence over one in the header.
func (e *Expressa) identify(f func(*Call, *caller) *Answer) func(*Call) *Answer {
	return func(c *Call) *Answer {
		w := &caller{}
		if raw := c.AccessToken(); raw != "" {
			w.user, w.tokenError = e.userOf(raw, c.Now)
		}
		return f(c, w)
	}
}

func (e *Expressa) userOf(raw string, now time.Time) (u *User, problem string) {
	claims, err := e.Verify(raw, now)
	if err == nil {
		u = e.Users.ByUUID(ClaimString(claims, "_id"))
	}
	if u == nil {
		return nil, "jwt error"
	}
	if claims["timestamp"] != isoMillis(e.passwordChanged(u.Name)) {
		return nil, "expired token"
	}
	return u, ""
}

// expressaDocument returns a user without the hash, as in the collection.
func (e *Expressa) expressaDocument(u *User) Object {
	roles := []string{}
	if u.Is("admin") {
		roles = append(roles, "Admin")
	}
	return Object{
		"_id": u.UUID(), "email": u.Email, "fullName": u.FullName, "roles": roles,
		"meta": Object{
			"created": isoMillis(e.started), "updated": isoMillis(e.started),
			"owner": u.UUID(), "owner_collection": "users",
			"password_last_updated_at": isoMillis(e.passwordChanged(u.Name)),
		},
	}
}

func (e *Expressa) meExpressa(_ *Call, w *caller) *Answer {
	if w.user == nil {
		return w.fail(http.StatusNotFound, "document not found")
	}
	return Reply(http.StatusOK, e.expressaDocument(w.user))
}

// listUsers lists all users for an admin, and only the caller for others.
func (e *Expressa) listUsers(_ *Call, w *caller) *Answer {
	if w.user == nil {
		return w.denied()
	}
	list := []Object{}
	for i := range e.Users {
		if u := &e.Users[i]; u.State == Active && (w.user.Is("admin") || u.Name == w.user.Name) {
			list = append(list, e.expressaDocument(u))
		}
	}
	return Reply(http.StatusOK, list)
}

// listListings returns 2000 records, or as many as ?limit= says.
func (e *Expressa) listListings(c *Call, w *caller) *Answer {
	if w.user == nil {
		return w.denied()
	}
	return Reply(http.StatusOK, SampleRecords(min(c.Int("limit", 2000), 2000)))
}
