package certificate

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"hash"

	"golang.org/x/crypto/scrypt"
)

// errUnsupported reports a key that decrypt cannot open with any passphrase.
var errUnsupported = errors.New("unsupported algorithm")

// Bounds of the work that an encrypted key asks for: about two seconds.
const (
	maxRounds = 2_000_000 // of PBKDF2 and PKCS#12. OpenSSL writes 2048, careful people a million
	maxMemory = 128 << 20 // of scrypt, in bytes. OpenSSL takes 16 MiB
	maxLanes  = 8         // of scrypt, one after the other. OpenSSL takes 1
)

// The structures of RFC 8018, appendix A, and RFC 7914, section 7.
type (
	encryptedKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	pbes2 struct{ KDF, Cipher pkix.AlgorithmIdentifier }
	pbk   struct {
		Salt   []byte
		Rounds int
		Length int                      `asn1:"optional"`
		PRF    pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	scryptKDF struct {
		Salt   []byte
		N      int
		R, P   int
		Length int `asn1:"optional"`
	}
)

// ciphers are those in CBC mode, with the length of their keys.
var ciphers = map[string]struct {
	length int
	make   func(key []byte) (cipher.Block, error)
}{
	"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
	"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
	"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
	"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
}

var digests = map[string]func() hash.Hash{
	"":                    sha1.New, // the default
	"1.2.840.113549.2.7":  sha1.New,
	"1.2.840.113549.2.8":  sha256.New224,
	"1.2.840.113549.2.9":  sha256.New,
	"1.2.840.113549.2.10": sha512.New384,
	"1.2.840.113549.2.11": sha512.New,
}

// decrypt opens the EncryptedPrivateKeyInfo of PKCS#8 (RFC 5958, section 3), encrypted
// with PBES2 (RFC 8018, section 6.2), as OpenSSL writes it. An error other than
// errUnsupported says that the passphrase is wrong.
func decrypt(der []byte, passphrase string) ([]byte, error) {
	var outer encryptedKey
	var scheme pbes2
	if !read(der, &outer) || outer.Algorithm.Algorithm.String() != "1.2.840.113549.1.5.13" || !read(outer.Algorithm.Parameters.FullBytes, &scheme) {
		return nil, errUnsupported
	}
	c, known := ciphers[scheme.Cipher.Algorithm.String()]
	var iv []byte
	if !known || !read(scheme.Cipher.Parameters.FullBytes, &iv) {
		return nil, errUnsupported
	}
	key, err := derive(scheme.KDF, passphrase, c.length)
	if err != nil {
		return nil, err
	}
	block, err := c.make(key)
	if err != nil || len(iv) != block.BlockSize() || len(outer.Data) == 0 || len(outer.Data)%block.BlockSize() != 0 {
		return nil, errUnsupported
	}
	plain := make([]byte, len(outer.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, outer.Data)
	padding := int(plain[len(plain)-1])
	if padding == 0 || padding > block.BlockSize() {
		return nil, errors.New("wrong passphrase")
	}
	return plain[:len(plain)-padding], nil
}

// derive makes the key of a passphrase.
func derive(kdf pkix.AlgorithmIdentifier, passphrase string, length int) ([]byte, error) {
	switch kdf.Algorithm.String() {
	case "1.2.840.113549.1.5.12":
		var p pbk
		if !read(kdf.Parameters.FullBytes, &p) || p.Rounds < 1 || p.Rounds > maxRounds {
			return nil, errUnsupported
		}
		name := ""
		if len(p.PRF.Algorithm) > 0 {
			name = p.PRF.Algorithm.String()
		}
		digest := digests[name]
		if digest == nil {
			return nil, errUnsupported
		}
		return pbkdf2.Key(digest, passphrase, p.Salt, p.Rounds, length)
	case "1.3.6.1.4.1.11591.4.11":
		var p scryptKDF
		if !read(kdf.Parameters.FullBytes, &p) || p.R < 1 || p.N > maxMemory/128/p.R || p.P > maxLanes {
			return nil, errUnsupported
		}
		key, err := scrypt.Key([]byte(passphrase), p.Salt, p.N, p.R, p.P, length)
		if err != nil {
			return nil, errUnsupported
		}
		return key, nil
	}
	return nil, errUnsupported
}

// maxDepth bounds how deep overworks looks. Key bags of PKCS#12 are 16 levels down.
const maxDepth = 32

// overworks reports whether DER asks for more than maxRounds in the open. The rounds of
// PKCS#12 are the integer behind a salt, in its MAC and in what it encrypts (RFC 7292,
// section 4 and appendix C; RFC 8018, appendix A).
func overworks(der []byte, depth int) bool {
	salted := false
	for len(der) > 0 && depth > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil {
			return false
		}
		der = rest
		universal := v.Class == asn1.ClassUniversal
		var rounds int
		if salted && universal && v.Tag == asn1.TagInteger && (!read(v.FullBytes, &rounds) || rounds > maxRounds) {
			return true
		}
		salted = universal && v.Tag == asn1.TagOctetString
		if (salted || v.IsCompound) && overworks(v.Bytes, depth-1) {
			return true
		}
	}
	return false
}

// read reads a whole structure.
func read(der []byte, into any) bool {
	rest, err := asn1.Unmarshal(der, into)
	return err == nil && len(rest) == 0
}
