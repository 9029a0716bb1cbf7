package secret

import (
	"math"
	"unicode/utf8"
)

// automaton finds many patterns in one pass over a text (Aho and Corasick,
// "Efficient string matching", 1975): its time does not depend on the text. It
// compares folded text.
type automaton struct {
	nodes    []node
	root     [256]int32     // the children of node 0
	pairs    [1 << 13]uint8 // a bit for each two bytes that may begin a pattern
	words    map[int32][]pattern
	wide     bool // a pattern has bytes beyond ASCII
	shortest int  // characters of the shortest pattern
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
	text  string
	exact bool // as it is spelled
	alone bool // only as a whole word; then it is exact too
}

// newAutomaton takes patterns of at least two bytes when folded.
func newAutomaton(patterns []pattern) *automaton {
	a := &automaton{nodes: make([]node, 1), words: map[int32][]pattern{}, shortest: math.MaxInt32}
	for _, p := range patterns {
		folded := fold(p.text)
		a.wide = a.wide || !isASCII(p.text)
		a.shortest = min(a.shortest, utf8.RuneCountInString(folded))
		a.insert(folded, p)
	}
	for _, p := range patterns {
		a.mark(fold(p.text))
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

func (a *automaton) insert(folded string, p pattern) {
	at := int32(0)
	for i := range len(folded) {
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

// mark notes the pairs of bytes that a text may begin a pattern with.
func (a *automaton) mark(folded string) {
	for c := range 256 {
		if lowerCase[c] != folded[0] && (!a.wide || c < utf8.RuneSelf) {
			continue
		}
		for d := range 256 {
			if lowerCase[d] == folded[1] || a.wide && max(c, d) >= utf8.RuneSelf {
				pair := c<<8 | d
				a.pairs[pair>>3] |= 1 << (pair & 7)
			}
		}
	}
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

func (a *automaton) begins(b, c byte) bool {
	pair := int(b)<<8 | int(c)
	return a.pairs[pair>>3]&(1<<(pair&7)) != 0
}
