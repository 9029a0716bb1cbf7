package jq

import (
	"maps"
	"slices"
	"testing"

	"github.com/itchyny/gojq"
)

// TestThePreludeIsCutIntoItsFunctions compares the functions that are read one by one
// with those that gojq finds in the whole.
func TestThePreludeIsCutIntoItsFunctions(t *testing.T) {
	t.Parallel()
	ast, err := gojq.Parse(preludeSource + " .")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, d := range ast.FuncDefs {
		want = append(want, keyOf(d.Name, len(d.Args)))
	}
	slices.Sort(want)
	got := slices.Sorted(maps.Keys(prelude()))
	if !slices.Equal(got, want) {
		t.Errorf("functions\n%q, want\n%q", got, want)
	}
	for key, d := range prelude() {
		if d.once.Do(d.read); keyOf(d.def.Name, len(d.def.Args)) != key {
			t.Errorf("%s is read as %s", key, d.def.Name)
		}
	}
}
