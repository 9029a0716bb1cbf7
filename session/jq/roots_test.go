package jq_test

import (
	"errors"
	"testing"

	"tokenring/session/jq"
)

func TestUnknownRootsAreRefused(t *testing.T) {
	t.Parallel()
	known := []string{"status", "headers", "body", "vars"}
	for _, src := range []string{
		".status == 200 and (.body.items | length) > 0", ".body | .statu", `.headers["x-y"] // .vars.a`, ".body.list[] | select(.name)",
		"[.body[] | {name, id}]", `. as $x | $x.status`, "[.body.a[] | map(.b)]", ".body as {a: $a} | $a", ". == .",
	} {
		if _, err := jq.Compile(src, known...); err != nil {
			t.Errorf("%s: %v", src, err)
		}
	}
	for _, tt := range []struct {
		src, hint string
		offset    int
	}{
		{".statu == 200", "did you mean .status?", 0},
		{".body.statu and .statu", "did you mean .status?", 16},
		{".status == 200 and (.boddy.id | length) > 0", "did you mean .body?", 20},
		{`"\(.header)"`, "did you mean .headers?", 3},
		{".body[.somewhere]", "", 6},
		{"{tenant}", "", 0},
	} {
		_, err := jq.Compile(tt.src, known...)
		var at *jq.SyntaxError
		if !errors.As(err, &at) || at.Hint != tt.hint || at.Offset != tt.offset {
			t.Errorf("%s: %v, want the hint %q at %d", tt.src, err, tt.hint, tt.offset)
		}
		if _, err := jq.Compile(tt.src); err != nil {
			t.Errorf("%s without known names: %v", tt.src, err)
		}
	}
}
