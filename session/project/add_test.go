package project

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tokenring/session/body"
	"tokenring/session/request"
	"tokenring/session/yaml"
)

var tea = request.Spec{
	Name: "new order", Title: "Order tea", Method: "post", Target: "/orders?dry=1", Follow: true,
	Query:   []request.Pair{{Name: "page", Value: "${.vars.page}"}, {Name: "off", Value: "1", Off: true}},
	Headers: []request.Pair{{Name: "Accept", Value: "application/json"}},
	Body:    `{"item": "tea: \"green\", <b>", "count":2, "for":"${.username}"}`, BodyType: body.JSON,
	Expect: ".status == 201 and\n .body.id != null",
}

const teaLines = `- name: new order
  title: Order tea
  post: /orders
  query: {dry: "1", page: "${.vars.page}"}
  headers: {Accept: "application/json"}
  json: {"item": "tea: \"green\", <b>", "count": 2, "for": "${.username}"}
  expect: ".status == 201 and .body.id != null"
`

// indented is teaLines in a place.
func indented(by string) string {
	return by + strings.ReplaceAll(strings.TrimSuffix(teaLines, "\n"), "\n", "\n"+by) + "\n"
}

func TestARequestIsAddedAndAllElseStands(t *testing.T) {
	t.Parallel()
	const vars = "variables: {page: 1} # a comment\n"
	for _, test := range []struct{ name, before, after string }{
		{
			"at the end of the file",
			vars + "suites:\n  smoke: # this one\n    requests:\n      # the first\n      - name: me\n        get: /me # here\n\n# the end\n",
			vars + "suites:\n  smoke: # this one\n    requests:\n      # the first\n      - name: me\n        get: /me # here\n" + indented("      ") + "\n# the end\n",
		},
		{
			"between two suites",
			vars + "suites:\n  smoke:\n    requests:\n    - {name: me, get: /me}\n    as: [a]\n\n  # nightly\n  nightly: {requests: [{name: b, get: /b}]}\n",
			vars + "suites:\n  smoke:\n    requests:\n    - {name: me, get: /me}\n" + indented("    ") + "    as: [a]\n\n  # nightly\n  nightly: {requests: [{name: b, get: /b}]}\n",
		},
		{
			"after a text of many lines",
			vars + "suites:\n  smoke:\n    requests:\n      - name: me\n        post: /me\n        text: |\n          one\n\n          # two\nenvironment: dev\n",
			vars + "suites:\n  smoke:\n    requests:\n      - name: me\n        post: /me\n        text: |\n          one\n\n          # two\n" + indented("      ") + "environment: dev\n",
		},
		{
			"a new suite",
			vars + "suites:\n    other:\n        requests:\n            - {name: me, get: /me}\nenvironment: dev\n",
			vars + "suites:\n    other:\n        requests:\n            - {name: me, get: /me}\n    smoke:\n      requests:\n" + indented("        ") + "environment: dev\n",
		},
		{
			"the first suite",
			vars,
			vars + "\nsuites:\n  smoke:\n    requests:\n" + indented("      "),
		},
		{
			"line ends of Windows",
			strings.ReplaceAll(vars+"suites:\n  smoke:\n    requests:\n      - {name: me, get: /me}\n", "\n", "\r\n"),
			strings.ReplaceAll(vars+"suites:\n  smoke:\n    requests:\n      - {name: me, get: /me}\n"+indented("      "), "\n", "\r\n"),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, name, err := Add([]byte(test.before), "/", "smoke", &tea)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.after || name != "new order" {
				t.Errorf("%s, got\n%s\nwant\n%s", name, got, test.after)
			}
			p, err := Parse("f", got, nil)
			if err != nil {
				t.Fatal(err)
			}
			s, _ := p.Suite("smoke")
			spec := s.Cases[len(s.Cases)-1].Spec("")
			if spec.Method != "POST" || spec.Target != "/orders" || len(spec.Query) != 2 || !strings.Contains(spec.Body, `<b>`) {
				t.Errorf("read back it is %+v", spec)
			}
		})
	}
}

func TestAddedRequestsHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	text := Header("admin@edge")
	for _, want := range []string{"delete users/1", "delete users/1 2", "delete users/1 3"} {
		var name string
		var err error
		text, name, err = Add(text, "/", "smoke", &request.Spec{Method: "DELETE", Target: "/users/1", Follow: false, Attach: "none"})
		if err != nil || name != want {
			t.Fatalf("%q, %v, want %q", name, err, want)
		}
	}
	if !strings.Contains(string(text), "  follow: false\n        attach: none\n") || !strings.Contains(string(text), "accounts: [admin@edge]\n") {
		t.Errorf("got\n%s", text)
	}
}

func TestWhatIsNotAdded(t *testing.T) {
	t.Parallel()
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"
	const file = "suites:\n  smoke:\n    requests:\n      - {name: me, get: /me}\n"
	problems := func(err error) bool { var p *yaml.Problems; return errors.As(err, &p) }
	for _, test := range []struct {
		name, text string
		spec       request.Spec
		refused    func(error) bool
	}{
		{"a secret in a header", file, request.Spec{Target: "/", Headers: []request.Pair{{Name: "X-Session", Value: jwt}}}, problems},
		{"a secret in a body", file, request.Spec{Method: "POST", Target: "/", Body: `{"a":"` + jwt + `"}`}, problems},
		{"a name twice", file, request.Spec{Target: "/?a=1&a=2"}, func(err error) bool { return err != nil && strings.Contains(err.Error(), "query has a twice") }},
		{"a file in brackets", "suites: {smoke: {requests: [{name: me, get: /me}]}}", tea, func(err error) bool { return errors.Is(err, ErrNotBlockStyle) || problems(err) }},
		{"a broken file", "suits: {}", tea, problems},
		{"a broken request", file, request.Spec{Target: "/${"}, func(err error) bool { var f *request.FieldError; return errors.As(err, &f) }},
	} {
		got, _, err := Add([]byte(test.text), "/", "smoke", &test.spec)
		if !test.refused(err) || got != nil {
			t.Errorf("%s: %v\n%s", test.name, err, got)
		}
		if err != nil && strings.Contains(err.Error(), jwt) {
			t.Errorf("%s: the error shows the secret", test.name)
		}
	}
}

func TestAFileIsReplacedAsAWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	if err := Write(path, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []byte("two")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	info, statErr := os.Stat(path)
	if err != nil || statErr != nil || string(text) != "two" || info.Mode().Perm() != 0o600 {
		t.Errorf("%q, %v, %v", text, info.Mode(), err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func FuzzAdd(f *testing.F) {
	f.Add([]byte(whole), "me", "/me", "{}")
	f.Fuzz(func(t *testing.T, text []byte, name, target, body string) {
		spec := &request.Spec{Name: name, Target: target, Body: body, Method: "POST", Expect: ".status == 200"}
		got, _, err := Add(text, "/", "smoke", spec)
		if err != nil {
			return
		}
		if _, err := Parse("f", got, nil); err != nil {
			t.Errorf("what was added to cannot be read: %v\n%s", err, got)
		}
	})
}

func TestFilesOfPartsAreTakenFromTheFolderOfTheFile(t *testing.T) {
	dir := t.TempDir()
	below := filepath.Join(dir, "below")
	if err := os.Mkdir(below, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(below)
	spec := &request.Spec{Name: "up", Method: "POST", Target: "/up", Body: "title=${.vars.x}\na=@a.png;type=image/x\nb=@/else/b.png", BodyType: body.Multipart}
	text, _, err := Add([]byte("variables: {x: 1}\n"), dir, "smoke", spec)
	if err != nil {
		t.Fatal(err)
	}
	want := `multipart: [{"name": "title", "text": "${.vars.x}"}, {"name": "a", "file": "below/a.png", "type": "image/x"}, {"name": "b", "file": "/else/b.png"}]`
	if !strings.Contains(string(text), want) {
		t.Fatalf("added as\n%s", text)
	}
	path := filepath.Join(dir, FileName)
	if err := Write(path, text); err != nil {
		t.Fatal(err)
	}
	p, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	real := filepath.Dir(p.File)
	if got := p.Suites[0].Cases[0].Spec("").Body; got != "title=${.vars.x}\na=@"+real+"/below/a.png;type=image/x\nb=@/else/b.png" {
		t.Errorf("read as\n%s", got)
	}
}

func TestASecretInAPartIsRefused(t *testing.T) {
	t.Parallel()
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"
	spec := &request.Spec{Method: "POST", Target: "/up", Body: "token=" + jwt, BodyType: body.Multipart}
	if _, _, err := Add(Header("a"), "/", "smoke", spec); err == nil || !strings.Contains(err.Error(), "looks like a secret") {
		t.Errorf("got %v", err)
	}
}
