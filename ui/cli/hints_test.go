package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"tokenring/ui/cli/app"
)

// sentence are the words that follow the name in a sentence about the program.
var sentence = []string{
	"as", "database", "from", "holds", "in", "is", "itself", "made", "needs", "or", "process", "sealed", "sets", "starts", "wrapped",
}

// TestHintsNameCommandsThatExist looks into every text of the program, errors
// and hints among them, for commands of tokenring and their flags.
func TestHintsNameCommandsThatExist(t *testing.T) {
	t.Parallel()
	env := &app.Env{}
	root := newRoot(env, commands())
	command := regexp.MustCompile(`\btokenring ([a-z][a-z-]*)((?: (?:-{1,2})?[A-Za-z…][A-Za-z-]*)*)`)
	seen := 0
	for _, text := range texts(t) {
		for _, call := range command.FindAllStringSubmatch(text.value, -1) {
			c, _, err := root.Find([]string{call[1]})
			if err != nil || c == root {
				if !slices.Contains(sentence, call[1]) {
					t.Errorf("%s: %q names no command", text.at, call[0])
				}
				continue
			}
			seen++
			for _, word := range strings.Fields(call[2]) {
				if sub, _, err := c.Find([]string{word}); err == nil && sub != c {
					c = sub
				} else if name, ok := strings.CutPrefix(word, "--"); ok && name != "help" && c.Flag(name) == nil {
					t.Errorf("%s: %s has no flag %s", text.at, c.CommandPath(), word)
				}
			}
		}
	}
	if seen < 80 {
		t.Errorf("only %d commands were found", seen)
	}
}

// TestHintsNameFlagsThatExist looks into the texts of the command line for
// flags that stand by themselves.
func TestHintsNameFlagsThatExist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"help": true, "version": true, "no-color": true}
	env := &app.Env{}
	for _, c := range visible(newRoot(env, commands())) {
		c.Flags().VisitAll(func(f *pflag.Flag) { known[f.Name] = true })
	}
	flag := regexp.MustCompile(`(?:^|[ ('"])--([a-z][a-z-]*)`)
	seen := 0
	for _, text := range texts(t) {
		if !strings.HasPrefix(text.at, "ui/cli/") {
			continue
		}
		for _, m := range flag.FindAllStringSubmatch(text.value, -1) {
			if seen++; !known[m[1]] {
				t.Errorf("%s: no command has a flag --%s", text.at, m[1])
			}
		}
	}
	if seen < 60 {
		t.Errorf("only %d flags were found", seen)
	}
}

// text is a string of the program.
type text struct{ at, value string }

// texts returns the strings in the program's files.
func texts(t *testing.T) []text {
	t.Helper()
	root := filepath.Join("..", "..")
	var all []text
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, file)
		ast.Inspect(parsed, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if value, err := strconv.Unquote(lit.Value); err == nil {
				all = append(all, text{filepath.ToSlash(name) + ":" + strconv.Itoa(set.Position(lit.Pos()).Line), value})
			}
			return true
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
