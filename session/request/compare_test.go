package request

import (
	"context"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"tokenring/session/answer"
)

func jsonDocument(text string) *Document { return NewDocument([]byte(text), answer.MediaJSON) }

func lineText(d *Document, i int) string {
	if i < 0 {
		return ""
	}
	var b strings.Builder
	for _, s := range d.Line(i) {
		b.WriteString(s.Text)
	}
	return b.String()
}

// beside writes a comparison as a person sees it.
func beside(a, b *Document, c *Comparison) string {
	var out strings.Builder
	for _, r := range c.Rows {
		mark := " "
		if r.Differs {
			mark = "≠"
		}
		fmt.Fprintf(&out, "%s %s | %s\n", mark, lineText(a, r.Left), lineText(b, r.Right))
	}
	return out.String()
}

func TestCompareLinesUpMembers(t *testing.T) {
	t.Parallel()
	a := jsonDocument(`{"id":1,"name":"admin","roles":["a","b"],"email":"x@y.z"}`)
	b := jsonDocument(`{"id":1,"name":"viewer","roles":["b"]}`)
	c := Compare(context.Background(), a, b)
	want := `  { | {
    "id": 1, |   "id": 1,
≠   "name": "admin", |   "name": "viewer",
    "roles": [ |   "roles": [
≠     "a", | 
      "b" |     "b"
    ], |   ]
≠   "email": "x@y.z" | 
  } | }
`
	if got := beside(a, b, c); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if c.Differences != 3 || c.Cut {
		t.Errorf("%d differences, cut %v", c.Differences, c.Cut)
	}
}

func TestCompareKeepsUnlikeLinesApart(t *testing.T) {
	t.Parallel()
	a, b := jsonDocument(`[0,{"id":1},{"id":2}]`), jsonDocument(`[0,"no token"]`)
	for _, r := range Compare(context.Background(), a, b).Rows {
		left, right := strings.TrimSpace(lineText(a, r.Left)), strings.TrimSpace(lineText(b, r.Right))
		if left != "" && right != "" && strings.Trim(left, ",") != strings.Trim(right, ",") {
			t.Errorf("%s stands beside %s", left, right)
		}
	}
}

func TestCompareOfNothingInCommonBeginsAtTheTop(t *testing.T) {
	t.Parallel()
	a, b := jsonDocument(`[{"id":1}]`), jsonDocument(`{"code":401}`)
	c := Compare(context.Background(), a, b)
	want := `≠ [ | {
≠   { |   "code": 401
≠     "id": 1 | }
≠   } | 
≠ ] | 
`
	if got := beside(a, b, c); got != want || c.Differences != 1 {
		t.Errorf("%d differences:\n%s", c.Differences, got)
	}
}

func TestCompareEqualAndEmpty(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	same := Compare(ctx, jsonDocument(`[1,{"a":null}]`), jsonDocument(`[1, {"a": null}]`))
	if same.Differences != 0 || len(same.Rows) != 6 {
		t.Errorf("%+v", same)
	}
	one := Compare(ctx, jsonDocument(``), jsonDocument(`[1]`))
	if one.Differences != 1 || len(one.Rows) != 3 || one.Rows[0].Left != -1 {
		t.Errorf("%+v", one)
	}
}

// TestCompareIsWhole checks against every pair of random texts that both are
// there, in order, that what counts as equal is, and that no shorter edit was
// overlooked.
func TestCompareIsWhole(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewSource(7))
	for range 400 {
		a, b := randomText(random), randomText(random)
		da, db := NewDocument([]byte(a), answer.MediaText), NewDocument([]byte(b), answer.MediaText)
		c := Compare(context.Background(), da, db)
		i, j, equal := 0, 0, 0
		for _, r := range c.Rows {
			if r.Left >= 0 && r.Left != i || r.Right >= 0 && r.Right != j {
				t.Fatalf("out of order: %+v in\n%s", r, beside(da, db, c))
			}
			if r.Left >= 0 {
				i++
			}
			if r.Right >= 0 {
				j++
			}
			if !r.Differs {
				equal++
				if lineText(da, r.Left) != lineText(db, r.Right) {
					t.Fatalf("called equal: %+v in\n%s", r, beside(da, db, c))
				}
			}
		}
		if i != da.Lines() || j != db.Lines() {
			t.Fatalf("%d of %d and %d of %d lines", i, da.Lines(), j, db.Lines())
		}
		if best := longestCommon(strings.Split(a, "\n"), strings.Split(b, "\n")); equal != best {
			t.Fatalf("%d equal lines where there could be %d:\n%s", equal, best, beside(da, db, c))
		}
	}
}

func randomText(r *rand.Rand) string {
	lines := make([]string, 1+r.Intn(12))
	for i := range lines {
		lines[i] = string(rune('a' + r.Intn(4)))
	}
	return strings.Join(lines, "\n")
}

func longestCommon(a, b []string) int {
	best := make([][]int, len(a)+1)
	best[len(a)] = make([]int, len(b)+1)
	for i := len(a) - 1; i >= 0; i-- {
		best[i] = make([]int, len(b)+1)
		for j := len(b) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if a[i] == b[j] {
				best[i][j] = 1 + best[i+1][j+1]
			}
		}
	}
	return best[0][0]
}

func TestCompareReadsLinesToTheirEnd(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 2*MaxColumns)
	for _, media := range []answer.Media{answer.MediaText, answer.MediaJSON} {
		doc := func(end string) *Document { return NewDocument([]byte(`["`+long+end+`"]`), media) }
		if c := Compare(context.Background(), doc("a"), doc("b")); c.Differences != 1 {
			t.Errorf("%s: %d differences", media, c.Differences)
		}
		if c := Compare(context.Background(), doc("a"), doc("a")); c.Differences != 0 {
			t.Errorf("%s: %d differences in the same", media, c.Differences)
		}
	}
}

func TestCompareIsBounded(t *testing.T) {
	t.Parallel()
	var a, b strings.Builder
	for i := range CompareLines + 5000 {
		fmt.Fprintln(&a, "left", i)
		fmt.Fprintln(&b, "right", i)
	}
	c := Compare(context.Background(), NewDocument([]byte(a.String()), answer.MediaText), NewDocument([]byte(b.String()), answer.MediaText))
	if !c.Cut || c.Differences != 1 || len(c.Rows) < CompareLines {
		t.Errorf("cut %v, %d differences, %d rows", c.Cut, c.Differences, len(c.Rows))
	}
}
