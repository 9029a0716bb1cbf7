package importer

import (
	"strconv"
	"strings"

	"tokenring/session/lazy"
	"tokenring/session/request"
)

// hostName matches a name that can be looked up, or an IP address.
var hostName = lazy.Regexp(`(?i)^(\w([\w-]*\w)?\.)*\w([\w-]*\w)?\.?$|:`)

// netrcPart matches a word with its value, a macro up to its empty line, a comment, or another word.
var netrcPart = lazy.Regexp(`(?:machine|login|password|account|port)(?:\s+("(?:\\.|[^"\\])*"|\S+)|\s*$)|macdef\s[\s\S]*?(?:\n\n|$)|#[^\n]*|\S+`)

// machine is the login for a server in a .netrc.
type machine struct {
	at                    place
	name, login, password string
}

// netrc makes an account with HTTP Basic for each machine, without requests: the logins serve
// many programs.
func (p *parser) netrc(at place, data []byte) error {
	src, find := string(data), at.within(data)
	var all []*machine
	current := &machine{}
	for _, m := range netrcPart().FindAllStringSubmatchIndex(src, -1) {
		here, word, value := find(m[0]), strings.Fields(src[m[0]:m[1]])[0], ""
		if m[2] >= 0 {
			value = src[m[2]:m[3]]
		}
		if plain, err := strconv.Unquote(value); err == nil && value[0] == '"' {
			value = plain
		} else {
			value = strings.Trim(value, `"`)
		}
		switch word {
		case "machine":
			current = &machine{at: here, name: value}
			all = append(all, current)
		case "login":
			current.login = value
		case "password":
			current.password = value
		case "account", "port":
		case "default":
			current = &machine{}
			p.note(here, "add it by hand", "the default login names no server")
		case "macdef":
			p.note(here, "", "macros are not read")
		default:
			if word[0] != '#' {
				return fault(here, "put each into a file of its own", "this is no part of a .netrc: there are two formats in the file")
			}
		}
	}
	for _, m := range all {
		c := &call{at: m.at, kind: Netrc, bare: true, Spec: request.Spec{Method: "GET"}}
		switch {
		case m.login == "" || m.password == "":
			p.leaveOut(m.at, "", "a machine was left out: it has no login and password")
		case strings.ContainsAny(m.name, "/?#@") || !p.address(c, "https://"+m.name) || !hostName().MatchString(c.url.Hostname()):
			p.leaveOut(m.at, "write the host of its server, such as api.example.com", "a machine was left out: its name is no host")
		default:
			p.basic(c, m.login, m.password)
			p.calls = append(p.calls, c)
		}
	}
	return nil
}
