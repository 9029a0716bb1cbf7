package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"tokenring/session/emulator"
	"tokenring/ui/cli/app"
)

// TestEveryCommandIsExplained expects all texts that a user needs of each command.
func TestEveryCommandIsExplained(t *testing.T) {
	t.Parallel()
	env := &app.Env{}
	root := newRoot(env, commands())
	for i, c := range commands() {
		if name := c.make(env).Name(); name != c.name {
			t.Errorf("command %d is called %q and found as %q", i, name, c.name)
		}
	}
	for _, c := range append([]*cobra.Command{root}, visible(root)...) {
		if c.Short == "" || c.Long == "" || c.Example == "" {
			t.Errorf("%s lacks its short or long text or an example", c.CommandPath())
		}
		if c.HasParent() && c.Parent() == root && c.GroupID == "" && c.Name() != "help" {
			t.Errorf("%s is in no group", c.CommandPath())
		}
		for line := range strings.Lines(c.Short + "\n" + c.Long + "\n" + c.Example) {
			if strings.ContainsRune(line, '\t') {
				t.Errorf("%s: a tab in %q", c.CommandPath(), line)
			}
		}
	}
}

// TestExamplesAreCommands parses every command line in help texts and README.
func TestExamplesAreCommands(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllSubmatch(readme, -1) {
		texts = append(texts, string(block[1]))
	}
	env := &app.Env{}
	for _, c := range visible(newRoot(env, commands())) {
		texts = append(texts, c.Example)
	}
	seen := 0
	for _, text := range texts {
		for _, args := range commandLines(text) {
			seen++
			root := newRoot(env, commands())
			c, rest, err := root.Find(args)
			if err == nil {
				err = c.ParseFlags(rest)
			}
			if err == nil && c.Args != nil {
				err = c.Args(c, c.Flags().Args())
			}
			if err != nil {
				t.Errorf("tokenring %s: %v", strings.Join(args, " "), err)
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d command lines were found", seen)
	}
}

// commandLines returns the arguments of each call of tokenring in shell text.
func commandLines(text string) [][]string {
	text = strings.ReplaceAll(text, "\\\n", " ")
	word := regexp.MustCompile(`^(?:[^\s'"|;&<>()#]|'[^']*'|"(?:[^"\\]|\\.)*")+`)
	var all [][]string
	for _, rest := range strings.Split(text, "tokenring ")[1:] {
		args := []string{}
		for {
			rest = strings.TrimLeft(rest, " ")
			one := word.FindString(rest)
			if one == "" {
				break
			}
			args = append(args, strings.Trim(one, `'"`))
			rest = rest[len(one):]
		}
		all = append(all, args)
	}
	return all
}

func TestCompletions(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	for shell, sign := range map[string]string{
		"bash": "__start_tokenring", "zsh": "#compdef tokenring", "fish": "complete -c tokenring", "powershell": "Register-ArgumentCompleter",
	} {
		tr.want(ExitOK, "", []string{"completion", shell}, sign)
	}
	tr.want(ExitUsage, "", []string{"completion", "csh"}, "bash, zsh, fish, powershell")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"add", "--backend", ""}, "datarhei-core\tdatarhei Core\n"},
		{[]string{"add", "--guard", "t"}, "typed-confirm\n"},
		{[]string{"ls", "--state", "needs"}, "needs login\n"},
		{[]string{"ls", "--env", ""}, "staging\n"},
		{[]string{"env", "--shell", ""}, "powershell\n"},
		{[]string{"prompt", "--shell", "s"}, "starship\n"},
		{[]string{"import", ""}, ":0\n"}, // files
		{[]string{"man", ""}, ":16\n"},   // folders
		{[]string{"ls", ""}, ":4\n"},     // nothing
		{[]string{"vault", "init", ""}, ":4\n"},
		{[]string{"decode", "--key", ""}, ":0\n"},
		{[]string{"add", "--login", ""}, ":4\n"},
		{[]string{"smoke", "--junit", ""}, ":0\n"},
		{[]string{"decode", ""}, ":4\n"},
	} {
		tr.want(ExitOK, "", append([]string{"__complete"}, tt.args...), tt.want)
	}
}

func TestCompletingTokensAndRequests(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	delete(tr.env, "TOKENRING_KEY")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"token", ""}, "admin@edge\tdev datarhei-core\n"},
		{[]string{"token", "admin@edge", ""}, "access\nrefresh\n"},
		{[]string{"request", "admin@edge", "proc"}, "processes\tProcesses\n"},
		{[]string{"exec", "ad"}, "admin@edge"},
	} {
		tr.want(ExitOK, "", append([]string{"__complete"}, tt.args...), tt.want)
	}
}

func TestManPages(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	page := tr.want(ExitOK, "", []string{"man"}, ".TH \"TOKENRING\" 1", ".SH COMMANDS", ".B token\n", "\\-\\-version")
	if strings.Contains(page, "\t") {
		t.Error("a tab in a man page")
	}
	dir := filepath.Join(tr.home, "man1")
	tr.want(ExitOK, "", []string{"man", dir}, "pages are in")
	token, err := os.ReadFile(filepath.Join(dir, "tokenring-token.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{".SH NAME\ntokenring\\-token \\- Print a valid token", ".B \\-\\-min\\-ttl", ".SH EXAMPLES", ".BR tokenring (1)"} {
		if !strings.Contains(string(token), want) {
			t.Errorf("%q is missing in\n%s", want, token)
		}
	}
	for name, want := range map[string]string{"request": "(NAME | [METHOD] PATH)", "add": "\n.B \\-\\-secret NAME=SOURCE\n", "prompt": `"[$output]($style) "`} {
		if text, err := os.ReadFile(filepath.Join(dir, "tokenring-"+name+".1")); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%q is missing in the page of %s: %v", want, name, err)
		}
	}
	tr.want(ExitFailed, "", []string{"man", filepath.Join(dir, "tokenring-token.1", "x")}, "not a directory")
}
