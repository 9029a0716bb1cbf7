package jq

import (
	"fmt"
	"testing"

	"tokenring/session/secret"
)

// TestAMemoryChangesNoResult runs expressions over changing scopes with a memory and
// without one.
func TestAMemoryChangesNoResult(t *testing.T) {
	t.Parallel()
	one, other := secret.New("one"), secret.New("other")
	scopes := []Scope{
		{"status": 200, "scheme": "Bearer", "token": one, "body": map[string]any{"a": 1}},
		{"status": 200, "scheme": "Bearer", "token": one, "body": map[string]any{"a": 2}},
		{"status": 401, "scheme": "Bearer", "token": one, "body": nil},
		{"status": 401, "scheme": nil, "token": other},
		{"scheme": "", "token": other, "status": false},
		{"scheme": "", "token": "other", "status": "200"},
		{},
	}
	for src, kept := range map[string]int{ // how many results the memory holds of an expression that does not fail
		`.status == 401`:                          2,
		`.scheme + " " + .token`:                  2,
		`if .status == 200 then .body else 1 end`: 2,
		`.body.a`:           2, // of null
		`.body == null`:     2,
		`.`:                 0,
		`keys`:              0,
		`.["sta" + "tus"]`:  0,
		`def f: .status; f`: 0,
		`{status}`:          1, // Test alone is plain
		`[.token, .scheme]`: 1,
		`.status | length`:  2,
		`error`:             0,
		`1, false`:          2,
	} {
		var m, matches Memory
		q := Lazy(src)
		for range 2 {
			for i, scope := range scopes {
				plain, with := t.Context(), WithMemory(t.Context(), &m)
				v, err := q.Value(plain, scope)
				again, errAgain := q.Value(with, scope)
				if fmt.Sprint(v, err) != fmt.Sprint(again, errAgain) {
					t.Errorf("%s over scope %d: %v, %v with a memory %v, %v", src, i, v, err, again, errAgain)
				}
				ok, err := q.Test(plain, scope)
				okAgain, errAgain := q.Test(with, scope)
				if matched := q.Match(WithMemory(t.Context(), &matches), scope); matched != ok {
					t.Errorf("%s over scope %d: %v, and it matches with a memory: %v", src, i, ok, matched)
				}
				if ok != okAgain || fmt.Sprint(err) != fmt.Sprint(errAgain) {
					t.Errorf("%s over scope %d: %v, %v with a memory %v, %v", src, i, ok, err, okAgain, errAgain)
				}
			}
		}
		if len(m.last) != kept {
			t.Errorf("%s: the memory holds %d results", src, len(m.last))
		}
	}
}

func TestAMemoryKeepsNothingRandom(t *testing.T) {
	t.Parallel()
	var m Memory
	ctx := WithMemory(t.Context(), &m)
	for _, src := range []string{`uuid`, `.a + uuid`, `def f: uuid; [f] | .[0]`, `if .a then uuid else uuid end`} {
		q := Lazy(src)
		one, err := q.Value(ctx, Scope{"a": "x"})
		other, errOther := q.Value(ctx, Scope{"a": "x"})
		if err != nil || errOther != nil || one == other {
			t.Errorf("%s: %v and %v; %v, %v", src, one, other, err, errOther)
		}
	}
}

// TestAMemoryIsBounded fills a memory with the expressions of a large suite.
func TestAMemoryIsBounded(t *testing.T) {
	t.Parallel()
	var m Memory
	ctx := WithMemory(t.Context(), &m)
	for i := range 5 * maxRemembered {
		if v, err := Lazy(fmt.Sprintf(`.a + %d`, i)).Value(ctx, Scope{"a": 1}); err != nil || v != i+1 {
			t.Fatal(v, err)
		}
	}
	if len(m.last) > maxRemembered {
		t.Errorf("it holds %d results", len(m.last))
	}
}
