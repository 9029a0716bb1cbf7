package request

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"tokenring/session/answer"
	"tokenring/session/secret"
)

// shown is the document as a person reads it, line by line.
func shown(d *Document) []string {
	d.Index(1 << 30)
	lines := make([]string, d.Lines())
	for i := range lines {
		lines[i] = joined(d.Line(i))
	}
	return lines
}

func joined(spans []Span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.Text)
	}
	return b.String()
}

func TestDocumentLines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		body  string
		media answer.Media
		want  []string
	}{
		{"compact JSON is indented", `{"b":[1,{"a":null}],"a":true}`, answer.MediaJSON,
			[]string{`{`, `  "b": [`, `    1,`, `    {`, `      "a": null`, `    }`, `  ],`, `  "a": true`, `}`}},
		{"spread JSON is drawn together", "{ \"a\"\n:\t[ ] ,\r\n\"b\" : { }\n}", answer.MediaJSON,
			[]string{`{`, `  "a": [],`, `  "b": {}`, `}`}},
		{"digits, order and duplicates stay", `{"n":12345678901234567890.10e+007,"a":1,"a":2}`, answer.MediaJSON,
			[]string{`{`, `  "n": 12345678901234567890.10e+007,`, `  "a": 1,`, `  "a": 2`, `}`}},
		{"several values follow each other", "{\"a\":1}\n[]\n\"x\" 7", answer.MediaJSON,
			[]string{`{`, `  "a": 1`, `}`, `[]`, `"x"`, `7`}},
		{"a byte order mark is no damage", "\ufeff[]", answer.MediaJSON, []string{`[]`}},
		{"damage shows the source from its line on", "{\"a\":1,\"b\":oops,\n \"c\":2}", answer.MediaJSON,
			[]string{`{`, `  "a": 1,`, `"b":oops,`, ` "c":2}`}},
		{"a cut body ends as it was cut", `[1,"two`, answer.MediaJSON, []string{`[`, `  1,`, `"two`}},
		{"what is no JSON at all is text", "<b>\r\nno", answer.MediaJSON, []string{`<b>`, `no`}},
		{"text after the end", `{} trailing`, answer.MediaJSON, []string{`{}`, `trailing`}},
		{"text", "one\ttab\r\n\nthree\n", answer.MediaText, []string{`one    tab`, ``, `three`}},
		{"text cannot move the cursor", "a\x1b[2Jb\u202ec", answer.MediaText, []string{"a␛[2Jb\ufffdc"}},
		{"nor can JSON", "[\"\u202e\x9b\"]", answer.MediaJSON, []string{`[`, "  \"\ufffd\ufffd\"", `]`}},
		{"binary is named, with its head in hex", "\x00\x01", answer.MediaBinary, []string{
			"2 bytes of binary content", "", "00000000  00 01                                             |..|",
		}},
		{"nothing has no lines", "", answer.MediaEmpty, []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := shown(NewDocument([]byte(tt.body), tt.media))
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestDocumentRoles(t *testing.T) {
	t.Parallel()
	d := NewDocument([]byte(`{"k":["s",1,true,null]}`), answer.MediaJSON)
	d.Index(100)
	var got []string
	names := map[Role]string{RolePlain: "plain", RoleKey: "key", RoleString: "string", RoleNumber: "number", RoleBool: "bool", RoleNull: "null", RolePunct: "punct"}
	for i := range d.Lines() {
		for _, s := range d.Line(i) {
			if strings.TrimSpace(s.Text) != "" {
				got = append(got, names[s.Role]+" "+s.Text)
			}
		}
	}
	want := []string{"punct {", `key "k"`, "punct : ", "punct [", `string "s"`, "punct ,", "number 1", "punct ,",
		"bool true", "punct ,", "null null", "punct ]", "punct }"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestDocumentIsIndexedStepByStep(t *testing.T) {
	t.Parallel()
	d := NewDocument([]byte("["+strings.Repeat("1,", 4999)+"1]"), answer.MediaJSON)
	if d.Lines() != 0 || d.Line(0) != nil {
		t.Error("a new document is indexed already")
	}
	if d.Index(200) || d.Lines() != 200 {
		t.Errorf("after 200 lines: done or %d lines", d.Lines())
	}
	for !d.Index(1500) {
	}
	if d.Lines() != 5002 {
		t.Errorf("%d lines, want 5002", d.Lines())
	}
	if got := joined(d.Line(5001)); got != "]" {
		t.Errorf("last line is %q", got)
	}
}

func TestDocumentSaysWhereItIsDamaged(t *testing.T) {
	t.Parallel()
	tests := []struct {
		body string
		line int
		ok   bool
	}{
		{`{"a":1}`, 0, false},
		{`{"a":1,}`, 2, true},
		{`[1,2`, 3, true}, // it merely ends
		{`nonsense`, 0, true},
		{strings.Repeat("[", maxDepth+1), maxDepth, true},
	}
	for _, tt := range tests {
		d := NewDocument([]byte(tt.body), answer.MediaJSON)
		d.Index(1 << 20)
		if line, ok := d.Damage(); ok != tt.ok || ok && line != tt.line {
			t.Errorf("%.20s: line %d, %v; want %d, %v", tt.body, line, ok, tt.line, tt.ok)
		}
	}
}

func TestLongLinesAreSlicedCheaply(t *testing.T) {
	long := strings.Repeat("é", 100) + strings.Repeat("x", 5<<20)
	d := NewDocument([]byte(`{"k":"`+long+`"}`), answer.MediaJSON)
	d.Index(10)

	spans, more := d.LineSlice(1, 3, 8)
	if got := joined(spans); got != `k": "ééé` || !more {
		t.Errorf("slice is %q, more %v", got, more)
	}
	spans, more = d.LineSlice(1, 8+100+5<<20-2, 10)
	if got := joined(spans); got != `xx"` && got != `x"` || more {
		t.Errorf("the end is %q, more %v", got, more)
	}
	if spans, more = d.LineSlice(1, 0, math.MaxInt); len(joined(spans)) != len(`  "k": ""`)+len(long) || more {
		t.Errorf("the whole line has %d bytes, more %v", len(joined(spans)), more)
	}
	line := joined(d.Line(1))
	if !strings.HasSuffix(line, "x…") || len([]rune(line)) != MaxColumns+1 {
		t.Errorf("Line gave %d characters", len([]rune(line)))
	}
	if n := testing.AllocsPerRun(5, func() { d.LineSlice(1, 0, 80) }); n > 20 {
		t.Errorf("%v allocations for one slice", n)
	}
}

func TestDocumentIsSharedBetweenASearchAndAScreen(t *testing.T) {
	t.Parallel()
	d := NewDocument([]byte("["+strings.Repeat(`"x",`, 20000)+`"needle"]`), answer.MediaJSON)
	found := make(chan []int)
	go func() {
		found <- d.Matches(t.Context(), "needle")
	}()
	for i := 0; !d.Index(100); i++ {
		d.Line(i)
	}
	if lines := <-found; !slices.Equal(lines, []int{20001}) {
		t.Errorf("found in lines %v", lines)
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	const body = `{"id":5,"Name":"Ärger","list":[{"id":5},{"id": 6}],"x":"id and ID"}`
	// 0 {  1 id  2 Name  3 list  4 {  5 id  6 }  7 {  8 id 6  9 }  10 ]  11 x  12 }
	for pattern, want := range map[string][]int{
		"id": {1, 5, 8, 11}, "ID": {11}, // upper case counts
		`"id": 6`: {8}, `"ID": 6`: nil, `"id": 5`: {1, 5}, `: [`: {3}, "ärger": {2}, "Ärger": {2}, "ÄRGER": nil, "nowhere": nil, "": nil,
		"5,{": nil, // stands so in no line
	} {
		d := NewDocument([]byte(body), answer.MediaJSON)
		if got := d.Matches(t.Context(), Pattern(pattern)); !slices.Equal(got, want) {
			t.Errorf("%q: lines %v, want %v", pattern, got, want)
		}
	}
}

func TestMatchesInText(t *testing.T) {
	t.Parallel()
	d := NewDocument([]byte("alpha\nbeta: [x]\nALPHA\n"), answer.MediaText)
	for pattern, want := range map[Pattern][]int{": [": {1}, "alpha": {0, 2}, "ALPHA": {2}} {
		if got := d.Matches(t.Context(), pattern); !slices.Equal(got, want) {
			t.Errorf("%q: lines %v, want %v", pattern, got, want)
		}
	}
}

func TestMatchesEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := NewDocument([]byte(`{"a":1}`), answer.MediaJSON)
	for _, pattern := range []string{"a", `": `} {
		if got := d.Matches(ctx, Pattern(pattern)); got != nil {
			t.Errorf("found %q with a dead context", pattern)
		}
	}
}

func TestMatchesFarIntoALargeBody(t *testing.T) {
	t.Parallel()
	const want = 100_000
	body := strings.Repeat("x\n", want) + "needle\n" + strings.Repeat("x\n", want)
	d := NewDocument([]byte(body), answer.MediaText)
	if got := d.Matches(t.Context(), "needle"); !slices.Equal(got, []int{want}) {
		t.Errorf("lines %v; want %d", got, want)
	}
}

func TestBytesLeaveNothingOut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		body        string
		media       answer.Media
		bytes, safe string
	}{
		{"{\"a\":[1,\"\u202e\"]}", answer.MediaJSON, "{\n  \"a\": [\n    1,\n    \"\u202e\"\n  ]\n}\n", ""},
		{`{"a":1`, answer.MediaJSON, "{\n  \"a\": 1\n", ""},
		{"{\"a\":1}\n{\"b\":2}\n", answer.MediaJSON, "{\n  \"a\": 1\n}\n{\n  \"b\": 2\n}\n", ""},
		{"one\ttwo\r\n\x1b[31mthree", answer.MediaText, "one\ttwo\r\n\x1b[31mthree", ""},
		{"\x00\xff\r\n", answer.MediaBinary, "\x00\xff\r\n", "00000000  00 ff 0d 0a                                       |....|\n"},
	} {
		d := NewDocument([]byte(tt.body), tt.media)
		if got := string(d.Bytes(t.Context())); got != tt.bytes {
			t.Errorf("%q leaves as %q", tt.body, got)
		}
		if got := d.Printable(t.Context()); got != secret.CleanText(tt.bytes) && tt.safe == "" || tt.safe != "" && got != tt.safe {
			t.Errorf("%q is printed as %q", tt.body, got)
		}
	}
}

func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,2.50,{"b":null}],"a":"\u00e9\n","":{}}`, `[]`, `{ }`, `[[[`, `{"a":1,}`, "1 2\n3", `"x`, "\x1b[31m",
		`[-0,1e9,-1.5E-3,01,1.,.5,+1]`, "{\"\u202e\":\t[ ] }", `{"a"}`, `tru`, `nullnull`, "\ufeff{}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, media := range []answer.Media{answer.MediaJSON, answer.MediaText} {
			d := NewDocument(body, media)
			lines := shown(d)
			for i, line := range lines {
				if line != secret.CleanLine(line) {
					t.Errorf("line %d is not safe: %q", i, line)
				}
				if got := d.Matches(t.Context(), Pattern(d.appendLine(nil, i))); len(d.appendLine(nil, i)) > 0 && !slices.Contains(got, i) {
					t.Errorf("line %d is not found by itself: %v", i, got)
				}
			}
			d.LineSlice(len(lines)/2, 3, 5)
		}
		if json.Valid(body) {
			checkIndented(t, body)
		}
	})
}

// checkIndented compares the document with what encoding/json makes of it.
func checkIndented(t *testing.T, body []byte) {
	t.Helper()
	d := NewDocument(body, answer.MediaJSON)
	d.Index(1 << 30)
	if line, ok := d.Damage(); ok {
		t.Fatalf("valid JSON is called damaged at line %d", line)
	}
	var got, want bytes.Buffer
	for i := range d.Lines() {
		if i > 0 {
			got.WriteByte('\n')
		}
		got.Write(d.appendLine(nil, i))
	}
	if err := json.Indent(&want, bytes.TrimSpace(body), "", "  "); err != nil {
		t.Fatal(err)
	}
	if got.String() != want.String() {
		t.Errorf("got\n%s\nwant\n%s", &got, &want)
	}
}
