// Package palette is the overlay that finds a command or an account by name.
package palette

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget/pick"
)

// The preferred size in cells.
const (
	wantWide = 114
	wantHigh = 22
)

// Overlay lists the available actions and every account. The value of an item is the
// action, or the id of the account.
type Overlay struct {
	*pick.List
	ctx     *screen.Context
	actions []pick.Item
}

// New returns a palette of the hinted actions and all accounts.
func New(ctx *screen.Context, hints []keymap.Hint, all []session.Snapshot) *Overlay {
	o := &Overlay{ctx: ctx, actions: actions(ctx, hints)}
	o.List = pick.New(ctx.Theme, ctx.Keys, "a command or an account", slices.Concat(o.actions, accounts(ctx, all)))
	return o
}

// Init begins typing.
func (o *Overlay) Init() tea.Cmd { return o.Focus() }

// Title names the overlay.
func (o *Overlay) Title() string { return "Commands and accounts" }

// Size does not change while the list narrows.
func (o *Overlay) Size(maxW, maxH int) (w, h int) { return min(maxW, wantWide), min(maxH, wantHigh) }

// Close has nothing to end.
func (o *Overlay) Close() {}

// Keys lists the keys that work while typing.
func (o *Overlay) Keys() []keymap.Hint {
	return []keymap.Hint{
		{Action: keymap.Accept, Label: "do it"}, {Action: keymap.PickUp}, {Action: keymap.PickDown}, {Action: keymap.Close},
	}
}

// Update handles keys, the mouse and reloaded accounts. What is chosen is done after the
// palette has closed, on the screen as it was before.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if o.ctx.Keys.Match(msg, keymap.Dialog) == keymap.Close {
			return screen.Close(o)
		}
	case screen.ListedMsg:
		o.SetItems(slices.Concat(o.actions, accounts(o.ctx, msg.Accounts)))
		return nil
	}
	it, cmd := o.List.Update(msg)
	if it == nil {
		return cmd
	}
	if slices.ContainsFunc(o.actions, func(a pick.Item) bool { return a.Value == it.Value }) {
		return tea.Sequence(screen.Close(o), screen.Do(keymap.Action(it.Value), ""))
	}
	return tea.Sequence(screen.Close(o), screen.Choose(it.Value, ""))
}

// actions returns an item per action. Disabled ones come last, with the reason.
func actions(c *screen.Context, hints []keymap.Hint) []pick.Item {
	var items, off []pick.Item
	seen := map[keymap.Action]bool{}
	for _, h := range hints {
		b, ok := c.Keys.Binding(h.Action)
		// Moving, going back and the palette itself make no sense as commands.
		if !ok || seen[h.Action] || b.Scope == keymap.List || h.Action == keymap.Back || h.Action == keymap.Palette {
			continue
		}
		seen[h.Action] = true
		it := pick.Item{
			Value: string(h.Action), Title: cmp.Or(h.Label, b.Help), Detail: b.Long, Words: b.Group, Off: c.Line(h.Disabled),
		}
		if !h.Shadowed {
			it.Key = c.Keys.KeyOf(h)
		}
		if it.Off == "" {
			items = append(items, it)
		} else {
			off = append(off, it)
		}
	}
	return slices.Concat(items, off)
}

// accounts returns an item per account, by name.
func accounts(c *screen.Context, all []session.Snapshot) []pick.Item {
	items := make([]pick.Item, len(all))
	now := c.Now()
	for i := range all {
		s := &all[i]
		state := s.StateAt(now)
		_, sign := c.Theme.State(state)
		items[i] = pick.Item{
			Value: s.Account.ID, Title: strings.TrimSpace("go to " + c.Line(s.Account.Name) + " " + c.Line(s.Account.Environment)),
			Detail: sign + " " + string(state) + theme.SignDot + c.Line(s.Title) + theme.SignDot + c.Line(s.Host),
		}
	}
	slices.SortFunc(items, func(a, b pick.Item) int { return strings.Compare(a.Title, b.Title) })
	return items
}
