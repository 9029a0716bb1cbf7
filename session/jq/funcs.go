package jq

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/itchyny/gojq"
)

// rawName is the function that ends the ${…} of a path whose value is not to
// be escaped.
const rawName = "raw"

// functions returns what expressions may call beside jq's own, as the package
// comment lists it.
var functions = sync.OnceValue(func() []gojq.CompilerOption {
	all := []gojq.CompilerOption{
		gojq.WithFunction("claims", 0, 1, func(v any, args []any) any { return segment(operand(v, args), 1) }),
		gojq.WithFunction("header", 0, 1, func(v any, args []any) any { return segment(operand(v, args), 0) }),
		gojq.WithFunction("seconds", 0, 1, func(v any, args []any) any { return lifetime("seconds", operand(v, args), 1000) }),
		gojq.WithFunction("ms", 0, 1, func(v any, args []any) any { return lifetime("ms", operand(v, args), 1) }),
		ofText("base64url", func(s string) any { return base64.RawURLEncoding.EncodeToString([]byte(s)) }),
		ofText("base64url_decode", decodeText),
		ofText("hex", func(s string) any { return hex.EncodeToString([]byte(s)) }),
		ofText("hex_decode", func(s string) any {
			b, err := hex.DecodeString(s)
			if err != nil {
				return funcError("hex_decode was given no hex")
			}
			return string(b)
		}),
		ofText("md5", digest(md5.New, hex.EncodeToString)),
		ofText("sha256_base64url", digest(sha256.New, base64.RawURLEncoding.EncodeToString)),
		gojq.WithFunction("uuid", 0, 0, func(any, []any) any { return uuid() }),
	}
	for _, h := range []struct {
		name string
		make func() hash.Hash
	}{{"sha1", sha1.New}, {"sha256", sha256.New}, {"sha512", sha512.New}} {
		mac := "hmac_" + h.name
		all = append(all, ofText(h.name, digest(h.make, hex.EncodeToString)),
			keyed(mac, h.make, textKey, hex.EncodeToString),
			keyed(mac+"_hexkey", h.make, hex.DecodeString, hex.EncodeToString),
			keyed(mac+"_base64", h.make, textKey, base64.StdEncoding.EncodeToString))
	}
	return all
})

// operand returns the argument of a function that works on "." without one.
func operand(v any, args []any) any {
	if len(args) > 0 {
		return args[0]
	}
	return v
}

func ofText(name string, f func(string) any) gojq.CompilerOption {
	return gojq.WithFunction(name, 0, 0, func(v any, _ []any) any {
		s, ok := v.(string)
		if !ok {
			return funcError(name + " takes a string")
		}
		return f(s)
	})
}

func digest(make func() hash.Hash, encode func([]byte) string) func(string) any {
	return func(s string) any { return sum(make(), s, encode) }
}

func sum(h hash.Hash, s string, encode func([]byte) string) any {
	_, _ = io.WriteString(h, s) // a hash never fails
	return encode(h.Sum(nil))
}

func textKey(s string) ([]byte, error) { return []byte(s), nil }

// keyed is an HMAC (RFC 2104) of ".", with the key as its argument.
func keyed(name string, make func() hash.Hash, decode func(string) ([]byte, error), encode func([]byte) string) gojq.CompilerOption {
	return gojq.WithFunction(name, 1, 1, func(v any, args []any) any {
		message, ok := v.(string)
		text, keyOK := args[0].(string)
		if !ok || !keyOK {
			return funcError(name + " takes a string and a string as key")
		}
		key, err := decode(text)
		if err != nil {
			return funcError(name + " takes its key in hex")
		}
		return sum(hmac.New(make, key), message, encode)
	})
}

// segment decodes one part of a JWS in compact form (RFC 7515, section 7.1).
func segment(v any, i int) any {
	token, ok := v.(string)
	if !ok {
		return nil
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	data, err := decodeBase64URL(parts[i])
	if err != nil {
		return nil
	}
	decoded, _ := DecodeJSON(data)
	if object, ok := decoded.(map[string]any); ok {
		return object
	}
	return nil
}

func decodeBase64URL(s string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
}

func decodeText(s string) any {
	b, err := decodeBase64URL(s)
	if err != nil {
		return funcError("base64url_decode was given no base64url")
	}
	return strings.ToValidUTF8(string(b), "\ufffd")
}

// lifetime returns v units of so many milliseconds, or null for null.
func lifetime(name string, v any, unit float64) any {
	if v == nil {
		return nil
	}
	f, ok := gojq.ToFloat64(v)
	if s, isText := v.(string); isText {
		parsed, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		f, ok = parsed, err == nil
	}
	f = math.Round(f * unit)
	if !ok || math.IsNaN(f) || math.Abs(f) > 1<<53 {
		return funcError(name + " takes a number, or a string of one")
	}
	return map[string]any{AfterKey: int(f)}
}

func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
