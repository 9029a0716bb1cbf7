// Package palette finds a command or an account by name.
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

// New returns the choice among the hinted actions and all accounts. What is chosen is done
// after the list has closed, on the screen as it was before.
func New(c *screen.Context, hints []keymap.Hint, all func() []session.Snapshot) screen.Choice {
	acts := actions(c, hints)
	return screen.Choice{
		Title: "Commands and accounts", Hint: "a command or an account", Yes: "do it",
		Items: func() []pick.Item { return slices.Concat(acts, accounts(c, all())) },
		Do: func(value string) tea.Cmd {
			if _, ok := c.Keys.Binding(keymap.Action(value)); ok {
				return screen.Do(keymap.Action(value), "")
			}
			return screen.Choose(value, "")
		},
	}
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
