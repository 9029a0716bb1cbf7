package request

import (
	"context"
	"math"
	"slices"
	"strings"
)

// CompareLines bounds the lines of each body that [Compare] reads.
const CompareLines = 20_000

// compareEffort bounds the differing lines that are aligned exactly; the work
// grows with its square.
const compareEffort = 1_500

// Row is one line of two documents side by side.
type Row struct {
	Left, Right int // lines of the documents; -1: none on that side
	Differs     bool
}

// Comparison is two aligned documents.
type Comparison struct {
	Rows        []Row
	Differences int  // runs of rows that differ
	Cut         bool // lines beyond CompareLines were not compared
}

// Compare aligns two documents. In JSON it ignores the comma after a value and puts lines of
// the same member side by side. Documents with nothing in common both start on the first
// row. After ctx ends, the rest counts as different.
func Compare(ctx context.Context, left, right *Document) *Comparison {
	a, cutA := compared(left)
	b, cutB := compared(right)
	c := &Comparison{Cut: cutA || cutB}
	i, j := 0, 0
	gap := func(toI, toJ int) {
		if toI > i || toJ > j {
			c.Differences++
			c.differ(ctx, a[i:toI], b[j:toJ], i, j)
		}
	}
	for _, p := range align(ctx, len(a), len(b), func(i, j int) bool { return a[i].text == b[j].text }) {
		gap(p.a, p.b)
		c.Rows = append(c.Rows, Row{Left: p.a, Right: p.b})
		i, j = p.a+1, p.b+1
	}
	gap(len(a), len(b))
	if !slices.ContainsFunc(c.Rows, func(r Row) bool { return r.Left >= 0 && r.Right >= 0 }) {
		c.apart(len(a), len(b))
	}
	return c
}

// apart puts documents with nothing in common side by side, from the first line.
func (c *Comparison) apart(n, m int) {
	c.Rows = c.Rows[:0]
	for i := range max(n, m) {
		r := Row{Left: i, Right: i, Differs: true}
		if i >= n {
			r.Left = -1
		}
		if i >= m {
			r.Right = -1
		}
		c.Rows = append(c.Rows, r)
	}
}

// differ adds differing lines, those of the same member side by side.
func (c *Comparison) differ(ctx context.Context, a, b []comparedLine, fromA, fromB int) {
	i, j := 0, 0
	alone := func(toI, toJ int) {
		for ; i < toI; i++ {
			c.Rows = append(c.Rows, Row{Left: fromA + i, Right: -1, Differs: true})
		}
		for ; j < toJ; j++ {
			c.Rows = append(c.Rows, Row{Left: -1, Right: fromB + j, Differs: true})
		}
	}
	for _, p := range align(ctx, len(a), len(b), func(i, j int) bool { return a[i].name == b[j].name }) {
		alone(p.a, p.b)
		c.Rows = append(c.Rows, Row{Left: fromA + i, Right: fromB + j, Differs: true})
		i, j = p.a+1, p.b+1
	}
	alone(len(a), len(b))
}

// comparedLine is the text of a line, without a comma at its end, and its name.
type comparedLine struct{ text, name string }

func compared(d *Document) (lines []comparedLine, cut bool) {
	cut = !d.Index(CompareLines + 1)
	n := d.Lines()
	if n > CompareLines {
		n, cut = CompareLines, true
	}
	lines = make([]comparedLine, n)
	for i := range lines {
		spans, _ := d.LineSlice(i, 0, math.MaxInt) // beyond what is drawn, too
		lines[i] = compareLine(spans)
	}
	return lines, cut
}

// compareLine names a line by its indentation and its key. Without a key, an element of an
// array is named by its indentation and a bracket by itself.
func compareLine(spans []Span) comparedLine {
	var text, name strings.Builder
	keyed := false
	for i, s := range spans {
		if i == len(spans)-1 && s.Role == RolePunct && s.Text == "," {
			break
		}
		text.WriteString(s.Text)
		keyed = keyed || s.Role == RoleKey
		if s.Role == RoleKey || s.Role == RolePunct && !keyed || s.Role == RolePlain && len(spans) > 1 {
			name.WriteString(s.Text)
		}
	}
	return comparedLine{text: text.String(), name: name.String()}
}

// pair holds the indexes of equal elements of two lists.
type pair struct{ a, b int }

// align finds the longest common subsequence of two lists: Myers, "An O(ND) Difference
// Algorithm and Its Variations", 1986. It aligns lists that differ by more than
// compareEffort only at their ends.
func align(ctx context.Context, n, m int, equal func(i, j int) bool) []pair {
	head := 0
	for head < n && head < m && equal(head, head) {
		head++
	}
	tail := 0
	for tail < n-head && tail < m-head && equal(n-1-tail, m-1-tail) {
		tail++
	}
	pairs := make([]pair, 0, head+tail)
	for i := range head {
		pairs = append(pairs, pair{i, i})
	}
	middle := shortestEdit(ctx, n-head-tail, m-head-tail, func(i, j int) bool { return equal(head+i, head+j) })
	for _, p := range middle {
		pairs = append(pairs, pair{head + p.a, head + p.b})
	}
	for i := tail; i > 0; i-- {
		pairs = append(pairs, pair{n - i, m - i})
	}
	return pairs
}

// shortestEdit walks the edit graph greedily and keeps each round's furthest
// points for walkBack.
func shortestEdit(ctx context.Context, n, m int, equal func(i, j int) bool) []pair {
	if n == 0 || m == 0 {
		return nil
	}
	bound := min(n+m, compareEffort)
	far := make([]int, 2*bound+3) // the furthest x on each diagonal
	at := func(k int) int { return k + bound + 1 }
	var rounds [][]int
	for d := 0; d <= bound && ctx.Err() == nil; d++ {
		rounds = append(rounds, append([]int(nil), far[at(-d-1):at(d+1)+1]...))
		for k := -d; k <= d; k += 2 {
			x := far[at(k-1)] + 1
			if k == -d || k != d && far[at(k-1)] < far[at(k+1)] {
				x = far[at(k+1)]
			}
			for x < n && x-k < m && equal(x, x-k) {
				x++
			}
			far[at(k)] = x
			if x >= n && x-k >= m {
				return walkBack(rounds, n, m)
			}
		}
	}
	return nil
}

// walkBack follows the rounds of shortestEdit from the end to the beginning.
// Round d holds the diagonals from -d-1 to d+1 as they were before it.
func walkBack(rounds [][]int, n, m int) []pair {
	var pairs []pair
	x, y := n, m
	for d := len(rounds) - 1; d >= 0 && (x > 0 || y > 0); d-- {
		k, before := x-y, func(k int) int { return rounds[d][k+d+1] }
		from := k - 1
		if k == -d || k != d && before(k-1) < before(k+1) {
			from = k + 1
		}
		px := before(from)
		py := px - from
		if d == 0 {
			px, py = 0, 0
		}
		for x > px && y > py {
			x, y = x-1, y-1
			pairs = append(pairs, pair{x, y})
		}
		x, y = px, py
	}
	slices.Reverse(pairs)
	return pairs
}
