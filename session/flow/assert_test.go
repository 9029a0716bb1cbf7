package flow_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"tokenring/session"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/flow"
	"tokenring/session/token"
)

// testKeys are one key of each kind.
var testKeys = sync.OnceValue(func() map[string]crypto.Signer {
	rsaKey, _ := rsa.GenerateKey(rand.Reader, 2048)
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	p521, _ := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	return map[string]crypto.Signer{"rsa": rsaKey, "p256": p256, "p384": p384, "p521": p521, "ed": ed}
})

func inPEM(t *testing.T, key crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func inJWK(t *testing.T, key any, alg string) string {
	t.Helper()
	text, err := jose.JSONWebKey{Key: key, KeyID: "k-7", Algorithm: alg, Use: "sig"}.MarshalJSON()
	must(t, err)
	return string(text)
}

// keyID returns the "kid" of a token.
func keyID(raw string) string {
	t, _, err := jwt.NewParser().ParseUnverified(raw, jwt.MapClaims{})
	if err != nil {
		return err.Error()
	}
	id, _ := t.Header["kid"].(string)
	return id
}

const signedLogin = `
logins:
  - name: key
    fields: [{name: key, secret: true}, {name: alg}, {name: as, optional: true}]
    steps:
      - sign:
          jwt:
            alg: ${.alg}
            key: {from: .key, as: "${.as}"}
            header: {kid: "${null}", b: 1}
            claims: {iss: me, iat: "${.now}", exp: "${.now + 300}", aud: [/admin/], none: "${null}", big: 12345678901234567890}
          capture: token
refresh: {steps: [{sign: {jwt: {alg: "${.alg}", key: {from: .key, as: "${.as}"}, claims: {exp: "${.now + 300}"}}, capture: token}}]}
attach: [{name: ghost, headers: {Authorization: "Ghost ${.token}"}}]
`

func signingAccount(t *testing.T, alg, key, as string) *flow.Subject {
	t.Helper()
	return subject(define(t, signedLogin), "http://127.0.0.1:1", map[string]any{"key": hide(key), "alg": alg, "as": as})
}

func TestEveryAlgorithmSignsWithItsKeyAlone(t *testing.T) {
	t.Parallel()
	const shared = "canary secret of thirty-two bytes and more, sixty-four in all. OK"
	keyOf := map[string]string{"RS": "rsa", "PS": "rsa", "ES256": "p256", "ES384": "p384", "ES512": "p521", "Ed": "ed"}
	at := newClock()
	r := runner(t, at.now)
	for _, alg := range token.SignAlgorithms() {
		fits := keyOf[alg]
		if fits == "" {
			fits = keyOf[alg[:2]]
		}
		texts := map[string]string{"": shared}
		for name, key := range testKeys() {
			texts[name] = inPEM(t, key)
		}
		for name, text := range texts {
			account := signingAccount(t, alg, text, "")
			res, err := r.Login(t.Context(), account, nil, nil)
			if name != fits {
				f := failure(t, err)
				wantKind(t, f, session.BadConfig)
				wantContains(t, f.Meaning, alg+" does not fit the key, which is a")
				continue
			}
			must(t, err)
			raw := res.Values["token"].Reveal()
			keys := []token.Key{token.SharedKey(hide(shared))}
			if name != "" {
				der, err := x509.MarshalPKIXPublicKey(testKeys()[name].Public())
				must(t, err)
				keys, err = token.ParseKeys(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
				must(t, err)
			}
			if v := token.Verify(raw, keys); v.Verdict != token.Valid || v.Alg != alg {
				t.Errorf("%s: %s %s", alg, v.Verdict, v.Reason)
			}
			if end := res.Lives["token"]; !end.ExpiresAt.Equal(at.now().Add(5*time.Minute)) || !end.Token {
				t.Errorf("%s: the life is %+v", alg, end)
			}
			claims, _ := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
			if want := `{"aud":["/admin/"],"big":12345678901234567890,"exp":1777896300,"iat":1777896000,"iss":"me"}`; string(claims) != want {
				t.Errorf("the claims are %s", claims)
			}
		}
	}
}

// A session that was signed is signed again, without a server and without a person.
func TestARefreshSignsAgain(t *testing.T) {
	t.Parallel()
	at := newClock()
	r, account := runner(t, at.now), signingAccount(t, "HS256", hex.EncodeToString([]byte("canary secret of thirty-two bytes and more")), "hex")
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	at.advance(10 * time.Minute)
	again, err := r.Refresh(t.Context(), holding(account, res), nil)
	must(t, err)
	if end := again.Lives["token"].ExpiresAt; !end.Equal(at.now().Add(5 * time.Minute)) {
		t.Errorf("it ends at %s", end)
	}
	if v := token.Verify(again.Values["token"].Reveal(), []token.Key{token.SharedKey(hide("canary secret of thirty-two bytes and more"))}); v.Verdict != token.Valid {
		t.Error(v.Reason)
	}
}

func TestHowKeysAreWritten(t *testing.T) {
	t.Parallel()
	key := testKeys()["rsa"]
	text := inPEM(t, key)
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	must(t, err)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	must(t, err)
	account := func(key string, further ...string) string {
		v := map[string]string{"type": "service_account", "private_key": key, "private_key_id": "sa-1"}
		for i := 0; i+1 < len(further); i += 2 {
			v[further[i]] = further[i+1]
		}
		data, err := json.Marshal(v)
		must(t, err)
		return string(data)
	}
	for name, c := range map[string]struct{ alg, key, as, kid, fault, note string }{
		"PEM":                     {alg: "RS256", key: text},
		"PEM on one line":         {alg: "RS256", key: strings.ReplaceAll(text, "\n", " ")},
		"PEM with \\n":            {alg: "RS256", key: strings.ReplaceAll(text, "\n", `\n`)},
		"PEM in base64":           {alg: "RS256", key: base64.StdEncoding.EncodeToString([]byte(text)), as: "base64"},
		"JWK":                     {alg: "RS256", key: inJWK(t, key, ""), kid: "k-7"},
		"JWK of a secret":         {alg: "HS256", key: inJWK(t, []byte(strings.Repeat("x", 32)), "HS256"), kid: "k-7"},
		"service account":         {alg: "RS256", key: account(text), kid: "sa-1"},
		"hex":                     {alg: "HS256", key: strings.Repeat("ab", 32), as: "hex"},
		"text like hex":           {alg: "HS256", key: strings.Repeat("ab", 32)},
		"base64url":               {alg: "HS256", key: "-_-_" + strings.Repeat("ab", 22), as: "base64"},
		"not hex":                 {alg: "HS256", key: "xyz", as: "hex", fault: "the key is not hex"},
		"not base64":              {alg: "HS256", key: "x!z", as: "base64", fault: "the key is not base64"},
		"JWK of another alg":      {alg: "RS256", key: inJWK(t, key, "RS512"), fault: "RS256 does not fit the key"},
		"public JWK":              {alg: "RS256", key: inJWK(t, key.Public(), ""), fault: "a public one"},
		"JWK to encrypt":          {alg: "RS256", key: strings.Replace(inJWK(t, key, ""), `"use":"sig"`, `"use":"enc"`, 1), fault: "not for signatures"},
		"damaged JWK":             {alg: "RS256", key: `{"kty":"RSA","n":"x"}`, fault: "the JWK is damaged"},
		"set of JWKs":             {alg: "RS256", key: `{"keys":[]}`, fault: "a set of keys"},
		"public key":              {alg: "RS256", key: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})), fault: "only a public key"},
		"encrypted":               {alg: "RS256", key: string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")})), fault: "encrypted"},
		"OpenSSH":                 {alg: "RS256", key: string(pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: []byte("x")})), fault: "in OpenSSH format"},
		"damaged PEM":             {alg: "RS256", key: strings.Replace(text, "END PRIVATE", "", 1), fault: "damaged"},
		"a user's credentials":    {alg: "RS256", key: account("", "type", "authorized_user"), fault: "the JSON holds no key"},
		"a key that is too short": {alg: "PS512", key: inPEM(t, small), fault: "too short for PS512"},
		"a short key":             {alg: "RS256", key: inPEM(t, small), note: "the RSA key has 1024 bits, and RS256 needs 2048"},
		"a short secret":          {alg: "HS512", key: strings.Repeat("x", 40), note: "the secret has 320 bits, and HS512 needs 512"},
		"an unknown algorithm":    {alg: "RS1", key: text, fault: "the algorithm is unknown"},
		"none":                    {alg: "none", key: text, fault: "the algorithm is unknown"},
		"blank":                   {alg: "HS256", key: " ", fault: "the key is missing"},
	} {
		res, err := runner(t, newClock().now).Login(t.Context(), signingAccount(t, c.alg, c.key, c.as), nil, nil)
		if c.fault != "" {
			if err == nil {
				t.Errorf("%s: it signs", name)
				continue
			}
			f := failure(t, err)
			if f.Kind != session.BadConfig || !strings.Contains(f.Meaning, c.fault) || f.Next == "" || strings.Contains(everything(f), c.key) && c.key != " " && len(c.key) > 3 {
				t.Errorf("%s: %s: %s", name, f.Kind, everything(f))
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if weak := strings.Contains(strings.Join(res.Notes, ""), "(RFC 7518"); weak != (c.note != "") || !strings.Contains(strings.Join(res.Notes, "; "), c.note) {
			t.Errorf("%s: said is %q", name, res.Notes)
		}
		if kid := keyID(res.Values["token"].Reveal()); kid != c.kid {
			t.Errorf("%s: the kid is %q", name, kid)
		}
	}
}

// signer is an account of the built-in definition whose client signs.
func signer(t *testing.T, issuer string, fields map[string]any) *flow.Subject {
	s := oidc(t, "client", issuer, map[string]any{"client_id": emulatortest.IssuerKey})
	for name, v := range fields {
		s.Fields[name] = v
	}
	return s
}

func TestAClientProvesItselfByAnAssertion(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		client string
		key    string
		algs   []any // of the metadata
		fields map[string]any
		fault  string
	}{
		"RSA":          {key: "rsa"},
		"EC":           {key: "p256", algs: []any{"RS256", "ES256"}},
		"PS alone":     {key: "rsa", algs: []any{"PS256", "HS256"}},
		"Ed25519":      {key: "ed", algs: []any{"EdDSA"}},
		"does not fit": {key: "p384", algs: []any{"RS256", "HS256"}, fault: "RS256 does not fit the key, which is an EC key of the curve P-384"},
		"another key":  {key: "rsa", fields: map[string]any{"client_key": hide(inPEM(t, testKeys()["p256"]))}, fault: "the client is not known"},
		"a secret": {key: "rsa", client: emulatortest.IssuerShared, algs: []any{"RS256", "HS256"}, fields: map[string]any{
			"client_secret": hide(emulatortest.IssuerAssertionSecret), "client_key": nil, "auth_method": "client_secret_jwt",
		}},
		"a secret for a key": {key: "rsa", fields: map[string]any{"client_key": hide("just a secret")}, fault: "does not fit the key, which is a secret"},
	} {
		key := testKeys()[c.key]
		server, at := issuer(t, emulatortest.IssuerOptions{ClientKey: key.Public(), Metadata: func(m map[string]any) {
			m["token_endpoint_auth_methods_supported"] = []any{"private_key_jwt", "client_secret_jwt"}
			if c.algs != nil {
				m["token_endpoint_auth_signing_alg_values_supported"] = c.algs
			}
		}})
		account := signer(t, at, map[string]any{"client_key": hide(inPEM(t, key))})
		if c.client != "" {
			account.Fields["client_id"] = c.client
		}
		for name, v := range c.fields {
			account.Fields[name] = v
		}
		r := runner(t, newClock().now)
		res, err := r.Login(t.Context(), account, nil, nil)
		if c.fault != "" {
			f := failure(t, err)
			if f.Kind != session.BadConfig || !strings.Contains(everything(f), c.fault) {
				t.Errorf("%s: %s: %s", name, f.Kind, everything(f))
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if form := server.Forms()[0]; form.Has("client_secret") || form.Get("client_id") == "" {
			t.Errorf("%s: sent was %v", name, form)
		}
		for name := range res.Values {
			if name == "client_assertion" {
				t.Error("the assertion is kept")
			}
		}
		account = holding(account, res)
		for range 2 { // each assertion is used once
			if check, err := r.Check(t.Context(), account); err != nil || !check.Alive {
				t.Errorf("%s: the check says %+v, %v", name, check, err)
			}
		}
		if _, err := r.Logout(t.Context(), account, nil); err != nil {
			t.Errorf("%s: the logout: %v", name, err)
		}
	}
}

func TestAnAssertionIsExchanged(t *testing.T) {
	t.Parallel()
	def := define(t, `
logins:
  - name: account
    fields: [{name: key, secret: true}, {name: client_key, secret: true, optional: true}]
    oauth2:
      grant: jwt_bearer
      issuer: ${.address}
      client_id: signer
      client_key: {from: .client_key, as: text, alg: RS256, id: c-1}
      scopes: [read]
      assertion: {alg: RS256, key: {from: .key}, claims: {iss: signer, sub: "${.key | fromjson | .client_email}", exp: "${.now + 3600}"}}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
	key := testKeys()["rsa"]
	server, at := issuer(t, emulatortest.IssuerOptions{ClientKey: key.Public()})
	file, err := json.Marshal(map[string]string{"private_key": inPEM(t, key), "private_key_id": "sa-1", "client_email": "robot@project.example"})
	must(t, err)
	account := subject(def, at, map[string]any{"key": hide(string(file)), "client_key": hide(inPEM(t, key))})
	res, err := runner(t, newClock().now).Login(t.Context(), account, nil, nil)
	must(t, err)
	form := server.Forms()[0]
	if keyID(form.Get("assertion")) != "sa-1" || keyID(form.Get("client_assertion")) != "c-1" || form.Get("scope") != "read" {
		t.Errorf("sent was %v", form)
	}
	parsed := jwt.MapClaims{}
	_, _, err = jwt.NewParser().ParseUnverified(form.Get("assertion"), parsed)
	must(t, err)
	if parsed["aud"] != at || parsed["exp"] != float64(newClock().now().Unix()+3600) || parsed["iat"] != float64(newClock().now().Unix()) || parsed["jti"] == "" {
		t.Errorf("the assertion is %v", parsed)
	}
	if len(res.Values["assertion"].Reveal()) > 0 {
		t.Error("the assertion is kept")
	}
}

// Where the client's certificate proves who it is, the aliases of the metadata count
// (RFC 8705, section 5), and their origin is agreed to like any other.
func TestAliasesForAClientWithACertificate(t *testing.T) {
	t.Parallel()
	var asked []string
	alias := backendOf(t, func(w http.ResponseWriter, r *http.Request, body string) {
		asked = append(asked, r.URL.Path+" "+body)
		say(w, 200, `{"access_token":"canary-access","token_type":"Bearer"}`)
	})
	for method, want := range map[string]int{"tls_client_auth": 1, "none": 0} {
		asked = nil
		_, at := issuer(t, emulatortest.IssuerOptions{Metadata: func(m map[string]any) {
			m["mtls_endpoint_aliases"] = map[string]any{"token_endpoint": alias + "/mtls/token"}
		}})
		account := oidc(t, "client", at, map[string]any{"client_id": "x", "auth_method": method})
		who := &person{answer: session.Yes}
		_, err := runner(t, newClock().now).Login(t.Context(), account, who, nil)
		if (err == nil) != (want > 0) || len(who.asked) != want || len(asked) != want {
			t.Errorf("%s: asked was %v of the person and %v of the server: %v", method, who.asked, asked, err)
		}
		if want > 0 && asked[0] != "/mtls/token grant_type=client_credentials&client_id=x" {
			t.Errorf("sent was %s", asked[0])
		}
	}
}
