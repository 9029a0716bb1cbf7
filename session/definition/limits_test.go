package definition

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
)

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
