package secret

import (
	"strings"
	"unicode/utf8"
)

// automaton finds many patterns in one pass over a text (Aho and Corasick,
// "Efficient string matching", 1975): its time does not depend on the text.
type automaton struct {
	nodes []node
	root  [256]int32     // the children of node 0
	pairs [1 << 13]uint8 // a bit for each two bytes that begin a pattern
	wide  bool           // a pattern has bytes beyond ASCII
}

// node is one prefix of a pattern. Its children are a list, because tokens make
// long runs without branches.
type node struct {
	child, next int32 // the first child and the next sibling, or 0
	fail        int32 // the node of the longest proper suffix
	depth       int32 // bytes in the prefix
	ends        int32 // the node of the longest pattern that ends here, or 0
	label       byte
	weak        bool // the pattern matches whole words only
}

// pattern is a text to find.
type pattern struct {
	text string
	weak bool // only as a whole word
}

// newAutomaton takes patterns of at least two bytes.
func newAutomaton(patterns []pattern) *automaton {
	a := &automaton{nodes: make([]node, 1)}
	for _, p := range patterns {
		a.insert(p.text, p.weak)
		a.wide = a.wide || strings.ContainsFunc(p.text, func(r rune) bool { return r >= utf8.RuneSelf })
	}
	a.link()
	return a
}

func (a *automaton) insert(p string, weak bool) {
	pair := int(p[0])<<8 | int(p[1])
	a.pairs[pair>>3] |= 1 << (pair & 7)
	at := int32(0)
	for i := range len(p) {
		to := a.step(at, p[i])
		if to == 0 {
			to = int32(len(a.nodes))
			a.nodes = append(a.nodes, node{
				label: p[i], depth: int32(i + 1), next: a.nodes[at].child,
			})
			a.nodes[at].child = to
			if at == 0 {
				a.root[p[i]] = to
			}
		}
		at = to
	}
	end := &a.nodes[at]
	end.weak = weak && (end.ends == 0 || end.weak)
	end.ends = at
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
