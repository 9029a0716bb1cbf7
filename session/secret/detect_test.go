package secret

import "testing"

func TestNamesOfSecrets(t *testing.T) {
	for name, want := range map[string]bool{
		"password": true, "API_KEY": true, "apiKey": true, "X-Auth-Token": true, "refresh_tokens": true, "clientSecret": true,
		"db_password_file": true, "JWT": true, "pw": true,
		"username": false, "address": false, "app_id": false, "keyboard": false, "page": false, "key": false,
	} {
		if SecretName(name) == want {
			continue
		}
		t.Errorf("%s: %v", name, !want)
	}
}

func TestWhatLooksLikeASecret(t *testing.T) {
	for _, s := range []string{
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "$2b$10$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=1", "-----BEGIN RSA PRIVATE KEY-----\nMII",
	} {
		if !LooksSecret(s) {
			t.Errorf("%.20s is not seen", s)
		}
	}
	for _, s := range []string{
		"ghp_16C7e42F292c6912E7710c838347Ae178B4a", "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "glpat-abcdefghij1234567890",
		"0123456789abcdef0123456789abcdef", "dGhpcyBpcyBub3QgYSBzZWNyZXQgMTIz", "Zx9Qw3Er7Ty1Ui5Op0As",
		"k3J9sLq82hGfXw7Pz0Rt", "AKIAIOSFODNN7EXAMPLE", "xoxb-123456789012-abcdefABCDEF", "pk3v9x2c7b1n5m8q4w6e0r", "xQkqWLmZavRtYwdPnBsoHdJc", "qzxkvbnmwtrplkjhgfdsaqwe", "XKQZRTPLMNBVCWSDFGHJKEUA",
	} {
		if !HighEntropy(s) {
			t.Errorf("%s is not seen", s)
		}
	}
	for _, s := range []string{
		"", "admin", "staging", "https://api.example.com/v1", "3fa85f64-5717-4562-b3fc-2c963f66afa6", "507f1f77bcf86cd799439011",
		"a perfectly ordinary sentence with 3 numbers 12 34", "internationalisation", "MyVeryLongCamelCaseIdentifierName",
		"some-kebab-case-name-of-a-service-2024", "SCREAMING_SNAKE_CASE_NAME_1", "12345678901234567890123", "application/vnd.github.v3+json",
		"2024-01-02T03:04:05.000Z", "ada.lovelace@example.com", "Mozilla/5.0", "getUserProfileByIdV2", "sk-short", "getAllMyPetsByIdAndTag", "authenticationproviders", "ListAccountsForOrganization",
		"/v1/projects/42/environments/7/deployments", "user:read+project:write",
	} {
		if HighEntropy(s) || LooksSecret(s) {
			t.Errorf("%s is taken for a secret", s)
		}
	}
}

func TestSecretsWithinATextAreSeen(t *testing.T) {
	const key = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
	for _, s := range []string{key, `{"a":"` + key + `"}`, "a: " + key, "<a>" + key + "</a>", "/a?key&" + key, "two words\n" + key} {
		if !ContainsSecret(s) {
			t.Errorf("%s is not seen", s)
		}
	}
	for _, s := range []string{"", `{"name":"tea","count":2}`, "a: 3fa85f64-5717-4562-b3fc-2c963f66afa6", "${.vars.id | tostring}"} {
		if ContainsSecret(s) {
			t.Errorf("%s is taken to hold a secret", s)
		}
	}
}

func TestEachValueThatATextDeclaresIsMasked(t *testing.T) {
	const h = Hidden
	for text, want := range map[string]string{
		"password=a1b&x=3&password=b1b":                           "password=" + h + "&x=3&password=" + h,
		"{\"token\":\"a1\"}\n{\"token\":\"b1\"}\n{\"pin\":12345}": "{\"token\":\"" + h + "\"}\n{\"token\":\"" + h + "\"}\n{\"pin\":" + h + "}",
		`<input name="password" value="h1"> pwd: b1`:              `<input name="password" value="` + h + `"> pwd: ` + h,
	} {
		if got := MaskDeclared(text); got != want {
			t.Errorf("%s became %s", text, got)
		}
	}
}

func TestNamesOfTokens(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"token", "id_token", "idtoken", "refreshToken", "X-Api-Key", "sessionid", "connect.sid", "Authorization"} {
		if !NamesToken(name) || ForOneCall(name) {
			t.Errorf("%s names no token of a session", name)
		}
	}
	for _, name := range []string{"max_tokens", "authority", "author", "keyword", "monkey", "tokenizer", ""} {
		if NamesToken(name) {
			t.Errorf("%q names a token", name)
		}
	}
	for _, name := range []string{"csrfToken", "X-XSRF-TOKEN", "nonce", "x-signature", "code_challenge", "code-verifier"} {
		if !ForOneCall(name) {
			t.Errorf("%s serves more than one call", name)
		}
	}
}
