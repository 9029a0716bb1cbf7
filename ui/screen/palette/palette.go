// Package palette is the overlay that finds a command or an account by name.
package palette

import (
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
	"tokenring/ui/widget/search"
)

// The preferred size in cells.
const (
	wantWide = 114
	wantHigh = 22
)

// top is the row of the first item: below the input and a blank line.
const top = 2

// Overlay lists the available actions and every account, and narrows the list by
// the typed text. It draws only the visible rows.
type Overlay struct {
	screen.Base
	ctx    *screen.Context
	input  *widget.Input
	items  []item
	acts   int // number of actions, which come first in items
	query  search.Query
	hits   []int // items, the best first
	scroll widget.Scroll
}

// New returns a palette of the hinted actions and all accounts.
func New(ctx *screen.Context, hints []keymap.Hint, all []session.Snapshot) *Overlay {
	o := &Overlay{ctx: ctx, input: widget.NewInput(ctx.Theme, "> ", "a command or an account")}
	o.items = actions(ctx, hints)
	o.acts = len(o.items)
	o.items = append(o.items, accounts(ctx, all)...)
	o.narrow()
	return o
}

// Init begins typing.
func (o *Overlay) Init() tea.Cmd { return o.input.Focus() }

// Title names the overlay.
func (o *Overlay) Title() string { return "Commands and accounts" }

// Size does not change while the list narrows.
func (o *Overlay) Size(maxW, maxH int) (w, h int) { return min(maxW, wantWide), min(maxH, wantHigh) }

// Cursor returns the cursor of the input.
func (o *Overlay) Cursor() *tea.Cursor { return o.input.Cursor(0, 0) }

// Keys lists the keys that work while typing.
func (o *Overlay) Keys() []keymap.Hint {
	return []keymap.Hint{
		{Action: keymap.Accept, Label: "do it"}, {Action: keymap.PickUp}, {Action: keymap.PickDown}, {Action: keymap.Close},
	}
}

// Update handles keys, the mouse and reloaded accounts.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return o.key(msg)
	case tea.PasteMsg:
		return o.typed(msg)
	case tea.MouseWheelMsg:
		o.scroll.Slide(widget.WheelSteps(msg.Button))
	case tea.MouseClickMsg:
		return o.click(msg)
	case screen.ListedMsg:
		o.renew(msg.Accounts)
	}
	return nil
}

func (o *Overlay) key(msg tea.KeyPressMsg) tea.Cmd {
	if msg.Text != "" {
		return o.typed(msg)
	}
	switch a := o.ctx.Keys.Match(msg, keymap.Picker, keymap.Dialog); a {
	case keymap.PickUp, keymap.PickDown, keymap.PickPageUp, keymap.PickPageDown:
		o.scroll.Move(screen.Steps(a, &o.scroll))
	case keymap.Accept:
		return o.choose()
	case keymap.Close:
		return screen.Close(o)
	default:
		return o.typed(msg)
	}
	return nil
}

func (o *Overlay) typed(msg tea.Msg) tea.Cmd {
	before := o.input.Value()
	cmd := o.input.Update(msg)
	if o.input.Value() != before {
		o.narrow()
	}
	return cmd
}

// narrow lists the items that match the typed words, the best first.
func (o *Overlay) narrow() {
	o.query = search.Parse(o.input.Value())
	all := make([]int, len(o.items))
	for i := range all {
		all[i] = i
	}
	text := func(i int) string { return o.items[i].text }
	o.hits, _ = o.query.Select(all, text)
	o.scroll.Resize(len(o.hits), o.scroll.Height)
	o.scroll.To(0)
}

// renew replaces the accounts and keeps the cursor on its item.
func (o *Overlay) renew(all []session.Snapshot) {
	was := o.current()
	o.items = append(o.items[:o.acts:o.acts], accounts(o.ctx, all)...)
	o.narrow()
	if was == nil {
		return
	}
	action, account := was.action, was.account
	at := slices.IndexFunc(o.hits, func(h int) bool {
		it := &o.items[h]
		return it.action == action && it.account == account
	})
	o.scroll.To(max(0, at))
}

func (o *Overlay) current() *item {
	if o.scroll.Cursor >= len(o.hits) {
		return nil
	}
	return &o.items[o.hits[o.scroll.Cursor]]
}

// choose runs the current item after the palette has closed, on the screen as it
// was before.
func (o *Overlay) choose() tea.Cmd {
	it := o.current()
	switch {
	case it == nil || it.off != "":
		return nil
	case it.account != "":
		return tea.Sequence(screen.Close(o), screen.Choose(it.account, ""))
	}
	return tea.Sequence(screen.Close(o), screen.Do(it.action, ""))
}

// click selects an item, or runs the selected one.
func (o *Overlay) click(msg tea.MouseClickMsg) tea.Cmd {
	at := o.scroll.Offset + msg.Y - top
	if msg.Button != tea.MouseLeft || msg.Y < top || msg.Y >= top+o.scroll.Height || at >= len(o.hits) {
		return nil
	}
	if at == o.scroll.Cursor {
		return o.choose()
	}
	o.scroll.To(at)
	return nil
}

// View draws the input, the rows that fit below it, and a foot.
func (o *Overlay) View(w, h int) string {
	th := o.ctx.Theme
	count := th.Muted.Render(strconv.Itoa(len(o.hits)))
	if len(o.query) > 0 {
		count += th.Faint.Render(" of " + strconv.Itoa(len(o.items)))
	}
	lines := []string{widget.Spread(o.input.View(max(1, w-widget.Width(count)-2)), count, w), ""}
	o.scroll.Resize(len(o.hits), max(1, h-top-1))
	from, to := o.scroll.Window()
	for i := from; i < to; i++ {
		lines = append(lines, o.row(o.hits[i], i == o.scroll.Cursor, w))
	}
	if len(o.hits) == 0 {
		lines = append(lines, "  "+th.Muted.Render(widget.Cut("nothing matches", w-2)))
	}
	return strings.Join(append(widget.Fill(lines, h-1), o.foot(w)), "\n")
}

// foot shows why the current item is disabled, or the part of it that its row
// cuts off.
func (o *Overlay) foot(w int) string {
	th, it := o.ctx.Theme, o.current()
	switch {
	case it == nil:
		return ""
	case it.off != "":
		return widget.Cut(th.Warn.Render(theme.SignWarn)+" "+th.Text.Render(o.ctx.Line(it.off)), w)
	case 3+o.labelWidth(w)+2+widget.Width(it.detail)+2+widget.Width(it.key) > w:
		return widget.Cut("  "+th.Text.Render(it.detail), w)
	}
	return ""
}

// labelWidth returns the width of the labels in rows of w cells.
func (o *Overlay) labelWidth(w int) int { return max(14, min(26, w*2/5)) }

func (o *Overlay) row(i int, cursor bool, w int) string {
	th, it := o.ctx.Theme, &o.items[i]
	at := o.query.Places(it.text)
	labelEnd := len([]rune(it.label)) + 1
	label, key := th.Strong, th.Key
	detail := paint(it.detail, at, labelEnd, th.Muted, th.Match)
	if it.off != "" {
		label, key = th.KeyOff, th.KeyOff
		detail = th.Faint.Render(o.ctx.Line(it.off))
	}
	lead := "   "
	if it.account != "" {
		look, sign := th.State(it.state)
		lead = " " + look.Render(sign) + " "
	}
	if cursor {
		lead = th.AccentStrong.Render(theme.SignCursor) + lead[1:]
	}
	line := lead + widget.FitMiddle(paint(it.label, at, 0, label, th.Match), o.labelWidth(w)) + "  " + detail
	line = widget.Spread(line, key.Render(it.key)+" ", w)
	if cursor {
		return th.Selection.Under(line)
	}
	return line
}

// paint renders a text, with the letters at the given places in the look found.
// offset is the place of the text's first letter.
func paint(s string, at []int, offset int, look, found theme.Style) string {
	var b strings.Builder
	run, isFound := []rune(nil), false
	flush := func() {
		if isFound {
			b.WriteString(found.Render(string(run)))
		} else {
			b.WriteString(look.Render(string(run)))
		}
		run = run[:0]
	}
	for i, r := range []rune(s) {
		_, hit := slices.BinarySearch(at, offset+i)
		if hit != isFound {
			flush()
			isFound = hit
		}
		run = append(run, r)
	}
	flush()
	return b.String()
}
