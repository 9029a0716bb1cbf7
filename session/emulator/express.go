package emulator

import (
	"html"
	"net/http"
	"strings"
	"time"
)

// Express is the base of APIs made with Express and jsonwebtoken that read their
// token from x-access-token. They have no logout.
type Express struct {
	Server
	mount string // prefix of every route
}

// Setup prepares the API; each constructor calls it once.
func (e *Express) Setup(now func() time.Time, mount string) {
	e.Server.Setup(now, nil)
	e.mount = mount
	e.Server.Route("/", cannot)
}

// Route adds a route below the mount.
func (e *Express) Route(pattern string, f func(*Call) *Answer) {
	method, path, _ := strings.Cut(pattern, " ")
	e.Server.Route(method+" "+e.mount+path, func(c *Call) *Answer { return f(c).With("X-Powered-By", "Express") })
}

// cannot answers like Express to a path without a route.
func cannot(c *Call) *Answer {
	page := "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>Cannot " +
		html.EscapeString(c.Method+" "+c.URL.Path) + "</pre>\n</body>\n</html>\n"
	return Reply(http.StatusNotFound, Text(page)).
		With("Content-Type", "text/html; charset=utf-8").With("X-Powered-By", "Express")
}

// AccessToken returns the token of the query, or else that of x-access-token.
func (c *Call) AccessToken() string {
	if t := c.Query("token"); t != "" {
		return t
	}
	return c.Header.Get("X-Access-Token")
}
