package emulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// The identifiers of the emulated Backendless app. The REST key serves ordinary calls, the CloudCode key code that runs
// on the server.
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
	guests   map[string]*User               // by objectId
}

type backendlessSession struct {
	user    *User
	expires time.Time
}

// backendlessKey is the key that a call used.
type backendlessKey int

const (
	restKey backendlessKey = iota
	cloudKey
)

// NewBackendless makes a Backendless app. A second login ends the first session
// of its user.
func NewBackendless(o BackendlessOptions) *Backendless {
	o.Idle = cmp.Or(o.Idle, time.Hour)
	b := &Backendless{
		opts: o, sessions: make(map[string]*backendlessSession),
		guests: make(map[string]*User),
	}
	b.Setup(o.Now, nil, http.HandlerFunc(b.dispatch(b.routes(restKey), b.routes(cloudKey))))
	b.started = o.Now()
	return b
}

// Revoke ends every session of the named user.
func (b *Backendless) Revoke(user string) {
	b.Locked(func() { b.endSessions(user) })
}

// dispatch routes the two forms of base URL. A custom domain implies the REST key.
func (b *Backendless) dispatch(rest, cloud http.Handler) http.HandlerFunc {
	unknown := b.Handle(func(*Call) *Answer {
		return backendlessFail(http.StatusBadRequest, 2002,
			"Version is disabled or provided wrong application info (application id or secret key)")
	})
	prefixes := []struct {
		prefix string
		next   http.Handler
	}{
		{"/api/", rest},
		{"/" + BackendlessAppID + "/" + BackendlessRESTKey + "/", rest},
		{"/" + BackendlessAppID + "/" + BackendlessCloudKey + "/", cloud},
	}
	return func(w http.ResponseWriter, r *http.Request) {
		for _, p := range prefixes {
			if strings.HasPrefix(r.URL.Path, p.prefix) {
				http.StripPrefix(strings.TrimSuffix(p.prefix, "/"), p.next).ServeHTTP(w, r)
				return
			}
		}
		unknown(w, r)
	}
}

func (b *Backendless) routes(key backendlessKey) http.Handler {
	mux := http.NewServeMux()
	route := func(pattern string, f func(*Call, *User) *Answer) {
		mux.HandleFunc(pattern, b.Handle(b.guard(f)))
	}
	route("POST /users/login", func(c *Call, _ *User) *Answer { return b.login(c, key) })
	route("POST /users/register/guest", b.guest)
	route("POST /users/oauth/{provider}/login", b.oauth)
	route("POST /users/social/{provider}/login", b.oauth)
	route("GET /users/isvalidusertoken/{token}", b.isValid)
	route("GET /users/logout", b.logout)
	route("GET /info", func(*Call, *User) *Answer {
		return Reply(http.StatusOK, Object{"appId": BackendlessAppID, "appName": "LampShop", "status": "LIVE"})
	})
	route("GET /data/Users", b.listUsers)
	route("GET /data/Users/{id}", b.findUser)
	route("GET /data/{table}", b.list)
	route("/", func(c *Call, _ *User) *Answer {
		return backendlessFail(http.StatusNotFound, 404, "Resource not found: "+c.URL.Path)
	})
	return mux
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

func (b *Backendless) login(c *Call, key backendlessKey) *Answer {
	var in struct {
		Login    json.RawMessage // an identity column may be numeric
		Password string
		ObjectID string `json:"objectId"`
	}
	if refusal := wantsJSON(c); refusal != nil {
		return refusal
	}
	if c.Decode(&in) != nil {
		return backendlessFail(http.StatusBadRequest, 3038, "Missing required parameter")
	}
	if in.ObjectID != "" {
		return b.loginByID(in.ObjectID, c.Now, key)
	}
	var identity string
	if json.Unmarshal(in.Login, &identity) != nil {
		identity = string(in.Login)
	}
	if identity == "" || in.Password == "" {
		return backendlessFail(http.StatusBadRequest, 3006, "Login or password is empty")
	}
	u := b.Users.ByEmail(identity)
	if u != nil && u.State == Locked {
		return backendlessFail(http.StatusBadRequest, 3036,
			"Unable to login. User account is locked out due to too many failed logins.")
	}
	if u == nil || u.Password != in.Password {
		return backendlessFail(http.StatusUnauthorized, 3003, "Invalid login or password")
	}
	return b.granted(u, c.Now)
}

// loginByID logs in without a password, with the CloudCode key only.
func (b *Backendless) loginByID(id string, now time.Time, key backendlessKey) *Answer {
	if key != cloudKey {
		return backendlessFail(http.StatusBadRequest, 2014, "Login by object id is allowed only for Code Runner API key")
	}
	u := b.Users.ByUUID(id)
	if u == nil {
		u = b.guests[id]
	}
	if u == nil {
		return backendlessFail(http.StatusUnauthorized, 3003, "Invalid login or password")
	}
	return b.granted(u, now)
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
	token := strings.ToUpper(NewUUID())
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
	status := "ENABLED"
	if u.State == Disabled {
		status = "DISABLED"
	}
	id := strings.ToUpper(u.UUID())
	out := Object{
		"___class": "Users", "objectId": id, "ownerId": id, "email": u.Email, "name": u.FullName,
		"userStatus": status, "socialAccount": "BACKENDLESS", "blUserLocale": "en",
		"created": b.started.UnixMilli(), "updated": nil, "lastLogin": nil,
	}
	if b.guests[id] != nil {
		out["userStatus"], out["email"], out["name"] = "GUEST", nil, nil
	}
	return out
}
