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
	if plan := planOf(t, s, selectLabels); !strings.Contains(plan, "COVERING INDEX") {
		t.Errorf("the plan is %q", plan)
	}
}

// TestDeletionsAreFoundByAnIndex covers what every command asks for.
func TestDeletionsAreFoundByAnIndex(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, query := range []string{selectOld, selectDeleted} {
		plan := planOf(t, s, query)
		for line := range strings.Lines(plan) {
			if strings.Contains(line, "SCAN") && !strings.Contains(line, "INDEX") && !strings.Contains(line, "CONSTANT ROW") {
				t.Errorf("%s reads a whole table:\n%s", query, plan)
			}
		}
	}
}

// planOf returns how SQLite runs a query, a step a line.
func planOf(t *testing.T, s *Store, query string) string {
	t.Helper()
	var n int
	var step, plan string
	check(t, s.each(t.Context(), []any{&n, &n, &n, &step}, func() { plan += step + "\n" }, `EXPLAIN QUERY PLAN `+query, 1, 2))
	return plan
}
