package widget

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// What is joined is drawn so that terminals that count runes and those that measure whole
// characters agree on every column.
func TestJoinedCharactersAreDrawnAsTheirFirst(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain ● ▰▱ 日本 é":            "plain ● ▰▱ 日本 é",
		"👨\u200d👩\u200d👧fam@api":     "👨fam@api",
		"❤\ufe0fheart":               "❤ heart",
		"👍🏽up":                       "👍up",
		"1\ufe0f\u20e3key":           "1 key",
		"🇩🇪 de":                      "DE de",
		"e\u0301":                    "e\u0301",
		"\x1b[31m👩\u200d💻\x1b[m red": "\x1b[31m👩\x1b[m red",
	} {
		got := Unjoin(text)
		if got != want {
			t.Errorf("%q is drawn as %q, want %q", text, got, want)
		}
		if was, is, counted := Width(text), Width(got), ansi.StringWidthWc(got); was != is || is != counted {
			t.Errorf("%q: %d cells, then %d, of which a terminal counts %d", text, was, is, counted)
		}
	}
}

func FuzzUnjoin(f *testing.F) {
	f.Add("👨\u200d👩\u200d👧 🇩🇪 ❤\ufe0f\nक्ष")
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) || ansi.Strip(s) != s || strings.ContainsFunc(s, unicode.IsControl) {
			return
		}
		if got := Unjoin(s); Width(got) != Width(s) {
			t.Errorf("%q of %d cells is drawn in %d: %q", s, Width(s), Width(got), got)
		}
	})
}
