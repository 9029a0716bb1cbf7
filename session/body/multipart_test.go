package body

import (
	"bytes"
	"errors"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tokenring/session/jq"
)

// received returns a multipart body as a server reads it.
type received struct{ name, filename, mediaType, content string }

func receive(t *testing.T, c *Content) []received {
	t.Helper()
	h := http.Header{}
	c.Declare(h)
	_, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	form := multipart.NewReader(bytes.NewReader(c.Bytes()), params["boundary"])
	var all []received
	for {
		p, err := form.NextRawPart()
		if err != nil {
			return all
		}
		var content bytes.Buffer
		if _, err := content.ReadFrom(p); err != nil {
			t.Fatal(err)
		}
		all = append(all, received{p.FormName(), p.FileName(), p.Header.Get("Content-Type"), content.String()})
	}
}

func in(dir string, b Body) Body {
	return MapFiles(b, func(path string) string { return filepath.Join(dir, path) })
}

func inFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestPartsArriveAsTheyWereTyped(t *testing.T) {
	t.Parallel()
	dir := inFolder(t, map[string]string{"beach.png": "\x00picture", "no type": "x", "notes.txt": "é"})
	typed := strings.Join([]string{
		"title=Holidays; 3 of ${.n}", "", "  spaced = kept  ", "gone=${.null}", `meta={"a": 1};type=application/json`,
		"photo=@beach.png", "notes=@notes.txt", `copy=@"beach.png";type=image/x-copy;filename="a \"b\"; c.png"`, "plain=@no type;filename=p.bin",
		"quoted=\"two\nlines; \\\"x\\\";type=no\"", `at="@home"`, `half="open`, `after="a" b`,
	}, "\n")
	b, err := Parse(Multipart, typed)
	if err != nil {
		t.Fatal(err)
	}
	content, err := in(dir, b).Encode(t.Context(), jq.Scope{"n": 5, "null": nil})
	if err != nil {
		t.Fatal(err)
	}
	want := []received{
		{"title", "", "", "Holidays; 3 of 5"}, {"spaced", "", "", " kept  "}, {"meta", "", "application/json", `{"a": 1}`},
		{"photo", "beach.png", "image/png", "\x00picture"}, {"notes", "notes.txt", "text/plain", "é"}, {"copy", `a "b"; c.png`, "image/x-copy", "\x00picture"},
		{"plain", "p.bin", "application/octet-stream", "x"}, {"quoted", "", "", "two\nlines; \"x\";type=no"}, {"at", "", "", "@home"},
		{"half", "", "", `"open`}, {"after", "", "", `"a" b`},
	}
	if got := receive(t, content); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
	again, err := Parse(Multipart, b.Source())
	if err != nil || !reflect.DeepEqual(again.Source(), b.Source()) {
		t.Errorf("typed again: %v\n%s", err, b.Source())
	}
}

func TestTheContentOfAFileIsNeitherShownNorKept(t *testing.T) {
	t.Parallel()
	dir := inFolder(t, map[string]string{"key.pem": "canary-content"})
	b, err := Parse(Multipart, "title=Holidays\nkey=@key.pem")
	if err != nil {
		t.Fatal(err)
	}
	content, err := in(dir, b).Encode(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	shown := string(content.Shown())
	if strings.Contains(shown, "canary") || !strings.Contains(shown, "Holidays") ||
		!strings.Contains(shown, "[the file "+filepath.Join(dir, "key.pem")+", 14 bytes]") {
		t.Errorf("shown as %s", shown)
	}
	if !bytes.Contains(content.Bytes(), []byte("canary-content")) {
		t.Error("after it was shown the file is not sent")
	}
}

func TestAFileThatCannotBeSent(t *testing.T) {
	t.Parallel()
	dir := inFolder(t, nil)
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, MaxUpload+1); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "missing"): "no such file",
		dir:                           "not a file",
		large:                         "a body is limited to 64 MiB",
	} {
		b, err := Parse(Multipart, "f=@"+path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.Encode(t.Context(), nil)
		var refused *FileError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "cannot send the file "+path+": "+want) {
			t.Errorf("%s: %v", path, err)
		}
		if strings.Contains(want, "no such") && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the reason is lost", path)
		}
	}
}

func TestPartsThatAreWrong(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]Error{
		"a=1\n\nno":         {5, "expected name=text"},
		"a=@":               {0, "the path after the @ is missing"},
		"a=@${.path}":       {0, "${…} is not allowed in a path, filename or type"},
		"a=x;type=${.t}":    {0, "${…} is not allowed in a path, filename or type"},
		"a=1\nb=x;type=a b": {4, "not a media type, such as image/png"},
		"a=${1 +}":          {0, "the expression is incomplete"},
	} {
		_, err := Parse(Multipart, typed)
		var wrong *Error
		if !errors.As(err, &wrong) || wrong.Offset != want.Offset || !strings.HasPrefix(wrong.Text, want.Text) {
			t.Errorf("%q: %+v", typed, err)
		}
	}
}

func TestADefinitionNamesNoFiles(t *testing.T) {
	t.Parallel()
	const text = "multipart:\n  - {name: a, text: x}\n  - {name: f, file: /etc/passwd}\n"
	if _, err := fromFileWith(t, text, false); err == nil || !strings.Contains(err.Error(), "a definition must not read files") {
		t.Errorf("got %v", err)
	}
	b, err := fromFileWith(t, text, true)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.Source(); got != "a=x\nf=@/etc/passwd" {
		t.Errorf("read as %s", got)
	}
}

func TestCurlSendsTheSameParts(t *testing.T) {
	t.Parallel()
	dir := inFolder(t, map[string]string{"a.png": "x"})
	b, err := Parse(Multipart, "t=a;b @\nu={};type=application/json\nf=@a.png;filename=\"b\\\"c\"")
	if err != nil {
		t.Fatal(err)
	}
	content, err := in(dir, b).Encode(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []CurlOption{{"--form-string", "t=a;b @"}, {"-F", "u={};type=application/json"}, {"-F", "f=@" + filepath.Join(dir, "a.png") + `;type=image/png;filename="b\"c"`}}
	if got := content.Curl(); !reflect.DeepEqual(got, want) || !content.TypedByCurl() {
		t.Errorf("got %q", got)
	}
}
