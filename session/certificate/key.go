package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
)

// parseKey reads a private key: PKCS#8, also encrypted with PBES2 (RFC 8018), PKCS#1
// or SEC1, the latter two also encrypted as OpenSSL once did (RFC 1421).
func parseKey(block *pem.Block, passphrase string) (crypto.Signer, error) {
	kind, der, err := block.Type, block.Bytes, error(nil)
	//lint:ignore SA1019 such keys exist
	legacy := x509.IsEncryptedPEMBlock(block)
	encrypted := legacy || kind == "ENCRYPTED PRIVATE KEY"
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
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return key, nil
	case *ecdsa.PrivateKey:
		return key, nil
	case ed25519.PrivateKey:
		return key, nil
	}
	return nil, fault(Key, "use an RSA, EC or Ed25519 key", "a key of this kind cannot identify a client")
}

func wrongPassphrase(of, passphrase string) error {
	if passphrase == "" {
		return fault(Passphrase, "enter the passphrase", "%s is encrypted, and there is no passphrase", of)
	}
	return fault(Passphrase, "enter the passphrase again", "the passphrase does not open %s", of)
}
