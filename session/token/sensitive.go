package token

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"tokenring/session/secret"
)

// sensitive reports whether a value is shown only on request: its name or its form says that it is a secret.
func sensitive(name string, raw json.RawMessage) bool {
	switch kind := jsontext.Value(raw).Kind(); {
	case kind == 't' || kind == 'f' || kind == 'n': // they reveal nothing
		return false
	case kind == '0':
		name = secret.FoldName(name)
		return slices.Contains(secretNumbers, name) || slices.ContainsFunc(secretEndings, func(end string) bool { return strings.HasSuffix(name, end) })
	case secret.SecretName(name):
		return true
	}
	s, ok := text(raw)
	return ok && secret.LooksSecret(s)
}

// secretNumbers are secrets that may be numbers, and secretEndings end the names of others; password_changed_at is
// neither.
var secretNumbers, secretEndings = []string{"pass", "pw", "pin", "otp", "cvv", "ssn"},
	[]string{"password", "passwd", "pwd", "passcode"}

// personal reports whether a value identifies a person.
func personal(name string, raw json.RawMessage) bool {
	return isText(raw) && (isMail(raw) || personalName(name))
}

// personalName reports whether a text of this name identifies a person.
func personalName(name string) bool {
	name = secret.FoldName(name)
	return slices.Contains(personalNames, name) || slices.Contains(personalNames, strings.TrimSuffix(name, "s"))
}

func isMail(raw json.RawMessage) bool {
	if bytes.IndexByte(raw, '@') < 0 {
		return false
	}
	s, ok := text(raw)
	user, domain, _ := strings.Cut(s, "@")
	return ok && user != "" && strings.Contains(domain, ".") && !strings.ContainsAny(s, " /")
}

var personalNames = []string{
	"name", "fullname", "givenname", "familyname", "middlename", "firstname", "lastname", "surname", "nickname",
	"displayname", "username", "preferredusername", "login", "email", "mail", "upn", "uniquename", "phone",
	"phonenumber", "mobile", "birthdate", "birthday", "gender", "picture", "avatar", "avatarurl", "profile",
	"address", "streetaddress", "postalcode", "formatted",
}
