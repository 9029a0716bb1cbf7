package emulator

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// signHS256 makes a JWT. Signing with a byte key cannot fail.
func signHS256(key []byte, claims jwt.MapClaims) string {
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(key)
	if err != nil {
		panic(fmt.Sprintf("emulator: signing: %v", err))
	}
	return signed
}

// verifyHMAC checks signature and times as of now, without leeway.
func verifyHMAC(raw string, key []byte, now time.Time, methods ...string) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(raw, claims,
		func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods(methods),
		jwt.WithTimeFunc(func() time.Time { return now }),
	)
	if err != nil {
		return nil, err
	}
	return claims, nil
}

// claimTime reads a NumericDate that need not be there.
func claimTime(claims jwt.MapClaims, name string) time.Time {
	seconds, _ := claims[name].(float64)
	return time.Unix(int64(seconds), 0)
}

func claimString(claims jwt.MapClaims, name string) string {
	s, _ := claims[name].(string)
	return s
}

// newKey makes a signing key.
func newKey() []byte { return []byte(rand.Text()) }

// newUUID makes a random UUID (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return formatUUID(b)
}

func formatUUID(b [16]byte) string {
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// orDefault gives d, or fallback where none was set.
func orDefault(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}
