package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// historyReaders lists every function that reads runs of the history, with how it
// tells the runs of an account from those that were sent in its place.
var historyReaders = map[string]string{
	"session/attempt Client.Runs":      "hands on what a caller asks for",
	"session/attempt Client.recall":    "asks for the account's own",
	"ui/cli history.list":              "names who sent each run in place of its account",
	"ui/cli wholeID":                   "looks for an id alone",
	"ui/screen/copymenu lastSpec":      "asks for the account's own",
	"ui/screen/requests Pane.load":     "marks each run, and counts only the account's own as the result of a request",
	"ui/screen/response findNeighbour": "steps through the runs of one sender",
}

// TestReadersOfTheHistoryTellWhoSent fails for a reader that is not listed.
func TestReadersOfTheHistoryTellWhoSent(t *testing.T) {
	comparePlaces(t, historyReaders, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return false
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		return ok && sel.Sel.Name == "Runs"
	})
}

// targetReaders lists every function that reads the target of a request as it was
// written, templates in it, with what becomes of it.
var targetReaders = map[string]string{
	"session/attempt Client.seal":             "stores it; who lists it sketches it",
	"session/attempt newRecord":               "stores it; who lists it sketches it",
	"session/project freeName":                "sketches it for a name",
	"session/request Run.CallText":            "sketches it for a run of an earlier version",
	"session/attempt Client.recall":           "compares it",
	"session/suite Report.Document":           "hands it on as it is in the file, for programs",
	"ui/cli writePlan":                        "sketches it",
	"ui/cli requestCmd.fire":                  "sketches it, before it is sent",
	"ui/cli requestCmd.printList":             "sketches it",
	"ui/requestui Side.Call":                  "sketches it, before it is sent",
	"ui/requestui what":                       "sketches it, before it is sent",
	"ui/screen/copymenu contents.addRequests": "sketches it",
	"ui/screen/requests Pane.arrange":         "finds its sketch",
	"ui/screen/requests Pane.specRow":         "finds its sketch",
	"ui/screen/requests Pane.take":            "sketches it",
	"ui/screen/requests keyOf":                "compares it",
	"ui/screen/response baseName":             "sketches it, for the name of a file",
}

// TestTargetsAreShownWithoutTemplates fails for a reader that is not listed.
func TestTargetsAreShownWithoutTemplates(t *testing.T) {
	comparePlaces(t, targetReaders, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) > 0 {
			return false
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		return ok && sel.Sel.Name == "Path"
	})
}

// sketchers lists every function that shows a target from its template, since it was not
// sent, or not since its address is kept.
var sketchers = map[string]string{
	"session CallText":                        "writes what it is given",
	"session SketchTarget":                    "makes the sketch",
	"session Snapshot.CallTarget":             "of a request of the account, before it is sent",
	"session Snapshot.sketch":                 "of a request of the account, before it is sent",
	"session/flow facts.sketch":               "before it is sent, or when it never was",
	"session/project freeName":                "a name for a request that is saved",
	"session/request Run.CallText":            "a run of an earlier version, which kept no address",
	"session/suite writeJUnit":                "a report for other programs, in which secrets are masked",
	"ui/cli history.list":                     "runs of an earlier version, or while the vault is locked",
	"ui/cli writePlan":                        "imported, not sent",
	"ui/screen/copymenu contents.addRequests": "a command that is copied, not sent",
	"ui/screen/requests Pane.aim":             "requests, and runs of an earlier version",
	"ui/screen/response baseName":             "the name of a file, which an address would make no better",
}

func TestSketchesAreOfWhatWasNotSent(t *testing.T) {
	comparePlaces(t, sketchers, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return false
		}
		name := ""
		switch f := call.Fun.(type) {
		case *ast.SelectorExpr:
			name = f.Sel.Name
		case *ast.Ident:
			name = f.Name
		}
		return slices.Contains([]string{"CallTarget", "SketchTarget", "Sketch"}, name)
	})
}

// senders lists every function that makes a call to a server, with how it takes the
// account's own way there.
var senders = map[string]string{
	"session/flow builder.build": "the connection of the subject: login, refresh, check, logout, requests and suites",
	"ui/cli doctor.askClocks":    "the connection of an account of that host",
	"session/oauth asker.fetch":  "keys: the connection of the account whose token it is, the environment's for a pasted one",
}

// TestEveryCallTakesTheAccountsWay fails for a sender that is not listed, and for a
// client of HTTP beside the one of session/transport.
func TestEveryCallTakesTheAccountsWay(t *testing.T) {
	makes := func(room string, names ...string) func(ast.Node) bool {
		return func(n ast.Node) bool {
			made, ok := n.(*ast.CompositeLit)
			if !ok {
				return false
			}
			sel, ok := made.Type.(*ast.SelectorExpr)
			if !ok {
				return false
			}
			of, ok := sel.X.(*ast.Ident)
			return ok && of.Name == room && slices.Contains(names, sel.Sel.Name)
		}
	}
	comparePlaces(t, senders, makes("transport", "Request"))
	comparePlaces(t, map[string]string{
		"session/transport newTransport": "the one client, whose transports are copied for connections",
	}, makes("http", "Transport", "Client"))
}

// comparePlaces compares the functions of the program that hold a node to those
// listed, written as "folder Type.Method" or "folder function".
func comparePlaces(t *testing.T, listed map[string]string, holds func(ast.Node) bool) {
	t.Helper()
	compareUses(t, listed, func(_ string, n ast.Node) (use string, ok bool) { return "", holds(n) })
}

// compareUses is comparePlaces where a node is named too, after the function, and
// its folder counts.
func compareUses(t *testing.T, listed map[string]string, uses func(room string, n ast.Node) (use string, ok bool)) {
	t.Helper()
	found := map[string]string{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "test/") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		room, err := filepath.Rel(root, filepath.Dir(path))
		room = filepath.ToSlash(room)
		for _, decl := range file.Decls {
			ast.Inspect(decl, func(n ast.Node) bool {
				if n == nil {
					return true
				}
				if use, ok := uses(room, n); ok {
					place := strings.TrimSpace(room + " " + declName(decl) + " " + use)
					found[place] = listed[place]
				}
				return true
			})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range slices.Sorted(maps.Keys(found)) {
		if found[place] == "" {
			t.Errorf("%s is not listed: see that it does as the others do, and list it", place)
		}
	}
	for place := range listed {
		if _, ok := found[place]; !ok {
			t.Errorf("%s is listed and does not exist", place)
		}
	}
}

// declName names a function, a method with its type, or "" for anything else.
func declName(decl ast.Decl) string {
	f, ok := decl.(*ast.FuncDecl)
	if !ok {
		return ""
	}
	if f.Recv == nil {
		return f.Name.Name
	}
	receiver := f.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	if name, ok := receiver.(*ast.Ident); ok {
		return name.Name + "." + f.Name.Name
	}
	return f.Name.Name
}

// addressReaders lists every function that parses an address by itself, with why it
// needs none of the checks of address.Parse, which everything that a person, a
// definition, a file or a server names goes through.
var addressReaders = map[string]string{
	"session/address Parse":                  "the one place",
	"session/address ParseProxy":             "a proxy, with rules of its own",
	"session/definition candidateOf":         "a base address with marks for fields, to see whether it can be matched",
	"session/flow builder.rewrite":           "the checked address, with the token in it",
	"session/flow builder.target":            "the checked base address with a path",
	"session/oauth Locations":                "a path behind the checked origin of the issuer",
	"session/transport Inside":               "an origin, which is checked",
	"session/transport leadsInside":          "an origin, which is checked",
	"session/request Evidence.otherAudience": "a claim and the address that was asked, which nothing calls",
	"session/request hostOf":                 "a redirect that the transport judged, to name its host",
	"session/token extraction.word":          "a text that may be an address, to find a token in it",
	"session/token auditor.issuer":           "a claim, which nothing calls",
	"session/transport Loopback":             "an origin, which is checked",
	"ui/browser Browser.tunnel":              "the address of a login page, which the flow made, to read the port in it",
	"ui/cli doctor.askClocks":                "the stored base address, which is checked",
	"ui/cli doctor.proxies":                  "an origin, which is checked",
	"ui/screen Context.URL":                  "hides the user of what is shown",
	"ui/screen/form place":                   "an origin, which is checked",
	"ui/screen/login text.link":              "the address that the flow checked, to link to it",
}

// TestAddressesAreReadInOnePlace fails for a function that is not listed.
func TestAddressesAreReadInOnePlace(t *testing.T) {
	comparePlaces(t, addressReaders, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return false
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Parse" && sel.Sel.Name != "ParseRequestURI" {
			return false
		}
		of, ok := sel.X.(*ast.Ident)
		return ok && of.Name == "url"
	})
}
