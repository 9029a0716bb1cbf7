// Package search finds typed words in the entries of a list.
package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sahilm/fuzzy"
)

// The worth of an exact match. The start of a word beats its middle, and early
// beats late. Package fuzzy rates inexact matches.
const (
	worthInside = 200
	worthStart  = 100
	worthFirst  = 50
)

// Query holds the folded words that an entry must contain.
type Query []string

// Parse splits typed text into words.
func Parse(typed string) Query { return strings.Fields(Fold(typed)) }

// Fold lowers the case letter by letter, so that each letter keeps its place.
func Fold(s string) string { return strings.Map(unicode.ToLower, s) }

// Select returns the entries whose folded text contains every word, in their
// order. If there are none, it returns those whose first line contains the words
// with other letters in between.
func (q Query) Select(entries []int, text func(entry int) string) []int {
	keep := func(holds func(text, word string) bool) []int {
		found := make([]int, 0, len(entries))
		for _, e := range entries {
			t := text(e)
			if !slices.ContainsFunc(q, func(word string) bool { return !holds(t, word) }) {
				found = append(found, e)
			}
		}
		return found
	}
	found := keep(strings.Contains)
	if len(found) > 0 || len(q) == 0 {
		return found
	}
	return keep(func(text, word string) bool {
		return strings.Contains(text, word) || scattered(text, word) != nil
	})
}

// Worth rates how well a selected text matches the words.
func (q Query) Worth(text string) int {
	worth := 0
	for _, word := range q {
		at, start := locate(text, word)
		if at < 0 {
			if m := scattered(text, word); m != nil {
				worth += m.Score
			}
			continue
		}
		worth += worthInside - min(at, worthFirst)/8 // small distances are equal
		if start {
			worth += worthStart
		}
		if at == 0 {
			worth += worthFirst
		}
	}
	return worth
}

// Places returns the places of the matched letters, counted in letters, in
// ascending order.
func (q Query) Places(text string) []int {
	var all []int
	for _, word := range q {
		var bytes []int
		if at, _ := locate(text, word); at >= 0 {
			for i := range word {
				bytes = append(bytes, at+i)
			}
		} else if m := scattered(text, word); m != nil {
			bytes = m.MatchedIndexes
		}
		for _, at := range bytes {
			all = append(all, utf8.RuneCountInString(text[:at]))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Begins reports whether one of the text's words begins with a word.
func Begins(text, word string) bool {
	_, start := locate(text, word)
	return start
}

// locate returns where a word is, preferably at the start of a word of the
// text; -1 if it is nowhere.
func locate(text, word string) (at int, start bool) {
	at = strings.Index(text, word)
	for i := at; i >= 0; {
		if starts(text, i) {
			return i, true
		}
		next := strings.Index(text[i+1:], word)
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return at, false
}

// scattered finds the letters of a word in the first line, in order and from the
// start of a word. It returns nil if they are too far apart, since nearly every
// text has them somewhere.
func scattered(text, word string) *fuzzy.Match {
	text, _, _ = strings.Cut(text, "\n")
	rest := text
	for _, letter := range word { // most texts fail here, at a twentieth of the cost
		i := strings.IndexRune(rest, letter)
		if i < 0 {
			return nil
		}
		rest = rest[i+utf8.RuneLen(letter):]
	}
	all := fuzzy.FindNoSort(word, []string{text})
	if len(all) == 0 {
		return nil
	}
	at := all[0].MatchedIndexes
	if !starts(text, at[0]) || at[len(at)-1]-at[0] > 3*len(word)+4 {
		return nil
	}
	return &all[0]
}

// starts reports whether a word starts at a place in the text.
func starts(text string, i int) bool {
	before, size := utf8.DecodeLastRuneInString(text[:i])
	return size == 0 || !unicode.IsLetter(before) && !unicode.IsDigit(before)
}
