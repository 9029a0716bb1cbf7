// Package term handles the terminal for the command line: the standard streams,
// questions to the user, a progress line, and output that is safe to show.
// Data goes to standard output; messages, questions and progress go to standard
// error.
package term

import (
	"fmt"
	"io"
	"os"

	xterm "github.com/charmbracelet/x/term"

	"tokenring/session/secret"
)

// IO holds the streams of a run of the program.
type IO struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer

	// OpenTTY opens the terminal that the program was started from, for questions
	// while In carries data; nil: none.
	OpenTTY func() (*os.File, error)

	// Browse opens a web address with a command, or in the person's browser if that is "", or
	// says with hint how to reach this machine from another; nil: there is no browser.
	Browse func(address, command string) (opened bool, hint string)

	Dots bool // the terminal shows codes for cameras: it has colours and half blocks

	Silent bool // Notify writes nothing
	JSON   bool // Data writes JSON

	console  *Console  // to ask on; nil: nothing was asked
	progress *Progress // nil: there was none
}

// Standard returns the streams of this process.
func Standard() IO {
	return IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, OpenTTY: openTTY}
}

// Is reports whether a stream is a terminal.
func Is(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && xterm.IsTerminal(f.Fd())
}

// Size returns the columns and lines of the terminal that a stream goes to.
func Size(stream any) (width, height int, ok bool) {
	f, isFile := stream.(*os.File)
	if !isFile {
		return 0, 0, false
	}
	width, height, err := xterm.GetSize(f.Fd())
	return width, height, err == nil && width > 0 && height > 0
}

// columns returns the columns of a terminal, also of one that does not know them.
func columns(stream any) int {
	if width, _, ok := Size(stream); ok {
		return width
	}
	return 80
}

// Notify writes a message to standard error.
func (s *IO) Notify(format string, args ...any) {
	if !s.Silent {
		fmt.Fprintln(s.Err, secret.CleanLine(fmt.Sprintf(format, args...)))
	}
}

// Data writes data to standard output: rows as a table, or the whole as JSON.
func (s *IO) Data(whole any, rows [][]string) error {
	if s.JSON {
		return WriteJSON(s.Out, whole)
	}
	return WriteTable(s.Out, rows)
}

// Print writes text, sanitized if standard output is a terminal.
func (s *IO) Print(text string) error {
	if Is(s.Out) {
		text = secret.CleanText(text)
	}
	_, err := io.WriteString(s.Out, text)
	return err
}
