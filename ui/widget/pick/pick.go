// Package pick provides a list that narrows while the user types and shows the
// current item in full at its foot.
package pick

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
	"tokenring/ui/widget/search"
)

// Item is one line of a List. Its texts are sanitized.
type Item struct {
	Value, Title, Detail string
	More                 string // shown at the foot while the item is current
	Words                string // further text that is searched
	Broken               bool   // cannot be chosen; More has the reason
	Last                 bool   // shown below all others, whatever is typed
}

// shown returns the title as it is drawn.
func (it *Item) shown() string {
	if it.Broken {
		return theme.SignFailed + " " + it.Title
	}
	return it.Title
}

// List lets the person choose one of its items.
type List struct {
	theme  *theme.Theme
	keys   *keymap.Map
	input  *widget.Input
	items  []Item
	texts  []string // of the items, folded for a search; "" before the first
	shown  []int
	hinted bool // shown is what was suggested
	scroll widget.Scroll
	top    int // the first row of the list in the last frame
}

// New makes a list; hint is shown until something is typed.
func New(th *theme.Theme, keys *keymap.Map, hint string, items []Item) *List {
	p := &List{theme: th, keys: keys, input: widget.NewInput(th, "/ ", hint), items: items, texts: make([]string, len(items))}
	p.narrow()
	return p
}

// Typed returns the typed text.
func (p *List) Typed() string { return p.input.Value() }

// Focus begins typing.
func (p *List) Focus() tea.Cmd { return p.input.Focus() }

// narrow shows the items that match the typed words.
func (p *List) narrow() {
	var all []int
	for i := range p.items {
		if !p.items[i].Last {
			all = append(all, i)
		}
	}
	found, _ := search.Parse(p.input.Value()).Select(all, func(i int) string {
		if it := &p.items[i]; p.texts[i] == "" {
			p.texts[i] = search.Fold(it.Title + "\n" + it.Value + " " + it.Detail + "\n" + it.Words)
		}
		return p.texts[i]
	})
	p.show(found)
}

// Suggest shows the items of these values, until something else is typed or deleted.
func (p *List) Suggest(values []string) {
	var found []int
	for _, v := range values {
		if i := slices.IndexFunc(p.items, func(it Item) bool { return it.Value == v }); i >= 0 && !slices.Contains(found, i) {
			found = append(found, i)
		}
	}
	p.show(found)
	p.hinted = true
}

// show lists the items that were found, and those that are shown below whatever is found.
func (p *List) show(found []int) {
	p.shown, p.hinted = slices.Clone(found), false
	for i := range p.items {
		if p.items[i].Last {
			p.shown = append(p.shown, i)
		}
	}
	p.scroll = widget.Scroll{Len: len(p.shown), Height: max(1, p.scroll.Height)}
}

func (p *List) current() *Item {
	if len(p.shown) == 0 {
		return nil
	}
	return &p.items[p.shown[p.scroll.Cursor]]
}

// Update returns the chosen item, if any.
func (p *List) Update(msg tea.Msg) (*Item, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if p.keys.Match(msg, keymap.Dialog) == keymap.Accept {
			return p.choose(), nil
		}
		if msg.Text == "" && msg.Mod == 0 && p.walk(p.keys.Match(msg, keymap.List)) {
			return nil, nil
		}
	case tea.MouseWheelMsg:
		p.scroll.Slide(widget.WheelSteps(msg.Button))
		return nil, nil
	case tea.MouseClickMsg:
		if at := p.scroll.Offset + msg.Y - p.top; msg.Button == tea.MouseLeft && msg.Y >= p.top && at < len(p.shown) {
			p.scroll.To(at)
			return p.choose(), nil
		}
		return nil, nil
	}
	before := p.input.Value()
	cmd := p.input.Update(msg)
	if _, key := msg.(tea.KeyPressMsg); p.input.Value() != before || p.hinted && key {
		p.narrow()
	}
	return nil, cmd
}

func (p *List) choose() *Item {
	if it := p.current(); it != nil && !it.Broken {
		return it
	}
	return nil
}

func (p *List) walk(a keymap.Action) bool {
	switch a {
	case keymap.Up:
		p.scroll.Move(-1)
	case keymap.Down:
		p.scroll.Move(1)
	case keymap.PageUp:
		p.scroll.Move(-p.scroll.Page())
	case keymap.PageDown:
		p.scroll.Move(p.scroll.Page())
	default:
		return false
	}
	return true
}

// View draws the list in w by h cells.
func (p *List) View(w, h int) string {
	th := p.theme
	p.top = 2
	lines := []string{" " + p.input.View(w-2), ""}
	foot := p.foot(w, max(2, h/4))
	p.scroll.Resize(len(p.shown), h-len(lines)-len(foot))
	titles, details := 0, 0
	for _, i := range p.shown {
		titles, details = max(titles, widget.Width(p.items[i].shown())), max(details, widget.Width(p.items[i].Detail))
	}
	titles = min(titles, max(w/2, w-5-details))
	if len(p.shown) == 0 {
		lines = append(lines, "  "+th.Muted.Render("nothing matches"))
	}
	from, to := p.scroll.Window()
	for at := from; at < to; at++ {
		lines = append(lines, p.row(&p.items[p.shown[at]], at == p.scroll.Cursor, titles, w))
	}
	return strings.Join(append(widget.Fill(lines, h-len(foot)), foot...), "\n")
}

func (p *List) row(it *Item, on bool, titles, w int) string {
	th := p.theme
	title, sign := th.Text, "  "
	if on {
		title, sign = th.AccentStrong, th.AccentStrong.Render(theme.SignCursor)+" "
	}
	if it.Broken {
		title = th.Bad
	}
	line := sign + title.Render(widget.FitMiddle(it.shown(), titles)) + "  " + th.Muted.Render(widget.Cut(it.Detail, max(0, w-titles-5)))
	if on {
		return th.Selection.Under(widget.Fit(line, w))
	}
	return line
}

// foot describes the item under the cursor.
func (p *List) foot(w, rows int) []string {
	out := make([]string, 1, rows+1)
	out[0] = p.theme.Border.Render(strings.Repeat("─", w))
	if it := p.current(); it != nil {
		look := p.theme.Muted
		if it.Broken {
			look = p.theme.Bad
		}
		for _, l := range widget.Wrap(it.More, w-3) {
			if len(out) <= rows {
				out = append(out, "  "+look.Render(l))
			}
		}
	}
	return widget.Fill(out, rows+1)
}

// Cursor returns the cursor of the input.
func (p *List) Cursor() *tea.Cursor { return p.input.Cursor(1, 0) }
