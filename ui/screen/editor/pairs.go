package editor

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/address"
	"tokenring/session/request"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
	"tokenring/ui/widget/field"
)

// pairs is the rows of query or headers; the last one is always empty, to be
// written in.
type pairs struct {
	theme *theme.Theme
	name  string
	rows  []*pair
}

func newPairs(th *theme.Theme, name string, all []request.Pair) pairs {
	p := pairs{theme: th, name: name}
	for _, one := range all {
		p.add(one)
	}
	p.grow()
	return p
}

func (p *pairs) add(one request.Pair) {
	r := &pair{theme: p.theme, off: one.Off}
	r.name, r.value = widget.NewInput(p.theme, "", "name"), widget.NewInput(p.theme, "", "value")
	r.name.Set(one.Name)
	r.value.Set(one.Value)
	r.in = r.name
	r.field = &field.Field{ID: row(p.name, len(p.rows)+1), Control: r}
	if len(p.rows) == 0 {
		r.field.Label = p.name
	}
	p.rows = append(p.rows, r)
}

// paste writes the pairs of a pasted text, the lines of a header or a query, into the
// empty row in focus and others, and reports whether there were any.
func (p *pairs) paste(in *pair, text string) bool {
	if !in.empty() || in.in != in.name || !slices.Contains(p.rows, in) {
		return false
	}
	separator, all := ":", strings.Split(strings.TrimSpace(text), "\n")
	if p.name == fieldQuery {
		query := strings.TrimPrefix(strings.TrimSpace(text), "?")
		separator, all = "=", strings.Split(query, "&")
	}
	var found []request.Pair
	for _, one := range all {
		name, value, ok := strings.Cut(field.Visible(one), separator)
		if !ok || strings.ContainsAny(strings.TrimSpace(name), " \t") {
			return false
		}
		if p.name == fieldQuery {
			name, value = address.UnescapeQuery(name), address.UnescapeQuery(value)
		}
		found = append(found, request.Pair{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
	}
	in.name.Set(found[0].Name)
	in.value.Set(found[0].Value)
	p.rows = slices.DeleteFunc(p.rows, func(r *pair) bool { return r.empty() && r != in })
	for _, one := range found[1:] {
		p.add(one)
	}
	return true
}

// grow adds the empty row when there is none.
func (p *pairs) grow() {
	if n := len(p.rows); n == 0 || !p.rows[n-1].empty() {
		p.add(request.Pair{})
	}
}

func (p *pairs) values() []request.Pair {
	out := make([]request.Pair, len(p.rows))
	for i, r := range p.rows {
		out[i] = request.Pair{Name: r.name.Value(), Value: r.value.Value(), Off: r.off}
	}
	return out
}

func (p *pairs) fields() []*field.Field {
	out := make([]*field.Field, len(p.rows))
	for i, r := range p.rows {
		out[i] = r.field
	}
	return out
}

// pair is a name and a value on one line. It implements field.Control.
type pair struct {
	theme           *theme.Theme
	field           *field.Field
	name, value, in *widget.Input // in is the one that is typed into
	off             bool
	names           int // how wide the name was drawn
}

func (p *pair) empty() bool { return p.name.Value() == "" && p.value.Value() == "" }

// to goes to one of the two, and reports whether it was at the other.
func (p *pair) to(in *widget.Input) (moved bool, cmd tea.Cmd) {
	moved = p.in != in
	p.in.Blur()
	p.in = in
	return moved, in.Focus()
}

// View implements field.Control.
func (p *pair) View(w int, _ bool) string {
	room := max(2, w-2-3)
	p.names = max(1, min(28, room/3))
	sign := p.theme.Good.Render(theme.SignOK)
	row := p.name.View(p.names) + p.theme.Faint.Render(" = ") + p.value.View(max(1, room-p.names))
	switch {
	case p.empty():
		sign = " "
	case p.off:
		sign, row = p.theme.Faint.Render("·"), p.theme.Faint.Over(row)
	}
	return sign + " " + row
}

// Do clears the one that is typed into.
func (p *pair) Do(a keymap.Action) (used, changed bool) {
	if a != keymap.FormClear {
		return false, false
	}
	return true, p.in.Clear()
}

// Update implements field.Control.
func (p *pair) Update(msg tea.Msg) (changed bool, cmd tea.Cmd) {
	if paste, ok := msg.(tea.PasteMsg); ok {
		msg = tea.PasteMsg{Content: strings.TrimSpace(field.Visible(paste.Content))}
	}
	before := p.in.Value()
	cmd = p.in.Update(msg)
	return p.in.Value() != before, cmd
}

// Typing implements field.Control.
func (p *pair) Typing() bool { return true }

// Focus implements field.Control.
func (p *pair) Focus() tea.Cmd {
	_, cmd := p.to(p.name)
	return cmd
}

// Blur implements field.Control.
func (p *pair) Blur() { p.in.Blur() }

// Cursor implements field.Control.
func (p *pair) Cursor() *tea.Cursor {
	if p.in == p.value {
		return p.value.Cursor(2+p.names+3, 0)
	}
	return p.name.Cursor(2, 0)
}
