package jq

import "strings"

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
