package secret

// automaton finds many patterns in one pass over a text (Aho and Corasick,
// "Efficient string matching", 1975): its time does not depend on the text.
type automaton struct {
	nodes []node
	root  [256]int32     // the children of node 0
	pairs [1 << 13]uint8 // a bit for each two bytes that begin a pattern
}

// node is one prefix of a pattern. Its children are a list, because tokens make
// long runs without branches.
type node struct {
	child, next int32 // the first child and the next sibling, or 0
	fail        int32 // the node of the longest proper suffix
	depth       int32 // bytes in the prefix
	match       int32 // length of the longest pattern that ends here, or 0
	label       byte
}

// span is the half-open range of bytes [from, to).
type span struct{ from, to int }

// newAutomaton takes patterns of at least two bytes.
func newAutomaton(patterns []string) *automaton {
	a := &automaton{nodes: make([]node, 1)}
	for _, p := range patterns {
		a.insert(p)
	}
	a.link()
	return a
}

func (a *automaton) insert(p string) {
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
	a.nodes[at].match = int32(len(p))
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
			n.match = max(n.match, a.nodes[n.fail].match)
		}
	}
}

func (a *automaton) begins(b, c byte) bool {
	pair := int(b)<<8 | int(c)
	return a.pairs[pair>>3]&(1<<(pair&7)) != 0
}

// scan returns the ranges that patterns cover in text, in order and without
// overlaps, including a truncated pattern at the end.
func scan[T string | []byte](a *automaton, text T) []span {
	var spans []span
	at := int32(0)
	for i := 0; i < len(text); i++ {
		if at == 0 {
			for i+1 < len(text) && !a.begins(text[i], text[i+1]) {
				i++
			}
		}
		at = a.follow(at, text[i])
		if n := int(a.nodes[at].match); n > 0 {
			spans = cover(spans, span{i + 1 - n, i + 1})
		}
	}
	if n := int(a.nodes[at].depth); n >= minCut {
		spans = cover(spans, span{len(text) - n, len(text)})
	}
	return spans
}

// cover appends s, which ends last, and merges the spans it overlaps.
func cover(spans []span, s span) []span {
	for len(spans) > 0 {
		last := spans[len(spans)-1]
		if last.to <= s.from {
			break
		}
		s.from = min(s.from, last.from)
		spans = spans[:len(spans)-1]
	}
	return append(spans, s)
}
