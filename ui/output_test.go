package ui

import (
	"bytes"
	"strings"
	"testing"
)

func TestLeavingErasesTheFrameAndRestoresTheTitle(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := screenOutput(&out)
	for _, part := range []string{"\x1b[?1049h", "\x1b]2;tokenring\a", "secret", "\x1b[?1049l\x1b]2;\a\x1b[?25h"} {
		if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
			t.Errorf("wrote %d of %d, %v", n, len(part), err)
		}
	}
	begin, rest, _ := strings.Cut(out.String(), "secret")
	if begin != pushTitle+"\x1b[?1049h\x1b]2;tokenring\a" {
		t.Errorf("it begins with %q", begin)
	}
	erased, end, left := strings.Cut(rest, "\x1b[?1049l")
	if !left || strings.Count(erased, "\x1b[2K") != mostLines || end != popTitle+"\x1b[?25h" {
		t.Errorf("it ends with %q", rest)
	}
}
