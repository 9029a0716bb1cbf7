package certificate

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"

	"tokenring/session/token"
)

// parseKey reads a private key: PKCS#8, also encrypted with PBES2 (RFC 8018), PKCS#1
// or SEC1, the latter two also encrypted as OpenSSL once did (RFC 1421).
func parseKey(block *pem.Block, passphrase string) (crypto.Signer, error) {
	kind, der := block.Type, block.Bytes
	//lint:ignore SA1019 such keys exist
	legacy := x509.IsEncryptedPEMBlock(block)
	encrypted := legacy || kind == "ENCRYPTED PRIVATE KEY"
	var err error
	switch {
	case kind == "OPENSSH PRIVATE KEY":
		return nil, fault(Key, "convert a copy of it: ssh-keygen -p -m PKCS8 -f KEY", "the key is in OpenSSH format")
	case encrypted && passphrase == "":
		return nil, wrongPassphrase("the key", "")
	case legacy:
		//lint:ignore SA1019 such keys exist
		der, err = x509.DecryptPEMBlock(block, []byte(passphrase))
	case encrypted:
		kind = "PRIVATE KEY"
		der, err = decrypt(der, passphrase)
	}
	if errors.Is(err, errUnsupported) {
		return nil, fault(Key, "convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc", "the encryption of the key is not supported")
	}
	key, wrong := decodeKey(kind, der)
	switch {
	case err == nil && wrong == nil:
		return signer(key)
	case encrypted: // a wrong passphrase may leave the padding of a right one
		return nil, wrongPassphrase("the key", passphrase)
	}
	return nil, fault(Key, "export it again", "the key is damaged or of an unsupported kind")
}

func decodeKey(kind string, der []byte) (any, error) {
	switch kind {
	case "PRIVATE KEY":
		return x509.ParsePKCS8PrivateKey(der)
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(der)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(der)
	}
	return nil, errors.New("unknown kind")
}

// signer returns a key that TLS can sign with.
func signer(key any) (crypto.Signer, error) {
	switch key.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey, ed25519.PrivateKey:
		return key.(crypto.Signer), nil
	}
	return nil, fault(Key, "use an RSA, EC or Ed25519 key", "a key of this kind cannot identify a client")
}

func wrongPassphrase(of, passphrase string) error {
	if passphrase == "" {
		return fault(Passphrase, "enter the passphrase", "%s is encrypted, and there is no passphrase", of)
	}
	return fault(Passphrase, "enter the passphrase again", "the passphrase does not open %s", of)
}

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
