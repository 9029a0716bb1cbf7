package importer

import (
	"fmt"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tokenring/session/secret"
)

// lost are secrets as a copied text has them in the place of a program or an option.
var lost = map[string]string{
	"JWT":      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
	"issued":   "ghp_abcDEF0123456789abcDEF0123456789abcd",
	"short":    "sk_live_4eC39HqLyjWD",
	"random":   "q9Zt4Lw8Xc2Vb7Nm5Rk1",
	"password": "hunter2Secretpass!x",
	"letters":  "Wintergarten",
	"quoted":   `'correct horse battery'`,
}

// No note or error repeats a word of a command: it may be a password.
func TestANoteRepeatsNoWordOfACommand(t *testing.T) {
	t.Parallel()
	const command = "curl https://a.example/me"
	for place, tt := range map[string]struct{ before, after, note string }{
		"line":         {command + "\n", "", "a command other than curl is not read"},
		"line before":  {"", "\n" + command, "a command other than curl is not read"},
		"second":       {command + "; ", "", "a command other than curl is not read"},
		"query":        {command + "?x=1&", "", "a command other than curl is not read"},
		"query name":   {command + "?x=1&", "=1", "a command other than curl is not read"},
		"pipe":         {command + " | ", "", "what follows | is not run"},
		"or":           {command + " || ", "", "what follows || is not run"},
		"file":         {command + " > ", "", "what follows > is not run"},
		"option":       {command + " --", "", "unknown curl option"},
		"option value": {command + " --", "=1", "unknown curl option"},
		"joined":       {command + " --token", "", "unknown curl option"},
	} {
		for kind, word := range lost {
			if kind == "quoted" && tt.after != "" {
				continue
			}
			p, err := Parse([]File{{Name: "file", Data: []byte(tt.before + word + tt.after), Kind: Curl}}, Known{}, Options{})
			all := fmt.Sprint(err)
			if err == nil {
				all = fmt.Sprint(p.Notes)
			}
			if shows(all, word) {
				t.Errorf("%s: a secret is shown (%s): %s", place, kind, all)
			}
			if !strings.Contains(all, tt.note) {
				t.Errorf("%s: %q, want %q", place, all, tt.note)
			}
		}
	}
}

// shows reports whether a text has a part of a secret.
func shows(text, secret string) bool {
	secret = strings.Trim(secret, "'!x")
	for i := 0; i+8 <= len(secret); i += 4 {
		if strings.Contains(text, secret[i:i+8]) {
			return true
		}
	}
	return false
}

func TestALetterThatIsNoOptionIsToldOnce(t *testing.T) {
	t.Parallel()
	p := read(t, Curl, "curl -57@8_9 https://a.example/me", Known{}, Options{})
	if len(p.Notes) != 1 || !strings.Contains(p.Notes[0].Text, "unknown curl option -5") {
		t.Errorf("%v", p.Notes)
	}
}

// A secret is hidden in a note and in its hint, whatever it repeats.
func TestANoteHidesWhatLooksLikeASecret(t *testing.T) {
	t.Parallel()
	for kind, word := range lost {
		if kind == "password" || kind == "quoted" || kind == "letters" {
			continue
		}
		for _, text := range []string{
			fault(place{}, "pass "+word, "").Error(), fault(place{}, "", "%s was left out", word).Error(),
			read(t, "", "machine "+word+" account x\nmachine a.example login me password hunter2hunter2", Known{}, Options{}).Notes[0].Error(),
			read(t, "", "curl https://a.example/x?"+word+"="+strings.Repeat("x", maxCall), Known{}, Options{}).Notes[0].Error(),
			read(t, "", "curl https://a.example/x -X "+word+" -d "+strings.Repeat("x", maxCall+1), Known{}, Options{}).Notes[0].Error(),
		} {
			if shows(strings.ToLower(text), strings.ToLower(word)) {
				t.Errorf("%s: %s", kind, text)
			}
		}
	}
	p := read(t, "", `{"info":{},"item":[{"name":"Winter1","request":{"url":"https://a.example/x","auth":{"type":"hawk","hawk":{"authKey":"Winter1"}}},`+
		`"event":[{"script":{"exec":"pm.x()"}}]}]}`, Known{}, Options{})
	if text := fmt.Sprint(p.Notes); strings.Contains(text, "Winter1") || !strings.Contains(text, "the script of "+secret.Hidden+" was") {
		t.Errorf("declared after it: %s", text)
	}
	p = read(t, "", `{"info":{},"item":[{"name":"a","request":{"url":"https://a.example/x","auth":{"type":"hawk","hawk":{"authKey":"a"}}},"event":[{"script":{"exec":"pm.x()"}}]}]}`, Known{}, Options{})
	if text := fmt.Sprint(p.Notes); strings.Contains(text, secret.Hidden) || !strings.Contains(text, "the script of a was") {
		t.Errorf("a letter is hidden: %s", text)
	}
}

// A new place that makes the note of a problem would not hide its words.
func TestEveryNoteIsMadeByFault(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := goparser.ParseFile(token.NewFileSet(), name, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				var kind ast.Expr
				switch n := n.(type) {
				case *ast.CompositeLit:
					kind = n.Type
				case *ast.CallExpr: // of a place
					kind = n.Fun
				}
				if name, ok := kind.(*ast.Ident); ok && name.Name == "Note" {
					made = append(made, f.Name.Name)
				}
				return true
			})
		}
	}
	slices.Sort(made)
	if want := []string{"Parse", "fault"}; !slices.Equal(made, want) { // Parse counts those that it cuts off
		t.Errorf("notes are made in %v, want %v", made, want)
	}
}

// A page is read in space that grows with it, not with the number of its blocks times it.
func TestAPageOfManyBlocksIsReadOnce(t *testing.T) {
	const blocks = 1000
	var page strings.Builder
	for range blocks {
		page.WriteString("```sh\ncurl https://a.example/x\n```\n" + strings.Repeat("Ä text. ", 70) + "\n")
	}
	page.WriteString("\n```sh\n  wget https://a.example/x\ncurl\n```\n")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p := read(t, "", page.String(), Known{}, Options{})
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 200<<20 { // copies of the text before each block would take 300; the race detector takes some for itself
		t.Errorf("a page of %d KiB took %d MiB", page.Len()>>10, used>>20)
	}
	if n := p.Notes[1]; p.Seen != blocks+1 || n.Line != 4*blocks+3 || n.Column != 3 {
		t.Errorf("%d seen, %v", p.Seen, p.Notes)
	}
}
