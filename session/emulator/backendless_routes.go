package emulator

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// guest makes a new user at each call.
func (b *Backendless) guest(c *call, _ *User) *answer {
	if b.opts.NoRegistration {
		return backendlessFail(http.StatusForbidden, 3009, "User registration is denied for this version of application")
	}
	u := &User{Name: "guest-" + strconv.Itoa(len(b.guests)+1)}
	b.guests[strings.ToUpper(u.UUID())] = u
	return b.granted(u, c.now)
}

// BackendlessOAuthToken is the access token of an OAuth provider with which
// the named demo user logs in.
func BackendlessOAuthToken(user string) string { return "oauth-of-" + user }

func (b *Backendless) oauth(c *call, _ *User) *answer {
	if refusal := wantsJSON(c); refusal != nil {
		return refusal
	}
	var in struct{ AccessToken string }
	if c.decode(&in) != nil || in.AccessToken == "" {
		return backendlessFail(http.StatusBadRequest, 3038, "Missing required parameter: accessToken")
	}
	name, ok := strings.CutPrefix(in.AccessToken, BackendlessOAuthToken(""))
	u := b.users.byName(name)
	if !ok || u == nil {
		return backendlessFail(http.StatusUnauthorized, 3003, "Invalid login or password")
	}
	return b.granted(u, c.now)
}

// requestURL answers with a JSON string: the address to open in a browser.
func (b *Backendless) requestURL(c *call, _ *User) *answer {
	return reply(http.StatusOK, "http://127.0.0.1:1/"+url.PathEscape(c.PathValue("provider"))+"/authorize?state="+newUUID())
}

func (b *Backendless) verifyPassword(c *call, u *User, key backendlessKey) *answer {
	if key != cloudKey {
		return backendlessFail(http.StatusBadRequest, 3122, "The operation is allowed only from Cloud Code")
	}
	var in struct{ Password string }
	return reply(http.StatusOK, object{"valid": u != nil && c.decode(&in) == nil && in.Password == u.Password})
}

// isValid answers with a bare true or false. The token is in the path, so its
// idle time goes on.
func (b *Backendless) isValid(c *call, _ *User) *answer {
	return reply(http.StatusOK, b.alive(c.PathValue("token"), c.now) != nil)
}

func (b *Backendless) logout(c *call, u *User) *answer {
	if u == nil {
		return backendlessFail(http.StatusBadRequest, 3023, "User is not logged in")
	}
	delete(b.sessions, c.Header.Get("User-Token"))
	return reply(http.StatusOK, nil)
}

// The data routes read without a token too, as the default role of an app
// allows.

func (b *Backendless) listUsers(*call, *User) *answer {
	list := []object{}
	for i := range b.users {
		list = append(list, b.userObject(&b.users[i]))
	}
	return reply(http.StatusOK, list)
}

func (b *Backendless) findUser(c *call, _ *User) *answer {
	id := c.PathValue("id")
	u := b.users.byUUID(id)
	if u == nil {
		u = b.guests[id]
	}
	if u == nil {
		return backendlessFail(http.StatusNotFound, 1000, "Entity with ID "+id+" not found")
	}
	return reply(http.StatusOK, b.userObject(u))
}

// list shows the table Orders, of 2000 rows and 100 at most at a time.
func (b *Backendless) list(c *call, _ *User) *answer {
	table := c.PathValue("table")
	if table != "Orders" {
		return backendlessFail(http.StatusNotFound, 1009, "Table '"+table+"' not found")
	}
	offset, _ := strconv.Atoi(c.query("offset"))
	rows := sampleRecords(2000)
	rows = rows[min(max(offset, 0), len(rows)):]
	rows = rows[:min(queryInt(c, "pageSize", 10), 100, len(rows))]
	for _, row := range rows {
		row["___class"], row["created"], row["objectId"] = table, b.started.UnixMilli(), row["id"]
	}
	return reply(http.StatusOK, rows)
}
