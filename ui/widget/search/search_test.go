package search_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"tokenring/ui/widget/search"
)

func TestSelect(t *testing.T) {
	t.Parallel()
	texts := []string{"admin@edge\nstaging", "editor@shop\nprod", "me@market\nedge", "Ädmin at\nprod"}
	for i := range texts {
		texts[i] = search.Fold(texts[i])
	}
	for typed, want := range map[string]string{
		"":          "[0 1 2 3]",
		"EDGE":      "[0 2]",
		"edge prod": "[]",
		"ädmin":     "[3]",
		"ae":        "[0]",     // from the start of a word on
		"sg":        "[]",      // in the first line only
		"er prod":   "[1]",     // one word as it stands, the other not
		"amn":       "[0]",     // not Ädmin
		"ed":        "[0 1 2]", // as it stands, so "Ädmin" is not asked for more
		"ä at":      "[3]",
		"zz":        "[]",
	} {
		if got := fmt.Sprint(search.Parse(typed).Select([]int{0, 1, 2, 3}, func(i int) string { return texts[i] })); got != want {
			t.Errorf("%q selects %s, want %s", typed, got, want)
		}
	}
}

func TestWorth(t *testing.T) {
	t.Parallel()
	best := []string{"log out", "open the log", "a catalog", "list of groups"}
	got := slices.Clone(best)
	slices.Reverse(got)
	q := search.Parse("log")
	slices.SortFunc(got, func(a, b string) int { return cmp.Compare(q.Worth(b), q.Worth(a)) })
	if !slices.Equal(got, best) {
		t.Errorf("the best of them first: %q", got)
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{"gö": "[0 1]", "o": "[4]", "gv": "[0 6]", "view o": "[4 6 7 8 9]", "zz": "[]"} {
		if got := fmt.Sprint(search.Parse(typed).Places(search.Fold("Gö to viewer"))); got != want {
			t.Errorf("%q is at %s, want %s", typed, got, want)
		}
	}
}
