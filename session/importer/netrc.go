package importer

import (
	"strconv"
	"strings"

	"tokenring/session/lazy"
	"tokenring/session/request"
)

// hostName matches a name that can be looked up, or an IP address.
var hostName = lazy.Regexp(`(?i)^(\w([\w-]*\w)?\.)*\w([\w-]*\w)?\.?$|:`)

var netrcWord = lazy.Regexp(`"(?:\\.|[^"\\])*"|\S+`)

// machine is the login for a server in a .netrc.
type machine struct {
	at                    place
	name, login, password string
}

// netrc makes an account with HTTP Basic for each machine, without requests: the logins serve
// many programs.
func (p *parser) netrc(at place, data []byte) error {
	src, within := string(data), at.within(data)
	words := netrcWord().FindAllStringIndex(src, -1)
	next := func() (word string) {
		if len(words) > 0 {
			word, words = src[words[0][0]:words[0][1]], words[1:]
		}
		if plain, err := strconv.Unquote(word); err == nil && word[0] == '"' {
			return plain
		}
		return strings.Trim(word, `"`)
	}
	skip := func(end int) {
		for len(words) > 0 && words[0][0] < end {
			next()
		}
	}
	var all []*machine
	current := &machine{}
	for len(words) > 0 {
		offset := words[0][0]
		switch next() {
		case "machine":
			current = &machine{at: within(offset), name: next()}
			all = append(all, current)
		case "login":
			current.login = next()
		case "password":
			current.password = next()
		case "account", "port":
			next()
		case "default":
			current = &machine{}
			p.note(within(offset), "add it by hand", "the default login names no server")
		case "macdef": // ends at an empty line
			p.note(within(offset), "", "macros are not read")
			body, _, _ := strings.Cut(src[offset:], "\n\n")
			skip(offset + len(body))
		default:
			line, _, _ := strings.Cut(src[offset:], "\n")
			if !strings.HasPrefix(line, "#") {
				return fault(within(offset), "put each into a file of its own", "this is no part of a .netrc: there are two formats in the file")
			}
			skip(offset + len(line))
		}
	}
	for _, m := range all {
		c := &call{at: m.at, kind: Netrc, bare: true, Spec: request.Spec{Method: "GET"}}
		why, hint := "", ""
		switch {
		case m.login == "" || m.password == "":
			why = "it has no login and password"
		case strings.ContainsAny(m.name, "/?#@") || !p.address(c, "https://"+m.name) || !hostName().MatchString(c.url.Hostname()):
			why, hint = "its name is no host", "write the host of its server, such as api.example.com"
		}
		if why != "" {
			p.seen++
			p.note(m.at, hint, "a machine was left out: %s", why)
			continue
		}
		p.basic(c, m.login, m.password)
		p.calls = append(p.calls, c)
	}
	return nil
}
