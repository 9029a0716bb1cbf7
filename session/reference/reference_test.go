package reference

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParsing(t *testing.T) {
	for _, tt := range []struct {
		text string
		argv []string
		says string
	}{
		{"env:API_KEY", nil, ""},
		{"env:", nil, "name of a variable"},
		{"env:$API", nil, "name of a variable"},
		{"env:9A", nil, "name of a variable"},
		{"hunter2", nil, "a reference is env:NAME"},
		{"file:/run/secrets/api", nil, ""},
		{"file:secrets/api", nil, "absolute path"},
		{"file:", nil, "absolute path"},
		{"vault:x", nil, "a reference is env:NAME"},
		{"cmd:", nil, "the program is missing"},
		{"cmd:''", nil, "the program is missing"},
		{"cmd:pass show api/dev", []string{"pass", "show", "api/dev"}, ""},
		{`cmd:op read "op://Dev vault/API key/password"`, []string{"op", "read", "op://Dev vault/API key/password"}, ""},
		{`cmd:a 'b "c' "d 'e" f\ g "\"" ''`, []string{"a", `b "c`, "d 'e", "f g", `"`, ""}, ""},
		{`cmd:C:\bin\pass.exe x`, []string{`C:\bin\pass.exe`, "x"}, ""},
		{"cmd:sh -c 'pass show x | head -1'", []string{"sh", "-c", "pass show x | head -1"}, ""},
		{"cmd:pass show x | head -1", nil, "sh -c"},
		{"cmd:echo $HOME", nil, "no shell"},
		{"cmd:~/bin/secret", nil, "no shell"},
		{"cmd:a 'b", nil, "not closed"},
	} {
		r, err := Parse(tt.text)
		switch {
		case tt.says != "":
			if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%q: %v, want %q", tt.text, err, tt.says)
			}
		case err != nil || !slices.Equal(r.argv, tt.argv) || !Is(tt.text):
			t.Errorf("%q: %q, %v", tt.text, r.argv, err)
		}
	}
}

func TestVariables(t *testing.T) {
	r := &Reader{Getenv: func(name string) string { return map[string]string{"A": "canary"}[name] }}
	if v, err := r.read(t, "env:A"); err != nil || v != "canary" {
		t.Errorf("%q, %v", v, err)
	}
	if _, err := r.read(t, "env:B"); err == nil || !strings.Contains(err.Error(), "B is not set") {
		t.Error(err)
	}
	if _, err := r.read(t, "cmd:true"); err == nil {
		t.Error("a command ran without a runner")
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	dir, r := t.TempDir(), &Reader{}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return "file:" + path
	}
	for _, tt := range []struct{ ref, value, says string }{
		{write("api", "canary \r\n"), "canary ", ""},
		{write("binary", "\x30\xff\n"), "\x30\xff\n", ""},
		{write("empty", "\n"), "", "is empty"},
		{write("large", strings.Repeat("canary", maxOutput)), "", "larger than 64 KiB"},
		{"file:" + dir, "", "is not a file"},
		{"file:" + dir + "/nothing", "", "no such file"},
	} {
		v, err := r.read(t, tt.ref)
		if v != tt.value || (err == nil) != (tt.says == "") {
			t.Errorf("%s: %q, %v", tt.ref, v, err)
		}
		if err != nil && (!strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "canary")) {
			t.Errorf("%s: %v, want %q", tt.ref, err, tt.says)
		}
	}
}

func (r *Reader) read(t *testing.T, text string) (string, error) {
	t.Helper()
	ref, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Read(t.Context(), ref)
	return v.Reveal(), err
}

// TestMain lets the test program be the one that a reference runs.
func TestMain(m *testing.M) {
	switch os.Getenv("REFERENCE_PROGRAM") {
	case "":
		os.Exit(m.Run())
	case "print":
		os.Stdout.WriteString("canary \n")
	case "fail":
		os.Stdout.WriteString("canary")
		os.Stderr.WriteString("canary")
		os.Exit(3)
	case "much":
		for range maxOutput {
			os.Stdout.WriteString("canary")
		}
		select {}
	case "hang":
		time.Sleep(time.Minute)
	case "input":
		n, _ := os.Stdin.Read(make([]byte, 1))
		os.Stdout.WriteString(string(rune('0' + n)))
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ what, value, says string }{
		{"print", "canary ", ""},
		{"input", "0", ""},
		{"fail", "", "exit status 3"},
		{"much", "", "more than 64 KiB"},
		{"nothing", "", "printed nothing"},
	} {
		r := &Reader{Run: Programs(append(os.Environ(), "REFERENCE_PROGRAM="+tt.what))}
		v, err := r.read(t, "cmd:'"+self+"' argument")
		if v != tt.value || (err == nil) != (tt.says == "") {
			t.Errorf("%s: %q, %v", tt.what, v, err)
		}
		if err != nil && (!strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "canary")) {
			t.Errorf("%s: %v, want %q", tt.what, err, tt.says)
		}
	}
	r := &Reader{Run: Programs(nil)}
	if _, err := r.read(t, "cmd:no-such-program-of-tokenring"); err == nil || !strings.Contains(err.Error(), "no program") {
		t.Error(err)
	}
}

func TestCancelling(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	run := Programs(append(os.Environ(), "REFERENCE_PROGRAM=hang"))
	if _, err := run(ctx, []string{self}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestACommandThatRunsTokenringIsPointedToAField(t *testing.T) {
	t.Parallel()
	for _, argv := range [][]string{{"/no/such/bin/tokenring", "token", "me"}, {"sh", "-c", "exit 3; tokenring token me"}} {
		if _, err := Programs(nil)(t.Context(), argv); err == nil || !strings.Contains(err.Error(), "field of type account") {
			t.Errorf("%q: %v", argv, err)
		}
	}
	if _, err := Programs(nil)(t.Context(), []string{"sh", "-c", "exit 3"}); err == nil || strings.Contains(err.Error(), "account") {
		t.Error(err)
	}
}
