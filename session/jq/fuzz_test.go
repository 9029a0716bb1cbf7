package jq

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/itchyny/gojq"
)

// grammar has the forms of expressions, in which E is an expression, P a path, K a key and
// F a function. A path has no slices: gojq makes cycles where they are changed twice.
var grammar = map[byte][]string{
	'E': {
		"P", "P", "K", "1", ".[1:]", ".[:-1]?", "null", "[E]", "[E, E]", "{a: E}", "{(K): E}", "E | E", "E | F", "E | F", "(E) + (E)", "(E) - (E)", "(E) * (E)", "(E) / (E)",
		"(E) % (E)", "(E) == (E)", "(E) < (E)", "(E) // (E)", "(E)?", "try (E) catch .", "if E then E else E end", "E as $x | $x, E", "E as [$x] | [$x]",
		"E as {a: $x} | $x", "reduce (E) as $x (E; . + $x)", "foreach (E) as $x (E; E)", "first(E)", "[limit(3; E)]", "path(P)", "P = (E)", "P |= (E)",
		"P += (E)", "del(P)", `"x\(E)y"`, `@json "\(E)"`, "map(E)?", "select(E)", "sort_by(E)", "group_by(E)?", "with_entries(E)?", "to_entries", "any(E)?", "E as $x | .[$x]?",
		"getpath([K, K])", "setpath([K]; E)", "[paths]", "tostream", "walk(E)", "-(E)", "sub(\"a\"; E)?", "[splits(\"b\")]?", "[match(\"[a-b]\"; \"g\")]?", "IN(E)",
	},
	'P': {".", ".a", ".b?", ".[0]", ".[K]", ".[K]?", ".[]", ".[]?", "..", ".a.b", "P | P", "(P, P)", "P | select(E)"},
	'K': {`"a"`, `"b"`, "0", "-1", "1", `("a", "b")`},
	'F': {
		"length", "keys", "add", "sort", "unique", "reverse", "flatten", "tojson", "tostring", "fromjson", "tonumber", "type", "min", "max", "explode", "implode",
		"ascii_downcase", "@base64", "@csv", "@html", "transpose", "from_entries", "contains(E)", "inside(E)", "indices(K)", "index(K)", "has(K)", "split(\"a\")",
		"join(\",\")", "ltrimstr(K)", "startswith(K)", "bsearch(1)", "not", "first", "last", "floor", "abs", "any", "all", "combinations", "tostream", "test(\"a\")",
	},
}

// sentence writes out a form of the grammar.
func sentence(r *rand.Rand, symbol byte, depth int) string {
	forms := grammar[symbol]
	if depth <= 0 {
		forms = forms[:3]
	}
	var out strings.Builder
	for _, c := range []byte(forms[r.IntN(len(forms))]) {
		if grammar[c] == nil || depth < -2 {
			out.WriteByte(c)
		} else {
			out.WriteString(sentence(r, c, depth-1))
		}
	}
	return out.String()
}

// TestSentencesHaveTheOutcomesOfJQ runs expressions that are put together from the grammar.
func TestSentencesHaveTheOutcomesOfJQ(t *testing.T) {
	t.Parallel()
	values := inputs(t)
	for seed := range uint64(sentences) {
		r := rand.New(rand.NewPCG(seed, 1))
		src := sentence(r, 'E', 4)
		if ast, err := gojq.Parse(src); err != nil || len(src) > 300 || ast.Term == nil && ast.Right == nil {
			continue
		}
		in := values[r.IntN(len(values))]
		got := ours(t, src)(in)
		if strings.Contains(got, "jq.limitError") {
			continue
		}
		if want := theirs(t, src)(in); got != want {
			before, _ := gojq.Marshal(in)
			t.Errorf("%s\n over %s\n  is: %.300s\nwant: %.300s", src, before, got, want)
		}
	}
}

const sentences = 2000
