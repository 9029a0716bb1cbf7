package palette

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The worth of a find. A whole word found beats letters found apart, the
// start of a word beats its middle, and early beats late.
const (
	worthWhole = 200
	worthStart = 100
	worthFirst = 50
)

// words splits what was typed into what must all be found.
func words(typed string) []string { return strings.Fields(fold(typed)) }

// fold makes upper and lower case the same, letter by letter, so that a
// letter keeps its place.
func fold(s string) string { return strings.Map(unicode.ToLower, s) }

// score says how well a folded text answers the words; ok is false when one
// of them is not in it.
func score(text string, words []string) (worth int, ok bool) {
	for _, w := range words {
		n, _, ok := find(text, w, false)
		if !ok {
			return 0, false
		}
		worth += n
	}
	return worth, true
}

// letters gives the places, counted in letters, where the words were found in
// a folded text.
func letters(text string, words []string) []int {
	var all []int
	for _, w := range words {
		_, at, _ := find(text, w, true)
		all = append(all, at...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// find looks for a word: as it stands, at the start of a word if it can, or
// with letters left out from the start of a word on.
func find(text, word string, places bool) (worth int, at []int, ok bool) {
	if i, start := whole(text, word); i >= 0 {
		worth = worthWhole - min(i, worthFirst)/8 // near is as good as nearer
		if start {
			worth += worthStart
		}
		if i == 0 {
			worth += worthFirst
		}
		if places {
			first := utf8.RuneCountInString(text[:i])
			for n := range utf8.RuneCountInString(word) {
				at = append(at, first+n)
			}
		}
		return worth, at, true
	}
	best, from := -1, 0
	for i := range text {
		if !starts(text, i) {
			continue
		}
		if span := apart(text[i:], word); span >= 0 && span <= loose(word) && (best < 0 || span < best) {
			best, from = span, i
		}
	}
	if best < 0 {
		return 0, nil, false
	}
	if places {
		at = placesApart(text, from, word)
	}
	return worthStart - min(best, worthFirst) - min(from, worthFirst)/2, at, true
}

// loose is how far the letters of a word may stand apart: beyond, nearly every
// text has them somewhere.
func loose(word string) int { return 3*len(word) + 4 }

// whole finds a word as it stands, -1 when it does not.
func whole(text, word string) (at int, start bool) {
	first := strings.Index(text, word)
	for i := first; i >= 0; {
		if starts(text, i) {
			return i, true
		}
		next := strings.Index(text[i+1:], word)
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return first, false
}

// starts reports whether a word starts at a place in the text.
func starts(text string, i int) bool {
	if i == 0 {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	return !unicode.IsLetter(before) && !unicode.IsDigit(before)
}

// apart gives the length from the first letter of a text to the last of a
// word whose letters stand in it in their order, beginning with the first; -1
// when they do not.
func apart(text, word string) int {
	at := 0
	for i, r := range text {
		want, size := utf8.DecodeRuneInString(word[at:])
		if r != want {
			if i == 0 {
				return -1
			}
			continue
		}
		if at += size; at == len(word) {
			return i
		}
	}
	return -1
}

func placesApart(text string, from int, word string) []int {
	var at []int
	n := utf8.RuneCountInString(text[:from])
	for _, r := range text[from:] {
		want, size := utf8.DecodeRuneInString(word)
		if r == want {
			at = append(at, n)
			if word = word[size:]; word == "" {
				break
			}
		}
		n++
	}
	return at
}
