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

	"github.com/itchyny/gojq"
)

// rawName is the function at the end of a ${…} whose value is not escaped in a path.
const rawName = "raw"

// function is a function that replaces one of jq's, or is added to them.
type function = func(r *run, v any, args []any) any

// extensions returns the functions that the package comment lists, by name and number of
// arguments.
func extensions() map[string]function {
	all := map[string]function{
		"claims/0":    func(r *run, v any, _ []any) any { return r.segment(v, 1) },
		"claims/1":    func(r *run, _ any, a []any) any { return r.segment(a[0], 1) },
		"header/0":    func(r *run, v any, _ []any) any { return r.segment(v, 0) },
		"header/1":    func(r *run, _ any, a []any) any { return r.segment(a[0], 0) },
		"seconds/0":   func(_ *run, v any, _ []any) any { return lifetime("seconds", v, 1000) },
		"seconds/1":   func(_ *run, _ any, a []any) any { return lifetime("seconds", a[0], 1000) },
		"ms/0":        func(_ *run, v any, _ []any) any { return lifetime("ms", v, 1) },
		"ms/1":        func(_ *run, _ any, a []any) any { return lifetime("ms", a[0], 1) },
		"base64url/0": ofText("base64url", func(s string) any { return base64.RawURLEncoding.EncodeToString([]byte(s)) }),
		"base64url_decode/0": ofText("base64url_decode", func(s string) any {
			b, err := decodeBase64URL(s)
			if err != nil {
				return funcError("base64url_decode takes base64url")
			}
			return strings.ToValidUTF8(string(b), "\ufffd")
		}),
		"hex/0": ofText("hex", func(s string) any { return hex.EncodeToString([]byte(s)) }),
		"hex_decode/0": ofText("hex_decode", func(s string) any {
			b, err := hex.DecodeString(s)
			if err != nil {
				return funcError("hex_decode takes hex")
			}
			return string(b)
		}),
		"md5/0":              ofText("md5", digest(md5.New, hex.EncodeToString)),
		"sha256_base64url/0": ofText("sha256_base64url", digest(sha256.New, base64.RawURLEncoding.EncodeToString)),
		"uuid/0":             func(*run, any, []any) any { return uuid() },
	}
	for _, h := range []struct {
		name string
		make func() hash.Hash
	}{{"sha1", sha1.New}, {"sha256", sha256.New}, {"sha512", sha512.New}} {
		mac := "hmac_" + h.name
		all[h.name+"/0"] = ofText(h.name, digest(h.make, hex.EncodeToString))
		all[mac+"/1"] = keyed(mac, h.make, textKey, hex.EncodeToString)
		all[mac+"_hexkey/1"] = keyed(mac+"_hexkey", h.make, hex.DecodeString, hex.EncodeToString)
		all[mac+"_base64/1"] = keyed(mac+"_base64", h.make, textKey, base64.StdEncoding.EncodeToString)
	}
	return all
}

func ofText(name string, f func(string) any) function {
	return func(r *run, v any, _ []any) any {
		s, ok := v.(string)
		if !ok {
			return funcError(name + " takes a string")
		}
		if !r.alloc(6 * len(s)) {
			return nil
		}
		return f(s)
	}
}

func digest(make func() hash.Hash, encode func([]byte) string) func(string) any {
	return func(s string) any { return sum(make(), s, encode) }
}

func sum(h hash.Hash, s string, encode func([]byte) string) any {
	_, _ = io.WriteString(h, s) // a hash never fails
	return encode(h.Sum(nil))
}

func textKey(s string) ([]byte, error) { return []byte(s), nil }

// keyed returns a function for an HMAC (RFC 2104) of "." with its argument as the key.
func keyed(name string, make func() hash.Hash, decode func(string) ([]byte, error), encode func([]byte) string) function {
	return func(r *run, v any, args []any) any {
		message, ok := v.(string)
		text, keyOK := args[0].(string)
		if !ok || !keyOK {
			return funcError(name + " takes a string and a string as key")
		}
		if !r.alloc(len(message) + 2*len(text)) {
			return nil
		}
		key, err := decode(text)
		if err != nil {
			return funcError(name + " takes its key in hex")
		}
		return sum(hmac.New(make, key), message, encode)
	}
}

// segment decodes one part of a JWS in compact form (RFC 7515, section 7.1).
func (r *run) segment(v any, i int) any {
	token, ok := v.(string)
	if !ok || strings.Count(token, ".") != 2 || !r.alloc(2*len(token)) {
		return nil
	}
	data, err := decodeBase64URL(strings.Split(token, ".")[i])
	if err != nil {
		return nil
	}
	if r.readable(string(data)); r.err != nil {
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

// lifetime returns v in units of unit milliseconds, or null for null.
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
