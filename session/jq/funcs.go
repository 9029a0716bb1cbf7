package jq

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
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
	return []gojq.CompilerOption{
		gojq.WithFunction("claims", 0, 1, func(v any, args []any) any { return segment(operand(v, args), 1) }),
		gojq.WithFunction("header", 0, 1, func(v any, args []any) any { return segment(operand(v, args), 0) }),
		gojq.WithFunction("seconds", 0, 1, func(v any, args []any) any { return lifetime("seconds", operand(v, args), 1000) }),
		gojq.WithFunction("ms", 0, 1, func(v any, args []any) any { return lifetime("ms", operand(v, args), 1) }),
		ofText("base64url", func(s string) any { return base64.RawURLEncoding.EncodeToString([]byte(s)) }),
		ofText("base64url_decode", decodeText),
		ofText("sha256", func(s string) any {
			sum := sha256.Sum256([]byte(s))
			return hex.EncodeToString(sum[:])
		}),
		ofText("sha256_base64url", func(s string) any {
			sum := sha256.Sum256([]byte(s))
			return base64.RawURLEncoding.EncodeToString(sum[:])
		}),
		keyed("hmac_sha256", hex.EncodeToString),
		keyed("hmac_sha256_base64", base64.StdEncoding.EncodeToString),
		gojq.WithFunction("uuid", 0, 0, func(any, []any) any { return uuid() }),
	}
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

func keyed(name string, encode func([]byte) string) gojq.CompilerOption {
	return gojq.WithFunction(name, 1, 1, func(v any, args []any) any {
		message, ok := v.(string)
		key, keyOK := args[0].(string)
		if !ok || !keyOK {
			return funcError(name + " takes a string and a string as key")
		}
		mac := hmac.New(sha256.New, []byte(key))
		_, _ = io.WriteString(mac, message) // a hash never fails
		return encode(mac.Sum(nil))
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
