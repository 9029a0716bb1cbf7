package secret

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf8"
)

// patterns returns what a [Redactor] looks for: raw, and what undoing escapes makes
// of that, because a text is undone as a whole. What folding leaves too little of, or makes a common word,
// must be spelled as in raw.
func patterns(raw string) []pattern {
	const levels = 3
	texts := []string{raw}
	from := 0
	for range levels {
		done := len(texts)
		for _, text := range texts[from:done] {
			for _, undo := range undoInText {
				if l := undo(&layer{text: text}, &limits{wide: true, reach: len(text)}); l != nil && len(l.text) >= minKnown {
					texts = append(texts, l.text)
				}
			}
		}
		from = done
	}
	slices.Sort(texts)
	var all []pattern
	for _, text := range slices.Compact(texts) {
		folded := fold(text)
		if len(folded) < 2 {
			continue
		}
		all = append(all, pattern{text, folded, isWeak(raw) || isWeak(folded) || len(folded) < minKnown, isWeak(raw) || len(raw) < minKnown})
	}
	return all
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
