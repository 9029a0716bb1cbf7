package token

import (
	"encoding/json"
	"strconv"
	"strings"
)

// A serialization is a signature with its headers in the JSON serializations of RFC 7515 section 7.2.
type serialization struct {
	Protected string          `json:"protected"`
	Header    json.RawMessage `json:"header"`
	Signature string          `json:"signature"`
}

// signedJSON returns the payload and the signatures of the general or the flattened JSON serialization.
func signedJSON(s string) (payload string, all []serialization) {
	var jws struct {
		Payload    *string         `json:"payload"`
		Signatures []serialization `json:"signatures"`
		serialization
	}
	if !strings.HasPrefix(s, "{") || json.Unmarshal([]byte(s), &jws) != nil || jws.Payload == nil {
		return "", nil
	}
	if all = jws.Signatures; len(all) == 0 && jws.Signature != "" {
		all = []serialization{jws.serialization}
	}
	return *jws.Payload, all
}

// isSerialization reports whether a text is a signed or encrypted JSON serialization.
func isSerialization(s string) bool {
	if len(s) > maxPart || !strings.HasPrefix(s, "{") {
		return false
	}
	_, all := signedJSON(s)
	return len(all) > 0 || readJWEJSON(&Token{}, s)
}

// readJWSJSON reads the first signature of a JSON serialization. A JWT is never written so (RFC 7519 section 3).
func readJWSJSON(t *Token, s string) bool {
	payload, all := signedJSON(s)
	if len(all) == 0 {
		return false
	}
	*t = *all[0].token(payload)
	if t.fact("written as", "JSON, which a JWT never is"); len(all) > 1 {
		t.fact("signatures", strconv.Itoa(len(all))+", of which the first is shown")
	}
	return true
}

// token reads one signature with its headers.
func (one serialization) token(payload string) *Token {
	t := &Token{Segments: 3}
	t.readCompact(one.Protected + "." + payload + "." + one.Signature)
	t.Kind, t.payload = JWS, payload
	for _, m := range unprotected(one.Header) {
		if t.Header.get(m.Name) != nil || m.Name == "crit" || m.Name == "b64" {
			t.fault = "the header that no signature covers has " + quoteName(m.Name) + ", which must not be there (RFC 7515 section 7.2.1)"
			t.damaged(t.fault)
			continue
		}
		t.Header = append(t.Header, m)
	}
	return t
}

// unprotected returns the members of a header that no signature covers.
func unprotected(raw json.RawMessage) Members {
	if !isObject(raw) {
		return nil
	}
	all, _ := members(raw)
	return all
}

// readJWEJSON reads the header of a JSON serialization of RFC 7516 section 7.2, of several recipients for the first.
func readJWEJSON(t *Token, s string) bool {
	var jwe struct {
		Protected   string          `json:"protected"`
		Unprotected json.RawMessage `json:"unprotected"`
		Header      json.RawMessage `json:"header"`
		Ciphertext  string          `json:"ciphertext"`
		Recipients  []struct {
			Header json.RawMessage `json:"header"`
		} `json:"recipients"`
	}
	if !strings.HasPrefix(s, "{") || json.Unmarshal([]byte(s), &jwe) != nil || jwe.Ciphertext == "" {
		return false
	}
	header, problem := decode(jwe.Protected)
	if isObject(header) {
		t.Header = t.object("header", header, problem)
	}
	t.Kind = JWE
	if len(jwe.Recipients) > 0 {
		jwe.Header = jwe.Recipients[0].Header
	}
	t.Header = append(append(t.Header, unprotected(jwe.Unprotected)...), unprotected(jwe.Header)...)
	if n := len(jwe.Recipients); n > 1 {
		t.fact("recipients", strconv.Itoa(n)+", of which the first is shown")
	}
	return true
}
