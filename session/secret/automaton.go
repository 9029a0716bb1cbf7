package secret

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// automaton finds many patterns in one pass over a text (Aho and Corasick,
// "Efficient string matching", 1975): its time does not depend on the text. It
// compares folded text.
type automaton struct {
	limits
	nodes  []node
	root   [256]int32 // the children of node 0
	words  map[int32][]pattern
	grams  [1 << 15 / 64]uint64 // a bit for each hash of bytes near the beginning of a pattern
	unused int                  // bits of a word of four bytes
	step   int                  // a pattern has such bytes at one of so many places
}

// node is one prefix of a pattern. Its children are a list, because tokens make
// long runs without branches.
type node struct {
	child, next int32 // the first child and the next sibling, or 0
	fail        int32 // the node of the longest proper suffix
	depth       int32 // bytes in the prefix
	ends        int32 // the node of the longest pattern that ends here, or 0
	label       byte
	exact       bool // only words end here
}

// pattern is a text to find.
type pattern struct {
	text, folded string
	exact        bool // as it is spelled
	alone        bool // only as a whole word; then it is exact too
}

// newAutomaton takes patterns of at least two bytes when folded.
func newAutomaton(patterns []pattern) *automaton {
	const gram, step = 4, 8
	const head, perByte = 64, 16 // of what begins a form, of two forms in one another
	a := &automaton{limits: limits{shortest: math.MaxInt32, numbers: math.MaxInt32, plain: 8, runes: map[rune]bool{}}, words: map[int32][]pattern{}}
	for c := range utf8.RuneSelf {
		if c == 0 || !isControl(byte(c)) { // UTF-16 has zeros
			a.in[c], a.bytes[c] = 1, 1
		}
	}
	total := 1
	for _, p := range patterns {
		total += len(p.folded)
		a.add(p.text)
		least := beginning(norm.NFC.String(p.text))
		shortest, plain := min(utf8.RuneCountInString(p.folded), utf8.RuneCountInString(least)), plainRun(least)
		a.shortest = min(a.shortest, shortest)
		a.plain = min(a.plain, plain)
		if plain == 0 {
			plain = shortest
		}
		a.numbers = min(a.numbers, bytesInNumbers(p.text, min(shortest, plain)))
		a.reach = max(a.reach, head+perByte*len(p.text))
	}
	for have := 1; have < a.plain; have *= 2 {
		a.shifts = append(a.shifts, uint(8*min(have, a.plain-have)))
	}
	least := min(gram+step-1, a.shortest) // a text in windows-1252 has a byte for each character
	size := min(gram, least)
	a.unused, a.step = 8*(gram-size), least-size+1
	a.addPairs()
	a.nodes = make([]node, 1, total)
	for _, p := range patterns {
		a.insert(p)
		first := []rune(norm.NFC.String(p.text))
		near := len(fold(string(first[:min(a.step, len(first))]))) // the bytes of a text that skip looks at are no further
		for i := 0; i < near && i+size <= len(p.folded); i++ {
			a.mark(p.folded[i : i+size])
		}
	}
	a.link()
	return a
}

func (a *automaton) insert(p pattern) {
	at, folded := int32(0), p.folded
	for i := range len(folded) {
		to := a.child(at, folded[i])
		if to == 0 {
			to = int32(len(a.nodes))
			a.nodes = append(a.nodes, node{
				label: folded[i], depth: int32(i + 1), next: a.nodes[at].child,
			})
			a.nodes[at].child = to
			if at == 0 {
				a.root[folded[i]] = to
			}
		}
		at = to
	}
	end := &a.nodes[at]
	end.exact = p.exact && (end.ends == 0 || end.exact)
	end.ends = at
	if p.exact {
		a.words[at] = append(a.words[at], p)
	}
}

// mark notes bytes of a folded pattern, with a blank as a plus too.
func (a *automaton) mark(folded string) {
	var padded [4]byte
	copy(padded[:], folded)
	hash := hash(binary.LittleEndian.Uint32(padded[:]), a.unused)
	a.grams[hash/64] |= 1 << (hash % 64)
	for i := range len(folded) {
		if folded[i] == ' ' {
			a.mark(folded[:i] + "+" + folded[i+1:])
		}
	}
}

// hash returns a number for the bytes of a word, with letters in either case and without
// the bits that are unused.
func hash(word uint32, unused int) uint32 {
	const everySpace, odd = 0x20202020, 0x9e3779b1
	return ((word | everySpace) << unused * odd) >> (32 - 15)
}

// skip returns the first place from i on where a pattern may begin. It looks at some
// bytes in each step: a pattern that begins before them has them near its beginning.
func (a *automaton) skip(text string, i int) int {
	const beyondASCII = 0x80808080 // the bit of each byte that ASCII has not
	step, unused := a.step, a.unused
	for i+step+3 <= len(text) {
		s := text[i+step-1 : i+step+3]
		word := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
		hash, end := hash(word, unused), i+step
		switch {
		case a.wide && word&beyondASCII != 0:
			end += 3
		case a.grams[hash/64]&(1<<(hash%64)) == 0:
			i = end
			continue
		}
		for i < end {
			n := a.begins(text[i:])
			if n == 0 {
				return i
			}
			i += n
		}
	}
	for i < len(text) {
		n := a.begins(text[i:])
		if n == 0 {
			break
		}
		i += n
	}
	return i
}

// begins returns 0 if s may begin with a pattern, or the length of its first character.
func (a *automaton) begins(s string) int {
	first, n := lowerCase[s[0]], 1
	if first >= utf8.RuneSelf && a.wide {
		first, n = foldFirst(s)
	}
	if a.root[first] != 0 {
		return 0
	}
	return n
}

// child returns the child of a node for b, or 0.
func (a *automaton) child(at int32, b byte) int32 {
	if at == 0 {
		return a.root[b]
	}
	c := a.nodes[at].child
	for c != 0 && a.nodes[c].label != b {
		c = a.nodes[c].next
	}
	return c
}

// follow returns the node of the longest pattern prefix at the end of a text
// that continues with b.
func (a *automaton) follow(at int32, b byte) int32 {
	for {
		if to := a.child(at, b); to != 0 || at == 0 {
			return to
		}
		at = a.nodes[at].fail
	}
}

// link sets the failure links, breadth first.
func (a *automaton) link() {
	queue := make([]int32, 0, len(a.nodes))
	queue = append(queue, 0)
	for i := 0; i < len(queue); i++ {
		at := queue[i]
		for c := a.nodes[at].child; c != 0; c = a.nodes[c].next {
			queue = append(queue, c)
			if at == 0 {
				continue
			}
			n := &a.nodes[c]
			n.fail = a.follow(a.nodes[at].fail, n.label)
			if n.ends == 0 {
				n.ends = a.nodes[n.fail].ends
			}
		}
	}
}
