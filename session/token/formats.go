package token

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"tokenring/session/address"
	"tokenring/session/prose"
	"tokenring/session/secret"
)

// A format is a form of token other than a plain JWT. read fills a token with what can be read without a key, and
// reports whether the text is one.
type format struct {
	name string
	read func(t *Token, s string) bool
}

const formatSDJWT = "SD-JWT"

// formats lists the forms that their shape identifies. No sample of one is of another.
func formats() []format {
	return []format{
		{formatSDJWT, readSDJWT},
		{"JWS, JSON serialization", readJWSJSON},
		{"JWE, JSON serialization", readJWEJSON},
		{"PASETO", readPASETO},
		{"Fernet token", readFernet},
		{"Flask session", readFlask},
		{"Django signed value", readDjango},
		{"Rails signed value", readRailsSigned},
		{"Rails encrypted value", readRailsEncrypted},
		{"Laravel encrypted value", readLaravel},
		{"ASP.NET Core protected value", readASPNET},
		{"Express signed cookie", readExpress},
		{"iron-session", readIron},
		{"macaroon", readMacaroon},
		{"biscuit", func(_ *Token, s string) bool { return strings.HasPrefix(s, "biscuit:") }},
		{"Laravel Sanctum token", readSanctum},
		{"Basic credentials", readBasic},
		{"Java serialized object", func(_ *Token, s string) bool { return strings.HasPrefix(s, "rO0AB") }},
	}
}

// maxFormat bounds the text of a form other than a plain JWT, in bytes.
const maxFormat = 4 * maxPart

// readFormat reads a text as the first format that it has.
func (t *Token) readFormat(s string) bool {
	if len(s) > maxFormat {
		return false
	}
	for _, f := range formats() {
		one := Token{Segments: t.Segments, Size: t.Size, Ignored: t.Ignored}
		if f.read(&one, s) {
			one.Format = cmp.Or(one.Format, f.name)
			*t = one
			return true
		}
	}
	return false
}

// fact adds a line that says what can be read beside header and claims.
func (t *Token) fact(name, text string) {
	raw, _ := json.Marshal(text) // of a string
	t.Facts = append(t.Facts, Line{Name: name, Value: text, Raw: string(raw), JSON: raw})
}

// textFact adds a line with a text of the token, which is hidden where it holds what looks like a secret.
func (t *Token) textFact(name, text string) {
	if secret.ContainsSecret(text) {
		t.secretFact(name, text)
		return
	}
	t.fact(name, text)
}

// secretFact adds a line whose value is a secret.
func (t *Token) secretFact(name, text string) {
	t.fact(name, text)
	line := t.Facts[len(t.Facts)-1]
	t.Facts[len(t.Facts)-1] = line.masked()
}

func (t *Token) moment(name string, seconds int64) {
	at := time.Unix(seconds, 0).UTC()
	raw := strconv.FormatInt(seconds, 10)
	t.Facts = append(t.Facts, Line{Name: name, Kind: Time, At: at, Value: prose.UTC(at), Raw: raw, JSON: json.RawMessage(raw)})
}

// recently reports whether seconds since 1970 are of the years from 2001 to 2100, so that they are a time.
func recently(seconds int64) bool { return seconds > 978307200 && seconds < 4102444800 }

// payloadOf sets the claims from a JSON object.
func (t *Token) payloadOf(data []byte) bool {
	if !isObject(data) || !json.Valid(data) {
		return false
	}
	t.Claims, _ = members(data)
	return true
}

// signedPayload sets the claims from a JSON object, and shows anything else as text. What grew too large is not read.
func (t *Token) signedPayload(data []byte) {
	switch {
	case len(data) > maxInflated:
		t.damaged("its payload is not read: it is larger than 1 MiB")
	case !t.payloadOf(data):
		t.textFact("payload", string(data))
	}
}

// maxInflated bounds what a compressed payload may grow to, in bytes.
const maxInflated = 1 << 20

// inflate undoes zlib where a dot begins the text, as itsdangerous and Django write it, up to one byte above maxInflated.
func inflate(s string) ([]byte, bool) {
	compressed := strings.HasPrefix(s, ".")
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(s, "."))
	if err != nil || !compressed {
		return data, err == nil
	}
	r, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, false
	}
	out, err := io.ReadAll(io.LimitReader(r, maxInflated+1))
	return out, err == nil
}

// readPASETO reads version, purpose and footer, and the claims of a public token
// (github.com/paseto-standard/paseto-spec).
func readPASETO(t *Token, s string) bool {
	parts := strings.SplitN(s, ".", 5)
	signature, known := map[string]int{"v1": 256, "v2": 64, "v3": 96, "v4": 64}[parts[0]]
	if !known || len(parts) < 3 || len(parts) > 4 || parts[1] != "local" && parts[1] != "public" {
		return false
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return false
	}
	t.Format = "PASETO " + parts[0] + "." + parts[1]
	if parts[1] == "local" {
		t.fact("payload", "encrypted, "+prose.Count(len(data), "byte"))
	} else if len(data) > signature {
		t.payloadOf(data[:len(data)-signature])
	}
	if len(parts) < 4 {
		return true
	}
	footer, err := base64.RawURLEncoding.DecodeString(parts[3])
	if err == nil && isObject(footer) && json.Valid(footer) {
		t.Header, _ = members(footer)
	} else if err == nil {
		t.textFact("footer", string(footer))
	}
	return err == nil
}

// readFernet reads the time (github.com/fernet/spec): a byte 0x80, 8 bytes of seconds, an IV, blocks and a MAC.
func readFernet(t *Token, s string) bool {
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
	if err != nil || len(data) < 73 || (len(data)-57)%16 != 0 || data[0] != 0x80 {
		return false
	}
	made := binary.BigEndian.Uint64(data[1:9])
	if made > 1<<40 {
		return false
	}
	t.moment("created", int64(made))
	t.fact("payload", "encrypted, "+prose.Count(len(data)-57, "byte"))
	return true
}

// readFlask reads what itsdangerous signed with a time: payload, seconds, signature; a dot first where it is compressed.
func readFlask(t *Token, s string) bool {
	parts := strings.SplitN(strings.TrimPrefix(s, "."), ".", 4)
	if len(parts) != 3 || len(parts[2]) != 27 && len(parts[2]) != 43 && len(parts[2]) != 86 {
		return false
	}
	payload := s[:len(s)-len(parts[1])-len(parts[2])-2]
	data, ok := inflate(payload)
	stamp, err := base64.RawURLEncoding.DecodeString(parts[1])
	if !ok || err != nil || len(stamp) == 0 || len(stamp) > 8 || len(data) <= maxInflated && !json.Valid(data) {
		return false
	}
	var seconds int64
	for _, b := range stamp {
		seconds = seconds<<8 | int64(b)
	}
	if !recently(seconds) {
		return false
	}
	t.moment("signed", seconds)
	t.signedPayload(data)
	return true
}

// readDjango reads what django.core.signing signed with a time: payload, seconds in base 62, signature, with colons
// between. dumps writes JSON in base64url, and a TimestampSigner the text itself.
func readDjango(t *Token, s string) bool {
	mac := s[strings.LastIndexByte(s, ':')+1:]
	if len(mac) != 43 && len(mac) != 27 || strings.ContainsFunc(mac, isNotBase64URL) {
		return false
	}
	signed := strings.TrimSuffix(s, ":"+mac)
	stamp := signed[strings.LastIndexByte(signed, ':')+1:]
	if len(stamp) != 6 || len(stamp) == len(signed) {
		return false
	}
	seconds, isTime := base62(stamp)
	if !isTime || !recently(seconds) {
		return false
	}
	t.moment("signed", seconds)
	payload := signed[:len(signed)-len(stamp)-1]
	data, ok := inflate(payload)
	if !ok || len(data) <= maxInflated && !json.Valid(data) {
		data = []byte(payload)
	}
	t.signedPayload(data)
	return true
}

// base62 reads digits, capitals and small letters in this order, as Django writes numbers.
func base62(s string) (n int64, ok bool) {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	for _, r := range s {
		at := strings.IndexRune(digits, r)
		if at < 0 {
			return 0, false
		}
		n = n*62 + int64(at)
	}
	return n, true
}

// DecodeBase64 decodes base64 of either alphabet, with padding or without.
func DecodeBase64(s string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(s), "="))
}

// decodeStandard decodes base64 of the standard alphabet, also with percent escapes.
func decodeStandard(s string) ([]byte, bool) {
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(address.Unescape(s), "="))
	return data, err == nil && len(data) > 0
}

// readRailsSigned reads what ActiveSupport::MessageVerifier signed, with expiry and purpose where they are in it.
func readRailsSigned(t *Token, s string) bool {
	payload, mac, ok := strings.Cut(s, "--")
	if _, err := hex.DecodeString(mac); !ok || err != nil || len(mac) != 40 && len(mac) != 64 && len(mac) != 128 {
		return false
	}
	data, ok := decodeStandard(payload)
	if !ok {
		return false
	}
	var wrapped struct {
		Rails struct {
			Message *string `json:"message"`
			Data    any     `json:"data"`
			Expires string  `json:"exp"`
			Purpose string  `json:"pur"`
		} `json:"_rails"`
	}
	if json.Unmarshal(data, &wrapped) == nil && (wrapped.Rails.Message != nil || wrapped.Rails.Data != nil) {
		if at, err := time.Parse(time.RFC3339, wrapped.Rails.Expires); err == nil {
			t.moment("expires", at.Unix())
		}
		if wrapped.Rails.Purpose != "" {
			t.fact("purpose", wrapped.Rails.Purpose)
		}
		if wrapped.Rails.Message != nil {
			data, _ = decodeStandard(*wrapped.Rails.Message)
		} else {
			data, _ = json.Marshal(wrapped.Rails.Data) // it came from JSON
		}
	}
	if bytes.HasPrefix(data, []byte("\x04\x08")) {
		t.fact("payload", "a Ruby object (Marshal), "+prose.Count(len(data), "byte"))
		return true
	}
	t.signedPayload(data)
	return true
}

// readRailsEncrypted reads the shape of what ActiveSupport::MessageEncryptor encrypted with AES-GCM: data, IV and tag.
func readRailsEncrypted(t *Token, s string) bool {
	parts := strings.SplitN(s, "--", 4)
	if len(parts) != 3 {
		return false
	}
	data, ok := decodeStandard(parts[0])
	iv, ok2 := decodeStandard(parts[1])
	tag, ok3 := decodeStandard(parts[2])
	if !ok || !ok2 || !ok3 || len(iv) != 12 || len(tag) != 16 {
		return false
	}
	t.fact("payload", "encrypted with AES-GCM, "+prose.Count(len(data), "byte"))
	return true
}

// readLaravel reads the shape of what Laravel's encrypter wrote.
func readLaravel(t *Token, s string) bool {
	data, ok := decodeStandard(s)
	var sealed struct{ IV, Value, MAC, Tag *string }
	if !ok || !isObject(data) || json.Unmarshal(data, &sealed) != nil || sealed.IV == nil || sealed.Value == nil || sealed.MAC == nil {
		return false
	}
	how := "AES-CBC with a MAC"
	if sealed.Tag != nil && *sealed.Tag != "" {
		how = "AES-GCM"
	}
	value, _ := decodeStandard(*sealed.Value)
	t.fact("payload", "encrypted with "+how+", "+prose.Count(len(value), "byte"))
	return true
}

// readASPNET reads the id of the key after the magic 09 F0 C9 F0 of data protection. A GUID begins with its first
// three numbers in little endian.
func readASPNET(t *Token, s string) bool {
	data, err := DecodeBase64(s)
	if err != nil || len(data) < 36 || !bytes.HasPrefix(data, []byte{0x09, 0xF0, 0xC9, 0xF0}) {
		return false
	}
	id := uuid.UUID(data[4:20])
	for _, swap := range [][2]int{{0, 3}, {1, 2}, {4, 5}, {6, 7}} {
		id[swap[0]], id[swap[1]] = id[swap[1]], id[swap[0]]
	}
	t.fact("key", id.String())
	t.fact("payload", "encrypted, "+prose.Count(len(data)-20, "byte"))
	return true
}

// readExpress reads the value of a cookie that cookie-signature signed: s:value.signature.
func readExpress(t *Token, s string) bool {
	signed, ok := strings.CutPrefix(address.Unescape(s), "s:")
	dot := strings.LastIndexByte(signed, '.')
	if !ok || dot < 1 {
		return false
	}
	if mac, ok := decodeStandard(signed[dot+1:]); !ok || len(mac) != 32 {
		return false
	}
	t.secretFact("session", signed[:dot])
	return true
}

// readIron reads the expiry of what @hapi/iron sealed, in milliseconds in its sixth part.
func readIron(t *Token, s string) bool {
	parts := strings.SplitN(s, "*", 9)
	if len(parts) != 8 || parts[0] != "Fe26.2" {
		return false
	}
	if at, err := strconv.ParseInt(parts[5], 10, 64); err == nil {
		t.moment("expires", at/1000)
	}
	t.fact("payload", "encrypted")
	return true
}

// readMacaroon reads location, identifier and caveats of a macaroon of version 1, and the location of version 2
// (libmacaroons). PyPI and Fly write a prefix before theirs.
func readMacaroon(t *Token, s string) bool {
	if rest, ok := strings.CutPrefix(s, "pypi-"); ok {
		t.Format, s = "PyPI API token (a macaroon)", rest
	}
	data, err := DecodeBase64(s)
	if err != nil {
		return false
	}
	if len(data) > 4 && data[0] == 2 && data[1] == 1 && int(data[2]) < len(data)-3 {
		location := string(data[3 : 3+int(data[2])])
		t.fact("location", location)
		return location != "" && Fault(location) == ""
	}
	for len(data) >= 4 {
		size, err := strconv.ParseUint(string(data[:4]), 16, 16)
		if err != nil || size < 6 || int(size) > len(data) {
			break
		}
		name, value, ok := strings.Cut(strings.TrimSuffix(string(data[4:size]), "\n"), " ")
		if !ok || len(t.Facts) >= maxLines {
			break
		}
		if name == "signature" {
			return len(t.Facts) > 0
		}
		if name == "cid" {
			name = "caveat"
		}
		t.fact(name, value)
		data = data[size:]
	}
	return false
}

// readSanctum reads the id before the bar of a token of Laravel Sanctum.
func readSanctum(t *Token, s string) bool {
	id, token, ok := strings.Cut(s, "|")
	if _, err := strconv.ParseUint(id, 10, 64); !ok || err != nil || len(token) < 40 || len(token) > 64 || strings.ContainsFunc(token, isNotBase64URL) {
		return false
	}
	t.fact("token id", id)
	return true
}

// readBasic reads the user of the Basic scheme: base64 of user and password with a colon between, in UTF-8 without control
// characters (RFC 7617, section 2). Without its scheme such a text could also be JSON or an address.
func readBasic(t *Token, s string) bool {
	data, err := base64.StdEncoding.DecodeString(s)
	user, password, ok := strings.Cut(string(data), ":")
	if err != nil || !ok || user == "" || !utf8.Valid(data) || strings.HasPrefix(password, "//") || strings.IndexByte("{[", data[0]) >= 0 ||
		bytes.ContainsFunc(data, unicode.IsControl) {
		return false
	}
	t.textFact("user", user)
	t.secretFact("password", password)
	return true
}
