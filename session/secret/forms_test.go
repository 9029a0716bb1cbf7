package secret_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"mime/quotedprintable"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// escaping are the ways in which servers write the characters of a text, with what
// is usual in each.
var escaping = map[string]func(string) string{
	"JSON":            func(s string) string { return inside(marshal(s)) },
	"JSON of PHP":     func(s string) string { return strings.ReplaceAll(each(inside(marshal(s)), 0x80, `\u%04x`), "/", `\/`) },
	"JSON of .NET":    func(s string) string { return unreserved(s, func(r rune) string { return unicodeEscape(r, `\u%04X`) }) },
	"every character": func(s string) string { return each(s, 0, `\u%04x`) },
	"JavaScript hex":  func(s string) string { return bytewise(s, `\x%02x`) },
	"code points":     func(s string) string { return unreserved(s, func(r rune) string { return fmt.Sprintf(`\u{%x}`, r) }) },
	"C octal":         func(s string) string { return bytewise(s, `\%03o`) },
	"Python":          func(s string) string { return unreserved(s, func(r rune) string { return fmt.Sprintf(`\U%08x`, r) }) },
	"Go":              func(s string) string { return inside(strconv.QuoteToASCII(s)) },
	"query":           url.QueryEscape,
	"path":            url.PathEscape,
	"lower percent":   func(s string) string { return bytewise(s, `%%%02x`) },
	"old escape": func(s string) string {
		return unreserved(s, func(r rune) string { return unicodeEscape(r, `%%u%04X`) })
	},
	"HTML": func(s string) string { return html.EscapeString(noZero(s)) },
	"HTML decimal": func(s string) string {
		return unreserved(noZero(s), func(r rune) string { return fmt.Sprintf("&#%d;", r) })
	},
	"HTML hex": func(s string) string {
		return unreserved(noZero(s), func(r rune) string { return fmt.Sprintf("&#x%x;", r) })
	},
	"quoted-printable": quotedPrintable,
	"misread":          func(s string) string { return decoded(charmap.Windows1252, s) },
	"misread Latin-1":  func(s string) string { return decoded(charmap.ISO8859_1, s) },
	"windows-1252":     func(s string) string { out, _ := charmap.Windows1252.NewEncoder().String(s); return out },
	"Perl":             func(s string) string { return unreserved(s, func(r rune) string { return fmt.Sprintf(`\x{%x}`, r) }) },
	"SQL":              func(s string) string { return strings.ReplaceAll(s, "'", "''") },
	"CSV":              func(s string) string { return strings.ReplaceAll(s, `"`, `""`) },
	"NFD":              norm.NFD.String,
	"NFC":              norm.NFC.String,

	"base64":          func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64url":       func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"base64 after 1":  func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte("<" + s + ">")) },
	"base64 after 2":  func(s string) string { return base64.URLEncoding.EncodeToString([]byte("u:" + s)) },
	"base64 of MIME":  func(s string) string { return wrap(base64.StdEncoding.EncodeToString([]byte(s)), "\r\n") },
	"base64 of PEM":   func(s string) string { return wrap(base64.StdEncoding.EncodeToString([]byte("<"+s)), "\n") },
	"hex":             func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":             func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"hex with blanks": func(s string) string { return fmt.Sprintf("% x", s) },
	"hex with colons": func(s string) string { return strings.ReplaceAll(fmt.Sprintf("% X", s), " ", ":") },
	"hex with dashes": func(s string) string { return strings.ReplaceAll(fmt.Sprintf("% X", s), " ", "-") },
	"hex of C":        func(s string) string { return strings.ReplaceAll(fmt.Sprintf("%# x", s), " ", ",") },
	"decimals":        func(s string) string { return list([]byte(s), ", ") },
	"decimals of Go":  func(s string) string { return list([]byte(s), " ") },
	"decimals, lines": func(s string) string { return list([]byte(s), ",\n    ") },

	"UTF-16LE": func(s string) string { return wide(s, binary.LittleEndian) },
	"UTF-16BE": func(s string) string { return wide(s, binary.BigEndian) },
}

// noZero returns "" for text that cannot be written.
func noZero(s string) string {
	if strings.Contains(s, "\x00") {
		return ""
	}
	return s
}

func marshal(s string) string { b, _ := json.Marshal(s); return string(b) }
func inside(s string) string  { return s[1 : len(s)-1] }

func unicodeEscape(r rune, verb string) string {
	var out string
	for _, unit := range utf16.AppendRune(nil, r) {
		out += fmt.Sprintf(verb, unit)
	}
	return out
}

// each escapes the characters from a first one on.
func each(s string, first rune, verb string) string {
	var out strings.Builder
	for _, r := range s {
		if r < first {
			out.WriteRune(r)
			continue
		}
		out.WriteString(unicodeEscape(r, verb))
	}
	return out.String()
}

func unreserved(s string, escape func(rune) string) string {
	var out strings.Builder
	for _, r := range s {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._", r) {
			out.WriteRune(r)
			continue
		}
		out.WriteString(escape(r))
	}
	return out.String()
}

func bytewise(s, verb string) string {
	var out strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&out, verb, s[i])
	}
	return out.String()
}

func quotedPrintable(s string) string {
	s = noZero(s) // it may break lines there
	var out strings.Builder
	w := quotedprintable.NewWriter(&out)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return out.String()
}

func decoded(c *charmap.Charmap, s string) string {
	var out strings.Builder
	for i := range len(s) {
		r := c.DecodeByte(s[i])
		if r == '\uFFFD' {
			r = rune(s[i])
		}
		out.WriteRune(r)
	}
	return out.String()
}

func wide(s string, order binary.ByteOrder) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		out = append(out, 0, 0)
		order.PutUint16(out[len(out)-2:], unit)
	}
	return string(out)
}

func wrap(s, lineBreak string) string {
	const line = 76
	var out strings.Builder
	for len(s) > line {
		out.WriteString(s[:line] + lineBreak)
		s = s[line:]
	}
	return out.String() + s
}

func list(all []byte, separator string) string {
	var out []string
	for _, n := range all {
		out = append(out, fmt.Sprint(n))
	}
	return strings.Join(out, separator)
}
