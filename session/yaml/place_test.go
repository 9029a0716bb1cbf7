package yaml

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestWhatIsNotYAMLIsSaidWhereItBegins names the bracket or quote that is not closed, not
// the end of the file, and counts the lines as the parser does.
func TestWhatIsNotYAMLIsSaidWhereItBegins(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"a: b\nc: [d\n":               "f:2:4: not YAML: did not find expected ',' or ']'",
		"a: b\nc: [d":                 "f:2:4: not YAML: did not find expected ',' or ']'",
		"a: {b: c\n\n":                "f:1:4: not YAML: did not find expected ',' or '}'",
		"a: 'b\nc: d\n":               "f:1:4: not YAML: found unexpected end of stream",
		"a: \"b\nc: d\ne: f\n":        "close the quote on line 1",
		"a: \"x\u2028y\"\nb: c: d":    "f:3:5: not YAML: mapping values are not allowed",
		"a: \"x\u0085y\"\nb:\n\t- c":  "f:4:1: not YAML: found character that cannot start any token while scanning for the next token (indent",
		"a: {b:c}":                    "f:1:5: a: b:c has no value (write a space after the colon)",
		"a: b\n---\nc: d":             "f:2:1: the file has a second document",
		"a: \xff":                     "save it as text in UTF-8",
		"{a: b, http://example.com }": "http://example.com has no value",
	} {
		if err := read(src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", src, err, want)
		}
	}
	for _, src := range []string{"{'a:b': }", "a:b:", "{a: }", "{'a:b': c, \"d:e\": f}"} {
		if err := read(src); err != nil {
			t.Errorf("%q: %v", src, err)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"1": int64(1), "-0": math.Copysign(0, -1), "0x1F": int64(31), "1e3": 1000.0, "9223372036854775807": int64(9223372036854775807),
		"18446744073709551615": uint64(18446744073709551615), "18446744073709551616": nil, ".inf": nil, "-.nan": nil,
	} {
		n := New("f").Read([]byte(text), "")
		if n.Text != text || (n.Kind == Number) != (want != nil) || fmt.Sprintf("%T %g", n.Number, n.Number) != fmt.Sprintf("%T %g", want, want) {
			t.Errorf("%s is %s %T %v", text, n.Kind, n.Number, n.Number)
		}
	}
}
