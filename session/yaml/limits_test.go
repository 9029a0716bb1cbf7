package yaml

import (
	"strconv"
	"strings"
	"testing"
	"time"
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
		{"long", strings.Repeat("#\n", maxLines+1), "more than 10000 lines"},
		{"keys", "{" + strings.Repeat("a: b, ", maxKeys+1) + "}", "more than 10000 keys"},
		{"brackets", strings.Repeat("[", 100_000), "brackets nested too deep"},
		{"dashes", strings.Repeat("- ", 100_000), "lists nested too deep"},
		{"deep", strings.Repeat("[", 100) + strings.Repeat("]", 100), "nested deeper than 50 levels"},
		{"bomb", bomb, "aliases make this file too large"},
		{"merges", merges.String(), "aliases make this file too large"},
		{"binary", "name: a\x00b", "not a text file"},
		{"empty", "# nothing\n", "the file is empty"},
		{"two", "name: a\n---\nname: b\n", "a second document in one file"},
		{"itself", "name: &a {b: *a}\n", "unknown anchor a"},
		{"tag", "name: !!str 12\n", "tags such as !!str are not supported"},
		{"twice", "name: a\nname: b\n", "duplicate key name"},
		{"broken", "name: [\n", "not YAML"},
		{"unquoted", "base_url: {a: ${.b}}\n", "quote text that holds"},
		{"list", "- a\n", "this is a list, not a mapping"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			err := read(test.src)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}
