package definition

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mustParse reads a definition that has to be right.
func mustParse(t *testing.T, path string) *Definition {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(filepath.Base(path), src)
	if err != nil {
		t.Fatalf("%s:\n%v", path, err)
	}
	return d
}

func TestEveryShippedDefinitionParses(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"builtin/*.yaml", "testdata/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			d := mustParse(t, file)
			if want := d.Name + ".yaml"; filepath.Base(file) != want {
				t.Errorf("%s holds %s", file, d.Name)
			}
		}
	}
}

func TestThePrimaryTokenIsTheFirstOfTheFile(t *testing.T) {
	t.Parallel()
	const src = `
name: site
base_url: https://site.example
logins:
  - name: pasted
    fields: [{name: pasted, secret: true}]
    steps: [{capture: {csrf: .pasted, sid: .pasted, key: .pasted}}]
attach:
  - name: mode
`
	for _, tc := range []struct{ mode, primary string }{
		{`    cookies: {sid: "${.sid}"}
    headers: {X-Csrf: "${.csrf}"}`, "sid"},
		{`    headers: {X-Csrf: "${.csrf}"}
    cookies: {sid: "${.sid}"}`, "csrf"},
		{`    query: {a: "1", key: "${.key}"}
    headers: {X-Csrf: "${.csrf}"}
    cookies: {sid: "${.sid}"}`, "key"},
	} {
		d, err := Parse("site.yaml", []byte(src+tc.mode))
		if err != nil || d.Attach[0].Primary != tc.primary {
			t.Errorf("%s\nhas another primary token than %s, or none: %v", strings.TrimSpace(tc.mode), tc.primary, err)
		}
	}
}

func TestAMethodMayStandWithItsPath(t *testing.T) {
	t.Parallel()
	src := strings.ReplaceAll(minimal, "NAME", "a") + `requests:
  - {name: one, delete: /users/1}
  - {name: two, get: ""}
`
	d, err := Parse("f", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if one := d.Request("one"); one.Method != "DELETE" || one.Path.Source() != "/users/1" {
		t.Errorf("one is %s %s", one.Method, one.Path.Source())
	}
	if two := d.Request("two"); two.Method != "GET" || two.Path == nil {
		t.Errorf("two is %+v", two)
	}
	for _, more := range []string{"path: /b", "method: POST", "post: /b"} {
		_, err := Parse("f", []byte(strings.ReplaceAll(src, `get: ""`, `get: /a, `+more)))
		if err == nil || !strings.Contains(err.Error(), "one of them says it already") {
			t.Errorf("%s: %v", more, err)
		}
	}
}
