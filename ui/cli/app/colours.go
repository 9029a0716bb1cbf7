package app

import (
	"slices"
	"strings"

	"github.com/charmbracelet/colorprofile"
)

// Colourless reports whether the user wants no colours: by --no-color, or by NO_COLOR
// (https://no-color.org).
func (e *Env) Colourless() bool { return e.NoColour || e.Getenv("NO_COLOR") != "" }

// Profile returns the colours of standard output. FORCE_COLOR (https://force-color.org)
// asks for colours where there is no terminal too.
func (e *Env) Profile() colorprofile.Profile {
	environ := slices.DeleteFunc(slices.Clone(e.Environ), func(pair string) bool { return strings.HasPrefix(pair, "NO_COLOR=") })
	found := colorprofile.Detect(e.Out, environ)
	switch {
	case e.Colourless():
		return min(found, colorprofile.ASCII)
	case !slices.Contains([]string{"", "0", "false"}, e.Getenv("FORCE_COLOR")):
		return max(found, colorprofile.ANSI, colorprofile.Env(environ))
	}
	return found
}
