package cli

import (
	"os"
	"strings"

	"github.com/charmbracelet/x/term"
)

// terminal reports whether both ends are a terminal that a screen can use.
func (w *World) terminal() bool {
	return isTerminal(w.Stdin) && isTerminal(w.Stdout) && w.Getenv("TERM") != "dumb"
}

func isTerminal(end any) bool {
	f, ok := end.(*os.File)
	return ok && term.IsTerminal(f.Fd())
}

// asciiOnly reports whether the locale says that the terminal shows nothing
// but ASCII: the first of LC_ALL, LC_CTYPE and LANG that is set decides.
func (w *World) asciiOnly() bool {
	if w.Getenv("TERM") == "linux" {
		return true // the console has no glyphs for our signs
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		locale := strings.ToLower(w.Getenv(name))
		if locale == "" {
			continue
		}
		return !strings.Contains(locale, "utf-8") && !strings.Contains(locale, "utf8")
	}
	return false
}
