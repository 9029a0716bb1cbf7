package emulator

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// KnackAppID is the emulated Knack app.
const KnackAppID = "65a1f0c2d4e8b7a90c3f2e11"

// knackTokenLife is the life of a token, which the token does not state.
const knackTokenLife = 48 * time.Hour

// KnackRateLimit is how many requests a second every Knack plan allows.
const KnackRateLimit = 10

// KnackOptions configures a Knack app.
type KnackOptions struct {
	Now func() time.Time // required

	// RateLimit is the number of requests a second; 0 means no limit. The real limit
	// is KnackRateLimit.
	RateLimit int
}

// Knack answers like api.knack.com for a live app
// (https://docs.knack.com/docs/remote-user-logins), with one app below /v1. It has
// neither refresh nor logout, and its tokens have no exp.
type Knack struct {
	Server
	opts     KnackOptions
	second   int64 // of the rate limit's window
	inSecond int
}

// NewKnack makes a Knack app.
func NewKnack(o KnackOptions) *Knack {
	k := &Knack{opts: o}
	k.Setup(o.Now, nil)
	route := func(pattern string, f func(*Call) *Answer) { k.Route(pattern, k.limit(f)) }
	route("POST /v1/applications/{app}/session", k.login)
	route("GET /v1/applications/{app}", k.schema)
	route("GET /v1/session/token", k.guard(k.session))
	route("GET /v1/pages/{scene}/views/{view}/records", k.guard(k.records))
	route("/", func(*Call) *Answer { return knackFail(http.StatusNotFound, "Not found") })
	return k
}

type knackError struct {
	Field   string `json:"field,omitempty"`
	Type    string `json:"type,omitempty"`
	Message string `json:"message"`
}

func knackFail(status int, message string) *Answer {
	return Reply(status, Object{"errors": []knackError{{Message: message}}})
}

// limit counts the request and adds the headers of
// https://docs.knack.com/docs/api-limits.
func (k *Knack) limit(f func(*Call) *Answer) func(*Call) *Answer {
	return func(c *Call) *Answer {
		if second := c.Now.Unix(); second != k.second {
			k.second, k.inSecond = second, 0
		}
		k.inSecond++
		if k.opts.RateLimit == 0 {
			return f(c)
		}
		var a *Answer
		if k.inSecond > k.opts.RateLimit {
			a = knackFail(http.StatusTooManyRequests, "Rate limit exceeded")
		} else {
			a = f(c)
		}
		return a.With("X-RateLimit-Limit", strconv.Itoa(k.opts.RateLimit)).
			With("X-RateLimit-Remaining", strconv.Itoa(max(k.opts.RateLimit-k.inSecond, 0))).
			With("X-RateLimit-Reset", strconv.FormatInt(k.second+1, 10))
	}
}

// knackUser returns the user object of a login and a session.
func knackUser(u *User) Object {
	var keys []string
	var objects []Object
	for i, role := range []string{"user", "editor", "admin"} {
		if n := strconv.Itoa(i + 4); u.Is(role) {
			keys = append(keys, "profile_"+n)
			objects = append(objects, Object{"entry_id": u.ID(), "object": "object_" + n})
		}
	}
	return Object{
		"approval_status": "approved", "empty_pass": false, "id": u.ID(), "profile_keys": keys, "profile_objects": objects,
		"utility_key": u.ID()[:12], "values": Object{},
	}
}

func knackSession(user Object) *Answer {
	return Reply(http.StatusOK, Object{"session": Object{"user": user}})
}

// login needs no X-Knack header. Wrong passwords and unknown users get the same 400,
// on which clients rely; the form of its body is not documented.
func (k *Knack) login(c *Call) *Answer {
	var in struct{ Email, Password string }
	if c.PathValue("app") != KnackAppID {
		return knackFail(http.StatusNotFound, "Application not found.")
	}
	if c.Decode(&in) != nil {
		return knackFail(http.StatusBadRequest, "Invalid JSON in the request body.")
	}
	for _, f := range []struct{ name, value string }{{"email", in.Email}, {"password", in.Password}} {
		if f.value == "" {
			return Reply(http.StatusBadRequest, Object{"errors": []knackError{{f.name, "required", f.name + " is required."}}})
		}
	}
	u := k.Users.ByEmail(in.Email)
	if u != nil && u.State == Locked {
		return knackFail(http.StatusBadRequest, "This account has been locked. Please try again in 15 minutes.")
	}
	if u == nil || u.Password != in.Password {
		return knackFail(http.StatusBadRequest, "Email or password incorrect.")
	}
	switch u.State {
	case Disabled:
		return knackFail(http.StatusBadRequest, "This account is inactive.")
	case Unconfirmed:
		return knackFail(http.StatusBadRequest, "This account is waiting for approval.")
	}
	k.logins++
	user := knackUser(u)
	user["token"] = k.Issue(u.Name, c.Now, 0, jwt.MapClaims{"user_id": u.ID(), "application_id": KnackAppID})
	return knackSession(user)
}

// guard passes only requests with a live token of this app to f. Authorization holds
// the bare token: with "Bearer " before it, Knack finds none.
func (k *Knack) guard(f func(*Call, *User) *Answer) func(*Call) *Answer {
	return func(c *Call) *Answer {
		if c.Header.Get("X-Knack-Application-Id") != KnackAppID {
			return knackFail(http.StatusBadRequest, "Invalid application id")
		}
		refusal := knackFail(http.StatusForbidden, "Invalid token provided")
		raw := c.Header.Get("Authorization")
		claims, err := k.Verify(raw, c.Now)
		if err != nil || claims["application_id"] != KnackAppID {
			return refusal
		}
		u := k.Users.ByID(ClaimString(claims, "user_id"))
		issued, err := claims.GetIssuedAt()
		if u == nil || err != nil || !c.Now.Before(issued.Add(knackTokenLife)) {
			return refusal
		}
		return f(c, u)
	}
}

// session checks a token, as Knack's clients do, though no document mentions it.
func (k *Knack) session(_ *Call, u *User) *Answer {
	user := knackUser(u)
	user["status"], user["account_status"] = "current", "active"
	return knackSession(user)
}

// schema is public.
func (k *Knack) schema(c *Call) *Answer {
	if c.PathValue("app") != KnackAppID {
		return knackFail(http.StatusNotFound, "Application not found.")
	}
	return Reply(http.StatusOK, Object{"application": Object{
		"id": KnackAppID, "name": "Lamp shop", "slug": "lamp-shop", "scenes": []Object{
			{"key": "scene_1", "name": "Orders", "views": []Object{{"key": "view_1", "type": "table"}}},
			{"key": "scene_2", "name": "Stock", "views": []Object{{"key": "view_2", "type": "table"}}},
		},
	}})
}

// knackMaxRows is the size of the largest page.
const knackMaxRows = 1000

// records pages through view_1 with 2 records or view_2 with 2000.
func (k *Knack) records(c *Call, _ *User) *Answer {
	total, ok := map[string]int{"view_1": 2, "view_2": 2000}[c.PathValue("view")]
	if !ok || !strings.HasPrefix(c.PathValue("scene"), "scene_") {
		return knackFail(http.StatusNotFound, "View not found.")
	}
	rows := min(c.Int("rows_per_page", 25), knackMaxRows)
	page := c.Int("page", 1)
	records := []Object{}
	for i := (page - 1) * rows; i < min(page*rows, total); i++ {
		name := "Order " + strconv.Itoa(i+1)
		records = append(records, Object{
			"id": (&User{Name: name}).ID(), "field_1": name, "field_1_raw": name,
			"field_2": "$" + strconv.Itoa(i%90+10) + ".00", "field_2_raw": i%90 + 10,
			"field_57": "<span class=\"store\">Berlin</span>", "field_57_raw": []Object{{"id": "store_1", "identifier": "Berlin"}},
		})
	}
	return Reply(http.StatusOK, Object{
		"total_pages": (total + rows - 1) / rows, "current_page": page, "total_records": total, "records": records,
	})
}
