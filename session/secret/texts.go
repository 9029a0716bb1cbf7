package secret

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// kinds has what a byte is in a text.
var kinds = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c >= utf8.RuneSelf:
			t[c] = high
		case c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f:
			t[c] = control
		}
	}
	return t
}()

const (
	printable uint8 = iota
	control
	high
)

// eachText finds text in ASCII or UTF-8 of at least that many characters.
func eachText(buf []byte, least int, found func(from, to int)) {
	from, characters := 0, 0
	for i := 0; i < len(buf); {
		n := 1
		if kind := kinds[buf[i]]; kind == high {
			_, n = utf8.DecodeRune(buf[i:])
		}
		if kinds[buf[i]] == printable || n > 1 {
			i += n
			characters++
			continue
		}
		if characters >= least {
			found(from, i)
		}
		i++
		from, characters = i, 0
	}
	if characters >= least {
		found(from, len(buf))
	}
}

// eachUTF16 finds what has zeros as text in UTF-16 does, with something around it.
func eachUTF16(buf []byte, least int, found func(from, to int)) {
	last, first, zeros := -1, 0, 0
	end := func() {
		if zeros > 0 && 2*zeros >= least {
			found(max(first-apart, 0), min(last+apart, len(buf)))
		}
		zeros = 0
	}
	for i := 0; i < len(buf); i++ {
		next := bytes.IndexByte(buf[i:], 0)
		if next < 0 {
			break
		}
		i += next
		if zeros > 0 && i-last > apart {
			end()
		}
		if zeros == 0 {
			first = i
		}
		last = i
		zeros++
	}
	end()
}

// values64 has the value of each digit of base64 and base64url, or -1.
var values64 = func() (t [256]int8) {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range t {
		t[i] = int8(strings.IndexByte(digits, byte(i)))
	}
	t['-'], t['_'] = t['+'], t['/']
	return t
}()

// values16 has the value in hex of each value of base64, or -1.
var values16 = func() (t [64]int8) {
	for i := range t {
		t[i] = -1
	}
	for c, v := range values64 {
		if h, ok := hexValue(byte(c)); ok {
			t[v] = int8(h)
		}
	}
	return t
}()

var isHexDigit = bytesOf("0123456789abcdefABCDEF")

// decode64 appends the bytes that s means in base64, as far as they are whole.
func decode64(buf []byte, s string) []byte {
	for ; len(s) >= 4; s = s[4:] {
		v := uint32(values64[s[0]])<<18 | uint32(values64[s[1]])<<12 | uint32(values64[s[2]])<<6 | uint32(values64[s[3]])
		buf = append(buf, byte(v>>16), byte(v>>8), byte(v))
	}
	var v uint32
	for i := range len(s) {
		v = v<<6 | uint32(values64[s[i]])
	}
	switch len(s) {
	case 2:
		buf = append(buf, byte(v>>4))
	case 3:
		buf = append(buf, byte(v>>10), byte(v>>2))
	}
	return buf
}
