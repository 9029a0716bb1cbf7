package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"text/template"

	"go.yaml.in/yaml/v4"

	"tokenring/session/secret"
)

const canary = "canary-4d1f-never-print-me"

func TestStringPrintsAMaskWhateverPrintsIt(t *testing.T) {
	t.Parallel()
	s := secret.New(canary)
	type holder struct {
		Public secret.String
		hidden secret.String
		list   []secret.String
		byName map[string]*secret.String
	}
	h := holder{Public: s, hidden: s, list: []secret.String{s}, byName: map[string]*secret.String{"k": &s}}

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%T", "%c", "%U", "%10.3s", "none"} {
		for _, v := range []any{s, &s, h, &h, []any{s}, map[string]any{"k": s}, [1]secret.String{s}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	fmt.Fprintln(&out, s, &s, h)
	fmt.Fprintln(&out, errors.Join(fmt.Errorf("login: %v", s)), fmt.Sprint("too many", s))

	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("login", "password", s, "pointer", &s, "holder", h, "all", []any{s})
	}
	if err := json.NewEncoder(&out).Encode(map[string]any{"s": s, "h": h, "p": &s}); err != nil {
		t.Fatal(err)
	}
	if err := json.NewEncoder(&out).Encode(map[secret.String]int{s: 1}); err != nil {
		t.Fatal(err)
	}
	if err := yaml.NewEncoder(&out).Encode(map[string]any{"s": s, "h": h}); err != nil {
		t.Fatal(err)
	}
	if err := template.Must(template.New("").Parse("{{.}} {{printf `%s` .}}")).Execute(&out, s); err != nil {
		t.Fatal(err)
	}

	if strings.Contains(out.String(), canary) || strings.Contains(out.String(), fmt.Sprintf("%x", canary)) {
		t.Errorf("the secret was printed:\n%s", out.String())
	}
	if !strings.Contains(out.String(), secret.Hidden) {
		t.Error("nothing stands where the secret was")
	}
}

func TestStringKeepsItsText(t *testing.T) {
	t.Parallel()
	var none secret.String
	for _, tc := range []struct {
		s    secret.String
		text string
		zero bool
	}{
		{secret.New(canary), canary, false},
		{secret.New(""), "", true},
		{none, "", true},
	} {
		if tc.s.Reveal() != tc.text || tc.s.IsZero() != tc.zero {
			t.Errorf("Reveal() = %q, IsZero() = %t; want %q, %t", tc.s.Reveal(), tc.s.IsZero(), tc.text, tc.zero)
		}
	}
	if !secret.New(canary).Equal(secret.New(canary)) || !none.Equal(secret.New("")) {
		t.Error("equal texts are not Equal")
	}
	if secret.New(canary).Equal(secret.New("other")) || secret.New(canary).Equal(none) {
		t.Error("different texts are Equal")
	}
}

func TestMaskShowsHeadAndTailOfLongTokensOnly(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln": "eyJhbG…c2ln",
		"123456789012345678901":                     "123456…8901",
		"12345678901234567890":                      secret.Hidden,
		"hunter2":                                   secret.Hidden,
		"":                                          secret.Hidden,
		"äöüßéè-a-long-token-of-letters-ñandú":        "äöüßéè…andú",
		"\x1b]0;ab-a-long-token-with-escapes-\x1b[2J": "␛]0;ab…␛[2J",
	} {
		if got := secret.Mask(raw); got != want {
			t.Errorf("Mask(%q) = %q, want %q", raw, got, want)
		}
	}
}
