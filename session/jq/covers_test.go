package jq_test

import "testing"

func TestCovers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		first, then string
		want        bool
	}{
		{".a == 1", ".a==1", true},
		{"true", ".a", true},
		{".a", ".a and .b", true},
		{".a and .b", ".b and (.c and .a)", true},
		{".a or .b", "(.b)", true},
		{".a or .b", ".b or .a and .c", true},
		{".status >= 400", ".status == 401 and .b", true},
		{".status >= 400 and .status < 500", ".status == 404 or .status == 403", true},
		{".a and .b", ".a", false},
		{".a", ".a or .b", false},
		{".a", ".b", false},
		{".status >= 400", ".status == 302", false},
		{".status >= 400", ".status >= 500", false}, // true, but not plain
		{".status >= 400 and .a", ".status == 401", false},
		{".status == .a", ".status == 401", false},
		{".status | not", ".status == 401", false},
	} {
		if got := compile(t, tc.first).Covers(compile(t, tc.then)); got != tc.want {
			t.Errorf("%s covers %s: %t", tc.first, tc.then, got)
		}
	}
}
