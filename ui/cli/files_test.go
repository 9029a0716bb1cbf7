package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// touching lists the functions that read, write or delete by a path.
var touching = []string{
	"os.Chmod", "os.Chown", "os.Create", "os.CreateTemp", "os.DirFS", "os.Link", "os.Mkdir", "os.MkdirAll", "os.MkdirTemp", "os.Open", "os.OpenFile",
	"os.OpenInRoot", "os.OpenRoot", "os.ReadDir", "os.ReadFile", "os.Remove", "os.RemoveAll", "os.Rename", "os.Symlink", "os.Truncate", "os.WriteFile",
	"filepath.Glob", "filepath.Walk", "filepath.WalkDir", "flock.New", "sql.Open",
}

// touched lists every place that calls one of them, and why that is safe there:
// "ours" is checked by session/private, in the same function or before it.
var touched = map[string]string{
	"store/dir.go prepareDir os.MkdirAll":             "ours, checked right after",
	"store/dir.go prepareDir os.Mkdir":                "ours, checked right after",
	"store/dir.go removeGlance os.ReadDir":            "ours",
	"store/dir.go removeGlance os.Remove":             "names that we made, in a folder of ours",
	"store/copies.go Copies os.ReadDir":               "the folder of the ring; each file is checked",
	"store/copies.go keepCopy os.Remove":              "a name that we made, in the folder of the ring",
	"store/copies.go keepCopy os.Rename":              "names that we made, in the folder of the ring",
	"store/copies.go writeCopy os.OpenFile":           "a new file",
	"store/health.go Held flock.New":                  "only asks for a lock",
	"store/holder_linux.go holder os.ReadFile":        "/proc",
	"store/holder_linux.go command os.ReadFile":       "/proc",
	"store/lock.go lockFile flock.New":                "ours",
	"store/reserve.go reserve os.OpenFile":            "a new file",
	"store/reserve.go giveUpReserve os.Remove":        "a name that we made, in the folder of the ring",
	"store/store.go connect sql.Open":                 "ours, by prepareFile",
	"store/copies.go forgetWords sql.Open":            "ours, by Copies",
	"store/store.go makeFile os.OpenFile":             "a new file",
	"store/store.go isBlank os.ReadDir":               "only counts",
	"session/definition/catalog.go own os.ReadDir":    "ours",
	"session/definition/catalog.go text os.Open":      "ours",
	"ui/cli/app/config.go readConfig os.Open":         "ours",
	"ui/cli/backends.go create os.MkdirAll":           "ours, checked right after, or the folder that the user names",
	"ui/cli/import_apply.go write os.MkdirAll":        "ours, checked by the catalog, or the working folder",
	"ui/cli/import_apply.go write os.Remove":          "a file that this import made",
	"ui/cli/demo.go openDemo os.MkdirTemp":            "a new folder",
	"ui/cli/demo.go openDemo os.Mkdir":                "in a new folder",
	"ui/cli/demo.go openDemo os.WriteFile":            "in a new folder",
	"ui/cli/demo.go close os.RemoveAll":               "a folder that this run made",
	"ui/screen/editor/external.go Run os.MkdirTemp":   "a new folder",
	"ui/screen/editor/external.go Run os.WriteFile":   "in a new folder",
	"ui/screen/editor/external.go Run os.ReadFile":    "in a folder that this run made",
	"ui/screen/editor/external.go Run os.RemoveAll":   "a folder that this run made",
	"ui/cli/file.go readInput os.Open":                "a file that the user names",
	"ui/cli/file.go writeNew os.OpenFile":             "a new file",
	"ui/cli/file.go writeNew os.Remove":               "the file that it just made",
	"session/body/multipart.go readUpload os.Open":    "a file that the request names",
	"session/project/add.go Write os.CreateTemp":      "a new file",
	"session/project/add.go Write os.Rename":          "the new file, over the project's",
	"session/project/add.go Write os.Remove":          "the new file",
	"session/project/project.go Open os.Open":         "a project, whose requests need approval",
	"session/certificate/certificate.go Read os.Open": "a file that the account or its definition names",
	"session/reference/reference.go readFile os.Open": "a file that the account names",
	"ui/folder.go Keep os.ReadFile":                   "a project that was opened",
	"ui/cli/import_plan.go planProject os.ReadFile":   "only compared",
	"ui/cli/man.go newMan os.MkdirAll":                "the folder that the user names",
	"ui/cli/man.go newMan os.WriteFile":               "in the folder that the user names",
	"ui/cli/smoke_run.go newReportFile os.OpenFile":   "the file that the user names, not changed",
	"ui/cli/smoke_run.go write os.Rename":             "a new file, over the one that the user names",
	"ui/cli/smoke_run.go discard os.Remove":           "a name that we made",
	"ui/cli/term/tty_other.go openTTY os.OpenFile":    "the console",
	"ui/cli/term/tty_unix.go openTTY os.OpenFile":     "the terminal",
	"ui/cli/decode.go newDecode os.ReadFile":          "a file that the user names",
}

// TestEveryFileThatIsTouchedIsListed fails for a new place that touches the file
// system until it is listed with the reason why it is safe.
func TestEveryFileThatIsTouchedIsListed(t *testing.T) {
	t.Parallel()
	root, found := filepath.Join("..", ".."), map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return fs.SkipDir
		}
		room, _ := filepath.Rel(root, filepath.Dir(path))
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || slices.Contains(forTests, filepath.ToSlash(room)) ||
			strings.HasSuffix(room, "enginetest") || strings.HasSuffix(room, "picture") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					if x, ok := s.X.(*ast.Ident); ok && slices.Contains(touching, x.Name+"."+s.Sel.Name) {
						found[filepath.ToSlash(name)+" "+f.Name.Name+" "+x.Name+"."+s.Sel.Name] = true
					}
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for place := range found {
		if touched[place] == "" {
			t.Errorf("%q is not listed: say why it is safe", place)
		}
	}
	for place := range touched {
		if !found[place] {
			t.Errorf("%q is listed and does not exist", place)
		}
	}
}
