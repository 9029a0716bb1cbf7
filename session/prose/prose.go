// Package prose formats small parts of sentences.
package prose

import "strconv"

// Count returns a number of things: "1 byte", "36 bytes".
func Count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}

// Clip shortens text to at most n characters, ellipsis included.
func Clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}
