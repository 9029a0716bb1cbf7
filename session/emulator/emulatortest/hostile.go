package emulatortest

import (
	"crypto/rand"
	"io"
	"net/http"
	"slices"
	"time"

	"tokenring/session/emulator"
)

// HostileOptions configures a Hostile backend.
type HostileOptions struct {
	Now   func() time.Time // required
	Users []emulator.User

	// Elsewhere is the URL of another origin for redirects. See SetElsewhere.
	Elsewhere string
}

// Hostile is a JSON API that also does everything that a server should not do.
//
// It behaves at POST /login {username,password}, which answers
// {access_token,expires_in}, and at GET /me with that as a bearer token. It misbehaves
// for any method if the last part of the path is one of HostileKinds: /<kind> for a
// request, /login/<kind> for a login, and so on. Every other path answers with the
// names of the credentials that reached it.
type Hostile struct {
	emulator.Server
	opts   HostileOptions
	owners map[string]*emulator.User // by token
}

// NewHostile makes a Hostile backend.
func NewHostile(o HostileOptions) *Hostile {
	h := &Hostile{opts: o, owners: make(map[string]*emulator.User)}
	h.Setup(o.Now, o.Users)
	h.Route("POST /login", h.login)
	h.Route("GET /me", h.me)
	h.Route("/", func(c *emulator.Call) *emulator.Answer {
		return emulator.Reply(http.StatusOK, emulator.Object{"method": c.Method, "caught": credentialNames(c.Request)})
	})
	for kind, misbehave := range h.kinds() {
		f := h.misbehaving(misbehave)
		h.Mux.HandleFunc("/"+kind, f)
		h.Mux.HandleFunc("/{flow}/"+kind, f)
	}
	return h
}

// HostileKinds lists the ways a Hostile backend misbehaves, in order.
//
//	bad-utf8          JSON with bytes that are not UTF-8
//	big               ?mb= (11) MiB of valid JSON
//	cookies           many large cookies, one of them for another domain
//	cut               ends in the middle of the announced body
//	date              a Date header of 1970
//	deep              JSON nested 100,000 deep
//	drop              closes the connection without an answer
//	duplicate         the same JSON member twice
//	empty             200 without a body
//	endless           a body without end
//	escape            terminal escapes and bidi controls in an error body
//	escape-header     C1 and bidi controls in header lines
//	escape-status     terminal escapes in the status line
//	gzip-bomb         ?mb= (64) MiB packed into a few KiB
//	headers           2 MiB of header lines
//	injection         a token that would add a header line
//	loop              redirects to itself for ever
//	malformed-header  terminal escapes in a header line, which every client must reject
//	never             reads the request and never answers
//	not-json          HTML that claims to be JSON
//	redirect          302 to the other origin
//	redirect-keep     307 to the other origin: method and body go along
//	redirect-scheme   302 to the same host with the other scheme
//	redirect-file     302 to a file URL
//	reflect           an error that repeats the credentials it was sent
//	shape-array       200 [] instead of an object
//	shape-blank       200 with a blank access_token
//	shape-missing     200 {}
//	shape-null        200 null
//	shape-object      200 with an object as access_token
//	shape-string      200 "ok"
//	slow              ?for= (1m) of JSON, a byte a second
//	wrong-type        JSON that claims to be HTML
func HostileKinds() []string {
	names := []string{}
	for kind := range (&Hostile{}).kinds() {
		names = append(names, kind)
	}
	slices.Sort(names)
	return names
}

// SetElsewhere sets the target of redirects, once another listener has its URL.
func (h *Hostile) SetElsewhere(url string) {
	h.Locked(func() { h.opts.Elsewhere = url })
}

func (h *Hostile) elsewhere() (url string) {
	h.Locked(func() { url = h.opts.Elsewhere })
	return url
}

func refuse(code string) *emulator.Answer {
	return emulator.Reply(http.StatusUnauthorized, emulator.Object{"error": code})
}

func (h *Hostile) login(c *emulator.Call) *emulator.Answer {
	var in struct{ Username, Password string }
	_ = c.Decode(&in) // a missing value is wrong
	u := h.Users.ByName(in.Username)
	if u == nil || u.State != emulator.Active || u.Password != in.Password {
		return refuse("invalid_credentials")
	}
	h.CountLogin()
	token := h.Remember(u.Name, "ht_"+rand.Text())
	h.owners[token] = u
	return emulator.Reply(http.StatusOK, emulator.Object{"access_token": token, "token_type": "Bearer", "expires_in": 3600})
}

func (h *Hostile) me(c *emulator.Call) *emulator.Answer {
	raw, _ := c.Bearer()
	u := h.owners[raw]
	if u == nil || h.Revoked(raw) {
		return refuse("invalid_token")
	}
	return emulator.Reply(http.StatusOK, emulator.Object{"username": u.Name, "email": u.Email})
}

// misbehaving reads the whole request first, so that it notices the end of the
// connection.
func (h *Hostile) misbehaving(f func(http.ResponseWriter, *emulator.Call)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		f(w, &emulator.Call{Request: r, Body: body, Now: h.Now()})
	}
}
