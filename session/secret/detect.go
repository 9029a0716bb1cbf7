package secret

import (
	"iter"
	"math"
	"slices"
	"strings"
	"unicode"
)

// SecretName reports whether a name is that of a secret: a password, a key, a
// token. Case and separators do not matter.
func SecretName(name string) bool {
	key := FoldName(name)
	if slices.Contains(secretNames, key) {
		return true
	}
	key = strings.TrimSuffix(key, "s")
	return slices.ContainsFunc(secretEndings, func(end string) bool { return strings.HasSuffix(key, end) }) ||
		strings.Contains(key, "password") || strings.Contains(key, "passwd")
}

var secretNames = []string{"pass", "pw", "pin", "hash", "salt", "otp", "cvv", "ssn", "jwt"}

var secretEndings = []string{
	"password", "passwd", "pwd", "passphrase", "passcode", "secret", "token",
	"privatekey", "secretkey", "apikey", "accesskey", "signingkey", "encryptionkey",
}

// FoldName drops case and separators: api_key, apiKey and API-Key fold to one
// name.
func FoldName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// LooksSecret reports whether a value has the form of a secret: a JWT, a
// private key, or a password hash.
func LooksSecret(value string) bool {
	return hasPrefixOf(value, hashPrefixes) ||
		strings.HasPrefix(value, "-----BEGIN ") && strings.Contains(value, "PRIVATE KEY") ||
		strings.HasPrefix(value, "eyJ") && strings.Count(value, ".") >= 2
}

func hasPrefixOf(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

// hashPrefixes begin password hashes: crypt(3), the PHC string format, Django's
// and LDAP's.
var hashPrefixes = []string{
	"$2a$", "$2b$", "$2x$", "$2y$", "$argon2", "$scrypt$", "$7$", "$y$", "$1$", "$5$", "$6$", "$pbkdf2",
	"pbkdf2_", "bcrypt$", "bcrypt_sha256$", "argon2$", "{SSHA", "{SHA", "{CRYPT}", "{ARGON2}", "{BCRYPT}",
}

// issuerPrefixes begin the keys and tokens of services that mark them.
var issuerPrefixes = []string{
	"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "gldt-", "xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-",
	"sk-", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_", "AKIA", "ASIA", "AIza", "ya29.", "SG.", "npm_", "pypi-",
	"dop_v1_", "shpat_", "shpss_", "hvs.", "dapi", "hf_", "lin_api_", "pat_", "sbp_", "EAAC",
}

const (
	minPrefixed = 16 // with the prefix
	minHex      = 32
	minRandom   = 20
	minBits     = 3.0 // of entropy per character
)

// HighEntropy reports whether a value looks generated: a token with an issuer's
// prefix, or one long word that mixes digits and letters of both cases. UUIDs
// and short ids do not count, because URLs contain them.
func HighEntropy(value string) bool {
	if HasIssuerPrefix(value) {
		return true
	}
	if len(value) < minRandom || !isWord(value) || IsUUID(value) {
		return false
	}
	if isHex(value) {
		return len(value) >= minHex && strings.ContainsAny(value, "0123456789") && strings.ContainsAny(value, "abcdefABCDEF")
	}
	if isLetters(value) {
		return entropy(value) >= minBits && areRandom(value)
	}
	// Words that people write change the kind of character only at their joints.
	all, digits := changes(value)
	return all*5 >= len(value) && digits >= 2 && entropy(value) >= minBits
}

// ContainsSecret reports whether a word of a text looks like a secret.
func ContainsSecret(text string) bool {
	for word := range Words(text) {
		if LooksSecret(word) || HighEntropy(word) {
			return true
		}
	}
	return false
}

// Words splits a text where a secret could begin and end: at blanks, quotes,
// brackets, and between names and values.
func Words(text string) iter.Seq[string] {
	return strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n\"'<>()[]{},;:&?|`", r) })
}

// HasIssuerPrefix reports whether a value begins like a service's key or token.
func HasIssuerPrefix(value string) bool {
	return len(value) >= minPrefixed && isWord(value) && hasPrefixOf(value, issuerPrefixes)
}

// isWord reports whether s has only characters of base64, base64url and hex.
func isWord(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("+/=_-.", r)
	})
}

func isLetters(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r|0x20 < 'a' || r|0x20 > 'z' })
}

// areRandom reports whether letters make no words: capitals come in rows and small letters alone, other than in
// getAccountByName; of one case alone, vowels are rare and consonants come in long rows.
func areRandom(letters string) bool {
	odd, vowels, consonants, longest := 0, 0, 0, 0
	for i := range len(letters) {
		c := kindOf(letters[i])
		after := i > 0 && kindOf(letters[i-1]) == c
		before := i+1 < len(letters) && kindOf(letters[i+1]) == c
		if c == upper && after && !(i > 1 && kindOf(letters[i-2]) == c) || c == lower && !after && !before && i > 0 && i+1 < len(letters) {
			odd++
		}
		consonants++
		if strings.IndexByte("aeiou", letters[i]|0x20) >= 0 {
			vowels, consonants = vowels+1, 0
		}
		longest = max(longest, consonants)
	}
	oneCase := strings.ToLower(letters[1:]) == letters[1:] || strings.ToUpper(letters) == letters
	return odd*6 >= len(letters) || oneCase && vowels*10 < len(letters)*3 && longest >= 5
}

func isHex(s string) bool {
	return strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// IsUUID reports whether s is written as a UUID (RFC 9562).
func IsUUID(s string) bool {
	parts := strings.Split(s, "-")
	lengths := []int{8, 4, 4, 4, 12}
	if len(parts) != len(lengths) {
		return false
	}
	for i, p := range parts {
		if len(p) != lengths[i] || !isHex(p) {
			return false
		}
	}
	return true
}

// changes counts changes in the kind of character, and those to or from a
// digit. It ignores the change after an initial capital.
func changes(s string) (all, digits int) {
	for i := 1; i < len(s); i++ {
		a, b := kindOf(s[i-1]), kindOf(s[i])
		begins := a == upper && b == lower && (i == 1 || kindOf(s[i-2]) <= lower)
		if a == b || a == other || b == other || begins {
			continue
		}
		all++
		if a == digit || b == digit {
			digits++
		}
	}
	return all, digits
}

type charKind int

const (
	other charKind = iota
	lower
	upper
	digit
)

func kindOf(c byte) charKind {
	switch {
	case c >= 'a' && c <= 'z':
		return lower
	case c >= 'A' && c <= 'Z':
		return upper
	case c >= '0' && c <= '9':
		return digit
	}
	return other
}

// entropy returns Shannon's entropy, in bits per character.
func entropy(s string) float64 {
	var count [256]int
	for i := range len(s) {
		count[s[i]]++
	}
	bits := 0.0
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(s))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}
