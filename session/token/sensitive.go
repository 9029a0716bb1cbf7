package token

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
)

// sensitive says whether a value should not stand on a screen unasked: its name says that it is a secret, or it
// looks like a password hash, a private key or another token.
func sensitive(name string, raw json.RawMessage) bool {
	if len(raw) == 0 || strings.IndexByte("tfn", raw[0]) >= 0 {
		return false // true, false and null tell nothing
	}
	key := squash(name)
	if slices.Contains(secretNames, key) {
		return true
	}
	key = strings.TrimSuffix(key, "s")
	if hasAnySuffix(key, secretEndings) {
		return true
	}
	if isNumber(raw) {
		return false // such as password_changed_at
	}
	if strings.Contains(key, "password") || strings.Contains(key, "passwd") || strings.HasSuffix(key, "token") {
		return true
	}
	s, ok := text(raw)
	return ok && looksSecret(s)
}

var secretNames = []string{"pass", "pw", "pin", "hash", "salt", "otp", "cvv", "ssn"}

var secretEndings = []string{
	"password", "passwd", "pwd", "passphrase", "passcode", "secret",
	"privatekey", "secretkey", "apikey", "accesskey", "signingkey", "encryptionkey",
}

// hashBeginnings open the stored forms of passwords: crypt(3), the PHC string format, Django's and LDAP's.
var hashBeginnings = []string{
	"$2a$", "$2b$", "$2x$", "$2y$", "$argon2", "$scrypt$", "$7$", "$y$", "$1$", "$5$", "$6$", "$pbkdf2",
	"pbkdf2_", "bcrypt$", "bcrypt_sha256$", "argon2$", "{SSHA", "{SHA", "{CRYPT}", "{ARGON2}", "{BCRYPT}",
}

func looksSecret(s string) bool {
	for _, beginning := range hashBeginnings {
		if strings.HasPrefix(s, beginning) {
			return true
		}
	}
	if strings.HasPrefix(s, "-----BEGIN ") && strings.Contains(s, "PRIVATE KEY") {
		return true
	}
	return strings.HasPrefix(s, "eyJ") && strings.Count(s, ".") >= 2
}

// personal says whether a value tells who somebody is.
func personal(name string, raw json.RawMessage) bool {
	s, ok := text(raw)
	if !ok {
		return false
	}
	user, domain, ok := strings.Cut(s, "@")
	if ok && user != "" && strings.Contains(domain, ".") && !strings.ContainsAny(s, " /") {
		return true
	}
	name = squash(name)
	return slices.Contains(personalNames, name) || slices.Contains(personalNames, strings.TrimSuffix(name, "s"))
}

var personalNames = []string{
	"name", "fullname", "givenname", "familyname", "middlename", "firstname", "lastname", "surname", "nickname",
	"displayname", "username", "preferredusername", "login", "email", "mail", "upn", "uniquename", "phone",
	"phonenumber", "mobile", "birthdate", "birthday", "gender", "picture", "avatar", "avatarurl", "profile",
	"address", "streetaddress", "postalcode", "formatted",
}

// squash makes api_key, apiKey and API-Key the same name.
func squash(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

func hasAnySuffix(s string, endings []string) bool {
	return slices.ContainsFunc(endings, func(end string) bool { return strings.HasSuffix(s, end) })
}

func isNumber(raw json.RawMessage) bool {
	return len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9')
}
