package body

import (
	"net/http"
	"strings"
	"testing"

	"tokenring/session/jq"
	"tokenring/session/yaml"
)

func encode(t *testing.T, b Body, scope jq.Scope) (data, mediaType string) {
	t.Helper()
	content, err := b.Encode(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	content.Declare(h)
	return string(content.Bytes()), h.Get("Content-Type")
}

func TestWhatIsTypedIsWhatIsSent(t *testing.T) {
	t.Parallel()
	scope := jq.Scope{"n": 5, "s": `","admin":true,"x":"`, "x": "a&b", "null": nil}
	for name, tt := range map[string]struct {
		kind             Kind
		typed, sent, typ string
	}{
		"JSON without templates keeps order and digits": {Auto, `{"b": 1.50, "a": 1, "a": 12345678901234567890}`, `{"b": 1.50, "a": 1, "a": 12345678901234567890}`, "application/json"},
		"a template in JSON keeps its type":             {JSON, `{"n": "${.n}", "big": 12345678901234567890, "gone": "${.null}"}`, `{"big":12345678901234567890,"n":5}`, "application/json"},
		"a template in JSON cannot break out":           {Auto, `{"s": "${.s}"}`, `{"s":"\",\"admin\":true,\"x\":\""}`, "application/json"},
		"a form":                                        {Form, "a=1 & 2\r\n\n${\"=\"}=${.x}\ngone=${.null}\n", "a=1+%26+2&%3D=a%26b", "application/x-www-form-urlencoded"},
		"a text":                                        {Auto, "n is ${.n}\n", "n is 5\n", "text/plain; charset=utf-8"},
	} {
		b, err := Parse(tt.kind, tt.typed)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if sent, typ := encode(t, b, scope); sent != tt.sent || typ != tt.typ {
			t.Errorf("%s: sent %s as %s", name, sent, typ)
		}
		again, err := Parse(b.Kind(), b.Source())
		if err != nil {
			t.Errorf("%s: typed again as %q: %v", name, b.Source(), err)
		} else if sent, _ := encode(t, again, scope); sent != tt.sent {
			t.Errorf("%s: typed again it sends %s", name, sent)
		}
	}
}

func TestADeclaredTypeStays(t *testing.T) {
	t.Parallel()
	h := http.Header{"Content-Type": {"application/vnd.api+json"}}
	Raw([]byte("[]"), "application/json").Declare(h)
	if got := h["Content-Type"]; len(got) != 1 || got[0] != "application/vnd.api+json" {
		t.Errorf("declared as %q", got)
	}
}

// fromFile reads the body of a file.
func fromFile(t *testing.T, text string) (Body, error) { return fromFileWith(t, text, true) }

func fromFileWith(t *testing.T, text string, files bool) (Body, error) {
	t.Helper()
	r := yaml.New("f")
	f := r.Mapping(r.Read([]byte(text), ""))
	b := Read(r, f, r.Template, files)
	f.Done()
	return b, r.Err()
}

func TestEachKindComesBackFromItsFile(t *testing.T) {
	t.Parallel()
	for kind, typed := range map[Kind]string{
		JSON:      `{"b": "a: \"${.x}\", <b>", "a": [1, null, true]}`,
		Form:      "a=1: 2\nb=${.x}",
		Text:      "two\nlines: ${.x}",
		Multipart: "a=1: 2;type=text/x\nb=\"x\n${.x}\"\nf=@body_test.go;filename=\"x y\"",
	} {
		b, err := Parse(kind, typed)
		if err != nil {
			t.Fatal(err)
		}
		value, err := b.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(value, "\n") {
			t.Errorf("%s: of more than one line: %s", kind, value)
		}
		back, err := fromFile(t, string(kind)+": "+value+"\n")
		if err != nil {
			t.Errorf("%s: %v\n%s", kind, err, value)
			continue
		}
		scope := jq.Scope{"x": "y"}
		want, wantType := encode(t, b, scope)
		if kind == Multipart { // whose boundary is made up each time
			if back.Source() != typed {
				t.Errorf("read as %s", back.Source())
			}
		} else if sent, sentType := encode(t, back, scope); sent != want || sentType != wantType || back.Kind() != kind {
			t.Errorf("%s: sends %s as %s, want %s as %s", kind, sent, sentType, want, wantType)
		}
		if refs := back.Refs(); len(refs) != 1 || refs[0] != "x" {
			t.Errorf("%s: reads %q", kind, refs)
		}
	}
}

func TestARequestHasOneBody(t *testing.T) {
	t.Parallel()
	if _, err := fromFile(t, "json: {a: 1}\ntext: b\n"); err == nil || !strings.Contains(err.Error(), "one body") {
		t.Errorf("got %v", err)
	}
	if _, err := fromFile(t, "json: '{\"a\": 1}'\n"); err == nil || !strings.Contains(err.Error(), "as a JSON string") {
		t.Errorf("got %v", err)
	}
}

func TestRewriteLeavesAllElseAsItWas(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind        Kind
		typed, want string
	}{
		{JSON, "{ \"password\": {\"old\": \"a\", \"pins\": [1, \"b\"]},\n \"n\": 1.50, \"s\" : \"c\" }", "{ \"password\": {\"old\": \"<password.old|password>\", \"pins\": [\"<password.pins|password>\", \"<password.pins|password>\"]},\n \"n\": \"<n|n>\", \"s\" : \"<s|s>\" }"},
		{Form, "a=b\r\n\nno\nc=d=e", "a=<a|a>\r\n\nno\nc=<c|c>"},
		{Multipart, "a=b;type=x/y\nf=@c\n", "a=<a|a>;type=x/y\nf=@c"},
		{Text, "plain", "<|>"},
		{Text, `{"in a text": "x"}`, `{"in a text": "<in a text|in a text>"}`},
	} {
		got := Rewrite(tt.kind, tt.typed, func(l Leaf) string { return "<" + l.Path + "|" + l.Name + ">" })
		if got != tt.want {
			t.Errorf("%s became\n%s, want\n%s", tt.typed, got, tt.want)
		}
		if same := Rewrite(tt.kind, tt.typed, func(l Leaf) string { return l.Value }); same != tt.typed {
			t.Errorf("%s became %s where nothing changes", tt.typed, same)
		}
	}
}

// The name of a pair is that of its values, and the inner one counts.
func TestPairsInPairs(t *testing.T) {
	t.Parallel()
	got := ""
	for _, l := range Leaves(JSON, `{"value": "a", "b": {"text": ["c", {"name": "api_key", "data": "d", "other": "e"}], "value": {"f": "g"}}, "name": "password", "val": 1}`) {
		got += l.Name + "=" + l.Value + " "
	}
	if want := "password=a password=c name=api_key api_key=d other=e f=g name=password password=1 "; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
