package emulator

import (
	"cmp"
	"mime"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// DatarheiFailureDelay is how long a real datarhei Core waits before it rejects a
// login.
const DatarheiFailureDelay = 5 * time.Second

// DatarheiOptions configures a datarhei Core.
type DatarheiOptions struct {
	Now func() time.Time // required

	AccessLife  time.Duration // 10 minutes unless set
	RefreshLife time.Duration // 24 hours unless set

	// FailureDelay delays the answer to a rejected login; see DatarheiFailureDelay.
	FailureDelay time.Duration
}

// Datarhei answers like datarhei Core 16.16
// (https://docs.datarhei.com/core/guides/beginner). It has no logout.
type Datarhei struct {
	Server
	opts    DatarheiOptions
	started time.Time
}

// NewDatarhei makes a Core.
func NewDatarhei(o DatarheiOptions) *Datarhei {
	o.AccessLife = cmp.Or(o.AccessLife, 10*time.Minute)
	o.RefreshLife = cmp.Or(o.RefreshLife, 24*time.Hour)
	d := &Datarhei{opts: o}
	mux := http.NewServeMux()
	noFile := d.Handle(func(*Call) *Answer { return Reply(http.StatusNotFound, nil) })
	d.Setup(o.Now, nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead { // Core supports it only for files
			noFile(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	d.started = o.Now()
	mux.HandleFunc("POST /api/login", d.Handle(d.login))
	mux.HandleFunc("GET /api/login/refresh", d.Handle(d.refresh))
	mux.HandleFunc("GET /ping", d.Handle(func(*Call) *Answer { return Reply(http.StatusOK, Text("pong")) }))
	mux.HandleFunc("GET /api", d.Handle(d.about))
	mux.HandleFunc("GET /api/v3/skills", d.Handle(d.guard(d.skills)))
	mux.HandleFunc("GET /api/v3/process", d.Handle(d.guard(d.processes)))
	mux.HandleFunc("GET /api/v3/log", d.Handle(d.guard(d.logLines)))
	mux.HandleFunc("GET /api/v3/metadata/{key}", d.Handle(d.guard(d.metadata)))
	mux.HandleFunc("/", d.Handle(d.elsewhere))
	return d
}

// Restart replaces the signing key, like the restart of a Core without a persisted
// secret: no token stays valid.
func (d *Datarhei) Restart() {
	d.Locked(func() { d.key, d.started = newKey(), d.Now() })
}

// datarheiError is the body of every error of a Core.
type datarheiError struct {
	Code    int      `json:"code"`
	Message string   `json:"message"`
	Details []string `json:"details"`
}

func datarheiFail(status int, detail string) *Answer {
	return Reply(status, datarheiError{status, http.StatusText(status), []string{detail}})
}

type datarheiTokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token,omitempty"`
}

func (d *Datarhei) login(c *Call) *Answer {
	name, password, ok := datarheiCredentials(c)
	if !ok {
		return datarheiFail(http.StatusBadRequest, "Missing authorization credentials").After(d.opts.FailureDelay)
	}
	if !d.mayLogIn(name, password) {
		return datarheiFail(http.StatusUnauthorized,
			"Invalid authorization credentials: invalid username or password").After(d.opts.FailureDelay)
	}
	return d.granted(name, c.Now)
}

// datarheiCredentials reads the body of a login. Core ignores a body without the JSON
// content type.
func datarheiCredentials(c *Call) (name, password string, ok bool) {
	var in struct{ Username, Password string }
	media, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || media != "application/json" || c.Decode(&in) != nil {
		return "", "", false
	}
	return in.Username, in.Password, in.Username != "" && in.Password != ""
}

func (d *Datarhei) mayLogIn(name, password string) bool {
	u := d.Users.ByName(name)
	return u != nil && u.State == Active && u.Password == password
}

// granted answers a login.
func (d *Datarhei) granted(subject string, now time.Time) *Answer {
	d.logins++
	return Reply(http.StatusOK, datarheiTokens{
		Access:  d.issue(subject, "access", d.opts.AccessLife, now),
		Refresh: d.issue(subject, "refresh", d.opts.RefreshLife, now),
	})
}

func (d *Datarhei) issue(subject, usefor string, life time.Duration, now time.Time) string {
	return d.Issue(subject, now, life, jwt.MapClaims{
		"iss": "datarhei-core", "sub": subject, "usefor": usefor, "exi": int64(life / time.Second), "jti": NewUUID(),
	})
}

// refresh returns a new access token and keeps the refresh token.
func (d *Datarhei) refresh(c *Call) *Answer {
	subject, refusal := d.authenticate(c, "refresh")
	if refusal != nil {
		return refusal
	}
	d.refreshes++
	return Reply(http.StatusOK, datarheiTokens{Access: d.issue(subject, "access", d.opts.AccessLife, c.Now)})
}

// authenticate returns the subject of the bearer token, or an answer that rejects it.
// Like Core, it does not compare the issuer.
func (d *Datarhei) authenticate(c *Call, usefor string) (string, *Answer) {
	refusal := datarheiFail(http.StatusUnauthorized, "Missing or invalid JWT token")
	raw, ok := c.Bearer()
	if !ok {
		return "", refusal
	}
	claims, err := d.Verify(raw, c.Now)
	if err != nil || claims["usefor"] != usefor {
		return "", refusal
	}
	return ClaimString(claims, "sub"), nil
}
