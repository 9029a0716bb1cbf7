// Package search finds typed words in the entries of a list.
package search

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sahilm/fuzzy"
)

// How well a word fits a text. The first line of a text is its name.
const (
	insideFit = iota + 1 // it is inside a word
	wordFit              // a word begins with it
	insideName
	wordName
	prefixName
	exactName
)

// Query holds the folded words that an entry must contain.
type Query []string

// Parse splits typed text into words.
func Parse(typed string) Query { return strings.Fields(Fold(typed)) }

// Fold lowers the case letter by letter, so that each letter keeps its place.
func Fold(s string) string { return strings.Map(unicode.ToLower, s) }

// Select returns the entries whose folded text contains every word, the best first
// and equally good ones in their order. If there are none, it returns those whose
// first line contains the words with other letters in between, and reports that the
// result is loose.
func (q Query) Select(entries []int, text func(entry int) string) (found []int, loose bool) {
	if len(q) == 0 {
		return entries, false
	}
	found = q.best(entries, text, false)
	if len(found) > 0 {
		return found, false
	}
	found = q.best(entries, text, true)
	return found, len(found) > 0
}

// best returns the entries that contain every word, the best first.
func (q Query) best(entries []int, text func(entry int) string, loose bool) []int {
	type hit struct{ entry, fit int }
	var hits []hit
	for _, e := range entries {
		if fit, ok := q.fit(text(e), loose); ok {
			hits = append(hits, hit{e, fit})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.fit, a.fit) })
	found := make([]int, len(hits))
	for i, h := range hits {
		found[i] = h.entry
	}
	return found
}

// fit rates how well a text fits the words, and reports whether it has all of them.
func (q Query) fit(text string, loose bool) (fit int, ok bool) {
	name, _, _ := strings.Cut(text, "\n")
	for _, word := range q {
		one := fitOf(word, name, text)
		if one == 0 && !(loose && scattered(text, word) != nil) {
			return 0, false
		}
		fit += one
	}
	return fit, true
}

// fitOf rates how well a word fits a text; 0 if the text does not contain it.
func fitOf(word, name, text string) int {
	at, start := locate(name, word)
	switch {
	case name == word:
		return exactName
	case at == 0:
		return prefixName
	case start:
		return wordName
	case at > 0:
		return insideName
	}
	switch at, start := locate(text, word); {
	case start:
		return wordFit
	case at > 0:
		return insideFit
	}
	return 0
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

// Position says which of so many matches is reached, as "3 of 12", or that there is none.
func Position(which, of int) string {
	if of == 0 {
		return "no match"
	}
	return fmt.Sprintf("%d of %d", max(1, which), of)
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
