package prose

import "testing"

func TestCount(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0 bytes", 1: "1 byte", 36: "36 bytes"} {
		if got := Count(n, "byte"); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestClipCountsCharacters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "éééé": "éééé", "ééééé": "ééé…", "abcde": "abc…"} {
		if got := Clip(text, 4); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	for want, words := range map[string][]string{"": nil, "a": {"a"}, "a or b": {"a", "b"}, "a, b or c": {"a", "b", "c"}} {
		if got := List(words, "or"); got != want {
			t.Errorf("%q became %q, want %q", words, got, want)
		}
	}
}

func TestSome(t *testing.T) {
	for want, words := range map[string][]string{"": nil, "a": {"a"}, "a, b": {"a", "b"}, "a, b and 2 more": {"a", "b", "c", "d"}} {
		if got := Some(words, 2); got != want {
			t.Errorf("Some(%q) = %q, want %q", words, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{1: "1 byte", 1023: "1023 bytes", 1024: "1 KiB", 5000: "5 KiB", 10 << 20: "10 MiB", 7 << 30: "7 GiB", 1900 << 20: "2 GiB", 1<<63 - 1: "8589934592 GiB"} {
		if got := Size(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestNamesAreNumbered(t *testing.T) {
	t.Parallel()
	taken := Names{"a": 1, "a-3": 1}
	for _, want := range []string{"a-2", "a-4", "a-5"} {
		if got := taken.Free("a"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := taken.Free("a-2"); got != "a-2-2" {
		t.Errorf("got %s", got)
	}
}

func TestPositionsInAnyOrder(t *testing.T) {
	t.Parallel()
	text := "ä\n\nbc\nd"
	lines := NewLines([]byte(text))
	for from := range text {
		for to := range text {
			lines.Position(from)
			line, column := lines.Position(to)
			if wantLine, wantColumn := Position(text, to); line != wantLine || column != wantColumn {
				t.Errorf("from %d to %d: %d:%d, want %d:%d", from, to, line, column, wantLine, wantColumn)
			}
		}
	}
}
