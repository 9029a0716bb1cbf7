package flow

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tokenring/session/definition"
	"tokenring/session/jq"
)

// TestWhatFactsMakeIsMadeAnew finds every function that changes what a scope, an
// outcome or a redactor is made of: each calls learn.
func TestWhatFactsMakeIsMadeAnew(t *testing.T) {
	t.Parallel()
	sources := []string{"resolved", "connected", "answers", "captures", "Fields", "Tokens", "into"}
	before := []string{"newFacts", "Enter", "PlainSubject"} // no flow runs yet
	own := []string{"plainScope", "answered"}               // whose facts have made nothing yet, and who makes the scope anew itself
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	changes := func(n ast.Expr) bool {
		if index, ok := n.(*ast.IndexExpr); ok {
			return slices.Contains(sources, lastName(index.X))
		}
		field, ok := n.(*ast.SelectorExpr)
		return ok && field.Sel.Name == "answer" && slices.Contains([]string{"x", "f"}, lastName(field.X))
	}
	found := 0
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil || slices.Contains(before, f.Name.Name) {
				continue
			}
			changed, learns := false, false
			ast.Inspect(f.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.AssignStmt:
					changed = changed || slices.ContainsFunc(n.Lhs, changes)
				case *ast.CallExpr:
					learns = learns || lastName(n.Fun) == "learn"
				}
				return true
			})
			if changed {
				found++
			}
			if changed && !learns && !slices.Contains(own, f.Name.Name) {
				t.Errorf("%s changes what the facts know and does not call learn", f.Name.Name)
			}
		}
	}
	if found < 6 {
		t.Errorf("found %d functions", found)
	}
}

func lastName(n ast.Expr) string {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		return n.Sel.Name
	case *ast.Ident:
		return n.Name
	}
	return ""
}

// A secret of which a template of a step is made is read before the step.
func TestEveryTemplateOfAStepIsReadBeside(t *testing.T) {
	t.Parallel()
	from, err := jq.ParseTemplate("${.password}")
	if err != nil {
		t.Fatal(err)
	}
	values := []reflect.Value{reflect.ValueOf(from), reflect.ValueOf([]definition.Pair{{Name: from}}), reflect.ValueOf([]definition.Pair{{Value: from}})}
	found := 0
	isRead := func(st *definition.Step, name string) {
		if found++; !slices.Contains(readBeside(st), "password") {
			t.Errorf("%s is not read", name)
		}
	}
	isRead(&definition.Step{Note: from}, "Note")
	for _, part := range reflect.VisibleFields(reflect.TypeFor[definition.Step]()) {
		if part.Type.Kind() != reflect.Pointer || slices.Contains([]string{"Request", "Sign", "Note", "When"}, part.Name) {
			continue
		}
		for _, field := range reflect.VisibleFields(part.Type.Elem()) {
			for _, value := range values {
				if field.Type == value.Type() {
					st, one := definition.Step{}, reflect.New(part.Type.Elem())
					one.Elem().FieldByIndex(field.Index).Set(value)
					reflect.ValueOf(&st).Elem().FieldByIndex(part.Index).Set(one)
					isRead(&st, part.Name+"."+field.Name)
				}
			}
		}
	}
	if found < 15 {
		t.Errorf("there are %d templates", found)
	}
}
