package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tokenring/ui/cli/app"
)

// TestCommandsAndFlags compares every command and flag to those that users and
// scripts rely on, so that none is lost unnoticed.
func TestCommandsAndFlags(t *testing.T) {
	t.Parallel()
	root := newRoot(&app.Env{}, commands())
	var b strings.Builder
	for _, c := range append([]*cobra.Command{root}, visible(root)...) {
		fmt.Fprintln(&b, strings.TrimSuffix(c.UseLine(), " [flags]"))
		if len(c.Aliases) > 0 {
			fmt.Fprintln(&b, "  also", strings.Join(c.Aliases, ", "))
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			fmt.Fprintf(&b, "  --%s -%s %s [%s]\n", f.Name, f.Shorthand, f.Value.Type(), f.DefValue)
		})
	}
	path := filepath.Join("testdata", "commands.golden")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("the commands are not those of %s:\n%s", path, got)
	}
}
