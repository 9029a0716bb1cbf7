package emulator

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
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
	d.Setup(o.Now, nil)
	d.started = o.Now()
	route := func(pattern string, f func(*Call) *Answer) {
		d.Route(pattern, func(c *Call) *Answer {
			if c.Method == http.MethodHead { // Core supports it only for files
				return Reply(http.StatusNotFound, nil)
			}
			return f(c)
		})
	}
	route("POST /api/login", d.login)
	route("GET /api/login/refresh", d.refresh)
	route("GET /ping", func(*Call) *Answer { return Reply(http.StatusOK, Text("pong")) })
	route("GET /api", d.about)
	route("GET /api/v3/skills", d.guard(d.skills))
	route("GET /api/v3/process", d.guard(d.processes))
	route("GET /api/v3/log", d.guard(d.logLines))
	route("/", d.elsewhere)
	return d
}

// Restart replaces the signing key, like the restart of a Core without a persisted
// secret: no token stays valid.
func (d *Datarhei) Restart() {
	d.Locked(func() { d.key, d.started = []byte(rand.Text()), d.Now() })
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
	var in struct{ Username, Password string }
	media, _, err := mime.ParseMediaType(c.Header.Get("Content-Type")) // Core ignores a body of another type
	if err != nil || media != "application/json" || c.Decode(&in) != nil || in.Username == "" || in.Password == "" {
		return datarheiFail(http.StatusBadRequest, "Missing authorization credentials").After(d.opts.FailureDelay)
	}
	if u := d.Users.ByName(in.Username); u == nil || u.State != Active || u.Password != in.Password {
		return datarheiFail(http.StatusUnauthorized,
			"Invalid authorization credentials: invalid username or password").After(d.opts.FailureDelay)
	}
	d.logins++
	return Reply(http.StatusOK, datarheiTokens{
		Access:  d.issue(in.Username, "access", d.opts.AccessLife, c.Now),
		Refresh: d.issue(in.Username, "refresh", d.opts.RefreshLife, c.Now),
	})
}

func (d *Datarhei) issue(subject, usefor string, life time.Duration, now time.Time) string {
	return d.Issue(subject, now, life, jwt.MapClaims{
		"iss": "datarhei-core", "sub": subject, "usefor": usefor, "exi": int64(life / time.Second), "jti": uuid.NewString(),
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

// about answers 200 to every request, and describes the server to known users.
func (d *Datarhei) about(c *Call) *Answer {
	out := Object{"app": "datarhei-core", "auths": []string{"localjwt"}, "version": Object{"number": "16.0.0"}}
	if _, refusal := d.authenticate(c, "access"); refusal != nil {
		return Reply(http.StatusOK, out)
	}
	out["name"], out["id"] = "wandering-river-4711", "7b6bbd7e-1ba8-4a0f-9a3c-2f8a0f1f5e4d"
	out["created_at"] = d.started.UTC().Format(time.RFC3339)
	out["uptime_seconds"] = int64(c.Now.Sub(d.started) / time.Second)
	out["version"] = Object{
		"number": "16.16.0", "repository_commit": "0de97f4", "repository_branch": "main",
		"build_date": "2024-07-29T09:12:45Z", "arch": "linux/amd64", "compiler": "go1.22.5",
	}
	return Reply(http.StatusOK, out)
}

// guard passes only requests with an access token to f.
func (d *Datarhei) guard(f func(*Call) *Answer) func(*Call) *Answer {
	return func(c *Call) *Answer {
		if _, refusal := d.authenticate(c, "access"); refusal != nil {
			return refusal
		}
		return f(c)
	}
}

// elsewhere answers every path without a route, also "/api/". Outside the API, Core
// serves files.
func (d *Datarhei) elsewhere(c *Call) *Answer {
	if !strings.HasPrefix(c.URL.Path, "/api") {
		return Reply(http.StatusNotFound, datarheiError{http.StatusNotFound, "File not found", []string{c.URL.Path}})
	}
	return d.guard(func(*Call) *Answer { return datarheiFail(http.StatusNotFound, "Not Found") })(c)
}

func (d *Datarhei) skills(*Call) *Answer {
	return Reply(http.StatusOK, Object{
		"ffmpeg": Object{
			"version": "6.1.1", "compiler": "gcc 13.2.1",
			"libraries": []Object{{"name": "libavcodec", "compiled": "60.31.102", "linked": "60.31.102"}},
		},
		"codecs":    Object{"video": []Object{{"id": "h264", "name": "H.264 / AVC"}, {"id": "hevc", "name": "H.265 / HEVC"}}},
		"protocols": Object{"input": []Object{{"id": "rtmp"}, {"id": "srt"}}, "output": []Object{{"id": "hls"}}},
	})
}

func (d *Datarhei) processes(c *Call) *Answer {
	created := d.started.Unix()
	process := func(id, reference, order, state string, fps float64) Object {
		return Object{
			"id": id, "reference": reference, "type": "ffmpeg", "created_at": created,
			"state": Object{
				"order": order, "exec": state, "runtime_seconds": int64(c.Now.Sub(d.started) / time.Second),
				"progress": Object{"fps": fps, "bitrate_kbit": fps * 120, "drop": 0, "dup": 0},
			},
		}
	}
	return Reply(http.StatusOK, []Object{
		process("restreamer-ui:ingest:lobby", "lobby", "start", "running", 25),
		process("restreamer-ui:ingest:stage", "stage", "start", "running", 30),
		process("restreamer-ui:egress:archive", "stage", "stop", "finished", 0),
	})
}

// logLines returns the log as lines of text.
func (d *Datarhei) logLines(c *Call) *Answer {
	lines := []string{}
	for _, e := range []struct {
		ago                       time.Duration
		level, component, message string
	}{
		{90 * time.Second, "INFO", "HTTP", "started"},
		{60 * time.Second, "WARN", "Process", "stalled, reconnecting"},
		{5 * time.Second, "INFO", "Process", "running"},
	} {
		at := c.Now.Add(-e.ago).UTC().Format(time.RFC3339)
		lines = append(lines, fmt.Sprintf("ts=%s level=%s component=%q msg=%q", at, e.level, e.component, e.message))
	}
	return Reply(http.StatusOK, lines)
}
