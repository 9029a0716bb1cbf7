package ui

import (
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// The title of the window on the stack of the terminal (xterm, "Window manipulation").
const (
	pushTitle = "\x1b[22;2t"
	popTitle  = "\x1b[23;2t"
)

// mostLines is more than the lines of any terminal: the cursor stops at the last one.
const mostLines = 300

// leaving adds to what Bubble Tea writes when it shows and leaves the alternate screen,
// also to suspend. Where there is none, the last frame would stay with what it reveals.
// Its lines are erased one by one: a screen that is cleared may go to the scrollback. The title of
// the window is restored, not removed.
var leaving = strings.NewReplacer(
	ansi.SetModeAltScreenSaveCursor, pushTitle+ansi.SetModeAltScreenSaveCursor,
	ansi.ResetModeAltScreenSaveCursor, ansi.CursorHomePosition+strings.Repeat(ansi.EraseEntireLine+"\x1b[B", mostLines)+ansi.CursorHomePosition+
		ansi.ResetModeAltScreenSaveCursor+popTitle,
	ansi.SetWindowTitle(""), "",
)

// screenOutput returns the terminal for Bubble Tea, which looks for a file.
func screenOutput(out io.Writer) io.Writer {
	if f, ok := out.(*os.File); ok {
		return terminalFile{f}
	}
	return terminalWriter{out}
}

type terminalFile struct{ *os.File }

// Terminal returns the terminal for a program that gets it.
func (f terminalFile) Terminal() *os.File { return f.File }

func (f terminalFile) Write(p []byte) (int, error) { return terminalWriter{f.File}.Write(p) }

type terminalWriter struct{ io.Writer }

func (w terminalWriter) Write(p []byte) (int, error) {
	if n, err := io.WriteString(w.Writer, leaving.Replace(string(p))); err != nil {
		return min(n, len(p)), err
	}
	return len(p), nil
}
