package jq_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tokenring/session/jq"
	"tokenring/session/secret"
)

func template(t *testing.T, src string) *jq.Template {
	t.Helper()
	tpl, err := jq.ParseTemplate(src)
	if err != nil {
		t.Fatalf("ParseTemplate(%q): %v", src, err)
	}
	return tpl
}

var account = jq.Scope{
	"username": "ada", "password": secret.New("p}ss${x}"), "address": "http://127.0.0.1:8080",
	"n": 7, "big": bigInt("123456789012345678901234567890"), "f": 1.5, "yes": true, "none": nil, "empty": "",
	"list": []any{1, "a"}, "object": map[string]any{"k": "v"}, "dots": "..", "dot": ".", "slash": "a/b",
	"odd": "a b?c#d%e&f=g+h:i@j;ü",
}

func TestTemplateText(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"":                                     "",
		"plain $ text } {":                     "plain $ text } {",
		"${.username}":                         "ada",
		"${.address}/api":                      "http://127.0.0.1:8080/api",
		"${.username}:${.password}":            "ada:p}ss${x}",
		"$${.username}":                        "${.username}",
		"$${${.username}}":                     "${ada}",
		"$$${.username}":                       "$${.username}",
		"$":                                    "$",
		"a$$b${1}$":                            "a$$b1$",
		"${ {a: {b: .n}} | .a.b }":             "7",
		`${"}"}`:                               "}",
		`<${"{\"}\\"}>`:                        `<{"}\>`,
		`${"a\({b: "}\(.n)"} | .b)c"}`:         "a}7c",
		"${.n # not the end: }\n}!":            "7!",
		"${.n # escaped end \\\n of line }\n}": "7",
		"n=${.n} ${.f} ${.yes}":                "n=7 1.5 true",
		"${.big}":                              "123456789012345678901234567890",
		"${.list} ${.object}":                  `[1,"a"] {"k":"v"}`,
		`Basic ${"\(.username):x" | @base64}`:  "Basic YWRhOng=",
		"${.empty}":                            "",
		`${.none // "-"}`:                      "-",
		"ünï ${.n} 漢":                          "ünï 7 漢",
		"${.username | raw}":                   "ada",
	} {
		got, ok, err := template(t, src).Text(t.Context(), account)
		if err != nil || !ok || got != want {
			t.Errorf("Text of %q = %q, %t, %v; want %q", src, got, ok, err, want)
		}
	}
}

func TestTemplateOfOneExpressionKeepsItsType(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]any{
		"${.n}":      7,
		" ${.n}":     " 7",
		"${.n}${.n}": "77",
		"${.yes}":    true,
		"${.list}":   []any{1, "a"},
		"${.none}":   nil,
		"${empty}":   nil,
		"7":          "7",
		"":           "",
		"$${.n}":     "${.n}",
	} {
		got, err := template(t, src).Value(t.Context(), account)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Value of %q = %#v, %v; want %#v", src, got, err, want)
		}
	}
}

func TestTemplateDropsWhatIsOneNull(t *testing.T) {
	t.Parallel()
	if s, ok, err := template(t, "${.none}").Text(t.Context(), account); s != "" || ok || err != nil {
		t.Errorf("Text = %q, %t, %v; want it left out", s, ok, err)
	}
	for _, src := range []string{"Bearer ${.none}", "${.none}${.none}"} {
		_, ok, err := template(t, src).Text(t.Context(), account)
		var failure *jq.EvalError
		if ok || !errors.As(err, &failure) || failure.Source != ".none" {
			t.Errorf("Text of %q: %t, %v; want an EvalError", src, ok, err)
		}
	}
}

func TestTemplatePath(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"":                                       "",
		"/login":                                 "/login",
		"/users/${.username}/x?fixed=1&b":        "/users/ada/x?fixed=1&b",
		"/users/${.slash}":                       "/users/a%2Fb",
		"/files/${.slash | raw}":                 "/files/a/b",
		"/files/${.list[1] | . + \"/..\" | raw}": "/files/a/..",
		"/v${.n}/${.odd}":                        "/v7/a%20b%3Fc%23d%25e%26f%3Dg%2Bh%3Ai%40j%3B%C3%BC",
		"/x?q=${.odd}&r=${.empty}":               "/x?q=a%20b%3Fc%23d%25e%26f%3Dg%2Bh%3Ai%40j%3B%C3%BC&r=",
		"/x#${.empty}":                           "/x#",
		"/a${.dots}/b":                           "/a../b",
		"/users${.empty}":                        "/users",
		"/${.dots}${.username}":                  "/..ada",
		"/../${.username}":                       "/../ada",
		"/${.empty | raw}/x":                     "//x",
		"/${.object}":                            "/%7B%22k%22%3A%22v%22%7D",
	} {
		got, err := template(t, src).Path(t.Context(), account)
		if err != nil || got != want {
			t.Errorf("Path of %q = %q, %v; want %q", src, got, err, want)
		}
	}
}

func TestTemplatePathLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"/users/${.none}",
		"/users/${.none | raw}",
		"/users/${.empty}",
		"/users/${.empty}/posts",
		"/users/${.empty}?x=1",
		"/users/${.empty}#x",
		"${.empty}",
		"/users/${.dot}/posts",
		"/users/${.dots}",
		"/users/${.dots}?x",
		"/users/${.dot}${.dot}",
		"/users/.${.dot}/x",
		"/users/%2e${.dot}/x",
		"/users/${.empty}..",
		"${.dots}/x",
	} {
		got, err := template(t, src).Path(t.Context(), account)
		var failure *jq.EvalError
		if !errors.As(err, &failure) {
			t.Errorf("Path of %q = %q, %v; want an EvalError", src, got, err)
		}
	}
}

func TestTemplateSyntaxErrorsCountFromItsBeginning(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		src    string
		offset int
		says   string
	}{
		{"a ${.n", 2, "not closed"},
		{"${", 0, "not closed"},
		{`ok ${.n} ${"}`, 9, "not closed"},
		{"${.n # }", 0, "not closed"},
		{"${}", 2, "empty"},
		{"${.n} ${ }", 8, "empty"},
		{"Bearer ${.a &&}", 12, `"and"`},
		{"é${.n |}", 8, "is incomplete"},
		{"${.n} and ${now}", 12, ".received"},
		{"${foo}", 2, ".foo"},
		{"${raw | .n}", 2, "path"},
		{"${.x = 1}", 5, "=="},
	} {
		_, err := jq.ParseTemplate(tc.src)
		var se *jq.SyntaxError
		if !errors.As(err, &se) || se.Offset != tc.offset || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("ParseTemplate(%q): %v; want offset %d and %q", tc.src, err, tc.offset, tc.says)
		}
	}
}

func TestTemplateKnowsItself(t *testing.T) {
	t.Parallel()
	tpl := template(t, "${.a}/${.b.c}?${.a}")
	if got := tpl.Refs(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("Refs() = %v", got)
	}
	if tpl.Source() != "${.a}/${.b.c}?${.a}" || tpl.IsZero() {
		t.Errorf("Source() = %q, IsZero() = %t", tpl.Source(), tpl.IsZero())
	}
	var absent *jq.Template
	for _, none := range []*jq.Template{absent, {}, template(t, ""), jq.Literal("")} {
		if !none.IsZero() {
			t.Error("nothing is not zero")
		}
	}
}

func TestLiteralIsItsText(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "plain", "${.n}", "$${.n}", "$$${", "}", `a\b"`} {
		lit := jq.Literal(s)
		if got, ok, err := lit.Text(t.Context(), account); got != s || !ok || err != nil {
			t.Errorf("Literal(%q) gives %q, %t, %v", s, got, ok, err)
		}
		again, _, err := template(t, lit.Source()).Text(t.Context(), account)
		if again != s || err != nil {
			t.Errorf("the source %q of Literal(%q) gives %q, %v", lit.Source(), s, again, err)
		}
	}
}

func TestTree(t *testing.T) {
	t.Parallel()
	tree, err := jq.ParseTree(map[string]any{
		"username": "${.username}", "password": "${.password}", "gone": "${.none}", "null": nil,
		"count": "${.n}", "port": uint64(8080), "huge": uint64(1 << 63), "i": int64(-1), "ratio": 0.5, "on": true,
		"list":          []any{"${.none}", "x-${.n}", nil, map[string]any{"deep": "${.list}", "no": "${.none}"}},
		"${.username}!": "key", "${.none}": "no key", "empty": map[string]any{}, "nothing": []any{},
	}, jq.ParseTemplate)
	if err != nil {
		t.Fatal(err)
	}
	got, err := tree.Value(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"username": "ada", "password": "p}ss${x}", "null": nil, "count": 7, "port": 8080,
		"huge": bigInt("9223372036854775808"), "i": -1, "ratio": 0.5, "on": true,
		"list": []any{"x-7", nil, map[string]any{"deep": []any{1, "a"}}},
		"ada!": "key", "empty": map[string]any{}, "nothing": []any{},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Value = %#v\nwant    %#v", got, want)
	}
	if _, err := json.Marshal(got); err != nil {
		t.Error(err)
	}
	refs := slices.Sorted(slices.Values(tree.Refs()))
	if !slices.Equal(refs, []string{"list", "n", "none", "password", "username"}) {
		t.Errorf("Refs() = %v", refs)
	}
}

func TestTreeOfOneValue(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ in, want any }{
		{nil, nil}, {"${.none}", nil}, {"${.n}", 7}, {3, 3}, {"text", "text"}, {[]any{"${.n}"}, []any{7}},
	} {
		tree, err := jq.ParseTree(tc.in, jq.ParseTemplate)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tree.Value(t.Context(), account)
		if err != nil || !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%v gives %#v, %v; want %#v", tc.in, got, err, tc.want)
		}
	}
}

func TestTreeErrorsSayWhere(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in   any
		path []string
	}{
		{"${", nil},
		{map[string]any{"a": []any{"ok", map[string]any{"b": "${.x &&}"}}}, []string{"a", "1", "b"}},
		{map[string]any{"${now}": 1}, []string{"${now}"}},
		{[]any{struct{}{}}, []string{"0"}},
	} {
		_, err := jq.ParseTree(tc.in, jq.ParseTemplate)
		var at *jq.TreeError
		var se *jq.SyntaxError
		if !errors.As(err, &at) || !errors.As(err, &se) || !slices.Equal(at.Path, tc.path) {
			t.Errorf("ParseTree(%v): %v; want a SyntaxError at %v", tc.in, err, tc.path)
		}
	}
	for _, tc := range []struct {
		in   any
		path []string
	}{
		{"${.n.x}", nil},
		{map[string]any{"a": []any{1, "x${.none}"}}, []string{"a", "1"}},
		{map[string]any{"x${.none}": 1}, []string{"x${.none}"}},
		{map[string]any{"ada": 1, "${.username}": 2}, []string{"ada"}},
	} {
		tree, err := jq.ParseTree(tc.in, jq.ParseTemplate)
		if err != nil {
			t.Fatal(err)
		}
		_, err = tree.Value(t.Context(), account)
		var at *jq.TreeError
		var failure *jq.EvalError
		if !errors.As(err, &at) || !errors.As(err, &failure) || !slices.Equal(at.Path, tc.path) {
			t.Errorf("Value of %v: %v; want an EvalError at %v", tc.in, err, tc.path)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		"", "a ${.n} b", "$${", "${.n", `${"}"}`, `${"\("}")"}`, "${.a &&}", "${now}", "${raw}", "${.n # }\n}", "${é}",
		"${{a:{b:1}}|.a}", "${.x = 1}", "${$x}", "${@foo}", "${import \"a\" as a; .}", "${\x00}", "${\"\\u12\"}", "${a::b}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		tpl, err := jq.ParseTemplate(src)
		if err != nil {
			var se *jq.SyntaxError
			if !errors.As(err, &se) {
				t.Fatalf("ParseTemplate(%q): %T", src, err)
			}
			if se.Offset < 0 || se.Offset > len(src) || se.Msg == "" {
				t.Errorf("ParseTemplate(%q): offset %d of %d, %q", src, se.Offset, len(src), se.Msg)
			}
			return
		}
		if !strings.Contains(src, "${") {
			if got, ok, err := tpl.Text(t.Context(), nil); got != src || !ok || err != nil {
				t.Errorf("the text %q gives %q, %t, %v", src, got, ok, err)
			}
		}
		tpl.Refs()
		again, _, err := jq.Literal(src).Text(t.Context(), nil)
		if again != src || err != nil {
			t.Errorf("Literal(%q) gives %q, %v", src, again, err)
		}
	})
}

func BenchmarkTemplate(b *testing.B) {
	const src = `Basic ${"\(.username):\(.password)" | @base64}`
	tpl, err := jq.ParseTemplate(src)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			if _, err := jq.ParseTemplate(src); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("text", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := tpl.Text(b.Context(), account); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("match", func(b *testing.B) {
		q, err := jq.Compile(".status == 401 or .status == 403")
		if err != nil {
			b.Fatal(err)
		}
		scope := jq.Scope{"status": 403}
		for b.Loop() {
			if !q.Match(b.Context(), scope) {
				b.Fatal("no match")
			}
		}
	})
}

func TestLiterals(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"": "", "a": "a", "a ${.b} c${.d}": "a  c", `${.a | "}"}x`: "x", "$${a} ${.b}": "$${a} ", "a ${.b": "a ${.b",
	} {
		if got := jq.Literals(src); got != want {
			t.Errorf("Literals(%q) = %q, want %q", src, got, want)
		}
	}
}

func TestNoTemplateIsTheEmptyText(t *testing.T) {
	t.Parallel()
	var none *jq.Template
	text, ok, err := none.Text(t.Context(), nil)
	path, pathErr := none.Path(t.Context(), nil)
	if text+path+none.Source()+none.Plain() != "" || !ok || err != nil || pathErr != nil || !none.IsZero() {
		t.Errorf("text %q, %v, %v; path %q, %v", text, ok, err, path, pathErr)
	}
	if refs := slices.Concat(none.Refs(), none.Sent(), (*jq.Tree)(nil).Refs(), (*jq.Query)(nil).Refs()); len(refs) > 0 {
		t.Errorf("it reads %v", refs)
	}
}
