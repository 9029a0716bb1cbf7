package term

import (
	"context"
	"io"
	"os"
	"unicode/utf8"
)

// maxHidden bounds what is typed or pasted unseen, in bytes.
const maxHidden = 1 << 20

// The keys a terminal in raw mode sends for what it does itself else.
const (
	ctrlC     = 0x03
	ctrlD     = 0x04
	backspace = 0x08
	ctrlU     = 0x15
	escape    = 0x1b
	rubout    = 0x7f
)

// readHidden reads a line from a terminal in raw mode, where nothing is shown
// and, other than in a line the terminal edits itself, a token of any length
// arrives whole.
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

// hiddenLine is a line being typed.
type hiddenLine struct {
	text    []byte
	escaped bool // a key that sends a sequence was pressed
}

// press takes a byte and reports whether the line has ended.
func (h *hiddenLine) press(key byte) (done bool, err error) {
	switch {
	case h.escaped: // arrows and the like mean nothing here
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
