package palette

import (
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget/search"
)

// item is one line of the list: an action, or an account to go to.
type item struct {
	label  string
	detail string
	text   string // label, detail and further search words, folded
	action keymap.Action
	off    string // why the action cannot be done; "" when it can
	key    string // the key of the action here, spelled out

	account string // id
	state   session.State
}

// actions returns an item per action. Disabled ones come last, with the reason.
func actions(c *screen.Context, hints []keymap.Hint) []item {
	var items, off []item
	seen := map[keymap.Action]bool{}
	for _, h := range hints {
		b, ok := c.Keys.Binding(h.Action)
		// Moving, going back and the palette itself make no sense as commands.
		if !ok || seen[h.Action] || b.Scope == keymap.List || h.Action == keymap.Back || h.Action == keymap.Palette {
			continue
		}
		seen[h.Action] = true
		it := item{label: b.Help, detail: b.Long, action: h.Action, off: h.Disabled}
		if !h.Shadowed {
			it.key = c.Keys.KeyOf(h)
		}
		if h.Label != "" {
			it.label = h.Label
		}
		it.text = search.Fold(it.label + " " + it.detail + " " + b.Group)
		if it.off == "" {
			items = append(items, it)
		} else {
			off = append(off, it)
		}
	}
	return slices.Concat(items, off)
}

// accounts returns an item per account, by name.
func accounts(c *screen.Context, all []session.Snapshot) []item {
	items := make([]item, len(all))
	now := c.Now()
	for i := range all {
		s := &all[i]
		var facts []string
		for _, f := range [...]string{s.Account.Environment, s.Title, s.Host} {
			if f != "" {
				facts = append(facts, c.Line(f))
			}
		}
		it := item{
			label: "go to " + c.Line(s.Account.Name), detail: strings.Join(facts, theme.SignDot),
			account: s.Account.ID, state: s.StateAt(now),
		}
		it.text = search.Fold(it.label + " " + it.detail)
		items[i] = it
	}
	slices.SortFunc(items, func(a, b item) int { return strings.Compare(a.label, b.label) })
	return items
}
