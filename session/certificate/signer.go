package certificate

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"

	"tokenring/session/token"
)

// Signer returns the signer of a private key or secret that an account holds: a key in PEM, a JWK (RFC 7517), or the JSON
// file of a service account. Anything else is a secret, byte by byte. A certificate in the PEM text names the key
// ("x5t#S256", RFC 7515 section 4.1.8). The error is an *Error.
func Signer(data []byte) (token.Signer, error) {
	trimmed := bytes.TrimSpace(data)
	var file struct {
		Kind       string          `json:"kty"`
		PrivateKey string          `json:"private_key"`
		ID         string          `json:"private_key_id"`
		Keys       json.RawMessage `json:"keys"`
	}
	switch isJSON := len(trimmed) > 0 && trimmed[0] == '{' && json.Unmarshal(trimmed, &file) == nil; {
	case Inline(string(trimmed)) && !isJSON:
		return pemSigner(trimmed)
	case !isJSON:
		return token.SharedSigner(data), nil
	case file.Kind != "":
		return jwkSigner(trimmed)
	case file.Keys != nil:
		return token.Signer{}, fault(Key, "enter the one key of the set that signs", "this is a set of keys")
	case !Inline(file.PrivateKey):
		return token.Signer{}, fault(Key, "enter a key in PEM, a JWK, or the key file of a service account", "the JSON holds no key")
	}
	s, err := pemSigner([]byte(file.PrivateKey))
	if err == nil && file.ID != "" {
		s.Header["kid"] = file.ID
	}
	return s, err
}

func jwkSigner(data []byte) (token.Signer, error) {
	s, err := token.ParseSigner(data)
	switch {
	case errors.Is(err, token.ErrPublicJWK):
		return s, fault(Key, "enter the private key that belongs to it", "%v", err)
	case err != nil:
		return s, fault(Key, "enter a JWK that signs tokens", "%v", err)
	}
	return s, nil
}

func pemSigner(data []byte) (token.Signer, error) {
	var all contents
	if err := all.addPEM(Key, data, ""); err != nil {
		if f, ok := errors.AsType[*Error](err); ok && f.Part == Passphrase {
			f.Hint = "enter a copy without a passphrase: openssl pkey -in KEY"
		}
		return token.Signer{}, err
	}
	if all.key == nil {
		return token.Signer{}, fault(Key, "enter the private key that belongs to it", "the key holds no private key%s", all.instead())
	}
	s, err := token.NewSigner(all.key)
	if err != nil {
		return s, fault(Key, "make a new key, RSA of 2048 bits or more", "%v", err)
	}
	if len(all.certs) > 0 {
		pair, err := all.pair()
		if err != nil {
			return s, err
		}
		sum := sha256.Sum256(pair.Leaf.Raw)
		s.Header["x5t#S256"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return s, nil
}
