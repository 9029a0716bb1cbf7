package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	gojwt "github.com/golang-jwt/jwt/v5"

	"tokenring/session/secret"
)

// signer holds one private key of each type and writes the public halves.
type signer struct {
	rsa *rsa.PrivateKey
	ec  *ecdsa.PrivateKey
	ed  ed25519.PrivateKey
}

func newSigner(t *testing.T) *signer {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &signer{rsa: r, ec: e, ed: ed}
}

func sign(t *testing.T, method gojwt.SigningMethod, key any, header map[string]any) string {
	t.Helper()
	tok := gojwt.NewWithClaims(method, gojwt.MapClaims{"sub": "me"})
	for name, value := range header {
		tok.Header[name] = value
	}
	s, err := tok.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func publicPEM(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func certificatePEM(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func jwk(t *testing.T, key jose.JSONWebKey) string {
	t.Helper()
	data, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func hmacKey(shared []byte) Key { return SharedKey(secret.New(string(shared))) }

// describe names the type of a key, with its id where it has one.
func describe(k Key) string {
	name := "no key"
	if k.material != nil {
		switch key := k.material.key.(type) {
		case []byte:
			name = "HMAC secret"
		case *rsa.PublicKey:
			name = fmt.Sprint("RSA ", key.N.BitLen())
		case *ecdsa.PublicKey:
			name = "EC " + key.Curve.Params().Name
		case ed25519.PublicKey:
			name = "Ed25519"
		}
	}
	if k.ID != "" {
		name += " " + quoteName(k.ID)
	}
	return name
}

func TestSignaturesOfEveryTypeAreVerified(t *testing.T) {
	t.Parallel()
	s, secret := newSigner(t), []byte("a secret of thirty-two bytes ...")
	set := `{"keys":[{"kty":"AKP","alg":"ML-DSA-65"},` + jwk(t, jose.JSONWebKey{Key: &s.rsa.PublicKey, KeyID: "enc", Use: "enc"}) + `,` +
		jwk(t, jose.JSONWebKey{Key: &s.rsa.PublicKey, KeyID: "r"}) + `,` + jwk(t, jose.JSONWebKey{Key: s.ec, KeyID: "e", Algorithm: "ES256"}) + `]}`
	for _, c := range []struct {
		name, raw, keys string
		fits            string
	}{
		{"RSA, PEM", sign(t, gojwt.SigningMethodRS256, s.rsa, nil), publicPEM(t, &s.rsa.PublicKey), "RSA 2048"},
		{"RSA-PSS, PEM after another key", sign(t, gojwt.SigningMethodPS384, s.rsa, nil), publicPEM(t, &s.ec.PublicKey) + publicPEM(t, &s.rsa.PublicKey), "RSA 2048"},
		{"EC, certificate", sign(t, gojwt.SigningMethodES256, s.ec, nil), certificatePEM(t, s.ec), "EC P-256"},
		{"Ed25519, PEM", sign(t, gojwt.SigningMethodEdDSA, s.ed, nil), publicPEM(t, s.ed.Public()), "Ed25519"},
		{"Ed25519, PEM after a byte order mark", sign(t, gojwt.SigningMethodEdDSA, s.ed, nil), "\ufeff" + publicPEM(t, s.ed.Public()), "Ed25519"},
		{"RSA, set", sign(t, gojwt.SigningMethodRS512, s.rsa, map[string]any{"kid": "r"}), set, `RSA 2048 "r"`},
		{"EC, set with a private key", sign(t, gojwt.SigningMethodES256, s.ec, map[string]any{"kid": "e"}), set, `EC P-256 "e"`},
		{"HMAC, JWK", sign(t, gojwt.SigningMethodHS256, secret, nil), jwk(t, jose.JSONWebKey{Key: secret}), "HMAC secret"},
	} {
		keys, err := ParseKeys([]byte(c.keys))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if v := Verify("Bearer "+c.raw+"\n", keys); v.Verdict != Valid || describe(v.Key) != c.fits {
			t.Errorf("%s: %v by %v: %s", c.name, v.Verdict, v.Key, v.Reason)
		}
		forged := c.raw[:strings.Index(c.raw, ".")] + "." + encode(`{"sub":"root"}`) + c.raw[strings.LastIndex(c.raw, "."):]
		if v := Verify(forged, keys); v.Verdict != Invalid || describe(v.Key) != "no key" {
			t.Errorf("%s, forged: %v", c.name, v.Verdict)
		}
	}
	// RFC 9864 renames EdDSA on this curve.
	unsigned := encode(`{"alg":"Ed25519"}`) + "." + encode(`{"sub":"me"}`)
	renamed := unsigned + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(s.ed, []byte(unsigned)))
	keys, _ := ParseKeys([]byte(publicPEM(t, s.ed.Public())))
	if v := Verify(renamed, keys); v.Verdict != Valid {
		t.Errorf("Ed25519: %v: %s", v.Verdict, v.Reason)
	}
}

func TestTokensThatMustNotVerify(t *testing.T) {
	t.Parallel()
	s, secret := newSigner(t), []byte("a secret")
	shared := []Key{hmacKey(secret)}
	public, err := ParseKeys([]byte(publicPEM(t, &s.rsa.PublicKey)))
	if err != nil {
		t.Fatal(err)
	}
	good := sign(t, gojwt.SigningMethodHS256, secret, nil)
	for _, c := range []struct {
		name, raw string
		keys      []Key
		want      Verdict
		reason    string
	}{
		{"opaque", "5E6732BF-CFF9", shared, Unsupported, "it is not a signed JWT: opaque"},
		{"alg none", encode(`{"alg":"None"}`) + "." + encode(`{}`) + ".", shared, Unsupported, "it is not signed"},
		{"unknown algorithm", compact(`{"alg":"X1"}`, `{}`), shared, Unsupported, `the algorithm "X1" is not supported`},
		{"crit", sign(t, gojwt.SigningMethodHS256, secret, map[string]any{"crit": []string{"x"}}), shared, Unsupported, `its header has "crit" parameters, which are not supported`},
		{"other secret", good, []Key{hmacKey([]byte("another"))}, Invalid, "the signature does not fit the key"},
		{"no signature part", good[:strings.LastIndex(good, ".")], shared, Invalid, "it does not have three parts"},
		{"damaged signature", good + "!", shared, Invalid, "the signature part is not base64url"},
		{"empty secret", sign(t, gojwt.SigningMethodHS256, []byte{}, nil), []Key{hmacKey(nil)}, NoMatchingKey, `none of the keys is for "HS256"`},
		{"zero key", good, make([]Key, 1), NoMatchingKey, `none of the keys is for "HS256"`},
		{"other key id", sign(t, gojwt.SigningMethodHS256, secret, map[string]any{"kid": "2"}), []Key{{ID: "1", material: shared[0].material}}, NoMatchingKey, `none of the keys is for "HS256" with the id "2": it was replaced since, or is of another issuer`},
		{"public key as secret", sign(t, gojwt.SigningMethodHS256, []byte(publicPEM(t, &s.rsa.PublicKey)), nil), public, NoMatchingKey, `none of the keys is for "HS256"`},
		{"key for other uses", sign(t, gojwt.SigningMethodHS256, secret, map[string]any{"kid": "1"}), []Key{{ID: "1", otherUse: true, material: shared[0].material}, {ID: "2"}}, NoMatchingKey, `the key is not for signatures: its "use" or "key_ops" says so (RFC 7517 section 4)`},
		{"curve of another size", compact(`{"alg":"ES384"}`, `{}`), []Key{{material: &material{&s.ec.PublicKey}}}, NoMatchingKey, `none of the keys is for "ES384"`},
	} {
		if v := Verify(c.raw, c.keys); v.Verdict != c.want || v.Reason != c.reason {
			t.Errorf("%s: %v: %s", c.name, v.Verdict, v.Reason)
		}
	}
}

// TestHeadersThatNoSignatureCovers: they add to the protected ones and change none (RFC 7515 section 7.2.1, RFC 7797
// section 6).
func TestHeadersThatNoSignatureCovers(t *testing.T) {
	t.Parallel()
	key := hmacKey([]byte("0123456789abcdef0123456789abcdef"))
	mac := func(protected, payload string) string {
		signature, err := gojwt.SigningMethodHS256.Sign(protected+"."+payload, key.material.key)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(signature)
	}
	flat := func(protected, header, payload string) string {
		return `{"payload":"` + payload + `","protected":"` + encode(protected) + `","header":` + header + `,"signature":"` + mac(encode(protected), payload) + `"}`
	}
	plain := func(protected, payload string) string {
		return encode(protected) + "." + payload + "." + mac(encode(protected), payload)
	}
	text := encode("hello")
	for raw, want := range map[string]Verdict{
		flat(`{"alg":"HS256"}`, `{"kid":"1"}`, text):                             Valid,
		flat(`{}`, `{"alg":"HS256"}`, text):                                      Valid,
		flat(`{"alg":"HS512"}`, `{"alg":"HS256"}`, text):                         Invalid,
		flat(`{"alg":"HS256","crit":["exp"],"exp":1}`, `{"crit":["b64"]}`, text): Unsupported,
		flat(`{"alg":"HS256"}`, `{"b64":false}`, text):                           Invalid,
		plain(`{"alg":"HS256","b64":false,"crit":["b64"]}`, "pay~load"):          Valid,
		plain(`{"alg":"HS256","b64":false}`, text):                               Invalid,
	} {
		if v := Verify(raw, []Key{key}); v.Verdict != want {
			t.Errorf("%s: %v, want %v: %s", raw, v.Verdict, want, v.Reason)
		}
	}
	several := `{"payload":"` + text + `","signatures":[{"protected":"` + encode(`{"alg":"RS256"}`) + `","signature":"eA"},{"protected":"` +
		encode(`{"alg":"HS256"}`) + `","signature":"` + mac(encode(`{"alg":"HS256"}`), text) + `"}]}`
	if v := Verify(several, []Key{key}); v.Verdict != Valid || v.Which != 2 || v.Alg != "HS256" {
		t.Errorf("the second of two: %v, signature %d, %s", v.Verdict, v.Which, v.Alg)
	}
}

// PEM is read as files of other formats hold it.
func TestPEMIsReadInsideOtherText(t *testing.T) {
	t.Parallel()
	s := newSigner(t)
	text := publicPEM(t, &s.rsa.PublicKey)
	line := strings.ReplaceAll(strings.TrimSpace(text), "\n", `\n`)
	token := sign(t, gojwt.SigningMethodRS256, s.rsa, map[string]any{"kid": "a"})
	for _, data := range []string{
		text, "subject=/CN=x\n" + text + "trailing", strings.ReplaceAll(text, "\n", "\r\n"), "key: |\n  " + strings.ReplaceAll(text, "\n", "\n  "),
		`KEY="` + line + `"`, "KEY='" + line + "'\nX=1", `{"a":"` + line + `\n"}`, `{"a":"` + strings.ReplaceAll(line, `\n`, `\r\n`) + `"}`, `"` + strings.TrimSpace(text) + `"`,
	} {
		keys, err := ParseKeys([]byte(data))
		if v := Verify(token, keys); v.Verdict != Valid {
			t.Errorf("%.60q: %v: %s %s", data, err, v, v.Reason)
		}
	}
}

func TestWhatIsNoKeyIsRefused(t *testing.T) {
	t.Parallel()
	s := newSigner(t)
	const canary = "canary-91c3"
	private := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(s.rsa)}))
	for data, want := range map[string]error{
		"": ErrNoKey, canary: ErrNoKey, `{"` + canary: ErrNoKey, `{"keys":[]}`: ErrNoKey, `{"keys":[{"kty":"` + canary + `"}]}`: ErrNoKey,
		"-----BEGIN PUBLIC KEY-----\n" + canary: ErrNoKey, `{"kty":"RSA","n":"AQAB","e":"AQAB"}`: ErrNoKey, private: ErrPrivateKey,
	} {
		if _, err := ParseKeys([]byte(data)); !errors.Is(err, want) || strings.Contains(err.Error(), canary) {
			t.Errorf("%.30q: %v", data, err)
		}
	}
}

func TestKeysDoNotPrintTheirSecret(t *testing.T) {
	t.Parallel()
	const canary = "canary-5f20"
	keys := []Key{hmacKey([]byte(canary))}
	v := Verification{Key: keys[0]}
	data, _ := json.Marshal(v)
	printed := string(data)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		printed += fmt.Sprintf(verb+verb, keys, v)
	}
	if strings.Contains(printed, canary) || strings.Contains(printed, fmt.Sprintf("%x", canary)) || strings.Contains(printed, fmt.Sprint([]byte(canary))[1:20]) {
		t.Errorf("printed %s", printed)
	}
}

func TestASignerPrintsNoKey(t *testing.T) {
	t.Parallel()
	printed := fmt.Sprintf("%[1]v %+[1]v %#[1]v", SharedSigner([]byte("canary")))
	for _, form := range []string{"canary", "63616e617279", "99 97 110", "0x63, 0x61"} {
		if strings.Contains(printed, form) {
			t.Errorf("it has %q: %s", form, printed)
		}
	}
}
