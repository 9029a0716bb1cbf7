package credential_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sensitive are the calls that open what is sealed or write an account: the receiver,
// where only one kind of it is meant, and the method.
var sensitive = []string{"Vault.Open", ".Sealed", ".Stored", ".AsSealed", ".PutAccount", ".SealAccount", ".SealRing"}

// places lists every function that makes such a call, and why it serves no account
// that was changed outside tokenring.
var places = map[string]string{
	"session/credential.Stored .Sealed":      "its callers compare first: Open, and the editor where it seals again",
	"session/credential.Stored Vault.Open":   "the same",
	"session/credential.Open .Stored":        "compares first",
	"session/credential.Token .Sealed":       "compares first",
	"session/credential.Token Vault.Open":    "compares first",
	"session/credential.Authentic .AsSealed": "compares",
	"session/credential.AsSealed Vault.Open": "opens the seal itself",
	"session/credential.Known .Stored":       "hands nothing out: texts are searched for it",
	"session/draft.remaining .Stored":        "compares first",
	"session/draft.Save .PutAccount":         "sealAccount compares first",
	"session/draft.sealAccount .SealAccount": "compares first",
	"session/draft.Accept .SealAccount":      "the person saw the change",
	"session/draft.Restore .AsSealed":        "takes what was sealed",
	"session/draft.settle .PutAccount":       "ends a review",
	"session/attempt.openRequest Vault.Open": "a request holds no credential of the account",
	"session/attempt.Run Vault.Open":         "a run holds no credential of the account",
	"session/attempt.Trusted Vault.Open":     "an approval",
	"store/vault.sealRing .SealRing":         "a ring of an earlier version, once",
}

func TestEveryPlaceThatOpensSecretsIsKnown(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	err := fs.WalkDir(os.DirFS("../.."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			strings.HasSuffix(filepath.Dir(path), "enginetest") || strings.HasPrefix(path, "ui/uitest/") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", path), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				ast.Inspect(f, func(n ast.Node) bool {
					if call := callOf(n); slices.Contains(sensitive, call) {
						found[filepath.ToSlash(filepath.Dir(path))+"."+f.Name.Name+" "+call] = true
					}
					return true
				})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for place := range found {
		if places[place] == "" {
			t.Errorf("%s is not listed: compare the account first, and say so", place)
		}
	}
	for _, place := range slices.Sorted(maps.Keys(places)) {
		if !found[place] {
			t.Errorf("%s is gone", place)
		}
	}
}

// callOf returns a call as sensitive names it, or "".
func callOf(n ast.Node) string {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return ""
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	receiver := ""
	if x, ok := method.X.(*ast.SelectorExpr); ok {
		receiver = x.Sel.Name
	}
	if method.Sel.Name == "Open" {
		return receiver + ".Open"
	}
	return "." + method.Sel.Name
}
