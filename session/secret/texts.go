package secret

import (
	"encoding/binary"
	"slices"
	"strings"
)

// set has a one for each byte in it.
type set [256]uint8

const hexDigits = "0123456789abcdefABCDEF"

var (
	inHex    = bytesOf(hexDigits)
	inBase64 = bytesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
	inLists  = bytesOf(hexDigits + "xX-:+, ;|\"'\t\r\n")
)

// The kinds of bytes in a list.
const (
	isGap = iota
	isElement
	isLetter // of no element
)

// inNumbers has the kinds of bytes in lists of numbers: for those in hex, inHex has them.
var inNumbers = func() (t set) {
	for c := range t {
		switch {
		case c >= '0' && c <= '9':
			t[c] = isElement
		case isAlnum(byte(c)):
			t[c] = isLetter
		}
	}
	return t
}()

func bytesOf(s string) (t set) {
	for i := range len(s) {
		t[s[i]] = 1
	}
	return t
}

// values64 has the value of each digit of base64 and base64url, at each place of four.
var values64 = func() (t [4][256]uint32) {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	for c := range 256 {
		value := strings.IndexByte(digits, byte(c))
		switch c {
		case '+', '-':
			value = 62
		case '/', '_':
			value = 63
		}
		for place := range t {
			t[place][c] = uint32(max(value, 0)) << (18 - 6*place)
		}
	}
	return t
}()

// decode64 appends the bytes that digits mean in base64, the last one filled with zeros.
func decode64(buf []byte, s string) []byte {
	at, end := len(buf), len(buf)+(len(s)*6+7)/8
	buf = slices.Grow(buf, len(s)+4)[:len(buf)+len(s)+4]
	for ; len(s) >= 4; s = s[4:] {
		v := values64[0][s[0]] | values64[1][s[1]] | values64[2][s[2]] | values64[3][s[3]]
		binary.BigEndian.PutUint32(buf[at:], v<<8)
		at += 3
	}
	var v uint32
	for i := range s {
		v |= values64[i][s[i]]
	}
	binary.BigEndian.PutUint32(buf[at:], v<<8)
	return buf[:end]
}

// values16 has the value of each digit of hex, and more for what is none.
var values16 = func() (t [256]uint8) {
	for c := range t {
		value, ok := hexValue(byte(c))
		if t[c] = value; !ok {
			t[c] = 0xff
		}
	}
	return t
}()

// decode16 appends the bytes that digits mean in hex, the last one filled with zeros.
func decode16(buf []byte, s string) []byte {
	for ; len(s) >= 2; s = s[2:] {
		buf = append(buf, values16[s[0]]<<4|values16[s[1]])
	}
	if s != "" {
		buf = append(buf, values16[s[0]]<<4)
	}
	return buf
}

// moveBits appends what bytes are without the first bits.
func moveBits(buf, s []byte, bits int) []byte {
	if bits == 0 {
		return append(buf, s...)
	}
	const word = 8
	for ; len(s) > word; s = s[word:] {
		v := binary.BigEndian.Uint64(s)<<bits | uint64(s[word]>>(8-bits))
		buf = binary.BigEndian.AppendUint64(buf, v)
	}
	for ; len(s) > 1; s = s[1:] {
		buf = append(buf, s[0]<<bits|s[1]>>(8-bits))
	}
	return buf
}
