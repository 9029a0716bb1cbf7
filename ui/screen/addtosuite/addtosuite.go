// Package addtosuite is the overlay that puts a request into a suite of the folder's
// tokenring.yaml.
package addtosuite

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/prose"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget/pick"
)

// The preferred size in cells.
const (
	wantWide = 76
	wantHigh = 14
)

// first is the suite that is made where there is none.
const first = "smoke"

// Place is the file that a request would be written to.
type Place struct {
	File   string // for a person to read
	New    bool   // it is made
	Suites []*suite.Suite
}

// Folder finds and writes the file.
type Folder interface {
	// Place describes the file.
	Place(ctx context.Context) (Place, error)
	// Keep adds the request to the suite under a name, which it returns. It makes suite
	// and file where they are missing. If the user trusted the file before, they trust
	// it with the request.
	Keep(ctx context.Context, account, suite string, spec *request.Spec) (name string, err error)
}

// Overlay lists the suites to choose from.
type Overlay struct {
	*pick.List
	ctx    *screen.Context
	folder Folder
	own    *session.Snapshot
	spec   request.Spec
	desk   screen.Desk

	place Place
}

// New makes the overlay for a request of an account.
func New(c *screen.Context, folder Folder, own *session.Snapshot, spec request.Spec) *Overlay {
	o := &Overlay{ctx: c, folder: folder, own: own, spec: spec}
	o.List = pick.New(c.Theme, c.Keys, "into which suite?", nil)
	return o
}

// Title implements screen.Overlay.
func (o *Overlay) Title() string { return "Put it into a suite" }

// Size implements screen.Overlay.
func (o *Overlay) Size(maxW, maxH int) (w, h int) { return min(maxW, wantWide), min(maxH, wantHigh) }

// Close has nothing to end: a file is written whole or not at all.
func (o *Overlay) Close() {}

// Keys implements screen.Screen.
func (o *Overlay) Keys() []keymap.Hint {
	return []keymap.Hint{{Action: keymap.Accept, Label: "put it there"}, {Action: keymap.Close}}
}

// Init reads the file.
func (o *Overlay) Init() tea.Cmd {
	life, folder := o.ctx.Life, o.folder
	return tea.Batch(o.Focus(), o.desk.Run(life, func() func() tea.Cmd {
		place, err := folder.Place(life)
		return func() tea.Cmd {
			if err != nil {
				return tea.Sequence(screen.Close(o), screen.NotifyError(err))
			}
			o.place = place
			o.List = pick.New(o.ctx.Theme, o.ctx.Keys, "into which suite?", o.items())
			return o.Focus()
		}
	}))
}

// Update implements screen.Screen.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(tea.KeyPressMsg); ok && o.ctx.Keys.Match(msg, keymap.Dialog) == keymap.Close {
		return screen.Close(o)
	}
	it, cmd := o.List.Update(msg)
	if it == nil {
		return cmd
	}
	return tea.Sequence(screen.Close(o), o.keep(it.Value))
}

func (o *Overlay) items() []pick.Item {
	var items []pick.Item
	has := false
	for _, s := range o.place.Suites {
		has = has || s.Name == first
		items = append(items, pick.Item{
			Value: s.Name, Title: o.ctx.Line(s.Name), Detail: prose.Count(len(s.Cases), "request"),
			More: "At the end of it, in " + secret.CleanLine(o.place.File) + ". The rest of the file stays as it is.",
		})
	}
	if has {
		return items
	}
	it := pick.Item{Value: first, Title: first, Detail: "a new suite", More: "It is created in " + secret.CleanLine(o.place.File) + "."}
	if o.place.New {
		it.Detail = "a new file"
		it.More = secret.CleanLine(o.place.File) + " is created, with " + o.ctx.Line(o.own.Account.Name) + " and this request in it."
	}
	return append(items, it)
}

// keep writes the request and reports its name there.
func (o *Overlay) keep(to string) tea.Cmd {
	life, folder, account, spec, file := o.ctx.Life, o.folder, o.own.Account.Name, o.spec, o.place.File
	return func() tea.Msg {
		name, err := folder.Keep(life, account, to, &spec)
		if err != nil {
			return screen.NotifyError(err)()
		}
		return screen.Notify(screen.Info, secret.CleanLine(fmt.Sprintf("added %s to %s in %s", name, to, file)))()
	}
}
