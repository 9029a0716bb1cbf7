package backend

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"
)

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
		{"large", strings.Repeat("# comment\n", 9000) + strings.Repeat("x", maxFile), "larger than 1 MiB"},
		{"long", strings.Repeat("#\n", maxLines+1), "more than 10000 lines"},
		{"keys", "{" + strings.Repeat("a: b, ", maxKeys+1) + "}", "more than 10000 keys"},
		{"brackets", strings.Repeat("[", 100_000), "brackets nested too deep"},
		{"dashes", strings.Repeat("- ", 100_000), "lists nested too deep"},
		{"deep", strings.Repeat("[", 100) + strings.Repeat("]", 100), "nested deeper than 50 levels"},
		{"bomb", bomb, "aliases make this file grow beyond measure"},
		{"merges", merges.String(), "aliases make this file grow beyond measure"},
		{"binary", "name: a\x00b", "not a text file"},
		{"empty", "# nothing\n", "the file is empty"},
		{"two", "name: a\n---\nname: b\n", "a second document in one file"},
		{"itself", "name: &a {b: *a}\n", "nothing is anchored as a"},
		{"tag", "name: !!str 12\n", "tags such as !!str are not used here"},
		{"twice", "name: a\nname: b\n", "name stands here twice"},
		{"broken", "name: [\n", "not YAML"},
		{"unquoted", "base_url: {a: ${.b}}\n", "quote text that holds"},
		{"list", "- a\n", "this is a list, not a mapping"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			_, err := Parse("f", []byte(test.src))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestTextForPeopleCannotDriveATerminal(t *testing.T) {
	t.Parallel()
	src := strings.ReplaceAll(minimal, "NAME", "a") + "notes: [\"\\e[2Jone\\nline\"]\n"
	d, err := Parse("f", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(d.Notes[0], "\x1b\n") {
		t.Errorf("the note is %q", d.Notes[0])
	}
	_, err = Parse("f", []byte(src+"\"\\e[2J\": x\n"))
	if err == nil || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("the problem is %q", err)
	}
}

func TestManyProblemsAreCutShort(t *testing.T) {
	t.Parallel()
	src := strings.ReplaceAll(minimal, "NAME", "a") + "query: {\n"
	for i := range 30 {
		src += "  q" + strconv.Itoa(i) + ": \"${\",\n"
	}
	_, err := Parse("f", []byte(src+"}\n"))
	if err == nil || !strings.HasSuffix(err.Error(), "and 10 more") {
		t.Errorf("got %v", err)
	}
}

func TestMergesAndAliasesRepeatWhatStandsOnce(t *testing.T) {
	t.Parallel()
	src := strings.ReplaceAll(minimal, "NAME", "a") + `requests:
  - &one {name: one, path: /one, query: &q {limit: 5, open: true}, expect: .status == 200}
  - {<<: *one, name: two, query: {<<: *q, limit: 6}}
`
	d, err := Parse("f", bytes.ReplaceAll([]byte(src), []byte("\n"), []byte("\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	two := d.Request("two")
	if two.Path.Source() != "/one" || two.Expect == nil || len(two.Query) != 2 || two.Query[0].Value.Source() != "6" {
		t.Errorf("two is %+v", two)
	}
}

func FuzzParse(f *testing.F) {
	entries, err := builtinFiles.ReadDir("builtin")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		src, err := builtinFiles.ReadFile("builtin/" + e.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Add([]byte("a: &a [*a]\nb: {<<: *a}\n? x\n: |2-\n  y"))
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := Parse("f", src)
		if err == nil && (d.Name == "" || len(d.Logins) == 0 || d.Attach[0].Primary == "") {
			t.Errorf("accepted, though it lacks something: %+v", d)
		}
		if err != nil && d != nil {
			t.Error("both a definition and an error")
		}
	})
}
