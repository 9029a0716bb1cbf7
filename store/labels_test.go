package store

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tokenring/session"
)

// TestLabelsComeFromOneIndex reads them in a ring of an earlier schema too.
func TestLabelsComeFromOneIndex(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "ring")
	const before = 10 // the schema whose index does not hold the labels
	makeRing(t, dir, migrations()[:before])
	s := openStore(t, dir)
	for _, id := range []string{"b", "A"} {
		withAccount(t, s, id)
	}
	want := []session.Label{
		{Name: "name of A", Environment: "prod", Definition: "directus"},
		{Name: "name of b", Environment: "prod", Definition: "directus"},
	}
	if got, err := s.Labels(ctx); err != nil || !slices.Equal(got, want) {
		t.Errorf("the labels are %+v, %v", got, err)
	}
	var plan string
	var n int
	check(t, s.db.QueryRow(`EXPLAIN QUERY PLAN `+selectLabels).Scan(&n, &n, &n, &plan))
	if !strings.Contains(plan, "COVERING INDEX") {
		t.Errorf("the plan is %q", plan)
	}
}
