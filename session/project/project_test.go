package project

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tokenring/session/yaml"
)

// write writes a file into a folder of the test and returns its path.
func write(t *testing.T, text string, folder ...string) string {
	t.Helper()
	dir := filepath.Join(folder...)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, FileName)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const whole = `# yaml-language-server: $schema=tokenring.schema.json
accounts: [admin@edge, viewer@edge]
default: viewer@edge
environment: staging
variables: {tenant: acme, page: 2, deep: true}
suites:
  smoke:
    as: [viewer@edge, nobody]
    requests:
      - {name: me, get: "/${.vars.tenant}/me"}
  nightly:
    requests:
      - {name: all, get: /all}
`

func TestTheFileIsFoundUpwards(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	project := filepath.Join(home, "work", "shop")
	path := write(t, whole, project)
	write(t, whole, home)
	deep := filepath.Join(project, "api", "v1")
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		project: path, deep: path, filepath.Join(home, "work"): "", home: "", "": "", "/": "", "relative": "",
	} {
		if got, err := Find(dir, home); err != nil || got != want {
			t.Errorf("from %q: %q, %v, want %q", dir, got, err, want)
		}
	}
}

func TestAProjectIsRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := write(t, whole, dir, "shop")
	p, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.Name() != "shop" || p.Default != "viewer@edge" || !slices.Equal(p.Accounts, []string{"admin@edge", "viewer@edge"}) {
		t.Errorf("the project is %+v", p)
	}
	if !maps.Equal(p.Variables.For("dev"), map[string]any{"tenant": "acme", "page": 2, "deep": true}) {
		t.Errorf("the variables are %#v", p.Variables)
	}
	s, err := p.Suite("")
	if err != nil || s.Name != "smoke" || s.Environment != "staging" || s.Source.File != p.File || s.Source.Hash != p.Hash || p.Hash == "" {
		t.Errorf("the suite is %+v, %v", s, err)
	}
	if _, err := p.Suite("nigthly"); err == nil || !strings.Contains(err.Error(), "did you mean nightly?") {
		t.Errorf("a suite that is not there: %v", err)
	}
	link := filepath.Join(dir, FileName)
	if err := os.Symlink(path, link); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	if again, err := Open(link, nil); err != nil || again.File != p.File {
		t.Errorf("through a link it is %+v, %v", again, err)
	}
	write(t, whole+"# more\n", dir, "shop")
	if changed, err := Open(path, nil); err != nil || changed.Hash == p.Hash {
		t.Errorf("another text has the same hash, %v", err)
	}
}

func TestTheFirstAccountIsTheDefault(t *testing.T) {
	t.Parallel()
	p, err := Parse("f", []byte("accounts: [a, b]"), nil)
	if err != nil || p.Default != "a" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestWhatIsWrongIsSaidWhereItStands(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ src, want string }{
		{"", "f: the file is empty (begin with accounts: or suites:)"},
		{"account: [a]", "f:1:1: unknown key account (did you mean accounts?)"},
		{"accounts: a", "f:1:11: accounts: accounts must be a list, not text (start each item with a dash, or use [ ])"},
		{"accounts: [a, a]", "f:1:15: accounts[1]: a is listed twice (keep one)"},
		{"accounts: [nobody]", "f:1:12: accounts[0]: anonymous is not an account: it sends no token (write it under as: of a suite)"},
		{"accounts: [admin@edge]\ndefault: admni@edge", `f:2:10: default: accounts does not name "admni@edge" (did you mean admin@edge?)`},
		{"variables: {api_key: abc}", "f:1:22: variables.api_key: api_key looks like a secret (store it in an account: everyone with access to the folder can read this file)"},
		{"variables: {a-b: abc}", `f:1:13: variables: "a-b" cannot be a name that jq reads (letters, digits and _, not beginning with a digit)`},
		{"variables: {t: ghp_16C7e42F292c6912E7710c838347Ae178B4a}", "t looks like a secret"},
		{"variables: {t: [a]}", "f:1:16: variables.t: this must be text, not a list"},
		{"suites: {list: {requests: [{name: a, get: /}]}}", "f:1:10: suites: tokenring smoke list is a command (choose another name)"},
		{"suites: {a: }", "f:1:13: suites.a: this is nothing, not a mapping"},
		{"suites: {a: {requests: [{name: a, get: /, expect: .status = 200}]}}", "the values cannot be assigned to (write == to compare)"},
		{"suites:\n\t- a", "f:2:1: not YAML"},
	} {
		_, err := Parse("f", []byte(test.src), nil)
		var problems *yaml.Problems
		if !errors.As(err, &problems) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: got\n%v\nwant\n%s", test.src, err, test.want)
		}
	}
}

func TestWhatIsNoFileIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), FileName)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, nil); err == nil || !strings.Contains(err.Error(), "not a file") {
		t.Errorf("got %v", err)
	}
}

// TestTheSchemaKnowsTheKeysOfTheParser compares the properties of the schema
// with what the parser offers in place of a key it does not know.
func TestTheSchemaKnowsTheKeysOfTheParser(t *testing.T) {
	t.Parallel()
	type object struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Required   []string                   `json:"required"`
	}
	var s struct {
		object
		Definitions map[string]object `json:"definitions"`
	}
	if err := json.Unmarshal(Schema(), &s); err != nil {
		t.Fatal(err)
	}
	offered := regexp.MustCompile(`unknown key qqqqqqqq \(one of ([^)]*)\)`)
	for _, test := range []struct {
		name, src string
		object
	}{
		{"file", "qqqqqqqq: 1", s.object},
		{"suite", "suites: {a: {qqqqqqqq: 1, requests: [{name: a, get: /}]}}", s.Definitions["suite"]},
		{"request", "suites: {a: {requests: [{qqqqqqqq: 1, name: a, get: /}]}}", s.Definitions["request"]},
		{"retries", "suites: {a: {requests: [{name: a, get: /, retries: {times: 1, qqqqqqqq: 1}}]}}", s.Definitions["retries"]},
	} {
		_, err := Parse("f", []byte(test.src), nil)
		if err == nil {
			t.Errorf("%s: an unknown key is taken", test.name)
			continue
		}
		m := offered.FindStringSubmatch(err.Error())
		if m == nil {
			t.Errorf("%s: no list in %v", test.name, err)
			continue
		}
		keys := strings.Split(m[1], ", ")
		slices.Sort(keys)
		if want := slices.Sorted(maps.Keys(test.Properties)); !slices.Equal(slices.Compact(keys), want) {
			t.Errorf("%s: the parser knows %v, the schema %v", test.name, keys, want)
		}
		for _, r := range test.Required {
			src := strings.NewReplacer("qqqqqqqq: 1, ", "", ", qqqqqqqq: 1", "", r+":", "qqqqqqqq:").Replace(test.src)
			if _, err := Parse("f", []byte(src), nil); err == nil || !strings.Contains(err.Error(), r+" is missing") {
				t.Errorf("%s: the schema needs %s, the parser says %v", test.name, r, err)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("suites: {a: {requests: [{name: a, get: '${.vars.x}', capture: {x?: .a}, expect: {default: .}}]}}"))
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := Parse("f", src, nil)
		if err == nil && (p.Hash == "" || slices.ContainsFunc(p.Accounts, func(a string) bool { return a == "nobody" || a == "anonymous" })) {
			t.Errorf("accepted: %+v", p)
		}
	})
}

// TestTheManual reads the example of the manual, and looks for every key in it.
func TestTheManual(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(manual)
	if example == nil {
		t.Fatal("the manual has no example")
	}
	p, err := Parse("README.md", example[1], nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Suites) != 1 || len(p.Suites[0].Cases) != 3 {
		t.Errorf("the example is %+v", p)
	}
	var s struct {
		Properties  map[string]any `json:"properties"`
		Definitions map[string]struct {
			Properties map[string]any `json:"properties"`
		} `json:"definitions"`
	}
	if err := json.Unmarshal(Schema(), &s); err != nil {
		t.Fatal(err)
	}
	inDefinitions := []string{
		"method", "path", "url", "get", "post", "put", "patch", "delete", "head", "options", "query", "headers", "json", "form", "text", "multipart",
	}
	keys := slices.Collect(maps.Keys(s.Properties))
	for _, d := range s.Definitions {
		keys = slices.AppendSeq(keys, maps.Keys(d.Properties))
	}
	for _, key := range keys {
		if !slices.Contains(inDefinitions, key) && !regexp.MustCompile("[`{ ]"+key+"[`:,}]").Match(manual) {
			t.Errorf("%s is not in the manual", key)
		}
	}
}
