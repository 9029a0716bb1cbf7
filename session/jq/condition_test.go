package jq_test

import (
	"errors"
	"strings"
	"testing"

	"tokenring/session/jq"
)

func TestConditionsThatAlwaysHoldAreRefused(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"true", ".body.id", ".status == 200", ".status == 200 or .status == 201", "[.body.items[] | .id == 9] | all", ".body.items | map(.id == 9) | all",
		".body.items | length > 0", "all(.body.items[]; .id > 0)", ".body.a // false", ".body.a // empty", "(.body.a // .body.b) != null", ".status - 200 == 0",
		"[.body.items[] | select(.id == 9)][0]", ".body.items[] | select(.id == 9) | .name | length", ".body.id | tonumber", ".body.at | fromdate",
		"if .status == 200 then true else false end", "if .status == 200 then 1 else empty end", ".body.items[] | .id > 0", ".headers.etag", ".body | .status",
		".body as $b | $b.id", `if .status == 200 then "ok" else error("no") end`, "def f: .body.id; f", ".body.a + .body.b", ".", "try .body.id", "reduce .body.a[] as $x (true; . and $x)",
	} {
		if err := jq.Lazy(src).CheckCondition(); (err != nil) != (src == ".") {
			t.Errorf("%s: %v", src, err)
		}
	}
	for _, tt := range []struct {
		src, part, hint string
		offset          int
	}{
		{"200", "200", "write .status == 200", 0},
		{".status == 200 or 201", "201", "write .status == 201", 18},
		{".status == 200, 201", "201", "write .status == 201", 16},
		{".status", ".status", "write .status == 200", 0},
		{".status == 200 and (.body.items | length)", "length", "compare it", 34},
		{"[.status == 200]", "[.status == 200]", "", 0},
		{"{a: .status}", "{ a: .status }", "", 0},
		{".body.items | map(.id == 9)", "map(.id == 9)", "all(…)", 14},
		{".status - 200", ".status - 200", "", 0},
		{".body.ms * 2 + 1", ".body.ms * 2 + 1", "", 0},
		{".body.a // 200", ".body.a // 200", "", 0},
		{`"ok"`, `"ok"`, "", 0},
		{`"\(.body.id)"`, `"\(.body.id)"`, "", 0},
		{"-1", "-1", "", 0},
		{".text", ".text", "", 0},
		{". as $x | $x.status | tostring", "tostring", "", 22},
		{"if .status == 200 then 1 else 0 end", "if .status == 200 then 1 else 0 end", "", 0},
		{"(.body.items | keys)?", "", "", 0},
		{"try (.body.a - 1) catch 5", "", "", 0},
		{"reduce .body.a[] as $x (0; . + $x)", "", "", 0},
		{"all(.body.items[]; .id - 9)", ".id - 9", "", 19},
		{".body.items | any(.id, 9)", "9", "", 23},
		{".body.items[] | select(.id or 1)", "1", "", 30},
		{"true or .body.id", "true", "", 0},
		{"1 == 1", "1 == 1", "", 0},
		{".status == .status", ".status == .status", "", 0},
		{`"a" | test("a")`, `"a" | test("a")`, "", 0},
		{"@json", "@json", "", 0},
		{"not | type", "type", "", 6},
	} {
		var at *jq.SyntaxError
		if err := jq.Lazy(tt.src).CheckCondition(); !errors.As(err, &at) || at.Offset != tt.offset || !strings.HasPrefix(at.Msg, tt.part) || !strings.Contains(at.Hint, tt.hint) {
			t.Errorf("%s: %v, want %q at %d with the hint %q", tt.src, err, tt.part, tt.offset, tt.hint)
		}
	}
}
