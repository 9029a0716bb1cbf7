// Package help is the overlay that explains the screen: every key by group, the
// signs and frames, and the files.
package help

import (
	"context"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
	"tokenring/ui/widget/search"
)

// wantWide is the preferred width: more gains nothing for two columns.
const wantWide = 132

// Places are the paths of the program's files. Empty ones are not shown.
type Places struct {
	Store    string // the folder of the store
	Config   string // the configuration file
	Backends string // the folder of the person's own definitions
	Version  string
}

// Facts reads the state of the vault and the errors of the definition files.
type Facts func(context.Context) (session.VaultStatus, []error)

// Overlay is the help. It scrolls and has a search.
type Overlay struct {
	screen.Base
	ctx    *screen.Context
	read   Facts
	places Places
	hints  map[keymap.Action]string // actions that could be done when it was opened, with the reason where not
	desk   screen.Desk

	vault    string // how secrets are stored
	problems []string
	search   *widget.Input
	scroll   widget.Scroll

	lines []string // the last layout, for width and dark
	width int
	dark  bool
}

// New returns the help for the actions offered by hints.
func New(ctx *screen.Context, read Facts, hints []keymap.Hint, places Places) *Overlay {
	o := &Overlay{
		ctx: ctx, read: read, places: places, hints: make(map[keymap.Action]string, len(hints)),
		search: widget.NewInput(ctx.Theme, "/ ", "search").Remember(ctx.Recalls, &ctx.Searches),
	}
	o.search.OnChange(o.relayout)
	o.Base = screen.NewBase(ctx)
	for _, h := range hints {
		if _, known := o.hints[h.Action]; !known && !h.Shadowed {
			o.hints[h.Action] = h.Disabled
		}
	}
	return o
}

// Init reads the facts.
func (o *Overlay) Init() tea.Cmd {
	life, read := o.Life, o.read
	return o.desk.Run(o.Life, func() func() tea.Cmd {
		vault, problems := read(life)
		return func() tea.Cmd {
			o.take(vault, problems)
			return nil
		}
	})
}

// Title names the overlay.
func (o *Overlay) Title() string { return "Help" }

// Size takes all available space, up to wantWide.
func (o *Overlay) Size(maxW, maxH int) (w, h int) { return min(maxW, wantWide), maxH }

// Cursor returns the cursor of the search while it has the focus.
func (o *Overlay) Cursor() *tea.Cursor { return o.search.Cursor(0, 0) }

// Keys lists the keys of the help itself.
func (o *Overlay) Keys() []keymap.Hint {
	if o.search.Focused() {
		return screen.FilterHints()
	}
	return []keymap.Hint{
		{Action: keymap.FilterList, Label: "search"}, {Action: keymap.Down}, {Action: keymap.Up},
		{Action: keymap.PageDown, Label: "more"}, {Action: keymap.Close},
	}
}

// Update scrolls and searches.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if o.search.Focused() {
			return o.ctx.FilterKey(msg, o.search, o.unsearch)
		}
		return o.key(msg)
	case tea.PasteMsg:
		return o.search.Update(msg)
	case tea.MouseWheelMsg:
		o.scroll.Slide(widget.WheelSteps(msg.Button))
	}
	return nil
}

func (o *Overlay) take(vault session.VaultStatus, problems []error) {
	switch vault.State {
	case session.VaultOpen:
		o.vault = "sealed in the store; the key: " + string(vault.Way)
	case session.VaultLocked:
		o.vault = "locked: " + secret.CleanLine(vault.Reason)
	case session.VaultUnset:
		o.vault = "nothing is sealed yet"
	}
	o.problems = nil
	for _, err := range problems {
		o.problems = append(o.problems, o.ctx.Line(err.Error()))
	}
	o.lines = nil
}

func (o *Overlay) key(msg tea.KeyPressMsg) tea.Cmd {
	switch a := o.ctx.Keys.Match(msg, keymap.List, keymap.Dialog, keymap.Accounts); a {
	case keymap.FilterList:
		return o.search.Renew()
	case keymap.Close:
		if o.search.Value() != "" {
			o.unsearch()
			return nil
		}
		return screen.Close(o)
	default:
		o.scroll.Slide(screen.Steps(a, &o.scroll))
	}
	return nil
}

func (o *Overlay) unsearch() {
	o.search.End()
	o.relayout()
}

// relayout lays out what the search finds, from its top.
func (o *Overlay) relayout() { o.lines, o.scroll.Offset = nil, 0 }

// View draws the visible lines, and below them how many follow.
func (o *Overlay) View(w, h int) string {
	th := o.ctx.Theme
	if o.lines == nil || o.width != w || o.dark != th.Dark() {
		found := matching(o.sections(), search.Parse(o.search.Value()))
		o.lines, o.width, o.dark = layOut(th, found, w), w, th.Dark()
	}
	var head []string
	if o.search.Focused() || o.search.Value() != "" {
		head = []string{o.search.View(w), ""}
	}
	room := max(1, h-len(head)-1)
	o.scroll.Len, o.scroll.Height = len(o.lines), room
	o.scroll.Slide(0)
	from, to := o.scroll.Window()
	out := append(head, o.lines[from:to]...)
	if len(o.lines) == 0 {
		out = append(out, th.Muted.Render("nothing matches"))
	}
	return strings.Join(append(widget.Fill(out, h-1), o.foot(to, w)), "\n")
}

func (o *Overlay) foot(to, w int) string {
	th := o.ctx.Theme
	left := th.Accent.Render(theme.SignInfo) + th.Muted.Render(" works here now")
	right := ""
	if to < len(o.lines) {
		right = th.Muted.Render(strconv.Itoa(len(o.lines)-to) + " more lines below")
	}
	return widget.Spread(left, right, w)
}
