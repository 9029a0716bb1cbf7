package emulator

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Documented answers as Expressa's doc/authentication.md says, which Expressa itself
// does not do.
type Documented struct {
	Express
	life time.Duration // of tokens
}

type documentedRefusal struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
}

// NewDocumented makes an API as documented. life is that of its tokens; 0 means 24
// hours.
func NewDocumented(now func() time.Time, life time.Duration) *Documented {
	e := &Documented{life: cmp.Or(life, 24*time.Hour)}
	e.Setup(now, "")
	e.Route("POST /users/login", e.login)
	e.Route("GET /users/me", e.guard(func(_ *Call, u *User) *Answer {
		return Reply(http.StatusOK, documentOf(u, false))
	}))
	e.Route("GET /listings", e.guard(func(c *Call, _ *User) *Answer {
		return Reply(http.StatusOK, SampleRecords(min(c.Int("limit", 2000), 2000)))
	}))
	return e
}

// SetTokenLife sets the life of the tokens issued from now on.
func (e *Documented) SetTokenLife(life time.Duration) {
	e.Locked(func() { e.life = life })
}

func (e *Documented) login(c *Call) *Answer {
	refuse := func(why string) *Answer {
		return Reply(http.StatusUnauthorized, documentedRefusal{Message: "Authentication failed. " + why})
	}
	u := e.Users.ByEmail(c.Field("email"))
	switch {
	case u == nil:
		return refuse("User not found.")
	case u.Password != c.Field("password"):
		return refuse("Wrong password.")
	case u.State != Active:
		return refuse("Account " + string(u.State) + ".")
	}
	e.CountLogin()
	return Reply(http.StatusOK, struct {
		UID   string `json:"uid"`
		Token string `json:"token"`
	}{u.UUID(), e.Issue(u.Name, c.Now, e.life, jwt.MapClaims(documentOf(u, true)))})
}

// documentOf returns the user's whole document, which the documented dialect also
// puts into the token, with the hash.
func documentOf(u *User, withHash bool) Object {
	doc := Object{
		"_id": u.UUID(), "university": "Example University", "fullName": u.FullName,
		"email": u.Email, "__v": 0, "listings": []string{"000001", "000002"},
	}
	if withHash {
		doc["password"] = bcryptLike(u)
	}
	return doc
}

// bcryptLike returns a text that looks like a bcrypt hash.
func bcryptLike(u *User) string {
	sum := sha256.Sum256([]byte("hash " + u.Name))
	letters := base64.RawStdEncoding.EncodeToString(append(sum[:], sum[:]...))
	return "$2a$08$" + strings.ReplaceAll(letters, "+", ".")[:53]
}

func (e *Documented) guard(f func(*Call, *User) *Answer) func(*Call) *Answer {
	return func(c *Call) *Answer {
		raw := c.AccessToken()
		if raw == "" {
			return Reply(http.StatusForbidden, documentedRefusal{Message: "No token provided."})
		}
		claims, err := e.Verify(raw, c.Now)
		if err != nil {
			return Reply(http.StatusUnauthorized, documentedRefusal{Message: "Failed to authenticate token."})
		}
		return f(c, e.Users.ByUUID(ClaimString(claims, "_id")))
	}
}
