// Package claimsview shows one token: what was found about it, and its claims in their own order, each with its
// meaning. A cursor stands on a line; lines can be opened, folded, searched and copied. The pane of an account and the
// reading of a pasted token show it alike.
package claimsview

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
	"tokenring/ui/widget/search"
)

// Reading holds what a token says.
type Reading struct {
	Token *token.Token
	Mask  string
	finds []token.Finding
	lines []token.Line // the claims, then the header
	texts []string     // what a search finds the lines by
	own   int          // how many of them are claims
}

// Read reads a token. Dates of findings are in the zone of now.
func Read(raw secret.String, labels token.Labels, now time.Time) *Reading {
	text, _, _ := token.Clean(raw.Reveal())
	t := token.Parse(raw.Reveal())
	claims := t.Lines(labels)
	lines := append(claims, token.Lines(t.Header, labels)...)
	texts := make([]string, len(lines))
	for i := range lines {
		l := &lines[i]
		texts[i] = search.Fold(l.Name + " " + l.Value + " " + l.Raw + " " + l.Label)
	}
	return &Reading{
		Token: t, Mask: secret.Mask(text), finds: token.Audit(t, now), own: len(claims), lines: lines, texts: texts,
	}
}

// View shows a reading.
type View struct {
	Ours func(time.Time) time.Time // a moment of the server's clock on ours; nil: they are the same

	ctx     *screen.Context
	account string // id, for its activity; "" for none
	read    *Reading
	clear   bool         // masked claims are shown in full
	folded  map[int]bool // by the number of the line
	items   []item       // of the last frame, unless folded
	at      int          // the item under the cursor
	follow  bool         // the next frame brings it into view
	scroll  widget.Scroll
	input   *widget.Input
	began   int // where the cursor was when the search began
	opened  *opened
	desk    screen.Desk // of a verification
	verdict *item       // nil: not verified
	ticks   bool
}

// New returns a view without a token.
func New(ctx *screen.Context) *View {
	v := &View{ctx: ctx, input: widget.NewInput(ctx.Theme, "/ ", "find in names and values").Remember(ctx.Recalls, &ctx.Searches)}
	v.input.OnChange(func() { v.seek(v.began, 1) })
	return v
}

// Show shows another reading, from its top; nil shows none. account is the id of its account, or "".
func (v *View) Show(account string, r *Reading) {
	v.account, v.read, v.folded = account, r, map[int]bool{}
	v.at, v.scroll, v.opened, v.items, v.verdict = 0, v.scroll.AtTop(), nil, nil, nil
	v.desk.Drop()
	v.input.End()
}

// Reading returns what is shown, or nil.
func (v *View) Reading() *Reading { return v.read }

// Reveal shows masked claims in full, or hides them again.
func (v *View) Reveal(on bool) { v.clear = on }

// Revealed reports whether masked claims are shown in full.
func (v *View) Revealed() bool { return v.clear }

// Ticks reports whether what was drawn last changes with the second.
func (v *View) Ticks() bool { return v.ticks }

// Typing reports whether keys are letters of a search.
func (v *View) Typing() bool { return v.input.Focused() }

// Back closes an opened value or ends a search, and reports whether there was one.
func (v *View) Back() bool {
	switch {
	case v.opened != nil:
		v.opened = nil
	case v.input.Focused() || v.input.Value() != "":
		v.input.End()
	default:
		return false
	}
	return true
}

// Cursor returns the place of the text cursor in the last frame, or nil.
func (v *View) Cursor() *tea.Cursor { return v.input.Cursor(1, v.scroll.Height) }

// Update takes the keys of a search, a paste into it, and the wheel.
func (v *View) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		v.slide(widget.WheelSteps(msg.Button))
		return nil
	case tea.KeyPressMsg:
		return v.ctx.FilterKey(msg, v.input, v.input.End)
	}
	return v.input.Update(msg)
}

// slide moves the window by n rows, and the cursor along at its edge.
func (v *View) slide(n int) {
	if v.opened != nil {
		v.opened.scroll.Slide(n)
		return
	}
	v.scroll.Slide(n)
	from, to := v.scroll.Window()
	for v.at+1 < len(v.items) && v.items[v.at].row < from && v.items[v.at+1].row < to {
		v.at++
	}
	for v.at > 0 && v.items[v.at].row >= to {
		v.at--
	}
}

// Act does an action of the scopes Claim and List.
func (v *View) Act(a keymap.Action) tea.Cmd {
	switch a {
	case keymap.ClaimOpen:
		v.open()
	case keymap.ClaimFold:
		v.fold()
	case keymap.ClaimCopy, keymap.ClaimJSON:
		return v.copy(a == keymap.ClaimJSON)
	case keymap.ClaimSearch:
		v.opened, v.began = nil, v.at
		v.input.Set("")
		return v.input.Focus()
	case keymap.ClaimNext:
		v.seek(v.at+1, 1)
	case keymap.ClaimPrev:
		v.seek(v.at-1, -1)
	default:
		v.move(a)
	}
	return nil
}

// move moves the cursor; along an item that is longer than the window it moves the window first.
func (v *View) move(a keymap.Action) {
	if v.opened != nil {
		v.opened.scroll.Slide(screen.Steps(a, &v.opened.scroll))
		return
	}
	it := v.current()
	if it == nil {
		return
	}
	from, to := v.scroll.Window()
	steps := screen.Steps(a, &v.scroll)
	switch {
	case a == keymap.Up && v.begin() < from, a == keymap.Down && it.end > to:
		v.scroll.Slide(steps)
	case a == keymap.PageUp || a == keymap.PageDown:
		row := it.row + steps
		for v.at+1 < len(v.items) && v.items[v.at+1].row <= row {
			v.to(v.at + 1)
		}
		for v.at > 0 && v.items[v.at].row > row {
			v.to(v.at - 1)
		}
	default:
		v.to(v.at + steps)
	}
}

// begin returns the first row of the item under the cursor; the first item has what is above it.
func (v *View) begin() int {
	if v.at == 0 {
		return 0
	}
	return v.items[v.at].row
}

// to moves the cursor to an item and has it brought into view.
func (v *View) to(item int) { v.at, v.follow = max(0, min(item, len(v.items)-1)), true }

// current returns the item under the cursor, or nil.
func (v *View) current() *item {
	if v.at >= len(v.items) {
		return nil
	}
	return &v.items[v.at]
}

// fold hides what is inside the object or list under the cursor, or shows it again; on a line inside one, it is that one.
func (v *View) fold() {
	it := v.current()
	if it == nil || it.line == nil {
		return
	}
	at := it.number
	if !v.holds(at) {
		for at > 0 && v.read.lines[at].Depth >= it.line.Depth && it.line.Depth > 0 {
			at--
		}
	}
	if !v.holds(at) {
		return
	}
	v.folded[at] = !v.folded[at]
	for i := range v.items {
		if v.items[i].line != nil && v.items[i].number == at {
			v.to(i)
		}
	}
}

// holds reports whether other lines are inside of a line.
func (v *View) holds(at int) bool {
	all := v.read.lines
	return at+1 < len(all) && at+1 != v.read.own && all[at+1].Depth > all[at].Depth
}

// copy copies the value of the line under the cursor, or the claim as a JSON object; of a finding its sentence.
func (v *View) copy(asJSON bool) tea.Cmd {
	it := v.current()
	switch {
	case it == nil:
		return nil
	case it.line == nil:
		return screen.Copy(v.account, "finding", secret.New(it.text), false)
	}
	l := it.line.Reveal()
	value, what := l.Value, "value of "+l.Name
	if l.JSON != nil {
		value = l.Whole()
	}
	if asJSON && l.JSON != nil {
		object, _ := token.Members{{Name: l.Name, Raw: l.JSON}}.MarshalJSON() // it does not fail
		value, what = string(object), l.Name+" as JSON"
	}
	return screen.Copy(v.account, v.ctx.Line(what), secret.New(value), it.line.Hides())
}

// seek puts the cursor on the next item with the text that is searched for, going around the end. Folded lines with it
// unfold.
func (v *View) seek(from, step int) {
	word := search.Fold(v.input.Value())
	if word == "" || v.read == nil {
		return
	}
	for i, text := range v.read.texts {
		if strings.Contains(text, word) {
			v.unfold(i)
		}
	}
	v.arrange()
	n := len(v.items)
	for i := range n {
		if at := ((from+step*i)%n + n) % n; strings.Contains(v.items[at].found(), word) {
			v.to(at)
			return
		}
	}
}

// matches returns how many items have the text that is searched for, and which of them is under the cursor; 0 for none.
func (v *View) matches() (which, of int) {
	word := search.Fold(v.input.Value())
	for i := range v.items {
		if strings.Contains(v.items[i].found(), word) {
			of++
			if i == v.at {
				which = of
			}
		}
	}
	return which, of
}

// unfold shows a line that is folded away.
func (v *View) unfold(at int) {
	depth := v.read.lines[at].Depth
	for i := at - 1; i >= 0 && depth > 0; i-- {
		if d := v.read.lines[i].Depth; d < depth {
			depth = d
			delete(v.folded, i)
		}
	}
}

// Keys lists what can be done on the line under the cursor.
func (v *View) Keys() []keymap.Hint {
	if v.input.Focused() {
		return screen.FilterHints()
	}
	none, match, inside := "", "", "it contains nothing"
	it := v.current()
	if it == nil {
		none = "no token to read"
	} else if it.line != nil && (v.holds(it.number) || it.line.Depth > 0) {
		inside = ""
	}
	if v.input.Value() == "" {
		match = "no search yet"
	}
	open := keymap.Hint{Action: keymap.ClaimOpen, Disabled: none}
	if v.opened != nil {
		open.Label = "close"
	}
	return []keymap.Hint{
		open, {Action: keymap.ClaimCopy, Disabled: none}, {Action: keymap.ClaimVerify, Disabled: none}, {Action: keymap.ClaimDiff, Disabled: none},
		{Action: keymap.ClaimSearch, Disabled: none}, {Action: keymap.ClaimJSON, Disabled: none}, {Action: keymap.ClaimFold, Disabled: inside},
		{Action: keymap.ClaimNext, Disabled: match}, {Action: keymap.ClaimPrev, Disabled: match},
	}
}
