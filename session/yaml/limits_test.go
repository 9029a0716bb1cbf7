package yaml

import (
	"strconv"
	"strings"
	"testing"
)

// read reads a file whose only rule is to be a mapping.
func read(src string) error {
	r := New("f")
	if root := r.Read([]byte(src), "begin"); root != nil {
		r.Mapping(root)
	}
	return r.Err()
}

func TestFilesAreBounded(t *testing.T) {
	t.Parallel()
	const size = MaxFile / 8
	bomb := "a0: &a0 {x: 1}\n"
	for i := range 30 {
		bomb += "a" + strconv.Itoa(i+1) + ": &a" + strconv.Itoa(i+1) + " [" +
			strings.Repeat("*a"+strconv.Itoa(i)+", ", 9) + "*a" + strconv.Itoa(i) + "]\n"
	}
	var merges strings.Builder
	merges.WriteString("a0: &a0 {k: 1}\n")
	for i := range 15 {
		n := strconv.Itoa(i)
		merges.WriteString("a" + strconv.Itoa(i+1) + ": &a" + strconv.Itoa(i+1) + " {l" + n + ": *a" + n + ", r" + n + ": *a" + n + ", <<: *a" + n + "}\n")
	}
	tests := []struct{ name, src, want string }{
		{"large", strings.Repeat("# comment\n", 9000) + strings.Repeat("x", MaxFile), "larger than 1 MiB"},
		{"long", strings.Repeat("#\n", size/2), "the file is empty"},
		{"keys", "{" + strings.Repeat("a: b, ", size/6-1) + "}", "duplicate key a"},
		{"entries", strings.Repeat("a:\n", size/3), "duplicate key a"},
		{"brackets", strings.Repeat("[", size), "max depth"},
		{"braces", strings.Repeat("{a: ", size/4), "max depth"},
		{"dashes", strings.Repeat("- ", size/2), "max depth"},
		{"words", strings.Repeat("word ", size/5), "not a mapping"},
		{"quotes", strings.Repeat("\"\\u0041", size/7), "not YAML"},
		{"anchors", strings.Repeat("- &a x\n", size/7), "not a mapping"},
		{"aliases", "x: &a x\ny:\n" + strings.Repeat("- *a\n", size/5-4), "too large"},
		{"questions", strings.Repeat("? ", size/2), "max depth"},
		{"indents", indents(), "nested deeper"},
		{"anchors in one line", "[" + strings.Repeat("&a x, ", MaxFile/6-1) + "]", "not a mapping"},
		{"one merge", "<<: {" + keys("a", ": 1, ") + "}\n" + keys("b", ": 1\n"), "too large"},
		{"deep", strings.Repeat("[", 100) + strings.Repeat("]", 100), "nested deeper than 50 levels"},
		{"bomb", bomb, "aliases make this file too large"},
		{"merges", merges.String(), "aliases make this file too large"},
		{"binary", "name: a\x00b", "save it as text"},
		{"empty", "# nothing\n", "the file is empty"},
		{"two", "name: a\n---\nname: b\n", "the file has a second document"},
		{"itself", "name: &a {b: *a}\n", "unknown anchor a"},
		{"tag", "name: !!str 12\n", "tags such as !!str are not supported"},
		{"twice", "name: a\nname: b\n", "duplicate key name"},
		{"broken", "name: [\n", "not YAML"},
		{"directive", "%YAML 1.2\n---\nname: a\n", "remove this line"},
		{"another directive", "%OWN x\n---\nname: a\n", "remove this line"},
		{"unquoted", "base_url: {a: ${.b}}\n", "quote text that holds"},
		{"list", "- a\n", "this is a list, not a mapping"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := read(test.src)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// indents returns mappings in mappings, each deeper than the last.
func indents() string {
	var b strings.Builder
	for i := range 1000 {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// keys returns as many entries as fit into half a file.
func keys(name, end string) string {
	var b strings.Builder
	for i := 0; b.Len() < MaxFile/2-20; i++ {
		b.WriteString(name + strconv.Itoa(i) + end)
	}
	return b.String()
}
