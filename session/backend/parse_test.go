package backend

import (
	"os"
	"path/filepath"
	"testing"
)

// mustParse reads a definition that has to be right.
func mustParse(t *testing.T, path string) *Definition {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(filepath.Base(path), src)
	if err != nil {
		t.Fatalf("%s:\n%v", path, err)
	}
	return d
}

func TestEveryShippedDefinitionParses(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"builtin/*.yaml", "testdata/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			d := mustParse(t, file)
			if want := d.Name + ".yaml"; filepath.Base(file) != want {
				t.Errorf("%s holds %s", file, d.Name)
			}
		}
	}
}
