package secret

import (
	"iter"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"
)

// SecretName reports whether a name is that of a secret: a password, a key, a
// token. Case and separators do not matter.
func SecretName(name string) bool {
	key := FoldName(name)
	if slices.Contains(secretNames, key) {
		return true
	}
	for _, word := range secretWords {
		if strings.HasSuffix(key, word) {
			words := wordsOf(name)
			return words[len(words)-1] == word
		}
	}
	key = strings.TrimSuffix(key, "s")
	return slices.ContainsFunc(secretEndings, func(end string) bool { return strings.HasSuffix(key, end) }) ||
		strings.Contains(key, "password") || strings.Contains(key, "passwd")
}

var secretNames = []string{"pass", "pw", "pin", "hash", "salt", "otp", "cvv", "ssn", "jwt", "credential", "credentials"}

// secretWords end such a name as words of their own: db_pass, but not compass.
var secretWords = []string{"pass", "pw", "pin", "otp", "jwt"}

var secretEndings = []string{
	"password", "passwd", "pwd", "passwort", "kennwort", "motdepasse", "contrasena", "contraseña", "senha", "wachtwoord", "haslo", "пароль", "密码",
	"passphrase", "passcode", "secret", "token",
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
	return slices.ContainsFunc(hashPrefixes, func(p string) bool { return strings.HasPrefix(value, p) }) ||
		strings.HasPrefix(value, "-----BEGIN ") && strings.Contains(value, "PRIVATE KEY") ||
		strings.HasPrefix(value, "eyJ") && strings.Count(value, ".") >= 2
}

// hashPrefixes begin password hashes: crypt(3), the PHC string format, Django's
// and LDAP's.
var hashPrefixes = []string{
	"$2a$", "$2b$", "$2x$", "$2y$", "$argon2", "$scrypt$", "$7$", "$y$", "$1$", "$5$", "$6$", "$pbkdf2",
	"pbkdf2_", "bcrypt$", "bcrypt_sha256$", "argon2$", "{SSHA", "{SHA", "{CRYPT}", "{ARGON2}", "{BCRYPT}",
}

// Issuer is a service that marks its keys and tokens with a prefix.
type Issuer struct {
	prefix string
	Kind   string // what it issues, such as "GitHub refresh token"
	Check  string // the address that a Bearer token of the kind may read if it is valid; "" if there is no such address
	Revoke string // the page on which a person ends it; "" if it depends on the account
}

// issuers has a longer prefix before a shorter one.
var issuers = []Issuer{
	{"ghp_", "GitHub personal access token", "https://api.github.com/user", "https://github.com/settings/tokens"},
	{"github_pat_", "GitHub fine-grained personal access token", "https://api.github.com/user", "https://github.com/settings/personal-access-tokens"},
	{"gho_", "GitHub OAuth access token", "https://api.github.com/user", "https://github.com/settings/applications"},
	{"ghu_", "GitHub App user token", "https://api.github.com/user", "https://github.com/settings/apps/authorizations"},
	{"ghs_", "GitHub App installation token", "https://api.github.com/installation/repositories", ""},
	{"ghr_", "GitHub refresh token", "", "https://github.com/settings/apps/authorizations"},
	{"glpat-", "GitLab personal access token", "https://gitlab.com/api/v4/personal_access_tokens/self", "https://gitlab.com/-/user_settings/personal_access_tokens"},
	{"gldt-", "GitLab deploy token", "", ""},
	{"glrt-", "GitLab runner token", "", ""},
	{"glcbt-", "GitLab CI job token", "", ""},
	{"glptt-", "GitLab trigger token", "", ""},
	{"gloas-", "GitLab OAuth application secret", "", ""},
	{"glft-", "GitLab feed token", "", ""},
	{"glagent-", "GitLab agent token", "", ""},
	{"xoxb-", "Slack bot token", "https://slack.com/api/auth.test", "https://api.slack.com/apps"},
	{"xoxp-", "Slack user token", "https://slack.com/api/auth.test", "https://api.slack.com/apps"},
	{"xapp-", "Slack app token", "", "https://api.slack.com/apps"},
	{"xoxe.xox", "Slack configuration token", "https://slack.com/api/auth.test", "https://api.slack.com/apps"},
	{"xoxe-", "Slack refresh token", "", "https://api.slack.com/apps"},
	{"xoxa-", "Slack token", "", ""},
	{"xoxr-", "Slack token", "", ""},
	{"xoxs-", "Slack token", "", ""},
	{"sk_live_", "Stripe secret key", "https://api.stripe.com/v1/account", "https://dashboard.stripe.com/apikeys"},
	{"sk_test_", "Stripe secret test key", "https://api.stripe.com/v1/account", "https://dashboard.stripe.com/test/apikeys"},
	{"rk_live_", "Stripe restricted key", "", "https://dashboard.stripe.com/apikeys"},
	{"rk_test_", "Stripe restricted test key", "", "https://dashboard.stripe.com/test/apikeys"},
	{"whsec_", "webhook signing secret", "", ""},
	{"sk-ant-admin", "Anthropic admin key", "", "https://console.anthropic.com/settings/admin-keys"},
	{"sk-ant-", "Anthropic API key", "", "https://console.anthropic.com/settings/keys"},
	{"sk-proj-", "OpenAI project key", "https://api.openai.com/v1/models", "https://platform.openai.com/api-keys"},
	{"sk-svcacct-", "OpenAI service account key", "https://api.openai.com/v1/models", "https://platform.openai.com/api-keys"},
	{"sk-", "API key, as OpenAI writes them", "", ""},
	{"AKIA", "AWS access key id", "", "https://console.aws.amazon.com/iam/home#/security_credentials"},
	{"ASIA", "AWS temporary access key id", "", ""},
	{"AIza", "Google API key", "", "https://console.cloud.google.com/apis/credentials"},
	{"ya29.", "Google access token", "https://openidconnect.googleapis.com/v1/userinfo", "https://myaccount.google.com/connections"},
	{"GOCSPX-", "Google OAuth client secret", "", "https://console.cloud.google.com/apis/credentials"},
	{"SG.", "SendGrid API key", "https://api.sendgrid.com/v3/scopes", "https://app.sendgrid.com/settings/api_keys"},
	{"xkeysib-", "Brevo API key", "", "https://app.brevo.com/settings/keys/api"},
	{"npm_", "npm access token", "https://registry.npmjs.org/-/whoami", "https://www.npmjs.com/settings/~/tokens"},
	{"pypi-", "PyPI API token", "", "https://pypi.org/manage/account/"},
	{"rubygems_", "RubyGems API key", "", "https://rubygems.org/profile/api_keys"},
	{"dop_v1_", "DigitalOcean personal access token", "https://api.digitalocean.com/v2/account", "https://cloud.digitalocean.com/account/api/tokens"},
	{"doo_v1_", "DigitalOcean OAuth token", "https://api.digitalocean.com/v2/account", "https://cloud.digitalocean.com/account/api/access"},
	{"dor_v1_", "DigitalOcean refresh token", "", ""},
	{"shpat_", "Shopify access token", "", ""},
	{"shpss_", "Shopify shared secret", "", ""},
	{"shpca_", "Shopify custom app token", "", ""},
	{"hvs.", "HashiCorp Vault token", "", ""},
	{"hvb.", "HashiCorp Vault batch token", "", ""},
	{"dapi", "Databricks access token", "", ""},
	{"hf_", "Hugging Face access token", "https://huggingface.co/api/whoami-v2", "https://huggingface.co/settings/tokens"},
	{"lin_api_", "Linear API key", "", ""},
	{"ntn_", "Notion token", "https://api.notion.com/v1/users/me", "https://www.notion.so/profile/integrations"},
	{"pat_", "personal access token", "", ""},
	{"sbp_", "Supabase access token", "https://api.supabase.com/v1/projects", "https://supabase.com/dashboard/account/tokens"},
	{"EAAC", "Facebook access token", "", ""},
	{"figd_", "Figma access token", "", "https://www.figma.com/settings"},
	{"ATATT3", "Atlassian API token", "", "https://id.atlassian.com/manage-profile/security/api-tokens"},
	{"glsa_", "Grafana service account token", "", ""},
	{"glc_", "Grafana Cloud token", "", ""},
	{"sntrys_", "Sentry organization token", "https://sentry.io/api/0/", ""},
	{"sntryu_", "Sentry user token", "https://sentry.io/api/0/", "https://sentry.io/settings/account/api/auth-tokens/"},
	{"PMAK-", "Postman API key", "", "https://go.postman.co/settings/me/api-keys"},
	{"pscale_", "PlanetScale token", "", ""},
	{"dp.pt.", "Doppler token", "https://api.doppler.com/v3/me", ""},
	{"ops_eyJ", "1Password service account token", "", ""},
	{"fm2_", "Fly.io token (a macaroon)", "", "https://fly.io/dashboard/personal/tokens"},
	{"HRKU-", "Heroku API key", "https://api.heroku.com/account", "https://dashboard.heroku.com/account/applications"},
	{"ory_at_", "Ory access token", "", ""},
	{"ory_rt_", "Ory refresh token", "", ""},
	{"ory_st_", "Ory session token", "", ""},
	{"sha256~", "OpenShift OAuth token", "", ""},
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
	if IssuerKind(value) != "" {
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

// Why says why a value is a secret, by its look or by its name, or returns "".
func Why(name, value string) string {
	switch {
	case LooksSecret(value):
		return "it is a token, a key or the hash of a password"
	case HighEntropy(value):
		return "it is one long random word"
	case NamesSecret(name, value):
		return "its name says that it is a secret"
	}
	return ""
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

// IssuerKind returns the kind of a key or token that begins with the prefix of its
// service, such as "GitHub refresh token", or "".
func IssuerKind(value string) string { return IssuerOf(value).Kind }

// IssuerOf returns the service whose prefix a key or token begins with; without one the zero Issuer.
func IssuerOf(value string) Issuer {
	at := slices.IndexFunc(issuers, func(i Issuer) bool { return strings.HasPrefix(value, i.prefix) })
	if at < 0 || len(value) < minPrefixed || !isWord(strings.Replace(value, "~", "", 1)) {
		return Issuer{}
	}
	return issuers[at]
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
func IsUUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }

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
