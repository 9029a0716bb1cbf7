package session_test

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

// facts are the fields and judgements that decide what can be done with a session.
var facts = []string{"Ended", "RenewalEnded", "EndedReason", "ExpiresAt", "NotBefore", "Over", "Final", "Rejection"}

// judges lists every function outside this package that reads a fact, and what for. A
// new one belongs in StateAt, Dead, Lives, Left or Notice, unless it fits a reason here.
var judges = map[string]string{
	"session/credential.Snapshot":       "what is final can do nothing",
	"session/credential.Token":          "a session that is over has no token",
	"session/credential.lives":          "copies what is known of a token for a flow",
	"session/flow.lifeOf":               "reads the end that an answer states",
	"session/flow.changed":              "an end that moved is a change",
	"session/lifecycle.describe":        "writes the end of a new token",
	"session/lifecycle.giveUp":          "writes the end of a renewal",
	"session/lifecycle.renew":           "adopts a newer session unless it is over",
	"session/lifecycle.accept":          "an acceptance ends a rejection",
	"session/lifecycle.afterCheck":      "an acceptance ends a rejection",
	"session/lifecycle.successor":       "new tokens end a rejection",
	"session/lifecycle.login":           "a login without a person keeps the distance",
	"session/lifecycle.dead":            "says why a session is over",
	"session/lifecycle.refused":         "says when it was renewed last",
	"session/lifecycle.updateRejection": "writes it",
	"session/attempt.recover":           "copies it into the session of a suite",
	"store.TouchSession":                "stores it",
	"session/lifecycle.checkRejected":   "says whether a check moments ago found the session alive",
	"session/lifecycle.spaceRenewals":   "keeps the distance",
	"store.UpdateRejection":             "stores it",
	"store.mergeTouch":                  "an acceptance ends a rejection",
	"session/draft.afterSave":           "new credentials lift the end of a renewal",
	"store.sessionColumns":              "stores it",
	"store.recordColumns":               "stores it",
	"store.putSession":                  "stores it",
	"store.Value":                       "stores it",
	"ui/cli.accounts":                   "doctor: a mark matters while a renewal is possible",
	"ui/cli.ensureOther":                "a token beside the primary",
	"ui/cli.newListedAccount":           "shows it",
	"ui/screen.reasons":                 "disables keys",
	"ui/screen/account.claimsPage":      "there is nothing to decode",
	"ui/screen/account.life":            "shows it",
	"ui/screen/account.load":            "there is nothing to decode",
	"ui/screen/account.problems":        "shows it",
	"ui/screen/account.sessionRows":     "shows it",
	"ui/screen/account.tokenRows":       "shows it",

	// The same names of something else.
	"session/definition.token": "a definition",
	"session/flow.stated":      "a definition",
	"session/flow.steps":       "tokens that a flow ended",
	"session/lifecycle.fate":   "tokens that a flow ended",
	"session/suite.Document":   "a suite",
	"session/suite.Run":        "a suite",
	"ui/cli.agree":             "a guard",
	"ui/cli.change":            "a suite",
	"ui/cli.once":              "a suite",
	"ui/cli.tokens":            "a definition",
	"ui/requestui.Guard":       "a guard",
	"ui/screen/editor.View":    "a style",
	"ui/widget.Shade":          "a style",
}

func TestEveryJudgeOfASessionIsKnown(t *testing.T) {
	t.Parallel()
	found := map[string][]string{}
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			filepath.Dir(path) == "session" || strings.HasPrefix(path, "session/emulator/") {
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
				name := ""
				switch n := n.(type) {
				case *ast.SelectorExpr:
					name = n.Sel.Name
				case *ast.KeyValueExpr:
					if key, ok := n.Key.(*ast.Ident); ok {
						name = key.Name
					}
				}
				where := filepath.Dir(path) + "." + f.Name.Name
				if slices.Contains(facts, name) && !slices.Contains(found[where], name) {
					found[where] = append(found[where], name)
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, where := range slices.Sorted(maps.Keys(found)) {
		if judges[where] == "" {
			t.Errorf("%s reads %s of a session and is not listed", where, strings.Join(found[where], ", "))
		}
	}
	for where := range judges {
		if found[where] == nil {
			t.Errorf("%s is listed and reads nothing of a session", where)
		}
	}
}
