package jq

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/itchyny/gojq"
)

// outcome runs an expression over a value as gojq does, and returns its outputs and
// its error as text.
func outcome(code *gojq.Code, run *run, input any) string {
	var out strings.Builder
	var iter gojq.Iter
	if run == nil {
		iter = code.Run(input)
	} else {
		iter = code.RunWithContext(run, input)
	}
	for n := 0; n < 200; n++ {
		v, ok := iter.Next()
		if !ok {
			return out.String()
		}
		if err, failed := v.(error); failed {
			return out.String() + fmt.Sprintf("%T: %v", err, err)
		}
		b, _ := gojq.Marshal(v)
		fmt.Fprintf(&out, "%s\n", b)
	}
	return out.String()
}

// theirs and ours compile an expression as gojq does and as this package does, and
// return what makes outcomes of it.
func theirs(t testing.TB, src string) func(input any) string {
	ast, err := gojq.Parse(src)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	code, err := gojq.Compile(ast)
	if err != nil {
		return func(any) string { return notCompiled }
	}
	return func(input any) string { return outcome(code, nil, input) }
}

const notCompiled = "not compiled"

func ours(t testing.TB, src string) func(input any) string {
	ast, err := gojq.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	rewritten, err := rewrite(src, ast)
	if err != nil {
		return func(any) string { return notCompiled }
	}
	p, err := rewritten.compile(src)
	if err != nil {
		return func(any) string { return notCompiled }
	}
	return func(input any) string {
		p.run.begin(t.Context(), valueWork)
		defer p.run.end()
		return outcome(p.code, &p.run, input)
	}
}

func decode(t testing.TB, data string) any {
	var v any
	dec := json.NewDecoder(strings.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// inputs are values of all kinds, with the numbers of a document and of a scope.
func inputs(t testing.TB) []any {
	var out []any
	for _, data := range []string{
		`null`, `true`, `0`, `-3`, `1.50`, `1e1000`, `123456789012345678901234567890`, `""`, `"abc"`, `"a,b, c"`, `"äöü€ x\u0000\n\"\\"`, `"2015-03-05T23:51:47Z"`, `"test 12 and 345"`, `"aaaa"`,
		`"[1,{\"a\":2.0}]"`, `"YWJj"`, `[]`, `[1,2,3]`, `[3,1.0,2,1,null,"b","a",true,false,[1],[0],{"a":1},{"a":0}]`, `["a","b",null,1,true]`, `[[1,2],[3],[],[1,2]]`, `{}`,
		`{"a":1,"b":"x","c":[1,2,{"d":null}]}`, `{"a":{"b":{"c":1}},"d":[{"e":"f"}]}`, `[{"key":"k","value":1},{"name":"n","value":null},{"k":"z"}]`,
		`[{"id":1,"n":"b","t":["x"]},{"id":2,"n":"a","t":[]},{"id":1,"n":"a","t":["y","z"]}]`, `[[["start"],1],[["start"]]]`, `[1425599621, 0]`, `["a",["b",[["c"]]]]`,
	} {
		v := decode(t, data)
		out = append(out, v, Numbers(decode(t, data)))
	}
	n, _ := new(big.Int).SetString("-99999999999999999999", 10)
	return append(out, math.NaN(), math.Inf(1), math.MinInt, n, "\xff\xfea\xffb", []any{math.NaN(), 1, math.NaN()}, map[string]any{"\xff": "\xfe"})
}

// expressions returns the lines of testdata/expressions.jq.
func expressions(t testing.TB) []string {
	data, err := os.ReadFile(filepath.Join("testdata", "expressions.jq"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

func TestOutcomesAreThoseOfJQ(t *testing.T) {
	t.Parallel()
	for _, src := range expressions(t) {
		theirs, ours := theirs(t, src), ours(t, src)
		for _, in := range inputs(t) {
			before, _ := gojq.Marshal(in)
			want := theirs(in)
			if got := ours(in); got != want {
				t.Errorf("%s\n over %s\n  is: %s\nwant: %s", src, before, got, want)
			}
			if after, _ := gojq.Marshal(in); !bytes.Equal(before, after) {
				t.Fatalf("%s changes its input %s to %s", src, before, after)
			}
		}
	}
}

// TestEveryFunctionOfJQIsBounded fails for a function of gojq that neither this package
// nor its prelude lists, or that no expression of the tests above calls.
func TestEveryFunctionOfJQIsBounded(t *testing.T) {
	t.Parallel()
	called := map[string]bool{}
	for _, src := range expressions(t) {
		ast, err := gojq.Parse(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		w := &walker{}
		w.query(ast, true)
		for _, name := range w.calls {
			called[name] = true
		}
	}
	for _, name := range plain("builtins", nil).([]any) {
		name, arity, _ := strings.Cut(name.(string), "/")
		if _, ok := refused[name]; ok {
			continue
		}
		if n := int(arity[0] - '0'); !known(name, n) {
			t.Errorf("jq has %s/%s", name, arity)
		}
		if !called[name] {
			t.Errorf("no expression calls %s", name)
		}
	}
}

func FuzzOutcomes(f *testing.F) {
	for _, src := range expressions(f) {
		for _, in := range []string{`[1,"a",{"b":[null]}]`, `"a,b"`} {
			f.Add(src, in)
		}
	}
	f.Fuzz(func(t *testing.T, src, input string) {
		ast, err := gojq.Parse(src)
		var in any
		dec := json.NewDecoder(strings.NewReader(input))
		dec.UseNumber()
		if err != nil || ast.Term == nil && ast.Right == nil || dec.Decode(&in) != nil {
			return
		}
		w := &walker{}
		if w.query(ast, true); w.check(src) != nil || len(ast.Imports) > 0 || ast.Meta != nil {
			return
		}
		got := ours(t, src)(in)
		if strings.Contains(got, "jq.limitError") || got == notCompiled {
			return
		}
		if want := theirs(t, src)(in); got != want {
			t.Errorf("%s\n over %s\n  is: %s\nwant: %s", src, input, got, want)
		}
	})
}

// What an operator returns is no path, as in jq. Here gojq differs: it returns the path of an operand with that value.
func TestWhatAnOperatorReturnsIsNoPath(t *testing.T) {
	t.Parallel()
	input := map[string]any{"a": 1, "list": []any{1}, "text": "x"}
	for _, src := range []string{`path(.a + null)`, `path(null + .a)`, `path(.list + [])`, `path(.text + "")`, `path(.a * 1)`, `(.a + null) |= 3`, `del(.a + null)`} {
		if got := ours(t, src)(input); !strings.Contains(got, "invalid path") {
			t.Errorf("%s: %s", src, got)
		}
	}
	for src, want := range map[string]string{`path(.a // 1)`: `["a"]`, `path(.absent // .list)`: `["list"]`} {
		if got := ours(t, src)(input); strings.TrimSpace(got) != want {
			t.Errorf("%s: %s", src, got)
		}
	}
}
