// Package pick provides a list that narrows while the user types and shows the
// current item in full at its foot.
package pick

import (
	"fmt"
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
	Key                  string // does the same without the list
	Off                  string // why it cannot be chosen; shown in place of Detail
	Broken               bool   // cannot be chosen; More has the reason
	Last                 bool   // shown below all others, whatever is typed
}

// List lets the person choose one of its items.
type List struct {
	theme  *theme.Theme
	keys   *keymap.Map
	input  *widget.Input
	query  search.Query
	items  []Item
	texts  []string // of the items, folded for a search; "" before the first
	all    []int    // the items that a search finds: all but the Last ones
	shown  []int
	hinted bool // shown is what was suggested
	scroll widget.Scroll

	titleWidth, detailWidth, keyWidth int  // of the widest ones
	more                              bool // an item has more to say
}

// top is the row of the first item: below the input and a blank line.
const top = 2

// New makes a list; hint is shown until something is typed.
func New(th *theme.Theme, keys *keymap.Map, hint string, items []Item) *List {
	p := &List{theme: th, keys: keys, input: widget.NewInput(th, "/ ", hint)}
	p.SetItems(items)
	return p
}

// SetItems replaces the items and keeps the cursor on its one.
func (p *List) SetItems(items []Item) {
	was := p.current()
	p.items, p.texts, p.all = items, make([]string, len(items)), nil
	p.titleWidth, p.detailWidth, p.keyWidth, p.more = 0, 0, 0, false
	for i := range items {
		it := &items[i]
		p.titleWidth, p.detailWidth = max(p.titleWidth, widget.Width(it.Title)), max(p.detailWidth, widget.Width(it.Detail))
		p.keyWidth = max(p.keyWidth, widget.Width(it.Key))
		if it.Broken {
			p.titleWidth = max(p.titleWidth, 2+widget.Width(it.Title))
		}
		p.more = p.more || it.More != ""
		if !it.Last {
			p.all = append(p.all, i)
		}
	}
	p.narrow()
	if was != nil {
		p.scroll.To(slices.IndexFunc(p.shown, func(i int) bool { return items[i].Value == was.Value }))
	}
}

// Width returns the cells that the widest titles, details and keys need.
func (p *List) Width() int { return 6 + p.titleWidth + p.detailWidth + p.keyWidth }

// Len returns the number of items.
func (p *List) Len() int { return len(p.items) }

// Typed returns the typed text.
func (p *List) Typed() string { return p.input.Value() }

// Focus begins typing.
func (p *List) Focus() tea.Cmd { return p.input.Focus() }

// narrow shows the items that match the typed words, the best first.
func (p *List) narrow() {
	p.query = search.Parse(p.input.Value())
	found, _ := p.query.Select(p.all, func(i int) string {
		if it := &p.items[i]; p.texts[i] == "" {
			p.texts[i] = search.Fold(it.Title + "\n" + it.Detail + "\n" + it.Words)
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
		a := p.keys.Match(msg, keymap.Picker, keymap.Dialog)
		if a == keymap.Accept {
			return p.choose(), nil
		}
		if msg.Text == "" && p.walk(a) {
			return nil, nil
		}
	case tea.MouseWheelMsg:
		p.scroll.Slide(widget.WheelSteps(msg.Button))
		return nil, nil
	case tea.MouseClickMsg:
		return p.click(msg), nil
	}
	before := p.input.Value()
	cmd := p.input.Update(msg)
	if _, key := msg.(tea.KeyPressMsg); p.input.Value() != before || p.hinted && key {
		p.narrow()
	}
	return nil, cmd
}

func (p *List) choose() *Item {
	if it := p.current(); it != nil && !it.Broken && it.Off == "" {
		return it
	}
	return nil
}

// click moves the cursor to an item, or chooses the one under it.
func (p *List) click(msg tea.MouseClickMsg) *Item {
	at := p.scroll.Offset + msg.Y - top
	if msg.Button != tea.MouseLeft || msg.Y < top || msg.Y >= top+p.scroll.Height || at >= len(p.shown) {
		return nil
	}
	if at == p.scroll.Cursor {
		return p.choose()
	}
	p.scroll.To(at)
	return nil
}

func (p *List) walk(a keymap.Action) bool {
	switch a {
	case keymap.PickUp:
		p.scroll.Move(-1)
	case keymap.PickDown:
		p.scroll.Move(1)
	case keymap.PickPageUp:
		p.scroll.Move(-p.scroll.Page())
	case keymap.PickPageDown:
		p.scroll.Move(p.scroll.Page())
	default:
		return false
	}
	return true
}

// View draws the list in w by h cells.
func (p *List) View(w, h int) string {
	count := ""
	if len(p.query) > 0 {
		count = p.theme.Muted.Render(fmt.Sprintf("%d of %d ", len(p.shown)+len(p.all)-len(p.items), len(p.all)))
	}
	lines := []string{widget.Spread(" "+p.input.View(max(1, w-2-widget.Width(count))), count, w), ""}
	titles := min(p.titleWidth, max(w/2, w-5-p.detailWidth))
	foot := p.foot(titles, w, h)
	p.scroll.Resize(len(p.shown), h-top-len(foot))
	if len(p.shown) == 0 {
		lines = append(lines, "  "+p.theme.Muted.Render("nothing matches"))
	}
	from, to := p.scroll.Window()
	for at := from; at < to; at++ {
		lines = append(lines, p.row(p.shown[at], at == p.scroll.Cursor, titles, w))
	}
	return strings.Join(append(widget.Fill(lines, h-len(foot)), foot...), "\n")
}

func (p *List) row(i int, on bool, titles, w int) string {
	th, it := p.theme, &p.items[i]
	title, detail, key, sign := th.Text, th.Muted, th.Key, "  "
	if on {
		title, sign = th.AccentStrong, th.AccentStrong.Render(theme.SignCursor)+" "
	}
	switch {
	case it.Broken:
		title = th.Bad
	case it.Off != "":
		title, detail, key = th.KeyOff, th.Faint, th.KeyOff
	}
	places := p.query.Places(p.texts[i])
	name, side := marked(it.Title, places, 0, title, th.Match), marked(it.Detail, places, 1+len([]rune(it.Title)), detail, th.Match)
	if it.Broken {
		name = title.Render(theme.SignFailed+" ") + name
	}
	if it.Off != "" {
		side = detail.Render(it.Off)
	}
	line := sign + widget.FitMiddle(name, titles) + "  " + side
	if it.Key != "" {
		line = widget.Spread(line, key.Render(it.Key)+" ", w)
	} else {
		line = widget.Cut(line, w-1)
	}
	if on {
		return th.Selection.Under(widget.Fit(line, w))
	}
	return line
}

// marked draws a text in a look, and its letters at the given places in the look found.
// offset is the place of the first letter.
func marked(text string, places []int, offset int, look, found theme.Style) string {
	var b strings.Builder
	begin, letter, hit := 0, offset, false
	for i := range text {
		if _, is := slices.BinarySearch(places, letter); is != hit {
			b.WriteString(look.Render(text[begin:i]))
			begin, hit, look, found = i, is, found, look
		}
		letter++
	}
	return b.String() + look.Render(text[begin:])
}

// foot describes the item under the cursor: what it says more, below a line; or in a list
// without that, in one row what its own row cuts off.
func (p *List) foot(titles, w, h int) []string {
	th, it, rows := p.theme, p.current(), max(2, h/4)
	var out []string
	switch {
	case !p.more && it != nil && it.Off != "":
		out = []string{widget.Cut(th.Warn.Render(theme.SignWarn)+" "+th.Text.Render(it.Off), w)}
	case !p.more && it != nil && 6+titles+widget.Width(it.Detail)+widget.Width(it.Key) > w:
		out = []string{"  " + th.Text.Render(widget.Cut(it.Detail, w-2))}
	case p.more:
		out = append(out, th.Border.Render(strings.Repeat("─", w)))
		look := th.Muted
		if it != nil && it.Broken {
			look = th.Bad
		}
		if it != nil {
			out = append(out, widget.Paragraph(look, it.More, w+1)...)
		}
		out = widget.Fill(out, rows+1)[:rows+1]
	}
	return widget.Fill(out, 1)
}

// Cursor returns the cursor of the input.
func (p *List) Cursor() *tea.Cursor { return p.input.Cursor(1, 0) }
