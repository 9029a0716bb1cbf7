package secret

import (
	"math"
	"unicode/utf8"
)

// automaton finds many patterns in one pass over a text (Aho and Corasick,
// "Efficient string matching", 1975): its time does not depend on the text. It
// compares folded text.
type automaton struct {
	limits
	nodes  []node
	root   [256]int32 // the children of node 0
	window int        // bytes of the shortest pattern, or maxWindow
	shifts [1 << 14]uint8
	words  map[int32][]pattern
}

// limits is what undoing needs to know of the patterns.
type limits struct {
	wide     bool      // a pattern has bytes beyond ASCII
	shortest int       // characters of the shortest pattern
	has      [256]bool // bytes that are in folded patterns
}

// mayBe reports whether a character beyond Latin-1 may be of a pattern.
func (k *limits) mayBe(r rune) bool {
	const accent, lastAccent = 0x300, 0x36f
	var one [utf8.UTFMax]byte
	first, _ := foldFirst(string(utf8.AppendRune(one[:0], r)))
	return k.has[first] || r >= accent && r <= lastAccent
}

const maxWindow = 8

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
	a := &automaton{window: maxWindow, limits: limits{shortest: math.MaxInt32}, words: map[int32][]pattern{}}
	size := 1
	for _, p := range patterns {
		size += len(p.folded)
		a.wide = a.wide || !isASCII(p.text)
		a.shortest = min(a.shortest, utf8.RuneCountInString(p.folded))
		a.window = min(a.window, len(p.folded))
	}
	a.nodes = make([]node, 1, size)
	for i := range a.shifts {
		a.shifts[i] = uint8(a.window - 1)
	}
	for _, p := range patterns {
		a.insert(p)
		a.mark(p.folded[:a.window])
	}
	a.link()
	return a
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func (a *automaton) insert(p pattern) {
	at, folded := int32(0), p.folded
	for i := range len(folded) {
		a.has[folded[i]] = true
		to := a.step(at, folded[i])
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

// mark notes how far a text may be skipped: where a window of it ends with two bytes,
// a pattern begins no earlier than these are in the patterns (Wu and Manber, "A
// fast algorithm for multi-pattern searching", 1994).
func (a *automaton) mark(folded string) {
	for i := range len(folded) - 1 {
		for _, c := range cases(folded[i]) {
			for _, d := range cases(folded[i+1]) {
				shift := &a.shifts[pairOf(c, d)]
				*shift = min(*shift, uint8(len(folded)-2-i))
			}
		}
	}
}

// cases returns an ASCII letter in both cases, and another byte twice.
func cases(b byte) [2]byte {
	if b >= 'a' && b <= 'z' {
		return [2]byte{b, b &^ 0x20}
	}
	return [2]byte{b, b}
}

// pairOf returns a number for two bytes of ASCII. It takes others for some of these.
func pairOf(b, c byte) int { return int(b&0x7f)<<7 | int(c&0x7f) }

// skip returns the first place from i on where a pattern may begin.
func (a *automaton) skip(text string, i int) int {
	w := a.window
	for i+maxWindow <= len(text) {
		s := text[i : i+maxWindow]
		if a.wide {
			word := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
			if word&beyondASCII != 0 {
				n := a.begins(text[i:])
				if n == 0 {
					return i
				}
				i += n
				continue
			}
		}
		shift := int(a.shifts[pairOf(s[w-2], s[w-1])])
		if shift == 0 {
			if a.root[lowerCase[s[0]]] != 0 {
				return i
			}
			shift = 1
		}
		i += shift
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

// beyondASCII has the bit of each byte that ASCII has not.
const beyondASCII = 0x8080808080808080

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

// step returns the child of a node for b, or 0.
func (a *automaton) step(at int32, b byte) int32 {
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
		if to := a.step(at, b); to != 0 || at == 0 {
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
