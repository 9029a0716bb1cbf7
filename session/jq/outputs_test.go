package jq

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestOutputsGivesEachValueWithItsDigits(t *testing.T) {
	t.Parallel()
	body := []byte(`[1.50,{"id":12345678901234567890}]`)
	for src, want := range map[string]string{
		".":            `[1.50,{"id":12345678901234567890}]`,
		".[]":          `1.50 {"id":12345678901234567890}`,
		".[1].id":      `12345678901234567890`,
		"empty":        ``,
		`"<a>&\u2028"`: "\"<a>&\u2028\"",
	} {
		q, err := Compile(src)
		if err != nil {
			t.Fatal(err)
		}
		got, err := q.Outputs(t.Context(), body)
		if err != nil {
			t.Errorf("%s: %v", src, err)
		}
		if lines := strings.ReplaceAll(strings.TrimSpace(string(got)), "\n", " "); lines != want {
			t.Errorf("%s: %s, want %s", src, lines, want)
		}
	}
}

func TestOutputsFailsWithoutValues(t *testing.T) {
	t.Parallel()
	for _, src := range []string{`.secret.x`, `.secret | error`, `repeat("x" * 1000000)`} {
		q, err := Compile(src)
		if err != nil {
			t.Fatal(err)
		}
		_, err = q.Outputs(t.Context(), []byte(`{"secret":"canary"}`))
		var failed *EvalError
		if !errors.As(err, &failed) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", src, err)
		}
	}
}

func TestTreeSourceIsWhatWasParsed(t *testing.T) {
	t.Parallel()
	value := map[string]any{"a": "${.x}", "${.k}": []any{1, nil, true, "$${y}"}, "empty": map[string]any{}, "none": []any{}}
	tree, err := ParseTree(value, ParseTemplate)
	if err != nil {
		t.Fatal(err)
	}
	if got := tree.Source(); !reflect.DeepEqual(got, value) {
		t.Errorf("got %v, want %v", got, value)
	}
}
