package secret

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// patterns returns what a [Redactor] looks for: raw, with its blanks as a form
// writes them too; what undoing escapes makes of that; and in base64 and hex raw
// and its forms in JSON and in URLs.
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
	quoted, _ := jsontext.AppendQuote(nil, raw) // it goes on after invalid UTF-8
	texts := []string{raw, string(quoted[1 : len(quoted)-1]), url.QueryEscape(raw), url.PathEscape(raw)}
	slices.Sort(texts)
	for _, text := range slices.Compact(texts) {
		low := hex.EncodeToString([]byte(text))
		for _, form := range append(base64Forms(text), low, strings.ToUpper(low)) {
			all = append(all, pattern{text: form})
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
