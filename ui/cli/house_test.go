package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// order lists the packages of the engine, lowest first: each may import those
// before it.
var order = []string{
	"session/address", "session/lazy", "session/prose", "session/secret", "session/shell", "session/private", "session/place", "session/token", "session/jq", "session/yaml", "session/body", "session/answer", "session/certificate", "session", "session/definition",
	"session/transport", "session/oauth", "session/flow", "session/request", "session/suite", "session/project",
	"session/reference", "session/credential", "session/lifecycle", "session/attempt", "session/draft", "session/importer", "session/overview", "session/engine",
}

// mayImport lists the packages of the project that each further package may
// import. One that is not listed may import none.
var mayImport = map[string][]string{
	".":                             {"ui/cli"},
	"session/emulator":              {"session/token"},
	"session/emulator/emulatortest": {"session/emulator"},
	"session/engine/enginetest":     {"session", "session/*", "store", "store/vault"},
	"store":                         {"session", "session/*"},
	"store/vault":                   {"session", "session/*"},
	"ui":                            {"session", "session/*", "ui/*"},
	"ui/keymap":                     {"session", "session/*"},
	"ui/theme":                      {"session", "session/*"},
	"ui/widget/*":                   {"session/secret", "session/reference", "ui/keymap", "ui/theme", "ui/widget", "ui/widget/search"},
	"ui/widget":                     {"ui/theme", "session/secret"},
	"ui/clipboard":                  {"session/secret"},
	"ui/browser":                    {"session/shell"},
	"ui/preferred":                  {"session/shell"},
	"ui/screen":                     {"session", "session/*", "ui/keymap", "ui/theme", "ui/widget", "ui/widget/*"},
	"ui/requestui":                  {"session", "session/*", "ui/keymap", "ui/theme", "ui/widget", "ui/screen"},
	"ui/screen/*":                   {"session", "session/*", "ui/keymap", "ui/theme", "ui/widget", "ui/widget/*", "ui/screen", "ui/requestui", "ui/screen/claimsview", "ui/preferred"},
	"ui/uitest":                     {"ui/keymap", "ui/screen", "ui/widget"},
	"ui/uitest/harness":             {"session", "session/*", "store", "store/vault", "ui", "ui/*"},
	"ui/cli":                        {"session", "session/*", "store", "store/*", "ui", "ui/*", "ui/cli/*"},
	"ui/cli/app":                    {"session", "session/*", "store", "store/*", "ui/keymap", "ui/theme", "ui/screen", "ui/browser", "ui/cli/term"},
	"ui/cli/term":                   {"session", "session/secret", "ui/widget", "ui/widget/search"},
}

// forTests lists the packages that the program itself does not import.
var forTests = []string{"session/emulator/emulatortest", "ui/uitest", "ui/uitest/harness"}

// seeTheEngine lists the packages that build the engine or hand its parts on.
var seeTheEngine = []string{"ui", "ui/cli/app", "ui/uitest/harness", "session/engine/enginetest"}

// TestTheHouseIsDescribed compares the architecture page to the packages and
// their order.
func TestTheHouseIsDescribed(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", ".github", "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, drawing, _ := strings.Cut(string(data), "```")
	drawing, rest, _ := strings.Cut(drawing, "```")
	var quoted, names []string
	for line := range strings.Lines(rest) {
		if text, ok := strings.CutPrefix(line, "> "); ok {
			quoted = append(quoted, strings.Fields(strings.ReplaceAll(text, ",", " "))...)
		}
	}
	for _, room := range order {
		names = append(names, path.Base(room))
	}
	if !slices.Equal(quoted, names) {
		t.Errorf("the page has the order\n%s\nand the test\n%s", quoted, names)
	}
	words := strings.FieldsFunc(drawing, func(r rune) bool { return !unicode.IsLetter(r) })
	err = filepath.WalkDir(filepath.Join("..", ".."), func(file string, d fs.DirEntry, err error) error {
		dir := filepath.ToSlash(filepath.Dir(file))
		described := strings.Contains(dir, "/ui/screen/") || strings.Contains(dir, "/testdata") || slices.Contains(words, path.Base(dir))
		if err == nil && filepath.Ext(file) == ".go" && dir != "../.." && !described {
			t.Errorf("the page does not name %s", dir)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTheHouseStaysAsDrawn reads the imports of every file except tests.
func TestTheHouseStaysAsDrawn(t *testing.T) {
	files := 0
	eachFile(t, func(file, room string) {
		files++
		checkFile(t, file, room)
	})
	if files < 50 {
		t.Fatalf("the walk found only %d files", files)
	}
}

// eachFile calls do for every Go file except tests, with its package.
func eachFile(t *testing.T, do func(file, room string)) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && file != root {
			return filepath.SkipDir
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "picture") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		room, err := filepath.Rel(root, filepath.Dir(file))
		if err == nil {
			do(file, filepath.ToSlash(room))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLargeTypesAreExplained counts methods: the architecture page says why a type has more
// than 60.
func TestLargeTypesAreExplained(t *testing.T) {
	methods := map[string]int{}
	eachFile(t, func(file, room string) {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil {
				receiver := f.Recv.List[0].Type
				if pointer, ok := receiver.(*ast.StarExpr); ok {
					receiver = pointer.X
				}
				if name, ok := receiver.(*ast.Ident); ok {
					methods[path.Base(room)+"."+name.Name]++
				}
			}
		}
	})
	data, err := os.ReadFile(filepath.Join("..", "..", ".github", "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, page, _ := strings.Cut(string(data), "## Large types")
	for name, count := range methods {
		if explained := strings.Contains(page, "`"+name+"`"); explained != (count > 60) {
			t.Errorf("%s has %d methods; the page explains it: %v", name, count, explained)
		}
	}
}

func checkFile(t *testing.T, path, room string) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Error(err)
		return
	}
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Error(err)
			continue
		}
		if reason := forbidden(room, name); reason != "" {
			t.Errorf("%s imports %s: %s", path, name, reason)
		}
	}
	if strings.HasPrefix(room, "ui/") && room != "ui/theme" {
		ast.Inspect(file, func(n ast.Node) bool {
			if calls(n, "lipgloss", "Color") {
				t.Errorf("%s names a colour: they belong to ui/theme", path)
			}
			return true
		})
	}
	if room != "ui/cli/app" && room != "session/emulator/emulatortest" && room != "ui/uitest" {
		ast.Inspect(file, func(n ast.Node) bool {
			if readsTheClock(n) {
				t.Errorf("%s calls time.Now: the clock is injected", path)
			}
			return true
		})
	}
}

func forbidden(room, name string) string {
	ours, isOurs := strings.CutPrefix(name, "tokenring/")
	switch {
	case isOurs && slices.Contains(forTests, ours) && !slices.Contains(forTests, room):
		return "it is for tests only"
	case ours == "session/engine" && !slices.Contains(seeTheEngine, room):
		return "it receives only the calls it makes"
	case isOurs && !slices.ContainsFunc(rules(room), func(rule string) bool { return covers(rule, ours) }):
		return room + " may not import it"
	case strings.HasPrefix(name, "charm.land/") && !strings.HasPrefix(room, "ui"):
		return "libraries of the screen stay under ui"
	case name == "net/http" && !strings.HasPrefix(room, "session") && room != "ui/uitest/harness":
		return "HTTP stays under session"
	}
	return ""
}

func rules(room string) []string {
	if i := slices.Index(order, room); i >= 0 {
		return order[:i]
	}
	if r, ok := mayImport[room]; ok {
		return r
	}
	return mayImport[path.Dir(room)+"/*"]
}

func covers(rule, name string) bool {
	folder, all := strings.CutSuffix(rule, "/*")
	return rule == name || all && strings.HasPrefix(name, folder+"/")
}

func readsTheClock(n ast.Node) bool {
	return calls(n, "time", "Now") || calls(n, "time", "Since") || calls(n, "time", "Until")
}

func calls(n ast.Node, pkg, function string) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != function {
		return false
	}
	from, ok := sel.X.(*ast.Ident)
	return ok && from.Name == pkg
}

// TestTheEngineNamesNoBackend searches the engine's code for the names of the
// built-in backends: what they need is in their files.
func TestTheEngineNamesNoBackend(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, room := range append(slices.Clone(order), "store", "store/vault") {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(room), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			checkNames(t, path)
		}
	}
}

func checkNames(t *testing.T, path string) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Error(err)
		return
	}
	ast.Inspect(file, func(n ast.Node) bool {
		var text string
		switch n := n.(type) {
		case *ast.BasicLit:
			text = n.Value
		case *ast.Ident:
			text = n.Name
		}
		text = strings.ToLower(text)
		for _, backend := range []string{"knack", "backendless", "expressa", "datarhei"} {
			if strings.Contains(text, backend) {
				t.Errorf("%s names %s: %s", path, backend, text)
			}
		}
		return true
	})
}
