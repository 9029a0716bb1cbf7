package importer

import (
	"strings"

	"tokenring/session/lazy"
	"tokenring/session/request"
	"tokenring/session/secret"
)

var envLine = lazy.Regexp(`(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(.*)$`)

// dotenv refuses a .env file, which does not say what its variables are for.
// The hint shows how an account reads the first one that holds a secret.
func dotenv(at place, src string) error {
	name := "API_TOKEN"
	for _, m := range envLine().FindAllStringSubmatch(src, -1) {
		if value := strings.Trim(m[2], "\"' \r"); secret.SecretName(m[1]) || secret.LooksSecret(value) || secret.HighEntropy(value) {
			name = m[1]
			break
		}
	}
	return fault(at, "export the variable and let an account read it: tokenring add NAME --backend token --set address=URL --ref pasted=env:"+name,
		"a .env file does not say which API its variables belong to")
}

var netrcWord = lazy.Regexp(`"(?:\\.|[^"\\])*"|\S+`)

// netrc makes an account with HTTP Basic of each machine. What stands in it is a login
// for many programs, so that no request belongs to it.
func (p *parser) netrc(at place, data []byte) error {
	src, text := string(data), text{at: at, data: data}
	words := netrcWord().FindAllStringIndex(src, -1)
	word := func(i int) string {
		if i >= len(words) {
			return ""
		}
		return strings.Trim(src[words[i][0]:words[i][1]], `"`)
	}
	var c *call
	login, password := "", ""
	end := func() {
		if c == nil {
			return
		}
		if login == "" || password == "" || !c.address("https://"+c.Name) {
			p.seen++
			p.note(c.at, "", "a machine was left out: it has no login and password")
		} else {
			c.Name = ""
			p.declareStrong(password)
			c.basic(login, password)
			c.bare = true
			p.calls = append(p.calls, c)
		}
		c, login, password = nil, "", ""
	}
	for i := 0; i < len(words); i++ {
		here := text.place(words[i][0])
		switch word(i) {
		case "machine":
			end()
			i++
			c = &call{at: here, kind: Netrc, Spec: request.Spec{Name: word(i), Method: "GET"}}
		case "login":
			i++
			login = word(i)
		case "password":
			i++
			password = word(i)
		case "account", "port":
			i++
		case "default":
			end()
			p.note(here, "add it by hand", "the default login names no server")
		case "macdef":
			p.note(here, "", "macros are not read")
			if to := strings.Index(src[words[i][0]:], "\n\n"); to >= 0 {
				for at := words[i][0] + to; i+1 < len(words) && words[i+1][0] < at; {
					i++
				}
			} else {
				i = len(words)
			}
		}
	}
	end()
	return nil
}
