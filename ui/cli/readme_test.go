package cli

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"tokenring/ui/cli/app"
	"tokenring/ui/keymap"
)

var update = flag.Bool("update", false, "write what is made from the code")

// TestREADMEKeys compares the table of keys to those in force.
func TestREADMEKeys(t *testing.T) {
	holdTable(t, filepath.Join("..", "keymap", "README.md"), "keys", keyTable(t))
}

// TestREADMECommands compares the table of commands to those there are.
func TestREADMECommands(t *testing.T) {
	env := &app.Env{}
	holdTable(t, "README.md", "commands", commandTable(newRoot(env, commands())))
}

// TestREADMEExits compares the table of exit codes to those there are.
func TestREADMEExits(t *testing.T) {
	table := "| code | means |\n| --- | --- |\n"
	for _, exit := range exitCodes {
		table += fmt.Sprintf("| %d | %s |\n", exit.code, exit.meaning)
	}
	holdTable(t, "README.md", "exits", table)
}

// commandTable lists the commands by their groups.
func commandTable(root *cobra.Command) string {
	var b strings.Builder
	for _, group := range root.Groups() {
		fmt.Fprintf(&b, "\n#### %s\n\n| command | does |\n| --- | --- |\n", strings.TrimSuffix(group.Title, ":"))
		for _, c := range visible(root) {
			top := c
			for top.Parent() != root {
				top = top.Parent()
			}
			if top.GroupID == group.ID && (c.Runnable() || !c.HasSubCommands()) {
				usage := strings.TrimSuffix(c.UseLine(), " [flags]")
				fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(usage, "|", "\\|"), c.Short)
			}
		}
	}
	return b.String()
}

// bindings returns the table of keys that nobody has rebound.
func bindings(t *testing.T) []keymap.Binding {
	t.Helper()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return keys.Bindings()
}

// keyTable lists the keys by their groups.
func keyTable(t *testing.T) string {
	var b strings.Builder
	group := ""
	for _, bind := range bindings(t) {
		if bind.Group != group {
			if group != "" {
				b.WriteString("\n")
			}
			group = bind.Group
			b.WriteString("#### " + group + "\n\n| key | does | action id |\n| --- | --- | --- |\n")
		}
		b.WriteString("| " + markdownKeys(bind.Keys) + " | " + bind.Long + " | `" + string(bind.Action) + "` |\n")
	}
	return b.String()
}

func markdownKeys(keys []string) string {
	if len(keys) == 0 {
		return "commands"
	}
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = "`" + strings.ReplaceAll(k, "|", `\|`) + "`" // else it would end the cell
	}
	return strings.Join(out, " ")
}

// holdTable compares the part of a file between the comments of that name to
// what is made from the code.
func holdTable(t *testing.T, path, name, made string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	start := strings.Index(text, "<!-- "+name+":")
	end := strings.Index(text, "<!-- /"+name+" -->")
	if start < 0 || end < start {
		t.Fatalf("%s has no place for the %s", path, name)
	}
	start += strings.Index(text[start:], "\n") + 1
	want := "\n" + strings.TrimSpace(made) + "\n\n"
	if text[start:end] == want {
		return
	}
	if !*update {
		t.Fatalf("the %s of %s are not those in force: go test ./ui/cli -run README -update", name, path)
	}
	if err := os.WriteFile(path, []byte(text[:start]+want+text[end:]), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestREADMEConfig reads the configuration that the manual of the keys shows.
func TestREADMEConfig(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "keymap", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(theme: .*?)```").FindSubmatch(data)
	if block == nil {
		t.Fatal("no configuration in the README")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), block[1], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.ReadConfig(dir); err != nil {
		t.Error(err)
	}
}

// TestREADMELinks follows every link from one document to a file.
func TestREADMELinks(t *testing.T) {
	root := filepath.Join("..", "..")
	var files []string
	for _, pattern := range []string{"README.md", ".github/*.md", "*/*/README.md"} {
		found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 8 {
		t.Fatalf("only %d documents were found", len(files))
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`).FindAllSubmatch(data, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), filepath.FromSlash(string(match[1])))); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}
