package definition

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tokenring/session/yaml"
)

// wanted returns the problems that a file in testdata/problems says it has, in
// its lines that begin with "#! ".
func wanted(src string) string {
	var out []string
	for line := range strings.Lines(src) {
		if rest, ok := strings.CutPrefix(line, "#! "); ok {
			out = append(out, strings.TrimSpace(rest))
		}
	}
	return strings.Join(out, "\n")
}

func TestProblemsSayWhereAndWhatToDo(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/problems/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse("f", src)
			var problems *yaml.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("no problems but %v", err)
			}
			got := strings.ReplaceAll("\n"+err.Error(), "\nf:", "\n")[1:]
			if want := wanted(string(src)); strings.TrimSpace(got) != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
