package definition

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestEveryDefinitionInTheManualParses(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(name:.*?)```").FindAllSubmatch(manual, -1) {
		found++
		if _, err := Parse("README.md", block[1]); err != nil {
			t.Errorf("%v\nin\n%s", err, block[1])
		}
	}
	if found < 5 {
		t.Errorf("only %d definitions were found", found)
	}
}

func TestTheManualNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(manual)
	words := append(append([]string{}, reserved...), kindNames...)
	words = append(append(words, flowNames...), fieldTypes...)
	for _, word := range words {
		if !strings.Contains(text, "`"+word+"`") && !strings.Contains(text, "`."+word+"`") {
			t.Errorf("%s is not in the manual", word)
		}
	}
	for _, link := range regexp.MustCompile(`\]\(((?:testdata|builtin)[^)]*)\)`).FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.FromSlash(link[1])); err != nil {
			t.Error(err)
		}
	}
}
