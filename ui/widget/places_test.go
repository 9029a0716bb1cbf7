package widget

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// short lists every function outside this package that writes a time.Duration, which ends
// at 292 years, and why what it writes is never as long. Times that a server states go
// through Until, Relative and Ago.
var short = map[string]string{
	"ui.view":                     "a setting, or since the program started",
	"ui/requestui.Waiting":        "since a request was sent",
	"ui/screen/account.offset":    "a plausible Date is within two centuries",
	"ui/screen/account.revealed":  "a setting",
	"ui/screen/account.tokenRows": "an idle life is a duration",
	"ui/screen/account.working":   "since a flow began",
	"ui/screen/accounts.progress": "since a flow began",
	"ui/screen/copymenu.status":   "since the menu opened",
	"ui/screen/copymenu.fate":     "a setting",
	"ui/screen/copymenu.sentence": "a setting",
}

func TestEveryDurationThatIsShownIsShort(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", path), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			f, isFunc := decl.(*ast.FuncDecl)
			if !isFunc {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				sel, isSelector := n.(*ast.SelectorExpr)
				if !isSelector {
					return true
				}
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "widget" && (sel.Sel.Name == "Left" || sel.Sel.Name == "Roughly") {
					found[strings.TrimSuffix("ui/"+filepath.Dir(path), "/.")+"."+f.Name.Name] = true
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for where := range found {
		if short[where] == "" {
			t.Errorf("%s writes a duration and is not listed", where)
		}
	}
	for where := range short {
		if !found[where] {
			t.Errorf("%s is listed and writes no duration", where)
		}
	}
}
