package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/encoding/charmap"
)

// patterns returns what a [Redactor] looks for: raw, with its blanks as a form
// writes them too; what undoing escapes makes of that; and in base64 and hex raw
// and its forms in JSON, HTML, URLs and windows-1252.
func patterns(raw string) []pattern {
	var all []pattern
	for _, text := range []string{raw, strings.ReplaceAll(raw, " ", "+")} {
		all = append(all, pattern{text, isWeak(raw)})
		l := &layer{text: text}
		for range maxLevels {
			if l = undoEscapes(l, true); l == nil || len(l.text) < minKnown {
				break
			}
			all = append(all, pattern{l.text, isWeak(raw)})
		}
	}
	texts := append(quotedForms(raw), raw, url.QueryEscape(raw), url.PathEscape(raw), html.EscapeString(raw))
	if latin, err := charmap.Windows1252.NewEncoder().String(raw); err == nil {
		texts = append(texts, latin)
	}
	slices.Sort(texts)
	for _, text := range slices.Compact(texts) {
		low := hex.EncodeToString([]byte(text))
		if text == raw { // the bytes apart, as dumps and fingerprints have them
			apart := fmt.Sprintf("% x", raw)
			for _, form := range []string{apart, strings.ReplaceAll(apart, " ", ":"), strings.ToUpper(strings.ReplaceAll(apart, " ", ":"))} {
				all = append(all, pattern{text: form})
			}
		}
		for _, form := range append(base64Forms(text), low, strings.ToUpper(low)) {
			all = append(all, pattern{text: form})
		}
	}
	return all
}

// quotedForms returns raw as JSON writes it: as little escaped as can be, safe for
// HTML, and in ASCII alone, as the claims of many tokens are.
func quotedForms(raw string) []string {
	plain, _ := jsontext.AppendQuote(nil, raw) // it goes on after invalid UTF-8
	safe := bytes.Clone(plain)
	_ = (*jsontext.Value)(&safe).Format(jsontext.EscapeForHTML(true))
	var ascii []byte
	for _, r := range string(plain) {
		if r < utf8.RuneSelf {
			ascii = append(ascii, byte(r))
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			ascii = fmt.Appendf(ascii, `\u%04x`, unit)
		}
	}
	var forms []string
	for _, quoted := range [][]byte{plain, safe, ascii} {
		forms = append(forms, string(quoted[1:len(quoted)-1]))
	}
	return forms
}

// withPasswords adds the password of each credential of HTTP Basic, RFC 7617: a
// server that reads it may repeat the password alone.
func withPasswords(known []String) []String {
	all := slices.Clone(known)
	for _, k := range known {
		pair, err := base64.StdEncoding.DecodeString(k.Reveal())
		if _, password, ok := strings.Cut(string(pair), ":"); err == nil && ok && utf8.Valid(pair) {
			all = append(all, New(password))
		}
	}
	return all
}

// isWeak reports whether raw is likely a part of other words: a short word, with
// a capital at most, or a short number.
func isWeak(raw string) bool {
	const short = 16
	rest := strings.TrimLeft(raw[1:], "abcdefghijklmnopqrstuvwxyz")
	number := strings.Trim(raw, "0123456789")
	return len(raw) <= short && (rest == "" && isAlnum(raw[0]) || number == "")
}

// base64Forms encodes raw with both alphabets: alone, padded or not, and inside
// a longer text ("user:password"), where it begins at one of three positions
// and only some characters depend on raw alone.
func base64Forms(raw string) []string {
	var forms []string
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		padded := enc.EncodeToString([]byte(raw))
		forms = append(forms, padded, strings.TrimRight(padded, "="))
		for before := range 3 {
			text := enc.WithPadding(base64.NoPadding).EncodeToString([]byte("\x00\x00"[:before] + raw))
			from, to := (before*8+5)/6, (before+len(raw))*8/6
			if to-from >= minKnown {
				forms = append(forms, text[from:to])
			}
		}
	}
	return forms
}
