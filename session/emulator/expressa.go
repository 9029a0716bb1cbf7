package emulator

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Dialect is one of the ways APIs with an x-access-token behave.
type Dialect string

// The dialects of an x-access-token API. The documented one is what Expressa's
// doc/authentication.md promises and Expressa itself does not keep.
const (
	DialectDocumented      Dialect = "documented"
	DialectExpressa        Dialect = "expressa"         // npm expressa 2.1.1
	DialectScotch          Dialect = "scotch"           // scotch-io/node-token-authentication
	DialectBezkoder        Dialect = "bezkoder"         // bezkoder/node-js-jwt-auth
	DialectBezkoderRefresh Dialect = "bezkoder-refresh" // bezkoder/jwt-refresh-token-node-js
)

// ExpressaOptions configures an x-access-token API.
type ExpressaOptions struct {
	Now   func() time.Time // required
	Users []User

	Dialect Dialect // DialectDocumented unless set

	// Mount is the path before every route: "/api" unless set, and nothing in
	// the documented dialect. "/" is nothing too.
	Mount string

	// TokenLife is the dialect's own unless set: none in expressa, whose
	// tokens do not expire unless a setting says so; 24 minutes in scotch; an
	// hour in bezkoder-refresh; else 24 hours.
	TokenLife time.Duration

	RefreshLife time.Duration // 24 hours unless set; bezkoder-refresh alone

	// BadTokenStatus is what scotch answers a bad token with: 200 unless set.
	// Its descendants chose 401, 406 or 500.
	BadTokenStatus int
}

// Expressa answers as an x-access-token API does, in one of its dialects.
// None has a logout.
type Expressa struct {
	Server
	opts       ExpressaOptions
	key        []byte
	mux        *http.ServeMux
	started    time.Time
	password   map[string]time.Time // user name -> last change; expressa
	accessKeys map[string]string    // access key -> user name; expressa
	renewals   map[string]renewal   // bezkoder-refresh
}

// NewExpressa makes an x-access-token API.
func NewExpressa(o ExpressaOptions) *Expressa {
	if o.Dialect == "" {
		o.Dialect = DialectDocumented
	}
	if o.Mount == "" && o.Dialect != DialectDocumented {
		o.Mount = "/api"
	}
	o.Mount = strings.TrimSuffix(o.Mount, "/")
	e := &Expressa{
		opts: o, key: newKey(), mux: http.NewServeMux(),
		password: make(map[string]time.Time), accessKeys: make(map[string]string), renewals: make(map[string]renewal),
	}
	e.setup(o.Now, o.Users, e.mux)
	e.started = o.Now()
	switch o.Dialect {
	case DialectDocumented:
		e.routeDocumented()
	case DialectExpressa:
		e.routeExpressa()
	case DialectScotch:
		e.routeScotch()
	case DialectBezkoder, DialectBezkoderRefresh:
		e.routeBezkoder()
	default:
		panic("emulator: unknown dialect " + string(o.Dialect))
	}
	e.mux.HandleFunc("/", e.handle(cannot))
	return e
}

// route adds a route below the mount.
func (e *Expressa) route(pattern string, f func(*call) *answer) {
	method, path, _ := strings.Cut(pattern, " ")
	e.mux.HandleFunc(method+" "+e.opts.Mount+path, e.handle(func(c *call) *answer {
		return f(c).with("X-Powered-By", "Express")
	}))
}

// cannot is what Express says where it has no route.
func cannot(c *call) *answer {
	page := "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>Cannot " +
		html.EscapeString(c.Method+" "+c.URL.Path) + "</pre>\n</body>\n</html>\n"
	return reply(http.StatusNotFound, text(page)).
		with("Content-Type", "text/html; charset=utf-8").with("X-Powered-By", "Express")
}

// SetTokenLife changes the life of the tokens given from now on.
func (e *Expressa) SetTokenLife(life time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.opts.TokenLife = life
}

// life is the token's, or none at all.
func (e *Expressa) life(fallback time.Duration) time.Duration {
	return orDefault(e.opts.TokenLife, fallback)
}

// sign makes a token; without a life it has no exp.
func (e *Expressa) sign(u *User, now time.Time, life time.Duration, claims jwt.MapClaims) string {
	claims["iat"] = now.Unix()
	if life > 0 {
		claims["exp"] = now.Add(life).Unix()
	}
	return e.remember(u.Name, signHS256(e.key, claims))
}

// verify accepts what jsonwebtoken does with a secret.
func (e *Expressa) verify(raw string, now time.Time) (jwt.MapClaims, error) {
	if e.dead[raw] {
		return nil, jwt.ErrTokenUnverifiable
	}
	return verifyHMAC(raw, e.key, now, "HS256", "HS384", "HS512")
}

// handedToken finds the token where clients may put it.
func handedToken(c *call, inBody bool) string {
	if inBody {
		if t := field(c, "token"); t != "" {
			return t
		}
	}
	if t := c.query("token"); t != "" {
		return t
	}
	return c.Header.Get("X-Access-Token")
}

// field reads a string from a JSON or form body.
func field(c *call, name string) string {
	if media, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type")); media == "application/x-www-form-urlencoded" {
		values, _ := url.ParseQuery(string(c.body))
		return values.Get(name)
	}
	var in map[string]any
	_ = c.decode(&in) // the body may be missing
	s, _ := in[name].(string)
	return s
}

type successMessage struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
}

func (e *Expressa) routeDocumented() {
	e.route("POST /users/login", e.loginDocumented)
	e.route("GET /users/me", e.guardDocumented(func(_ *call, u *User) *answer {
		return reply(http.StatusOK, documentOf(u, false))
	}))
	e.route("GET /listings", e.guardDocumented(func(c *call, _ *User) *answer {
		return reply(http.StatusOK, sampleRecords(min(queryInt(c, "limit", 2000), 2000)))
	}))
}

func (e *Expressa) loginDocumented(c *call) *answer {
	refuse := func(why string) *answer {
		return reply(http.StatusUnauthorized, successMessage{false, "Authentication failed. " + why})
	}
	u := e.users.byEmail(field(c, "email"))
	switch {
	case u == nil:
		return refuse("User not found.")
	case u.Password != field(c, "password"):
		return refuse("Wrong password.")
	case u.State != Active:
		return refuse("Account " + string(u.State) + ".")
	}
	e.logins++
	return reply(http.StatusOK, struct {
		UID   string `json:"uid"`
		Token string `json:"token"`
	}{u.UUID(), e.sign(u, c.now, e.life(24*time.Hour), jwt.MapClaims(documentOf(u, true)))})
}

// documentOf is the user's whole document, which the documented dialect also
// puts into the token, hash included.
func documentOf(u *User, withHash bool) object {
	doc := object{
		"_id": u.UUID(), "university": "Example University", "fullName": u.FullName,
		"email": u.Email, "__v": 0, "listings": []string{"000001", "000002"},
	}
	if withHash {
		doc["password"] = bcryptLike(u)
	}
	return doc
}

// bcryptLike has the shape of a bcrypt hash, and is none.
func bcryptLike(u *User) string {
	sum := sha256.Sum256([]byte("hash " + u.Name))
	letters := base64.RawStdEncoding.EncodeToString(append(sum[:], sum[:]...))
	return "$2a$08$" + strings.ReplaceAll(letters, "+", ".")[:53]
}

func (e *Expressa) guardDocumented(f func(*call, *User) *answer) func(*call) *answer {
	return func(c *call) *answer {
		raw := handedToken(c, false)
		if raw == "" {
			return reply(http.StatusForbidden, successMessage{false, "No token provided."})
		}
		claims, err := e.verify(raw, c.now)
		if err != nil {
			return reply(http.StatusUnauthorized, successMessage{false, "Failed to authenticate token."})
		}
		return f(c, e.users.byUUID(claimString(claims, "_id")))
	}
}

// randomID is a short opaque identifier.
func randomID() string { return rand.Text()[:12] }
