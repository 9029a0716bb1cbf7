package emulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The identifiers of the emulated Backendless app. The REST key serves ordinary calls, the CloudCode key code that runs
// on the server, which may log in by the id of a user.
const (
	BackendlessAppID    = "3F2504E0-4F89-41D3-9A0C-0305E82C3301"
	BackendlessRESTKey  = "8D1C2A7B-55E3-4B0F-8A4D-6E21B7C90D11"
	BackendlessCloudKey = "C0DE51A2-93B4-4D3E-A7F0-1B6C8E4F2D22"
)

// BackendlessOptions configures a Backendless app.
type BackendlessOptions struct {
	Now func() time.Time // required

	// Idle is how long a session lives without a call: an hour unless set. An
	// app may choose up to 30 days.
	Idle time.Duration
}

// Backendless answers like api.backendless.com/<app id>/<key>, and below /api like an
// app's own domain (https://backendless.com/docs/rest/).
type Backendless struct {
	Server
	opts     BackendlessOptions
	started  time.Time
	sessions map[string]*backendlessSession // by user-token
}

type backendlessSession struct {
	user    *User
	expires time.Time
}

// guest is the state of a user without a name and a password.
const guest State = "guest"

// NewBackendless makes a Backendless app. A second login ends the first session
// of its user.
func NewBackendless(o BackendlessOptions) *Backendless {
	o.Idle = cmp.Or(o.Idle, time.Hour)
	b := &Backendless{opts: o, sessions: make(map[string]*backendlessSession)}
	b.Setup(o.Now, nil)
	b.started = o.Now()
	b.route("/api", b.login) // a custom domain implies the REST key
	b.route("/"+BackendlessAppID+"/"+BackendlessRESTKey, b.login)
	b.route("/"+BackendlessAppID+"/"+BackendlessCloudKey, b.loginByID)
	b.Route("/", func(*Call) *Answer {
		return backendlessFail(http.StatusBadRequest, 2002,
			"Version is disabled or provided wrong application info (application id or secret key)")
	})
	return b
}

// Revoke ends every session of the named user.
func (b *Backendless) Revoke(user string) {
	b.Locked(func() { b.endSessions(user) })
}

// route adds the routes below a base URL, whose key decides how one logs in.
func (b *Backendless) route(base string, login func(*Call, *User) *Answer) {
	for pattern, f := range map[string]func(*Call, *User) *Answer{
		"POST /users/login":                   login,
		"POST /users/register/guest":          b.newGuest,
		"POST /users/oauth/{provider}/login":  b.oauth,
		"POST /users/social/{provider}/login": b.oauth,
		"GET /users/isvalidusertoken/{token}": b.isValid,
		"GET /users/logout":                   b.logout,
		"GET /info": func(*Call, *User) *Answer {
			return Reply(http.StatusOK, Object{"appId": BackendlessAppID, "appName": "LampShop", "status": "LIVE"})
		},
		"GET /data/Users":      b.listUsers,
		"GET /data/Users/{id}": b.findUser,
		"GET /data/{table}":    b.list,
		" /": func(c *Call, _ *User) *Answer {
			return backendlessFail(http.StatusNotFound, 404, "Resource not found: "+strings.TrimPrefix(c.URL.Path, base))
		},
	} {
		method, path, _ := strings.Cut(pattern, " ")
		b.Route(method+" "+base+path, b.guard(f))
	}
}

type backendlessError struct {
	Code    int      `json:"code"`
	Message string   `json:"message"`
	Data    struct{} `json:"errorData"`
}

func backendlessFail(status, code int, message string) *Answer {
	return Reply(status, backendlessError{Code: code, Message: message})
}

// guard rejects every call with a stale user-token, also a login, and restarts the
// session's idle time. The user is nil without a token.
func (b *Backendless) guard(f func(*Call, *User) *Answer) func(*Call) *Answer {
	return func(c *Call) *Answer {
		token := c.Header.Get("User-Token")
		if token == "" {
			return f(c, nil)
		}
		s := b.alive(token, c.Now)
		if s == nil {
			return backendlessFail(http.StatusBadRequest, 3064,
				"Not existing user token - "+token+". Relogin user to update your user token")
		}
		s.expires = c.Now.Add(b.opts.Idle)
		return f(c, s.user)
	}
}

func (b *Backendless) alive(token string, now time.Time) *backendlessSession {
	s := b.sessions[token]
	if s != nil && !now.Before(s.expires) {
		delete(b.sessions, token)
		return nil
	}
	return s
}

// wantsJSON rejects a call whose body is not declared as JSON.
func wantsJSON(c *Call) *Answer {
	if t := c.Header.Get("Content-Type"); !strings.HasPrefix(t, "application/json") {
		return backendlessFail(http.StatusBadRequest, 2025, fmt.Sprintf("Content-Type '%s' is not supported", t))
	}
	return nil
}

func (b *Backendless) login(c *Call, _ *User) *Answer {
	var in struct {
		Login    json.RawMessage // an identity column may be numeric
		Password string
		ObjectID string `json:"objectId"`
	}
	if refusal := wantsJSON(c); refusal != nil {
		return refusal
	}
	var identity string
	if c.Decode(&in) != nil {
		return backendlessFail(http.StatusBadRequest, 3038, "Missing required parameter")
	}
	if json.Unmarshal(in.Login, &identity) != nil {
		identity = string(in.Login)
	}
	u := b.Users.ByEmail(identity)
	switch {
	case in.ObjectID != "":
		return backendlessFail(http.StatusBadRequest, 2014, "Login by object id is allowed only for Code Runner API key")
	case identity == "" || in.Password == "":
		return backendlessFail(http.StatusBadRequest, 3006, "Login or password is empty")
	case u != nil && u.State == Locked:
		return backendlessFail(http.StatusBadRequest, 3036,
			"Unable to login. User account is locked out due to too many failed logins.")
	case u == nil || u.Password != in.Password:
		return backendlessFail(http.StatusUnauthorized, 3003, "Invalid login or password")
	}
	return b.granted(u, c.Now)
}

// loginByID logs in without a password where the call says whom, and else as login does.
func (b *Backendless) loginByID(c *Call, _ *User) *Answer {
	id := c.Field("objectId")
	if id == "" {
		return b.login(c, nil)
	}
	u := b.Users.ByUUID(id)
	if u == nil {
		return backendlessFail(http.StatusUnauthorized, 3003, "Invalid login or password")
	}
	return b.granted(u, c.Now)
}

// granted starts a session if the user's state allows it.
func (b *Backendless) granted(u *User, now time.Time) *Answer {
	switch u.State {
	case Disabled:
		return backendlessFail(http.StatusBadRequest, 3090, "User account is disabled")
	case Unconfirmed:
		return backendlessFail(http.StatusBadRequest, 3087, "User cannot login - email address must be confirmed first")
	}
	b.endSessions(u.Name)
	b.logins++
	token := strings.ToUpper(uuid.NewString())
	b.sessions[token] = &backendlessSession{user: u, expires: now.Add(b.opts.Idle)}
	out := b.userObject(u)
	out["lastLogin"] = now.UnixMilli()
	out["user-token"] = token
	return Reply(http.StatusOK, out)
}

func (b *Backendless) endSessions(user string) {
	maps.DeleteFunc(b.sessions, func(_ string, s *backendlessSession) bool { return s.user.Name == user })
}

// userObject returns a row of the table Users. Times are epoch milliseconds.
func (b *Backendless) userObject(u *User) Object {
	id := strings.ToUpper(u.UUID())
	out := Object{
		"___class": "Users", "objectId": id, "ownerId": id, "email": u.Email, "name": u.FullName,
		"userStatus": "ENABLED", "socialAccount": "BACKENDLESS", "blUserLocale": "en",
		"created": b.started.UnixMilli(), "updated": nil, "lastLogin": nil,
	}
	switch u.State {
	case Disabled:
		out["userStatus"] = "DISABLED"
	case guest:
		out["userStatus"], out["email"], out["name"] = "GUEST", nil, nil
	}
	return out
}

// newGuest makes a new user on each call.
func (b *Backendless) newGuest(c *Call, _ *User) *Answer {
	u := User{Name: "guest-" + strconv.Itoa(len(b.Users)), State: guest}
	b.Users = append(b.Users, u)
	return b.granted(&u, c.Now)
}

// BackendlessOAuthToken is the access token of an OAuth provider with which
// the named demo user logs in.
func BackendlessOAuthToken(user string) string { return "oauth-of-" + user }

func (b *Backendless) oauth(c *Call, _ *User) *Answer {
	if refusal := wantsJSON(c); refusal != nil {
		return refusal
	}
	var in struct{ AccessToken string }
	if c.Decode(&in) != nil || in.AccessToken == "" {
		return backendlessFail(http.StatusBadRequest, 3038, "Missing required parameter: accessToken")
	}
	name, ok := strings.CutPrefix(in.AccessToken, BackendlessOAuthToken(""))
	u := b.Users.ByName(name)
	if !ok || u == nil {
		return backendlessFail(http.StatusUnauthorized, 3003, "Invalid login or password")
	}
	return b.granted(u, c.Now)
}

// isValid answers with a bare true or false. The token is in the path, so the call
// does not restart its idle time.
func (b *Backendless) isValid(c *Call, _ *User) *Answer {
	return Reply(http.StatusOK, b.alive(c.PathValue("token"), c.Now) != nil)
}

func (b *Backendless) logout(c *Call, u *User) *Answer {
	if u == nil {
		return backendlessFail(http.StatusBadRequest, 3023, "User is not logged in")
	}
	delete(b.sessions, c.Header.Get("User-Token"))
	return Reply(http.StatusOK, nil)
}

// The data routes also work without a token, as the default role of an app allows.

func (b *Backendless) listUsers(*Call, *User) *Answer {
	list := []Object{}
	for i := range b.Users {
		list = append(list, b.userObject(&b.Users[i]))
	}
	return Reply(http.StatusOK, list)
}

func (b *Backendless) findUser(c *Call, _ *User) *Answer {
	id := c.PathValue("id")
	u := b.Users.ByUUID(id)
	if u == nil {
		return backendlessFail(http.StatusNotFound, 1000, "Entity with ID "+id+" not found")
	}
	return Reply(http.StatusOK, b.userObject(u))
}

// list returns rows of the table Orders: at most 100 of 2000 at a time.
func (b *Backendless) list(c *Call, _ *User) *Answer {
	table := c.PathValue("table")
	if table != "Orders" {
		return backendlessFail(http.StatusNotFound, 1009, "Table '"+table+"' not found")
	}
	offset, _ := strconv.Atoi(c.Query("offset"))
	rows := SampleRecords(2000)
	rows = rows[min(max(offset, 0), len(rows)):]
	rows = rows[:min(c.Int("pageSize", 10), 100, len(rows))]
	for _, row := range rows {
		row["___class"], row["created"], row["objectId"] = table, b.started.UnixMilli(), row["id"]
	}
	return Reply(http.StatusOK, rows)
}
