package emulatortest

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"time"

	"tokenring/session/emulator"
)

// ChangingOptions configures a Changing backend.
type ChangingOptions struct {
	Now   func() time.Time // required
	Users []emulator.User

	TokenLife   time.Duration // 2 weeks unless set; each change restarts it
	BatchWindow time.Duration // 5 seconds unless set; negative: none

	// KeepToken keeps the same token for the whole session
	// (change_headers_on_each_request = false).
	KeepToken bool
}

// Changing answers like a Rails API with devise_token_auth: the session is the headers
// access-token, client and uid, and each answer brings the next access-token. Requests
// within the batch window of a change count as simultaneous: the previous token is
// still valid, and the one in the answer is blank.
type Changing struct {
	emulator.Server
	opts    ChangingOptions
	clients map[string]*deviseClient // by client
}

// deviseClient is a session.
type deviseClient struct {
	user    *emulator.User
	id      string
	token   string
	last    string    // the previous token
	changed time.Time // zero until the first change after the login
	expires time.Time
}

// NewChanging makes a Changing backend.
func NewChanging(o ChangingOptions) *Changing {
	o.TokenLife = cmp.Or(o.TokenLife, 14*24*time.Hour)
	o.BatchWindow = cmp.Or(o.BatchWindow, 5*time.Second)
	d := &Changing{opts: o, clients: make(map[string]*deviseClient)}
	d.Setup(o.Now, o.Users)
	d.Route("POST /auth/sign_in", d.signIn)
	d.Route("DELETE /auth/sign_out", d.signOut)
	d.Route("GET /auth/validate_token", d.validate)
	d.Route("GET /tasks", d.guard(func(c *emulator.Call, _ *deviseClient) *emulator.Answer {
		return emulator.Reply(http.StatusOK, emulator.SampleRecords(min(c.Int("limit", 5), 2000)))
	}))
	d.Route("/", func(*emulator.Call) *emulator.Answer {
		return emulator.Reply(http.StatusNotFound, emulator.Object{"status": 404, "error": "Not Found"})
	})
	return d
}

// Revoke ends every session of the named user.
func (d *Changing) Revoke(user string) {
	d.Locked(func() {
		maps.DeleteFunc(d.clients, func(_ string, s *deviseClient) bool { return s.user.Name == user })
	})
}

type deviseError struct {
	Success bool     `json:"success"`
	Errors  []string `json:"errors"`
}

func deviseFail(status int, why string) *emulator.Answer {
	return emulator.Reply(status, deviseError{Errors: []string{why}})
}

func (d *Changing) signIn(c *emulator.Call) *emulator.Answer {
	var in struct{ Email, Password string }
	_ = c.Decode(&in) // a missing value is wrong
	u := d.Users.ByEmail(in.Email)
	switch {
	case u == nil || u.Password != in.Password || u.State == emulator.Disabled:
		return deviseFail(http.StatusUnauthorized, "Invalid login credentials. Please try again.")
	case u.State == emulator.Unconfirmed:
		return deviseFail(http.StatusUnauthorized, "A confirmation email was sent to your account at '"+u.Email+
			"'. You must follow the instructions in the email before your account can be activated")
	case u.State == emulator.Locked:
		return deviseFail(http.StatusUnauthorized,
			"Your account has been locked due to an excessive number of unsuccessful sign in attempts.")
	}
	d.CountLogin()
	s := &deviseClient{user: u, id: rand.Text(), token: rand.Text(), expires: c.Now.Add(d.opts.TokenLife)}
	d.clients[s.id] = s
	return s.attach(emulator.Reply(http.StatusOK, emulator.Object{"data": deviseUser(u)}), s.token)
}

func deviseUser(u *emulator.User) emulator.Object {
	return emulator.Object{
		"id": u.ID(), "email": u.Email, "provider": "email", "uid": u.Email,
		"name": u.FullName, "nickname": u.Name, "allow_password_change": false,
	}
}

// attach puts the session into the answer's headers. A blank token tells the client to
// keep its token.
func (s *deviseClient) attach(a *emulator.Answer, token string) *emulator.Answer {
	expiry := " "
	if token != " " {
		expiry = strconv.FormatInt(s.expires.Unix(), 10)
	}
	values := map[string]string{
		"access-token": token, "token-type": "Bearer", "client": s.id, "expiry": expiry, "uid": s.user.Email,
	}
	for name, value := range values {
		a.With(name, value)
	}
	packed, _ := json.Marshal(values) // only strings
	return a.With("authorization", "Bearer "+base64.StdEncoding.EncodeToString(packed))
}

// present returns the session that a request names in headers, query or one packed
// bearer token, if its token is the current one, or the previous one within the batch
// window.
func (d *Changing) present(c *emulator.Call) *deviseClient {
	get := func(name string) string {
		if v := c.Header.Get(name); v != "" {
			return v
		}
		return c.Query(name)
	}
	token, client, uid := get("access-token"), get("client"), get("uid")
	if raw, ok := c.Bearer(); ok && token == "" {
		var packed map[string]string
		if data, err := base64.StdEncoding.DecodeString(raw); err == nil {
			_ = json.Unmarshal(data, &packed) // garbage names no session
		}
		token, client, uid = packed["access-token"], packed["client"], packed["uid"]
	}
	s := d.clients[client]
	if s == nil || s.user.Email != uid || !c.Now.Before(s.expires) {
		return nil
	}
	if token == s.token || token != "" && token == s.last && s.inBatch(c.Now, d.opts.BatchWindow) {
		return s
	}
	return nil
}

func (s *deviseClient) inBatch(now time.Time, window time.Duration) bool {
	return !s.changed.IsZero() && now.Sub(s.changed) < window
}

// next puts the session's next token into the answer.
func (d *Changing) next(s *deviseClient, a *emulator.Answer, now time.Time) *emulator.Answer {
	if d.opts.KeepToken {
		return s.attach(a, s.token)
	}
	if s.inBatch(now, d.opts.BatchWindow) {
		s.changed = now // the batch continues
		return s.attach(a, " ")
	}
	s.last, s.token, s.changed = s.token, rand.Text(), now
	s.expires = now.Add(d.opts.TokenLife)
	return s.attach(a, s.token)
}

// guard passes only requests of a session to f.
func (d *Changing) guard(f func(*emulator.Call, *deviseClient) *emulator.Answer) func(*emulator.Call) *emulator.Answer {
	return func(c *emulator.Call) *emulator.Answer {
		s := d.present(c)
		if s == nil {
			return emulator.Reply(http.StatusUnauthorized, emulator.Object{
				"errors": []string{"You need to sign in or sign up before continuing."},
			})
		}
		return d.next(s, f(c, s), c.Now)
	}
}

func (d *Changing) validate(c *emulator.Call) *emulator.Answer {
	s := d.present(c)
	if s == nil {
		return deviseFail(http.StatusUnauthorized, "Invalid login credentials")
	}
	return d.next(s, emulator.Reply(http.StatusOK, emulator.Object{"success": true, "data": deviseUser(s.user)}), c.Now)
}

func (d *Changing) signOut(c *emulator.Call) *emulator.Answer {
	s := d.present(c)
	if s == nil {
		return deviseFail(http.StatusNotFound, "User was not found or was not logged in.")
	}
	delete(d.clients, s.id)
	return emulator.Reply(http.StatusOK, emulator.Object{"success": true})
}
