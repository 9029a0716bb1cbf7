package search_test

import (
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
		"ed":        "[1 0 2]", // as it stands, so "Ädmin" is not asked for more
		"ä at":      "[3]",
		"zz":        "[]",
	} {
		found, _ := search.Parse(typed).Select([]int{0, 1, 2, 3}, func(i int) string { return texts[i] })
		if got := fmt.Sprint(found); got != want {
			t.Errorf("%q selects %s, want %s", typed, got, want)
		}
	}
}

func TestTheBestMatchComesFirst(t *testing.T) {
	t.Parallel()
	best := []string{"log", "log out", "open the log", "a catalog", "list\na log", "groups\na catalog"}
	all := []int{5, 4, 3, 2, 1, 0}
	got, loose := search.Parse("log").Select(all, func(i int) string { return best[i] })
	if !slices.Equal(got, []int{0, 1, 2, 3, 4, 5}) || loose {
		t.Errorf("found %v, loose: %t", got, loose)
	}
	for typed, want := range map[string]bool{"opn": true, "open": false, "": false, "zz": false} {
		if _, loose := search.Parse(typed).Select(all, func(i int) string { return best[i] }); loose != want {
			t.Errorf("%q is loose: %t, want %t", typed, loose, want)
		}
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
