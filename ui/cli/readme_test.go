package cli

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tokenring/session/backend"
	"tokenring/ui/keymap"
)

var update = flag.Bool("update", false, "write what is made from the code into the README")

const keysEnd = "<!-- /keys -->"

// TestREADMEKeys holds the README's table of keys to the one in force.
func TestREADMEKeys(t *testing.T) {
	path := filepath.Join("..", "..", "README.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	start := strings.Index(text, "<!-- keys:")
	end := strings.Index(text, keysEnd)
	if start < 0 || end < start {
		t.Fatal("the README has no place for the keys")
	}
	start += strings.Index(text[start:], "\n") + 1
	want := "\n" + strings.TrimSpace(keymap.Default().Markdown()) + "\n\n"
	if text[start:end] == want {
		return
	}
	if !*update {
		t.Fatal("the keys of the README are not those in force: go test ./ui/cli -run README -update")
	}
	if err := os.WriteFile(path, []byte(text[:start]+want+text[end:]), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestREADMEDefinition parses the definition the README shows.
func TestREADMEDefinition(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(name: .*?)```").FindAllSubmatch(data, -1)
	if len(blocks) != 1 {
		t.Fatalf("%d definitions in the README, want 1", len(blocks))
	}
	if _, err := backend.Parse("acme.yaml", blocks[0][1]); err != nil {
		t.Error(err)
	}
}

// TestREADMEConfig reads the configuration the README shows.
func TestREADMEConfig(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
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
	if _, err := readConfig(dir); err != nil {
		t.Error(err)
	}
}

// TestREADMEPictures finds the pictures the README shows.
func TestREADMEPictures(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllSubmatch(data, -1) {
		if _, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(string(match[1])))); err != nil {
			t.Error(err)
		}
	}
}
