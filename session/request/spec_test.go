package request

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/jq"
)

func template(t *testing.T, src string) *jq.Template {
	t.Helper()
	tmpl, err := jq.ParseTemplate(src)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

func query(t *testing.T, src string) *jq.Query {
	t.Helper()
	q, err := jq.Compile(src)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func sources(pairs []definition.Pair) (out []string) {
	for _, p := range pairs {
		out = append(out, p.Name.Source()+"="+p.Value.Source())
	}
	return out
}

func TestARequestOfADefinitionIsShownAndRuns(t *testing.T) {
	t.Parallel()
	typed := "{\n  \"list\": [\"<a>\", null],\n  \"user\": \"${.username}\"\n}"
	made, err := body.Parse(body.JSON, typed)
	if err != nil {
		t.Fatal(err)
	}
	follow := false
	spec := FromDefinition(&definition.Request{
		Name: "make", Title: "Make a thing", Method: "POST", Path: template(t, "/things/${.id}"),
		Query:   []definition.Pair{{Name: template(t, "limit"), Value: template(t, "10")}},
		Headers: []definition.Pair{{Name: template(t, "X-App"), Value: template(t, "${.app}")}},
		Body:    made, Follow: &follow, Attach: "none", Expect: query(t, ".status == 201"),
	})
	want := Spec{
		ID: "definition:make", Name: "make", Title: "Make a thing", Builtin: true, Method: "POST", Target: "/things/${.id}",
		Query: []Pair{{Name: "limit", Value: "10"}}, Headers: []Pair{{Name: "X-App", Value: "${.app}"}},
		Body:     typed,
		BodyType: body.JSON, Attach: "none", Expect: ".status == 201",
	}
	if !reflect.DeepEqual(spec, want) {
		t.Fatalf("got  %+v\nwant %+v", spec, want)
	}
	r, err := spec.Compile()
	if err != nil {
		t.Fatal(err)
	}
	content, err := r.Body.Encode(t.Context(), jq.Scope{"username": "ada"})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(content.Bytes()); got != `{"list":["<a>",null],"user":"ada"}` {
		t.Errorf("body is %s", got)
	}
	if r.Path.Source() != "/things/${.id}" || *r.Follow || r.Attach != "none" || r.Expect == nil {
		t.Errorf("compiled to %+v", r)
	}
}

func TestCompileTarget(t *testing.T) {
	t.Parallel()
	tests := []struct {
		target    string
		path, url string
		query     []string
	}{
		{"", "", "", nil},
		{" /me ", "/me", "", nil},
		{"me", "/me", "", nil},
		{"/a?x=1&y=a%20b+c&flag#top", "/a", "", []string{"x=1", "y=a b c", "flag="}},
		{"/a/${.x | split(\"?\")[0]}?q=${\"a&b=}\"}&r=2", "/a/${.x | split(\"?\")[0]}", "", []string{"q=${\"a&b=}\"}", "r=2"}},
		{"/a?t=%24%7Bx", "/a", "", []string{"t=$${x"}},
		{"https://h.example/p?q=1", "", "https://h.example/p", []string{"q=1"}},
		{"HTTPS://h.example", "", "HTTPS://h.example", nil},
		{"${.upload}", "", "${.upload}", nil},
		{"/redirect?to=https://x.example/y", "/redirect", "", []string{"to=https://x.example/y"}},
		{"/proxy/https://x.example", "/proxy/https://x.example", "", nil},
	}
	for _, tt := range tests {
		r, err := (&Spec{Target: tt.target}).Compile()
		if err != nil {
			t.Errorf("%q: %v", tt.target, err)
			continue
		}
		if (r.Path != nil) == (r.URL != nil) {
			t.Errorf("%q: not one of path and url", tt.target)
		}
		if r.Path != nil && r.Path.Source() != tt.path || r.URL != nil && r.URL.Source() != tt.url {
			t.Errorf("%q: path %+v, url %+v", tt.target, r.Path, r.URL)
		}
		if got := sources(r.Query); !reflect.DeepEqual(got, tt.query) {
			t.Errorf("%q: query %q, want %q", tt.target, got, tt.query)
		}
	}
}

func TestAQueryIsSentAsItIsWritten(t *testing.T) {
	t.Parallel()
	for query, asWritten := range map[string]bool{
		"q=%20x%27%": true, "q=%41%zz": true, `q="<>{}|^` + "`": true, "q=a+b": true, "q=a b": false, "q=é": false, "q=${.x}": false,
	} {
		r, err := (&Spec{Target: "/a?" + query}).Compile()
		if err != nil || (r.Query[0].Raw == query) != asWritten {
			t.Errorf("%s: %v, %v", query, r.Query, err)
		}
	}
}

func TestCompileSaysWhichFieldIsWrong(t *testing.T) {
	t.Parallel()
	tests := []struct {
		spec Spec
		want string // beginning of the error
	}{
		{Spec{Method: "GET IT"}, "method: a method is one word"},
		{Spec{Method: "CONNECT"}, "method: CONNECT"},
		{Spec{Target: "//evil.example/x"}, "target: start a path with one /"},
		{Spec{Target: "ftp://h/x"}, "target: an address starts with http://"},
		{Spec{Target: "https://me:secret@h/x"}, "target: remove the user name and password"},
		{Spec{Target: "https:///x"}, "target: the address has no host"},
		{Spec{Target: "/a\r\nHost: b"}, "target: an address cannot contain a line break"},
		{Spec{Target: "/a/${.b"}, "target, line 1, column 4: ${ is not closed"},
		{Spec{Query: []Pair{{Name: "a"}, {Value: "x"}}}, "query 2: the parameter has no name"},
		{Spec{Query: []Pair{{Name: "a", Value: "${now}"}}}, "query 1, line 1, column 3: now is not available"},
		{Spec{Headers: []Pair{{Name: "X A", Value: "1"}}}, "headers 1: a header's name is one word"},
		{Spec{Headers: []Pair{{Name: "X-A:", Value: "1"}}}, "headers 1: a header's name is one word"},
		{Spec{Headers: []Pair{{Name: "X", Value: "1\r\nEvil: 2"}}}, "headers 1: a header cannot contain a line break"},
		{Spec{Headers: []Pair{{Name: "hOst", Value: "evil"}}}, "headers 1: the client sets this header"},
		{Spec{Headers: []Pair{{Name: "Content-Length", Value: "1"}}}, "headers 1: the client sets this header"},
		{Spec{Headers: []Pair{{Value: "1"}}}, "headers 1: the header has no name"},
		{Spec{BodyType: body.JSON, Body: "{\n  \"a\": 1,\n}"}, "body, line 3, column 1: not JSON"},
		{Spec{BodyType: body.JSON, Body: `{"é": x}`}, "body, line 1, column 7: not JSON"},
		{Spec{Body: `{"a": ${.x}}`}, "body, line 1, column 7: write \"${…}\" in quotes"},
		{Spec{Body: `{"a": 1`}, "body, line 1, column 8: the JSON is incomplete"},
		{Spec{Body: `{"a": {"b": ["${.x"]}}`}, "body: a.b.0: ${ is not closed"},
		{Spec{BodyType: body.Form, Body: "a=1\n\nno"}, "body, line 3, column 1: expected name=value"},
		{Spec{BodyType: body.Text, Body: "a\n${1 +}"}, "body, line 2, column 6: the expression is incomplete"},
		{Spec{BodyType: "yaml", Body: "x"}, "body: unknown kind of body: use json, form, multipart or text"},
		{Spec{Expect: ".status == 200\n and .body.id - 9"}, "expect, line 2, column 6: .body.id - 9 is always true"},
		{Spec{Expect: ".status = = 1"}, "expect, line 1, column 11: unexpected ="},
	}
	for _, tt := range tests {
		_, err := tt.spec.Compile()
		var fault *FieldError
		if !errors.As(err, &fault) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%+v\ngave %v\nwant %s…", tt.spec, err, tt.want)
		}
	}
}

func TestWhatIsOffOrBlankIsNotSent(t *testing.T) {
	t.Parallel()
	r, err := (&Spec{Query: []Pair{{Name: "a", Off: true}, {}}, Headers: []Pair{{Name: "bad name", Off: true}, {}}, Body: " \n"}).Compile()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Query)+len(r.Headers) != 0 || r.Body != nil || r.Method != "GET" {
		t.Errorf("compiled to %+v", r)
	}
}

func TestSafeMethods(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]bool{"": true, "get": true, "HEAD": true, "OPTIONS": true, "POST": false, "DELETE": false, "TRACE": false} {
		if got := (&Spec{Method: method}).Safe(); got != want {
			t.Errorf("%q: %v", method, got)
		}
	}
}

func TestAHeaderThatAsksForAnotherMethodIsNotSafe(t *testing.T) {
	t.Parallel()
	for _, h := range []Pair{{Name: "X-HTTP-Method-Override", Value: "DELETE"}, {Name: " x-method-override "}, {Name: "${.name}"}} {
		s := &Spec{Headers: []Pair{h}}
		if s.Safe() {
			t.Errorf("%q passes", h.Name)
		}
		s.Headers[0].Off = true
		if !s.Safe() {
			t.Errorf("%q counts though it is not sent", h.Name)
		}
	}
}

func TestPathTellsNoValues(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"/a/${.id}?key=canary":               "/a/${.id}",
		"https://u:canary@h.example/p#x":     "https://h.example/p",
		"/mail/a@b.example":                  "/mail/a@b.example",
		"https://h.example/mail/a@b.example": "https://h.example/mail/a@b.example",
	} {
		if got := (&Spec{Target: target}).Path(); got != want {
			t.Errorf("%q: %q, want %q", target, got, want)
		}
	}
}

func TestSavedRequestsComeBack(t *testing.T) {
	t.Parallel()
	spec := Spec{ID: "1", Name: "x", Method: "POST", Target: "/a", Query: []Pair{{Name: "q", Value: "v", Off: true}}, Body: "{}", Follow: true}
	data, err := spec.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var back Spec
	if err := back.UnmarshalBinary(data); err != nil || !reflect.DeepEqual(back, spec) {
		t.Errorf("got %+v, %v", back, err)
	}
	for _, bad := range [][]byte{nil, {9}, []byte("\x01{canary"), append([]byte{2}, data[1:]...)} {
		if err := back.UnmarshalBinary(bad); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAnExpectationReadsWhatThereIs(t *testing.T) {
	t.Parallel()
	def, err := definition.NewCatalog("").Get("datarhei-core")
	if err != nil {
		t.Fatal(err)
	}
	for expect, want := range map[string]string{
		`.status == 200 and .received > 0 and .login == "password" and .username != null`: "",
		"\n.body.statu and .statu == 200":                                                 "expect, line 2, column 17: unknown name .statu (did you mean .status?)",
		".access == 1":                                                                    "expect, line 1, column 1: unknown name .access",
		".password == 1":                                                                  "expect, line 1, column 1: unknown name .password",
	} {
		spec := &Spec{Expect: expect}
		_, err := spec.Compile(def.Readable()...)
		if got := fmt.Sprint(err); got != cmp.Or(want, "<nil>") {
			t.Errorf("%s gave %s, want %s", expect, got, want)
		}
		if _, err := spec.Compile(); err != nil {
			t.Errorf("%s without an account: %v", expect, err)
		}
	}
}
