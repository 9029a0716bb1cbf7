package dialog

import (
	tea "charm.land/bubbletea/v2"

	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget/pick"
)

// The preferred size of a list in cells: that of its items, and of what is around them.
const (
	wantWide = 76
	wantHigh = 18
	around   = 11
)

// Choice is a list to choose from.
type Choice struct {
	*pick.List
	ctx *screen.Context
	ask screen.Choice
}

// NewChoice makes the overlay for a choice.
func NewChoice(ctx *screen.Context, c screen.Choice) *Choice {
	return &Choice{List: pick.New(ctx.Theme, ctx.Keys, c.Hint, c.Items), ctx: ctx, ask: c}
}

// Title is the choice's.
func (o *Choice) Title() string { return o.ask.Title }

// Size does not change while the list narrows.
func (o *Choice) Size(maxW, maxH int) (w, h int) {
	return min(maxW, wantWide), min(maxH, wantHigh, len(o.ask.Items)+around)
}

// Close has nothing to end.
func (o *Choice) Close() {}

// Init begins typing.
func (o *Choice) Init() tea.Cmd { return o.Focus() }

// Keys implements screen.Screen.
func (o *Choice) Keys() []keymap.Hint {
	return []keymap.Hint{{Action: keymap.Accept, Label: o.ask.Yes}, {Action: keymap.Close}}
}

// Update implements screen.Screen.
func (o *Choice) Update(msg tea.Msg) tea.Cmd {
	if key, ok := msg.(tea.KeyPressMsg); ok && o.ctx.Keys.Match(key, keymap.Dialog) == keymap.Close {
		return screen.Close(o)
	}
	it, cmd := o.List.Update(msg)
	if it == nil {
		return cmd
	}
	return tea.Sequence(screen.Close(o), o.ask.Do(it.Value))
}
