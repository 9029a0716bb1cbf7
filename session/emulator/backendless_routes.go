package emulator

import (
	"net/http"
	"strconv"
	"strings"
)

// guest makes a new user on each call.
func (b *Backendless) guest(c *Call, _ *User) *Answer {
	u := &User{Name: "guest-" + strconv.Itoa(len(b.guests)+1)}
	b.guests[strings.ToUpper(u.UUID())] = u
	return b.granted(u, c.Now)
}

// BackendlessOAuthToken is the access token of an OAuth provider with which
// the named demo user logs in.
func BackendlessOAuthToken(user string) string { return "oauth-of-" + user }

func (b *Backendless) oauth(c *Call, _ *User) *Answer {
	if refusal := wantsJSON(c); refusal != nil {
		return refusal
	}
	var in struct{ AccessToken string }
	if c.Decode(&in) != nil || in.AccessToken == "" {
		return backendlessFail(http.StatusBadRequest, 3038, "Missing required parameter: accessToken")
	}
	name, ok := strings.CutPrefix(in.AccessToken, BackendlessOAuthToken(""))
	u := b.Users.ByName(name)
	if !ok || u == nil {
		return backendlessFail(http.StatusUnauthorized, 3003, "Invalid login or password")
	}
	return b.granted(u, c.Now)
}

// isValid answers with a bare true or false. The token is in the path, so the call
// does not restart its idle time.
func (b *Backendless) isValid(c *Call, _ *User) *Answer {
	return Reply(http.StatusOK, b.alive(c.PathValue("token"), c.Now) != nil)
}

func (b *Backendless) logout(c *Call, u *User) *Answer {
	if u == nil {
		return backendlessFail(http.StatusBadRequest, 3023, "User is not logged in")
	}
	delete(b.sessions, c.Header.Get("User-Token"))
	return Reply(http.StatusOK, nil)
}

// The data routes also work without a token, as the default role of an app allows.

func (b *Backendless) listUsers(*Call, *User) *Answer {
	list := []Object{}
	for i := range b.Users {
		list = append(list, b.userObject(&b.Users[i]))
	}
	return Reply(http.StatusOK, list)
}

func (b *Backendless) findUser(c *Call, _ *User) *Answer {
	id := c.PathValue("id")
	u := b.Users.ByUUID(id)
	if u == nil {
		u = b.guests[id]
	}
	if u == nil {
		return backendlessFail(http.StatusNotFound, 1000, "Entity with ID "+id+" not found")
	}
	return Reply(http.StatusOK, b.userObject(u))
}

// list returns rows of the table Orders: at most 100 of 2000 at a time.
func (b *Backendless) list(c *Call, _ *User) *Answer {
	table := c.PathValue("table")
	if table != "Orders" {
		return backendlessFail(http.StatusNotFound, 1009, "Table '"+table+"' not found")
	}
	offset, _ := strconv.Atoi(c.Query("offset"))
	rows := SampleRecords(2000)
	rows = rows[min(max(offset, 0), len(rows)):]
	rows = rows[:min(c.Int("pageSize", 10), 100, len(rows))]
	for _, row := range rows {
		row["___class"], row["created"], row["objectId"] = table, b.started.UnixMilli(), row["id"]
	}
	return Reply(http.StatusOK, rows)
}
