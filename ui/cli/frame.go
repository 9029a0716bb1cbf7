package cli

import (
	"context"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"

	"tokenring/ui"
)

// whileBeginning is the GC's percentage until the first frame: it lets the heap
// grow to 32 MB before the first collection, from 4.
const whileBeginning = 800

// firstFrame shows the accounts at once. Bubble Tea would show them with the
// next tick of its frame clock, and draws them again then. It reports whether
// anything was shown.
func (w *World) firstFrame(model *ui.Model, profile colorprofile.Profile) bool {
	terminal, ok := w.Stdout.(*os.File)
	if !ok {
		return false
	}
	width, height, err := term.GetSize(terminal.Fd())
	if err != nil || width <= 0 || height <= 0 {
		return false // the loop says why
	}
	// A collection would take longer than all that could be collected is worth.
	percent := debug.SetGCPercent(whileBeginning)
	defer debug.SetGCPercent(percent)
	view := model.Begin(width, height)
	_, err = io.WriteString(w.Stdout, ansi.SetModeAltScreenSaveCursor+ansi.ResetModeTextCursorEnable+ansi.CursorHomePosition)
	if err != nil {
		return false
	}
	out := colorprofile.Writer{Forward: w.Stdout, Profile: profile}
	_, err = out.WriteString(strings.ReplaceAll(view.Content, "\n", "\r\n"))
	return err == nil
}

// begun is when the start is over.
const begun = 3 * time.Second

// giveBack gives back to the system what memory the start needed and the screen
// does not.
func giveBack(life context.Context) {
	select {
	case <-time.After(begun):
		debug.FreeOSMemory()
	case <-life.Done():
	}
}

// undraw takes the first frame away where Bubble Tea could not begin.
func (w *World) undraw() {
	_, _ = io.WriteString(w.Stdout, ansi.ResetModeAltScreenSaveCursor+ansi.SetModeTextCursorEnable)
}
