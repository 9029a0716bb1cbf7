package form

import (
	"cmp"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/secret"
	"tokenring/ui/preferred"
	"tokenring/ui/screen"
	"tokenring/ui/widget/search"
)

// The values of the rows that begin a definition and say how to import; no definition
// has these names.
const (
	anotherBackend = "+"
	importing      = "<"
)

// writeBackend creates a definition with the typed name, and opens the editor.
func (o *Overlay) writeBackend() tea.Cmd {
	name := cmp.Or(strings.Join(strings.Fields(search.Fold(o.picker.Typed())), "-"), "mine")
	m, life, environ := o.engine, o.Life, o.ctx.Environ
	return o.loads.Run(o.Life, func() func() tea.Cmd {
		path, err := m.Catalog.Begin(name)
		var argv []string
		if err == nil {
			argv, err = preferred.Editor(environ)
		}
		return func() tea.Cmd {
			if err != nil {
				return screen.NotifyError(err)
			}
			return o.loads.Exec(life, preferred.Open(life, argv, environ, path), func(err error) tea.Cmd { return o.written(name, err) })
		}
	})
}

// written takes the definition in, or shows what is wrong with it in the list, where the
// same row opens it again.
func (o *Overlay) written(name string, err error) tea.Cmd {
	if err != nil {
		return screen.NotifyError(err)
	}
	m := o.engine
	return o.loads.Run(o.Life, func() func() tea.Cmd {
		def, err := m.Catalog.Reread(name)
		definitions, problems := m.Catalog.List(), m.Catalog.Problems()
		return func() tea.Cmd {
			o.choices.definitions, o.choices.problems = definitions, problems
			if err != nil {
				return tea.Batch(o.chooseBackend(), screen.Notify(screen.Failure, "not ready: "+secret.CleanLine(err.Error())))
			}
			return o.start(def, fresh(def))
		}
	})
}
