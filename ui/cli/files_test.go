package cli

import (
	"go/ast"
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
	"store prepareDir os.MkdirAll":                  "ours, checked right after",
	"store prepareDir os.Mkdir":                     "ours, checked right after",
	"store Store.Copies os.ReadDir":                 "the folder of the ring; each file is checked",
	"store Store.keepCopy os.Remove":                "a name that we made, in the folder of the ring",
	"store Store.keepCopy os.Rename":                "names that we made, in the folder of the ring",
	"store Store.writeCopy os.OpenFile":             "a new file",
	"store Store.Held flock.New":                    "only asks for a lock",
	"store lockedBy os.ReadFile":                    "/proc",
	"store command os.ReadFile":                     "/proc",
	"store lockFile flock.New":                      "ours",
	"store Store.Reserve os.OpenFile":               "a new file",
	"store Store.releaseReserve os.Remove":          "a name that we made, in the folder of the ring",
	"store Store.removeStaleReserves filepath.Glob": "ours",
	"store Store.removeStaleReserves os.Remove":     "names that we made, in the folder of the ring",
	"store readPart os.ReadFile":                    "ours, by prepareFile",
	"store Store.connectCopy sql.Open":              "a copy in memory",
	"store Store.writable os.OpenFile":              "ours, by prepareFile",
	"store forgetWords sql.Open":                    "ours, by Copies",
	"store Store.makeFile os.OpenFile":              "a new file",
	"store hadAccounts os.Open":                     "only counts",
	"session/definition Catalog.list os.ReadDir":    "ours",
	"session/definition file.text os.Open":          "ours",
	"session/definition Catalog.Begin os.MkdirAll":  "ours, checked right after",
	"ui/cli backends.create os.MkdirAll":            "ours, checked right after, or the folder that the user names",
	"ui/cli importCmd.apply os.MkdirAll":            "ours, checked by the catalog, or the working folder",
	"ui/cli importCmd.apply os.Remove":              "a file that this import made",
	"ui/cli openDemo os.MkdirTemp":                  "a new folder",
	"ui/cli openDemo os.Mkdir":                      "in a new folder",
	"ui/cli openDemo os.WriteFile":                  "in a new folder",
	"ui/cli demo.close os.RemoveAll":                "a folder that this run made",
	"ui/preferred Program.Run os.MkdirTemp":         "a new folder",
	"ui/preferred Program.Run os.WriteFile":         "in a new folder",
	"ui/preferred Program.Run os.ReadFile":          "in a folder that this run made",
	"ui/preferred Program.Run os.RemoveAll":         "a folder that this run made",
	"ui/cli readInput os.Open":                      "a file that the user names",
	"session/place read os.Open":                    "a file that the account or the request names, or a project, whose requests need approval",
	"session/transport someCertificate os.ReadDir":  "the folders of SSL_CERT_DIR, only read",
	"session/transport uselessFile os.ReadFile":     "the file of SSL_CERT_FILE, only read",
	"session/place writePart os.OpenFile":           "a new file",
	"session/place writePart os.Remove":             "the new file",
	"session/place Write os.OpenFile":               "a new file",
	"session/place Write os.Rename":                 "the new file, over the project's, or the one that the user names",
	"session/place Write os.Remove":                 "the new file",
	"session/place CheckWrite os.Remove":            "a new file",
	"ui Folder.Keep os.ReadFile":                    "a project that was opened",
	"ui/cli importCmd.planProject os.ReadFile":      "only compared",
	"ui/cli newMan os.MkdirAll":                     "the folder that the user names",
	"ui/cli/term openTTY os.OpenFile":               "the terminal, or the console",
	"ui/cli readKeys os.ReadFile":                   "a file that the user names",
}

// TestEveryFileThatIsTouchedIsListed fails for a new place that touches the file
// system until it is listed with the reason why it is safe.
func TestEveryFileThatIsTouchedIsListed(t *testing.T) {
	t.Parallel()
	compareUses(t, touched, func(room string, n ast.Node) (use string, ok bool) {
		s, ok := n.(*ast.SelectorExpr)
		if !ok || slices.Contains(forTests, room) || strings.Contains(room, "testdata") {
			return "", false
		}
		x, ok := s.X.(*ast.Ident)
		if !ok {
			return "", false
		}
		use = x.Name + "." + s.Sel.Name
		return use, slices.Contains(touching, use)
	})
}
