package preferred

import (
	"slices"
	"testing"
)

func TestACommandIsSplitAsAShellDoes(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][]string{
		"":                        {"vi"},
		"  ":                      {"vi"},
		"code --wait":             {"code", "--wait"},
		`"/opt/My Editor/ed" -w`:  {"/opt/My Editor/ed", "-w"},
		`sh -c 'exec ed "$1"' ed`: {"sh", "-c", `exec ed "$1"`, "ed"},
		"ed $FLAGS":               {"ed", "$FLAGS"}, // nothing is expanded
	} {
		if got, err := Editor([]string{"EDITOR=" + value}); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q is %q, %v", value, got, err)
		}
	}
}
