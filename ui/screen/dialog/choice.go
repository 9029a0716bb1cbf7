package dialog

import (
	tea "charm.land/bubbletea/v2"

	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget/pick"
)

// The preferred size of a list in cells, and of what is around its items.
const (
	wantWide = 76
	mostWide = 114
	wantHigh = 22
	around   = 11
)

// Choice is a list to choose from.
type Choice struct {
	*pick.List
	ctx  *screen.Context
	ask  screen.Choice
	over bool // something was chosen, or it was left, and it closes
}

// NewChoice makes the overlay for a choice.
func NewChoice(ctx *screen.Context, c screen.Choice) *Choice {
	return &Choice{List: pick.New(ctx.Theme, ctx.Keys, c.Hint, c.Items()), ctx: ctx, ask: c}
}

// Title is the choice's.
func (o *Choice) Title() string { return o.ctx.Line(o.ask.Title) }

// Size does not change while the list narrows.
func (o *Choice) Size(maxW, maxH int) (w, h int) {
	return min(maxW, mostWide, max(wantWide, o.Width())), min(maxH, wantHigh, o.Len()+around)
}

// Close has nothing to end.
func (o *Choice) Close() {}

// Init begins typing.
func (o *Choice) Init() tea.Cmd { return o.Focus() }

// Keys implements screen.Screen.
func (o *Choice) Keys() []keymap.Hint {
	return []keymap.Hint{
		{Action: keymap.Accept, Label: o.ask.Yes}, {Action: keymap.PickUp}, {Action: keymap.PickDown}, {Action: keymap.Close},
	}
}

// Update takes the choice, once: more keys may come before the list closes.
func (o *Choice) Update(msg tea.Msg) tea.Cmd {
	if o.over {
		return nil
	}
	switch msg := msg.(type) {
	case screen.ListedMsg, screen.SharedMsg:
		o.SetItems(o.ask.Items())
		return nil
	case tea.PasteMsg:
		if secret.ContainsSecret(msg.Content) {
			return screen.Refuse("this looks like a secret; the list would show it")
		}
	case tea.KeyPressMsg:
		if o.ctx.Keys.Match(msg, keymap.Dialog) != keymap.Close {
			break
		}
		o.over = true
		if o.ask.Otherwise != nil {
			return tea.Sequence(screen.Close(o), o.ask.Otherwise())
		}
		return screen.Close(o)
	}
	it, cmd := o.List.Update(msg)
	switch {
	case it == nil:
		return cmd
	case o.ask.Stays:
		return o.ask.Do(it.Value)
	}
	o.over = true
	return tea.Sequence(screen.Close(o), o.ask.Do(it.Value))
}
