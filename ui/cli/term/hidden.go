package term

import (
	"bytes"
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

// readRaw reads a line from a terminal in raw mode, which echoes nothing and does not cut
// long tokens, as it does when it edits lines itself. draw, unless nil, shows the line so far.
func readRaw(in *os.File, draw func(text []byte)) ([]byte, error) {
	var h hiddenLine
	buf := make([]byte, 4096)
	for {
		n, err := in.Read(buf)
		if err != nil {
			return nil, err
		}
		done := false
		for i := 0; i < n && !done && err == nil; i++ {
			done, err = h.press(buf[i])
		}
		if draw != nil && !h.pasting {
			draw(h.text)
		}
		if done || err != nil {
			return bytes.TrimRight(h.text, "\r\n"), err
		}
	}
}

// Terminals in this mode put pasteBegin and pasteEnd around what is pasted, so that
// a line break in it is told from the end of the answer.
const (
	pasteOn    = "\x1b[?2004h"
	pasteOff   = "\x1b[?2004l"
	pasteBegin = "[200~"
	pasteEnd   = "[201~"
)

// hiddenLine is a line while it is typed.
type hiddenLine struct {
	text    []byte
	escaped []byte // an escape sequence so far
	pasting bool
}

// press adds a byte and reports whether the line has ended.
func (h *hiddenLine) press(key byte) (done bool, err error) {
	switch {
	case len(h.escaped) > 0: // ignore arrows and the like
		h.escape(key)
	case key == escape:
		h.escaped = []byte{key}
	case h.pasting && len(h.text) < maxHidden:
		h.text = append(h.text, key)
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

// escape adds a byte to an escape sequence.
func (h *hiddenLine) escape(key byte) {
	const longest = 16
	h.escaped = append(h.escaped, key)
	if goes := key == '[' || key == 'O' || key >= '0' && key <= '9' || key == ';'; goes && len(h.escaped) < longest {
		return
	}
	switch string(h.escaped[1:]) {
	case pasteBegin:
		h.pasting = true
	case pasteEnd:
		h.pasting = false
	}
	h.escaped = nil
}
