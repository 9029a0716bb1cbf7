package term

import (
	"context"
	"io"
	"os"
	"unicode/utf8"
)

// maxHidden bounds a hidden line, in bytes.
const maxHidden = 1 << 20

// The keys that a terminal handles itself unless it is in raw mode.
const (
	ctrlC     = 0x03
	ctrlD     = 0x04
	backspace = 0x08
	ctrlU     = 0x15
	escape    = 0x1b
	rubout    = 0x7f
)

// readHidden reads a line from a terminal in raw mode, which echoes nothing and
// does not cut long tokens, as it does when it edits lines itself.
func readHidden(in *os.File) ([]byte, error) {
	var h hiddenLine
	buf := make([]byte, 4096)
	for {
		n, err := in.Read(buf)
		if err != nil {
			return nil, err
		}
		for _, key := range buf[:n] {
			if done, err := h.press(key); done || err != nil {
				return h.text, err
			}
		}
	}
}

// hiddenLine is a line while it is typed.
type hiddenLine struct {
	text    []byte
	escaped bool // within an escape sequence
}

// press adds a byte and reports whether the line has ended.
func (h *hiddenLine) press(key byte) (done bool, err error) {
	switch {
	case h.escaped: // ignore arrows and the like
		h.escaped = key == '[' || key == 'O' || key >= '0' && key <= '9' || key == ';'
	case key == escape:
		h.escaped = true
	case key == '\r' || key == '\n':
		return true, nil
	case key == ctrlC:
		return false, context.Canceled
	case key == ctrlD && len(h.text) == 0:
		return false, io.EOF
	case key == rubout || key == backspace:
		_, size := utf8.DecodeLastRune(h.text)
		h.text = h.text[:len(h.text)-size]
	case key == ctrlU:
		h.text = h.text[:0]
	case key >= ' ' && len(h.text) < maxHidden:
		h.text = append(h.text, key)
	}
	return false, nil
}
