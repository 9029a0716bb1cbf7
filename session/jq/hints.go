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
