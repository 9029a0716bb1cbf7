package jq

import (
	"fmt"
	"strings"
	"time"
)

// ownFunctions lists the functions of the package comment.
const ownFunctions = "claims, header, seconds, ms, base64url, base64url_decode, hex, hex_decode, md5, sha1, sha256, sha512, sha256_base64url, " +
	"hmac_sha1, hmac_sha256 and hmac_sha512 (also with _hexkey or _base64), uuid"

func endHint(src string) string {
	for _, pair := range []string{"()", "[]", "{}"} {
		if strings.Count(src, pair[:1]) > strings.Count(src, pair[1:]) {
			return "close the " + pair[:1]
		}
	}
	return ""
}

// tokenHint suggests the jq form of syntax borrowed from other languages.
func tokenHint(src string, offset int) string {
	rest := src[offset:]
	for _, h := range []struct{ prefix, hint string }{
		{"'", `strings stand in double quotes`},
		{"&", `write "and"`},
		{"|", `write "or", or a value between the two |`},
		{"!", `write "| not" after the expression`},
		{"=", `write == to compare`},
		{"$.", `the values are read without the $`},
	} {
		if strings.HasPrefix(rest, h.prefix) {
			return h.hint
		}
	}
	end := strings.IndexFunc(rest, func(c rune) bool { return c > 'z' || !isWordByte(byte(c)) })
	if end < 0 {
		end = len(rest)
	}
	if t, err := time.ParseDuration(rest[:end]); err == nil {
		return fmt.Sprintf("seconds are a plain number: %v", t.Seconds())
	}
	return ""
}

// functionHint guesses what an unknown function was meant to be.
func functionHint(src string, offset int, name string) string {
	before := strings.TrimRight(src[:offset], " \t\r\n")
	calls := callsOf(name)
	switch {
	case strings.Contains(name, "::"):
		return ""
	case len(calls) > 0:
		return "it is called as " + strings.Join(calls, " or ")
	case strings.HasSuffix(src[:offset], "-"):
		if path, key := hyphened(src, offset); path != "" {
			return fmt.Sprintf("a key with a hyphen is read as %s[%q]", strings.TrimSuffix(path, "."), key)
		}
	case strings.HasSuffix(before, "|"):
		return "write ." + name + " for the value; functions in addition to jq's are " + ownFunctions
	}
	return fmt.Sprintf("write .%s for the value, %q for the text", name, name)
}

// callsOf returns the ways in which a function can be called; none for an unknown function.
func callsOf(name string) []string {
	var out []string
	for arity, call := range []string{name, name + "(…)", name + "(…; …)", name + "(…; …; …)"} {
		if known(name, arity) {
			out = append(out, call)
		}
	}
	return out
}

// hyphened splits a path such as .body.user-token, whose part at offset was parsed as a
// function, into .body. and user-token. The path is "" if there is none.
func hyphened(src string, offset int) (path, key string) {
	isKey := func(c byte) bool { return isWordByte(c) || c == '-' }
	from, to := offset, offset
	for from > 0 && isKey(src[from-1]) {
		from--
	}
	for to < len(src) && isKey(src[to]) {
		to++
	}
	start := from
	for start > 0 && (isWordByte(src[start-1]) || src[start-1] == '.') {
		start--
	}
	if start == from || src[start] != '.' {
		return "", ""
	}
	return src[start:from], src[from:to]
}

// UnknownRoot returns the error for an expression or template that reads an unknown name of the
// scope.
func UnknownRoot(src, name string, known []string) *SyntaxError {
	e := &SyntaxError{Offset: RootOffset(src, name), Msg: "unknown name ." + name}
	if best := Closest(name, known); best != "" {
		e.Hint = "did you mean ." + best + "?"
	}
	return e
}

// RootOffset returns the offset at which src first reads a name of the scope, or 0.
func RootOffset(src, name string) int {
	for from := 0; ; {
		i := strings.Index(src[from:], "."+name)
		if i < 0 {
			return 0
		}
		at, end := from+i, from+i+1+len(name)
		goesOn := at > 0 && (isWordByte(src[at-1]) || strings.IndexByte(`])"?.`, src[at-1]) >= 0) // .body.status
		if !goesOn && (end == len(src) || !isWordByte(src[end])) {
			return at
		}
		from = end
	}
}

// Closest returns the known word closest to a mistyped one, or "".
func Closest(word string, known []string) string {
	best, distance := "", 3
	lower := strings.ToLower(word)
	for _, k := range known {
		d := editDistance(lower, strings.ToLower(k))
		if d < distance && d < len(k) {
			best, distance = k, d
		}
	}
	return best
}

// editDistance counts the insertions, deletions, replacements and swaps of
// neighbours between two short words.
func editDistance(a, b string) int {
	const tooLong = 40
	if len(a) > tooLong || len(b) > tooLong {
		return tooLong
	}
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
