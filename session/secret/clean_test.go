package secret_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"tokenring/session/secret"
)

func TestCleanLineLeavesOrdinaryWritingAlone(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]string{
		"nothing":               "",
		"ASCII":                 `{"sub": "admin", "n": 1} ~!`,
		"accents":               "Zoë Müller, señor Łukasz",
		"decomposed accents":    "Zoe\u0308 e\u0301e\u0302\u0323",
		"Vietnamese":            "Nguyễn Thị Ánh",
		"Chinese and Japanese":  "東京 さくら",
		"Korean":                "한국어",
		"decomposed Korean":     "\u1112\u1161\u11ab\u1100\u116e\u11a8",
		"Thai":                  "น้ำ ภาษาไทย",
		"Hebrew with points":    "שָׁלוֹם",
		"Arabic":                "مرحبا",
		"Persian with ZWNJ":     "می\u200cخواهم",
		"Hindi with ZWJ":        "क्\u200dष",
		"Arabic number sign":    "\u0600١٢٣",
		"emoji":                 "🚀 ok ✅",
		"emoji with selector":   "❤\ufe0f ☎\ufe0e",
		"keycap":                "1\ufe0f\u20e3 #\ufe0f\u20e3",
		"flag":                  "🇨🇭",
		"skin tone":             "👍🏽",
		"family":                "👨\u200d👩\u200d👧\u200d👦",
		"doctor with skin tone": "👩🏽\u200d⚕\ufe0f",
		"kiss":                  "👩\u200d❤\ufe0f\u200d💋\u200d👩",
		"rainbow flag":          "🏳\ufe0f\u200d🌈",
		"nodding":               "🙂\u200d↕\ufe0f",
		"box drawing":           "╭─╮",
		"no-break space":        "10\u00a0km",
	} {
		if got := secret.CleanLine(s); got != s {
			t.Errorf("%s: CleanLine(%+q) = %+q", name, s, got)
		}
	}
}

func TestCleanLineDisarms(t *testing.T) {
	t.Parallel()
	const bad = "\ufffd"
	for _, tc := range []struct{ name, in, want string }{
		{"CSI clear screen", "a\x1b[2Jb", "a␛[2Jb"},
		{"OSC title with BEL", "\x1b]0;pwned\x07", "␛]0;pwned␇"},
		{"OSC 52 clipboard with ST", "\x1b]52;c;cm0=\x1b\\", "␛]52;c;cm0=␛\\"},
		{"OSC 8 link", "\x1b]8;;http://evil\x1b\\ok", "␛]8;;http://evil␛\\ok"},
		{"DCS", "\x1bP+q\x1b\\", "␛P+q␛\\"},
		{"APC", "\x1b_Gpayload\x1b\\", "␛_Gpayload␛\\"},
		{"charset switch", "\x1b(0\x0e", "␛(0␎"},
		{"CSI as C1 in UTF-8", "\u009b2J", bad + "2J"},
		{"OSC as C1 in UTF-8", "\u009d0;x\u009c", bad + "0;x" + bad},
		{"CSI as a raw byte", "\x9b2J", bad + "2J"},
		{"DCS as a raw byte", "\x90q\x9c", bad + "q" + bad},
		{"next line", "a\u0085b", "a" + bad + "b"},
		{"overwriting the line", "good\rbad ", "good␍bad "},
		{"line feed", "a\nb", "a␊b"},
		{"CRLF", "a\r\nb", "a␍␊b"},
		{"tab", "a\tb", "a␉b"},
		{"backspace", "abc\b\b\bxyz", "abc␈␈␈xyz"},
		{"NUL, BEL, VT, FF, DEL", "\x00\x07\x0b\x0c\x7f", "␀␇␋␌␡"},
		{"line and paragraph separator", "a\u2028b\u2029c", "a␤b␤c"},
		{"right-to-left override", "exe.\u202etxt", "exe." + bad + "txt"},
		{"bidi embeddings", "\u202a\u202b\u202c\u202d", bad + bad + bad + bad},
		{"bidi isolates", "\u2066\u2067\u2068\u2069", bad + bad + bad + bad},
		{"bidi marks", "\u200e\u200f\u061c", bad + bad + bad},
		{"deprecated format controls", "\u206a\u206f", bad + bad},
		{"zero-width space in a name", "ad\u200bmin", "ad" + bad + "min"},
		{"joiners in a name", "ad\u200cm\u200din", "ad" + bad + "m" + bad + "in"},
		{"word joiner and BOM", "\u2060\ufeff", bad + bad},
		{"invisible operators", "f\u2061\u2062\u2063\u2064x", "f" + bad + bad + bad + bad + "x"},
		{"soft hyphen", "ad\u00admin", "ad" + bad + "min"},
		{"grapheme joiner", "a\u034fb", "a" + bad + "b"},
		{"Hangul fillers", "\u115f\u1160\u3164\uffa0", bad + bad + bad + bad},
		{"Mongolian separator and selector", "\u180e\u180b", bad + bad},
		{"tag characters", "🏴\U000e0067\U000e007f", "🏴" + bad + bad},
		{"data in variation selectors", "😀\ufe00\U000e0100\U000e01ef", "😀" + bad + bad + bad},
		{"second selector", "❤\ufe0f\ufe0f", "❤\ufe0f" + bad},
		{"selector on a letter", "a\ufe0f", "a" + bad},
		{"selector on a digit", "1\ufe0f2", "1" + bad + "2"},
		{"joiner after a picture alone", "😀\u200d", "😀" + bad},
		{"two joiners", "👨\u200d\u200d👩", "👨" + bad + bad + "👩"},
		{"endless emoji chain", strings.Repeat("👨\u200d", 4) + "👨", "👨\u200d👨\u200d👨\u200d👨" + bad + "👨"},
		{"joined stand-ins", "\x1b\u200d\x1b", "␛" + bad + "␛"},
		{"interlinear annotation", "\ufff9a\ufffab\ufffb", bad + "a" + bad + "b" + bad},
		{"musical and shorthand controls", "\U0001d173\U0001bca0", bad + bad},
		{"private use, image placeholder", "\ue0b0\U0010eeee", bad + bad},
		{"noncharacters and unassigned", "\uffff\U0001ffff\u0378", bad + bad + bad},
		{"invalid UTF-8", "a\xc3(\xed\xa0\x80\xf5", "a" + bad + "(" + bad + bad + bad + bad},
		{"overlong ESC", "\xc0\x9b[2J", bad + bad + "[2J"},
		{"mark without a letter", "\u0301a", "◌\u0301a"},
		{"letter painted over", "a" + strings.Repeat("\u0336", 8), "a" + strings.Repeat("\u0336", 6) + bad + "\u0336"},
	} {
		if got := secret.CleanLine(tc.in); got != tc.want {
			t.Errorf("%s: CleanLine(%+q) = %+q, want %+q", tc.name, tc.in, got, tc.want)
		}
	}
}

func TestCleanTextKeepsLines(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a\nb\n":       "a\nb\n",
		"a\r\nb\r\n":   "a\nb\n",
		"a\rb":         "a␍b",
		"a\r\r\nb":     "a␍\nb",
		"{\n\t\"a\":1": "{\n    \"a\":1",
		"a\n\u0301b":   "a\n◌\u0301b",
		"a\u2028b":     "a␤b",
		"\x1b[31mred":  "␛[31mred",
	} {
		if got := secret.CleanText(in); got != want {
			t.Errorf("CleanText(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzCleanLine(f *testing.F) {
	for _, seed := range []string{
		"plain", "\x1b[2J", "\u009b2J\x9b", "👨\u200d👩\u200d👧", "a\u0301\u202e\n\r\t", "1\ufe0f\u20e3",
		"می\u200cخواهم", "\u1161\u11a8", "\xff\xc0\x9b",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line, text := secret.CleanLine(s), secret.CleanText(s)
		if again := secret.CleanLine(line); again != line {
			t.Errorf("cleaned twice: %+q, then %+q", line, again)
		}
		if again := secret.CleanText(text); again != text {
			t.Errorf("text cleaned twice: %+q, then %+q", text, again)
		}
		for _, out := range []string{line, strings.ReplaceAll(text, "\n", "")} {
			if !utf8.ValidString(out) {
				t.Errorf("invalid UTF-8 in %+q", out)
			}
			checkHarmless(t, out)
		}
	})
}

// checkHarmless fails for what no terminal may get, by lists of its own.
func checkHarmless(t *testing.T, out string) {
	t.Helper()
	prev := rune(-1)
	for _, r := range out {
		joins := r == '\u200c' || r == '\u200d'
		switch {
		case r < ' ', r >= 0x7f && r <= 0x9f:
			t.Errorf("control %U in %+q", r, out)
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x206f, r == 0x200e, r == 0x200f, r == 0x61c:
			t.Errorf("bidi control %U in %+q", r, out)
		case r == 0x200b, r == 0x2060, r == 0xfeff, r == 0xad, r == 0x2028, r == 0x2029, r >= 0xe0000 && r <= 0xe0fff:
			t.Errorf("invisible %U in %+q", r, out)
		case unicode.In(r, unicode.Co, unicode.Cs):
			t.Errorf("private or surrogate %U in %+q", r, out)
		case joins && (prev == '\u200c' || prev == '\u200d' || prev == -1):
			t.Errorf("joiner without a neighbour in %+q", out)
		}
		prev = r
	}
}
