package emulator

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// ChangingOptions configures a Changing backend.
type ChangingOptions struct {
	Now   func() time.Time // required
	Users []User

	TokenLife   time.Duration // 2 weeks unless set; each change starts it anew
	BatchWindow time.Duration // 5 seconds unless set; negative is none

	// KeepToken gives the same token for the whole session
	// (change_headers_on_each_request = false).
	KeepToken bool
}

// Changing answers as a Rails API with devise_token_auth does: the session is
// the headers access-token, client and uid, and each answer brings the next
// access-token. Requests within the batch window of a change count as sent
// together: the token before is still good, and the answer's is blank.
type Changing struct {
	Server
	opts    ChangingOptions
	clients map[string]*deviseClient // by client
}

// deviseClient is a session.
type deviseClient struct {
	user    *User
	id      string
	token   string
	last    string    // the token before
	changed time.Time // zero until the first change after the login
	expires time.Time
}

// NewChanging makes a Changing backend.
func NewChanging(o ChangingOptions) *Changing {
	o.TokenLife = orDefault(o.TokenLife, 14*24*time.Hour)
	o.BatchWindow = orDefault(o.BatchWindow, 5*time.Second)
	d := &Changing{opts: o, clients: make(map[string]*deviseClient)}
	mux := http.NewServeMux()
	d.setup(o.Now, o.Users, mux)
	mux.HandleFunc("POST /auth/sign_in", d.handle(d.signIn))
	mux.HandleFunc("DELETE /auth/sign_out", d.handle(d.signOut))
	mux.HandleFunc("GET /auth/validate_token", d.handle(d.validate))
	mux.HandleFunc("GET /tasks", d.handle(d.guard(func(c *call, _ *deviseClient) *answer {
		return reply(http.StatusOK, sampleRecords(min(queryInt(c, "limit", 5), 2000)))
	})))
	mux.HandleFunc("/", d.handle(func(*call) *answer {
		return reply(http.StatusNotFound, object{"status": 404, "error": "Not Found"})
	}))
	return d
}

// Revoke ends every session of the named user.
func (d *Changing) Revoke(user string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, s := range d.clients {
		if s.user.Name == user {
			delete(d.clients, id)
		}
	}
}

type deviseError struct {
	Success bool     `json:"success"`
	Errors  []string `json:"errors"`
}

func deviseFail(status int, why string) *answer {
	return reply(status, deviseError{Errors: []string{why}})
}

func (d *Changing) signIn(c *call) *answer {
	var in struct{ Email, Password string }
	_ = c.decode(&in) // what is missing is wrong
	u := d.users.byEmail(in.Email)
	switch {
	case u == nil || u.Password != in.Password || u.State == Disabled:
		return deviseFail(http.StatusUnauthorized, "Invalid login credentials. Please try again.")
	case u.State == Unconfirmed:
		return deviseFail(http.StatusUnauthorized, "A confirmation email was sent to your account at '"+u.Email+
			"'. You must follow the instructions in the email before your account can be activated")
	case u.State == Locked:
		return deviseFail(http.StatusUnauthorized,
			"Your account has been locked due to an excessive number of unsuccessful sign in attempts.")
	}
	d.logins++
	s := &deviseClient{user: u, id: rand.Text(), token: rand.Text(), expires: c.now.Add(d.opts.TokenLife)}
	d.clients[s.id] = s
	return s.attach(reply(http.StatusOK, object{"data": deviseUser(u)}), s.token)
}

func deviseUser(u *User) object {
	return object{
		"id": u.ID(), "email": u.Email, "provider": "email", "uid": u.Email,
		"name": u.FullName, "nickname": u.Name, "allow_password_change": false,
	}
}

// attach puts the session into the answer's headers; a blank token says to
// keep the one before.
func (s *deviseClient) attach(a *answer, token string) *answer {
	expiry := " "
	if token != " " {
		expiry = strconv.FormatInt(s.expires.Unix(), 10)
	}
	values := map[string]string{
		"access-token": token, "token-type": "Bearer", "client": s.id, "expiry": expiry, "uid": s.user.Email,
	}
	for name, value := range values {
		a.with(name, value)
	}
	packed, _ := json.Marshal(values) // strings alone
	return a.with("authorization", "Bearer "+base64.StdEncoding.EncodeToString(packed))
}

// present finds the session a request names in headers, query or one packed
// bearer token, if the token is the current one, or the one before within the
// batch window.
func (d *Changing) present(c *call) *deviseClient {
	get := func(name string) string {
		if v := c.Header.Get(name); v != "" {
			return v
		}
		return c.query(name)
	}
	token, client, uid := get("access-token"), get("client"), get("uid")
	if raw, ok := bearer(c.Header.Get("Authorization")); ok && token == "" {
		var packed map[string]string
		if data, err := base64.StdEncoding.DecodeString(raw); err == nil {
			_ = json.Unmarshal(data, &packed) // garbage names no session
		}
		token, client, uid = packed["access-token"], packed["client"], packed["uid"]
	}
	s := d.clients[client]
	if s == nil || s.user.Email != uid || !c.now.Before(s.expires) {
		return nil
	}
	if token == s.token || token != "" && token == s.last && s.inBatch(c.now, d.opts.BatchWindow) {
		return s
	}
	return nil
}

func (s *deviseClient) inBatch(now time.Time, window time.Duration) bool {
	return !s.changed.IsZero() && now.Sub(s.changed) < window
}

// next puts the session's next token into the answer.
func (d *Changing) next(s *deviseClient, a *answer, now time.Time) *answer {
	if d.opts.KeepToken {
		return s.attach(a, s.token)
	}
	if s.inBatch(now, d.opts.BatchWindow) {
		s.changed = now // the batch goes on
		return s.attach(a, " ")
	}
	s.last, s.token, s.changed = s.token, rand.Text(), now
	s.expires = now.Add(d.opts.TokenLife)
	return s.attach(a, s.token)
}

// guard lets only requests of a session through to f.
func (d *Changing) guard(f func(*call, *deviseClient) *answer) func(*call) *answer {
	return func(c *call) *answer {
		s := d.present(c)
		if s == nil {
			return reply(http.StatusUnauthorized, object{
				"errors": []string{"You need to sign in or sign up before continuing."},
			})
		}
		return d.next(s, f(c, s), c.now)
	}
}

func (d *Changing) validate(c *call) *answer {
	s := d.present(c)
	if s == nil {
		return deviseFail(http.StatusUnauthorized, "Invalid login credentials")
	}
	return d.next(s, reply(http.StatusOK, object{"success": true, "data": deviseUser(s.user)}), c.now)
}

func (d *Changing) signOut(c *call) *answer {
	s := d.present(c)
	if s == nil {
		return deviseFail(http.StatusNotFound, "User was not found or was not logged in.")
	}
	delete(d.clients, s.id)
	return reply(http.StatusOK, object{"success": true})
}
