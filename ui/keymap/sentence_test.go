package keymap

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// inSentence finds the name of a key in a sentence: "esc cancels it", "press
// enter", "; a adds one".
var inSentence = regexp.MustCompile(
	`\b[Pp]ress(ing)? (\w|enter|tab|space|esc)\b` +
		`|\b(ctrl|alt|shift)\+\w+` +
		`|\b(esc|enter|tab|space) \w+s\b` +
		`|(^|[;:.,(] ?|\b(and|with|key) )([a-zA-Z]|[?/:-]) [a-z]+s\b`)

// noKey are words that the pattern takes for what a key does.
var noKey = regexp.MustCompile(`^(\W*|and |with |key )[aA] \w*(ss|us|is|has|was|as|less|this)$`)

func keyIn(text string) string {
	for _, found := range inSentence.FindAllString(text, -1) {
		if !noKey.MatchString(found) {
			return found
		}
	}
	return ""
}

func TestKeysInSentencesAreFound(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"there is no account; a adds one", "esc cancels it", "enter chooses an account", "type it and press enter.",
		"others are watching; S ends screen-share mode", "not yet; c asks the server", "use ctrl+s to save", "; ? says why",
	} {
		if keyIn(text) == "" {
			t.Errorf("%q names a key", text)
		}
	}
	for _, text := range []string{"a session", "there is a process", "enter it again", "in a tab", "plan B", "; a process runs", "a has b"} {
		if key := keyIn(text); key != "" {
			t.Errorf("%q in %q is no key", key, text)
		}
	}
}

// drawsKey reports whether a call draws a literal in the look of a key.
func drawsKey(call *ast.CallExpr) bool {
	render, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || render.Sel.Name != "Render" || len(call.Args) != 1 {
		return false
	}
	look, ok := render.X.(*ast.SelectorExpr)
	_, literal := call.Args[0].(*ast.BasicLit)
	return ok && look.Sel.Name == "Key" && literal
}

// TestNoSentenceNamesAKey reads the text of the screen. People rebind keys,
// so a sentence asks the Map for the key.
func TestNoSentenceNamesAKey(t *testing.T) {
	t.Parallel()
	read := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "cli" || d.Name() == "picture" || d.Name() == "testdata" || d.Name() == "uitest") {
			return filepath.SkipDir // commands have no keys
		}
		if filepath.Base(path) == "table.go" || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		read++
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && drawsKey(call) {
				t.Errorf("%s: a key is drawn that the Map was not asked for", set.Position(call.Pos()))
			}
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && keyIn(text) != "" {
					t.Errorf("%s: %q names the key in %q", set.Position(lit.Pos()), text, keyIn(text))
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 80 {
		t.Errorf("only %d files were read", read)
	}
}
