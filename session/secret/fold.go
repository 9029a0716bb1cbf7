package secret

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// lowerCase has each byte with ASCII letters in lower case, and a blank for the plus
// that a form has for it.
var lowerCase = func() (t [256]byte) {
	for c := range t {
		t[c] = byte(c)
		if c >= 'A' && c <= 'Z' {
			t[c] |= 0x20
		}
	}
	t['+'] = ' '
	return t
}()

// fold returns text as an [automaton] compares it: in lower case, decomposed and
// without accents, so that every normalization of Unicode is the same, and with
// blanks for pluses.
func fold(text string) string {
	var out []byte
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			out = append(out, lowerCase[text[i]])
			i++
			continue
		}
		var n int
		out, n = foldRune(out, text[i:])
		i += n
	}
	return string(out)
}

// foldRune appends the folded form of the first character of s, which is beyond
// ASCII, and returns its length. A byte that is no UTF-8 is one of windows-1252.
func foldRune(buf []byte, s string) (out []byte, n int) {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		r = rune(s[0])
		if d := charmap.Windows1252.DecodeByte(s[0]); d != utf8.RuneError {
			r = d
		}
	}
	if r < maxLatin {
		return append(buf, latinFolds()[r]...), n
	}
	return appendFolded(buf, r), n
}

// foldFirst returns the first byte of the folded form of the first character of s,
// which is beyond ASCII, and its length. Of an accent, the byte is that of the accent.
func foldFirst(s string) (first byte, n int) {
	r, n := utf8.DecodeRuneInString(s)
	if r >= maxLatin && r <= 0xffff && r != utf8.RuneError {
		return firstFolds()[r-maxLatin], n
	}
	var buf [32]byte
	if out, _ := foldRune(buf[:0], s); len(out) > 0 {
		return out[0], n
	}
	return s[0], n
}

// firstFolds has the first byte of each folded character beyond the Latin ones.
var firstFolds = sync.OnceValue(func() []byte {
	t := make([]byte, 1<<16-maxLatin)
	var buf [32]byte
	for i := range t {
		if out := appendFolded(buf[:0], rune(maxLatin+i)); len(out) > 0 {
			t[i] = out[0]
		} else {
			t[i] = utf8.RuneSelf // begins no character
		}
	}
	return t
})

const maxLatin = 0x250

// latinFolds has the folded characters of Latin scripts.
var latinFolds = sync.OnceValue(func() [][]byte {
	t := make([][]byte, maxLatin)
	for r := range t {
		t[r] = appendFolded(nil, rune(r))
	}
	return t
})

func appendFolded(buf []byte, r rune) []byte {
	var one [utf8.UTFMax]byte
	decomposed := utf8.AppendRune(one[:0], r)
	const hangul, hangulEnd = 0xac00, 0xd7a4
	if r >= hangul && r < hangulEnd {
		decomposed = norm.NFKD.Append(nil, decomposed...)
	} else if d := norm.NFKD.Properties(decomposed).Decomposition(); d != nil {
		decomposed = d
	}
	for len(decomposed) > 0 {
		r, n := utf8.DecodeRune(decomposed)
		switch {
		case norm.NFKD.Properties(decomposed).CCC() != 0: // an accent
		case r == 'ß', r == 'ẞ':
			buf = append(buf, "ss"...)
		default:
			buf = utf8.AppendRune(buf, unicode.ToLower(unicode.ToUpper(r)))
		}
		decomposed = decomposed[n:]
	}
	return buf
}
