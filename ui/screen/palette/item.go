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
	text   string // label, detail and what else it is found by, folded
	action keymap.Action
	off    string // why the action cannot be done; "" when it can
	key    string // that does it here, as it is written

	account string // id
	state   session.State
}

// actions makes the items of everything that can be done. What cannot be done
// now comes last, with its reason.
func actions(c *screen.Context, hints []keymap.Hint) []item {
	var items, off []item
	seen := map[keymap.Action]bool{}
	for _, h := range hints {
		b, ok := c.Keys.Binding(h.Action)
		if !ok || seen[h.Action] || left(&b) {
			continue
		}
		seen[h.Action] = true
		it := item{label: b.Help, detail: b.Long, action: h.Action, off: h.Disabled}
		if !h.Shadowed {
			it.key = c.Keys.Key(h.Action)
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

// left reports whether a binding makes no sense as a command: moving, the way
// back, and what is open already.
func left(b *keymap.Binding) bool {
	return b.Scope == keymap.List || b.Action == keymap.Back || b.Action == keymap.Palette
}

// accounts makes the items that go to an account, by name.
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
