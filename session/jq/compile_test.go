package jq_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tokenring/session/jq"
)

func TestSyntaxErrorsSayWhereAndWhatToDo(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		src    string
		offset int
		says   string
	}{
		{"", 0, "empty"},
		{"# only words", 0, "empty"},
		{".a |", 4, "is incomplete"},
		{"(.a", 3, "close the ("},
		{".a)", 2, "unexpected )"},
		{".a && .b", 3, `"and"`},
		{".a || .b", 4, `"or"`},
		{"!.a", 0, "not"},
		{"'x'", 0, "double quotes"},
		{`.a == "abc`, 6, "not closed"},
		{`"\(.a)" + "x`, 10, "not closed"},
		{`.x == "a\q"`, 8, `\q`},
		{".ä", 1, "unexpected"},
		{`"é" + é`, 7, "unexpected é"},
		{".a == 1\x00 | now", 7, "NUL"},
		{"status == 401", 0, "write .status"},
		{`{foo: 1, b: foo}`, 12, "unknown function foo"},
		{`"foo" | foo`, 8, "unknown function foo"},
		{".a | claims(1; 2)", 5, "claims with 2 arguments"},
		{".a | $a", 5, "write .a"},
		{"break $out", 6, "unknown label $out"},
		{".a | @base32", 5, "@base64"},
		{".status = 401", 8, "write == to compare"},
		{".status == 4 or (.x |= 2)", 21, "write == to compare"},
		{".a | raw", 5, "path"},
		{"now", 0, ".received"},
		{".exp < now", 7, ".received"},
		{`"\("now" + "\(now)")"`, 14, ".received"},
		{`# now` + "\n" + `{now: .now} | now`, 20, ".received"},
		{"$ENV.HOME", 0, "field"},
		{"env.HOME", 0, "field"},
		{"def f: env; f", 7, "field"},
		{".a[input]", 3, "input is not available"},
		{"[inputs]", 1, "inputs is not available"},
		{"debug", 0, "debug"},
		{`debug("x")`, 0, "debug"},
		{"stderr", 0, "stderr"},
		{"input_filename", 0, "input_filename"},
		{"input_line_number", 0, "input_line_number"},
		{"halt", 0, "use empty"},
		{"halt_error(1)", 0, "use error"},
		{`"a" | modulemeta`, 6, "modulemeta"},
		{`import "a" as a; .`, 0, "import"},
		{`include "a"; .`, 0, "include"},
		{`module {}; .`, 0, "module"},
		{"if now then 1 else 2 end", 3, "now"},
		{"try now catch 1", 4, "now"},
		{"reduce .[] as $x (0; now)", 21, "now"},
		{"foreach .[] as $x (0; 1; now)", 25, "now"},
		{"label $f | now", 11, "now"},
		{`. as {a: $x, (now): $y} | 1`, 14, "now"},
		{"{(now): 1}", 2, "now"},
		{"-now", 1, "now"},
		{`@base64 "\(now)"`, 11, "now"},
		{".a[now:]", 3, "now"},
		{strings.Repeat(" ", 70_000), 64 << 10, "too long"},
		{". + " + strings.Repeat("9", 2000), 0, "too many digits"},
	} {
		_, err := jq.Compile(tc.src)
		var se *jq.SyntaxError
		if !errors.As(err, &se) {
			t.Errorf("Compile(%.40q) = %v, want a SyntaxError", tc.src, err)
			continue
		}
		if se.Offset != tc.offset || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("Compile(%.40q): %v; want offset %d and %q", tc.src, err, tc.offset, tc.says)
		}
	}
}

func TestHostileSourcesDoNoHarm(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		strings.Repeat("(", 60_000),
		strings.Repeat("(", 20_000) + "1" + strings.Repeat(")", 20_000),
		strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000),
		strings.Repeat(`"\(`, 20_000),
		strings.Repeat("-", 60_000) + "1",
		strings.Repeat("try ", 10_000) + "1",
		strings.Repeat("def f: ", 1000) + "1" + strings.Repeat(";1", 1000),
	} {
		if q, err := jq.Compile(src); err == nil {
			q.Match(t.Context(), nil)
		}
		if _, err := jq.ParseTemplate("${" + src); err == nil {
			t.Errorf("%.20q… is not closed", "${"+src)
		}
	}
}

func TestTemplatesThatMayReadEveryName(t *testing.T) {
	t.Parallel()
	for src, all := range map[string]bool{
		"${.}": true, "${keys}": true, "${.[]}": true, "${..}": true, "${.[.a]}": true, `${."a\(.b)"}`: true, "${. as $x | 1}": true, "${map(.x)}": true,
		"${@json}": true, `${"\(.)"}`: true, "${def f: .a; f}": true, "${select(.a) | .b}": true, "${getpath([\"a\"])}": true, "${[.]}": true, "${{a: .}}": true,
		"${if . then 1 else 2 end}": true, "${reduce .[] as $x (0; . + 1)}": true, "${first}": true, "${limit(1; .)}": true, "${tojson}": true, "${.a, .}": true,
		"plain": false, "${.a}": false, "${. | .a}": false, "${.a | keys | map(.)}": false, "${.a[] | .}": false, "${first(.a, .b)}": false, "${claims(.a).sub}": false,
		"${uuid}": false, "${.a as $x | $x}": false, "${null}": false, "${{a}}": false, "${\"x\" | ascii_downcase}": false, "${any(.a[]; . == 1)}": false, "${empty}": false,
		"${.a // error(\"x\")}": false, "${try .a catch .}": false, "${.a | select(. != null)}": false, "${[range(3)] | tojson}": false, `${@uri "\(.a)"}`: false,
	} {
		tmpl, err := jq.ParseTemplate(src)
		if err != nil {
			t.Fatal(src, err)
		}
		if got := slices.Contains(tmpl.Refs(), jq.All); got != all {
			t.Errorf("%s: Refs are %q", src, tmpl.Refs())
		}
	}
}

func TestSentAreValuesThatPassUnchanged(t *testing.T) {
	t.Parallel()
	for src, want := range map[string][]string{
		".a": {"a"}, ".a // .b": {"a", "b"}, `if .s == "x" then .a else .b end`: {"a", "b"}, `.a | sub("x"; "")`: {"a"}, `"\(.a):\(.b)" | @base64`: nil,
		".a | sha256": nil, "hmac_sha256(.key)": nil, `@uri "\(.a)"`: nil,
	} {
		if got := compile(t, src).Sent(); !slices.Equal(got, want) {
			t.Errorf("Sent of %s = %q, want %q", src, got, want)
		}
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	for src, want := range map[string][]string{
		".a":                       {"a"},
		".a.b + .c[0]":             {"a", "c"},
		".a, .a":                   {"a"},
		`.["a-b"]`:                 {"a-b"},
		`."a-b"`:                   {"a-b"},
		". | .a":                   {"a"},
		".a | .b":                  {"a"},
		".a[.i]":                   {"a", "i"},
		"claims(.access).sub":      {"access"},
		"select(.a) | .b":          {"a"},
		"[.l[] | .x]":              {"l"},
		".l | map(.x)":             {"l"},
		"map(.x)":                  nil,
		"any(.x)":                  nil,
		"any(.l[]; .x)":            {"l"},
		`"a\(.b)c"`:                {"b"},
		`@uri "x=\(.q)"`:           {"q"},
		`{a, b: .c, (.k): 1, "s"}`: {"c", "k", "a", "s"},
		"if .a then .b elif .c then .d else .e end": {"a", "b", "c", "d", "e"},
		"try .a catch .b":                {"a"},
		"(.a)? // .b":                    {"a", "b"},
		".x as $x | .y + $x":             {"x", "y"},
		"reduce .l[] as $i (.s; . + .n)": {"l", "s"},
		"-.a":                            {"a"},
		"1":                              nil,
		"keys":                           nil,
	} {
		q := compile(t, src)
		if got := q.Refs(); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
			t.Errorf("Refs of %s = %v, want %v", src, got, want)
		}
		if q.Source() != src {
			t.Errorf("Source() = %q, want %q", q.Source(), src)
		}
	}
}
