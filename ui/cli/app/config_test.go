package app

import (
	"os"
	"path/filepath"
	"testing"

	"tokenring/ui/screen"
)

// TestAnEmptySettingHasItsDefault reads keys without a value, and a file
// without keys.
func TestAnEmptySettingHasItsDefault(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing\n", "times:\n", "mouse:\nwarn: ~\ntimes:\n  clear:\n  reveal: ~\n"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := ReadConfig(dir)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if got, want := c.Settings(), screen.DefaultSettings(); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}
