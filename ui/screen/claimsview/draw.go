package claimsview

import (
	"encoding/json"
	"strconv"
	"strings"

	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
	"tokenring/ui/widget/search"
)

// item is what the cursor can stand on: a finding, or a line of the token.
type item struct {
	text   string // the sentence of a finding; of a line what a search finds it by
	note   *note  // of a finding
	line   *token.Line
	number int // of the line among those of the reading
	row    int // its first row in the last frame
	end    int // the row after its last one
}

// found returns what a search finds the item by.
func (it *item) found() string {
	if it.line == nil {
		return search.Fold(it.text)
	}
	return it.text
}

// note is a sentence about the token.
type note struct {
	look theme.Style
	sign string
}

// opened is a value that is shown whole.
type opened struct {
	it     item
	scroll widget.Scroll
}

// arrange lists the items, without the lines that are folded away.
func (v *View) arrange() {
	v.items = v.items[:0]
	if v.verdict != nil {
		v.items = append(v.items, *v.verdict)
	}
	for _, f := range v.read.finds {
		v.items = append(v.items, v.finding(f))
	}
	if why := v.read.Token.Unreadable(); why != "" {
		v.items = append(v.items, item{text: why, note: &note{v.ctx.Theme.Muted, theme.SignUnknown}})
	}
	hidden := -1 // the depth from which lines are folded away
	for i := range v.read.lines {
		l := v.read.lines[i]
		if i == v.read.own {
			hidden = -1
		}
		if hidden >= 0 && l.Depth >= hidden {
			continue
		}
		hidden = -1
		if v.folded[i] {
			hidden = l.Depth + 1
		}
		if l.Masked && v.clear {
			l = l.Reveal()
		}
		v.items = append(v.items, item{text: v.read.texts[i], line: &l, number: i})
	}
	v.at = max(0, min(v.at, len(v.items)-1))
}

func (v *View) finding(f token.Finding) item {
	th, text := v.ctx.Theme, f.Text
	if f.Claim != "" && !strings.Contains(text, strconv.Quote(f.Claim)) {
		text = v.ctx.Line(f.Claim) + ": " + text
	}
	n := &note{th.Muted, theme.SignInfo}
	switch f.Level {
	case token.Bad:
		n = &note{th.Bad, theme.SignFailed}
	case token.Warn:
		n = &note{th.Warn, theme.SignWarn}
	}
	return item{text: text, note: n}
}

// View draws the token in w by h cells, below rows that scroll along, with the cursor if focus is set. bar is set to its
// place among all rows.
func (v *View) View(above []string, w, h int, focus bool, bar *widget.Scroll) []string {
	v.ticks = false
	v.arrange()
	if o := v.opened; o != nil {
		foot := v.foot(w, h, 1, focus)
		rows := v.whole(&o.it, w)
		v.scroll.Height = h - len(foot)
		o.scroll.Len, o.scroll.Height = len(rows), v.scroll.Height
		o.scroll.Slide(0)
		from, to := o.scroll.Window()
		*bar = o.scroll
		return append(widget.Fill(rows[from:to], v.scroll.Height), foot...)
	}
	rows := v.rows(above, w, h-1, focus)
	foot := v.foot(w, h, max(1, min(2, h-len(rows))), focus)
	v.scroll.Len, v.scroll.Height = len(rows), h-len(foot)
	v.scroll.Slide(0)
	if it := v.current(); v.follow && it != nil {
		v.scroll.To(it.end - 1)
		v.scroll.To(v.begin())
	}
	v.follow = false
	from, to := v.scroll.Window()
	*bar = v.scroll
	return append(widget.Fill(rows[from:to], v.scroll.Height), foot...)
}

// rows draws all items. A value of many rows is cut where the page is full; it can be opened.
func (v *View) rows(above []string, w, h int, focus bool) []string {
	all := v.draw(w - 1)
	total := len(above)
	for _, rows := range all {
		total += len(rows)
	}
	th := v.ctx.Theme
	most := max(4, h/3)
	out := make([]string, 0, total+4)
	for _, l := range above {
		out = append(out, " "+l)
	}
	for i := range v.items {
		it := &v.items[i]
		if it.line != nil && i > 0 && v.items[i-1].line == nil {
			out = append(out, "")
		}
		if it.line != nil && it.number == v.read.own {
			if it.number > 0 {
				out = append(out, "")
			}
			out = append(out, " "+th.Faint.Render("header"))
		}
		it.row = len(out)
		rows := all[i]
		if total > h && !v.clear {
			rows = widget.Clip(rows, most, w-1)
		}
		for _, row := range rows {
			out = append(out, v.gutter(row, w, focus && i == v.at))
		}
		it.end = len(out)
	}
	return out
}

// gutter puts the cursor's sign, or a blank, before a row.
func (v *View) gutter(row string, w int, on bool) string {
	if !on {
		return " " + row
	}
	return v.ctx.Theme.Selection.Under(widget.Fit(v.ctx.Theme.Accent.Render(theme.SignCursor)+row, w))
}

// foot is below the page: what is searched for, or in so many rows what the claim under the cursor says.
func (v *View) foot(w, h, rows int, focus bool) []string {
	th := v.ctx.Theme
	const least = 10 // rows of a page with such a line
	switch {
	case v.input.Focused() || v.input.Value() != "":
		note := search.Position(v.matches())
		return []string{widget.Spread(" "+v.input.View(max(1, w-16)), th.Muted.Render(note), w)}
	case !focus || h < least:
		return nil
	case v.opened != nil:
		return []string{" " + th.Muted.Render(widget.Cut(v.ctx.Keys.Sentence("", keymap.ClaimOpen, "closes the value"), w-1))}
	}
	var about []string
	if it := v.current(); it != nil && it.line != nil && it.line.About != "" {
		for _, row := range widget.Clip(widget.Wrap(v.ctx.Line(it.line.Name)+": "+it.line.About, w-2), rows, w-2) {
			about = append(about, " "+th.Muted.Render(row))
		}
	}
	return widget.Fill(about, rows)
}

// open shows the value under the cursor whole, or closes it.
func (v *View) open() {
	it := v.current()
	if v.opened != nil || it == nil {
		v.opened = nil
		return
	}
	v.opened = &opened{it: *it}
}

// whole draws all of an item.
func (v *View) whole(it *item, w int) []string {
	th := v.ctx.Theme
	if it.line == nil {
		return widget.Noted(it.note.look, it.note.sign, it.text, w-1)
	}
	l := it.line
	out := []string{" " + th.JSON.Key.Render(v.ctx.Line(l.Name))}
	if l.Label != "" {
		out[0] += th.Faint.Render(theme.SignDot) + th.Text.Render(v.ctx.Line(l.Label))
	}
	if _, meaning := v.value(l); meaning != "" && l.Kind == token.Time || l.Kind == token.Duration || l.Note != "" {
		out = append(out, widget.Paragraph(th.Muted, meaning, w)...)
	}
	if l.About != "" {
		out = append(out, widget.Paragraph(th.Muted, l.About, w)...)
	}
	out = append(out, "")
	text := l.Text(v.ctx.Share)
	if v.clear {
		text = l.Whole()
	}
	if v.ctx.Share && l.Personal {
		text = secret.Hidden
	}
	for row := range strings.SplitSeq(text, "\n") {
		clean := v.ctx.Line(row)
		indent := len(clean) - len(strings.TrimLeft(clean, " "))
		for _, part := range widget.Wrap(clean[indent:], max(8, w-3-indent)) {
			out = append(out, "  "+widget.Blank(indent)+th.JSON.Text.Render(part))
		}
	}
	return out
}

// draw draws each item in w cells. Names, values and meanings have a column each.
func (v *View) draw(w int) [][]string {
	th, name := v.ctx.Theme, v.nameWidth(w)
	room := w - name - 2
	cells, column := make([]cell, len(v.items)), 0
	for i := range v.items {
		if v.items[i].line == nil {
			continue
		}
		cells[i] = v.cell(&v.items[i])
		if wide := widget.Width(cells[i].value); cells[i].meaning != "" && wide <= room/4 { // a moment needs the rest
			column = max(column, wide)
		}
	}
	out := make([][]string, len(v.items))
	for i := range v.items {
		it := &v.items[i]
		if it.line == nil {
			out[i] = widget.Noted(it.note.look, it.note.sign, it.text, w)
			continue
		}
		pad := widget.Blank(min(2*it.line.Depth, w/3))
		head := th.JSON.Key.Render(widget.Fit(pad+v.ctx.Line(it.line.Name), name)) + "  "
		for _, row := range v.valueRows(it.line, cells[i], column, room) {
			out[i] = append(out[i], head+row)
			head = widget.Blank(name + 2)
		}
	}
	return out
}

// cell is the value of a claim and its meaning, as they are drawn.
type cell struct{ value, meaning string }

func (v *View) cell(it *item) cell {
	value, meaning := v.value(it.line)
	if v.holds(it.number) {
		sign := theme.SignUnfolded
		if v.folded[it.number] {
			sign = theme.SignFolded
		}
		value = v.ctx.Theme.Muted.Render(sign+" ") + value
	}
	return cell{value, meaning}
}

// nameWidth returns the cells that the names need.
func (v *View) nameWidth(w int) int {
	name := 6
	for i := range v.items {
		if l := v.items[i].line; l != nil {
			name = max(name, min(w/3, widget.Width(l.Name)+2*l.Depth))
		}
	}
	return name
}

// value returns a claim as it is written, and what it means.
func (v *View) value(l *token.Line) (value, meaning string) {
	th := v.ctx.Theme
	var means []string
	text, look := v.ctx.Line(l.Value), th.JSON.Text
	switch l.Kind {
	case token.Time:
		look, text = th.JSON.Number, v.ctx.Line(unquote(l.Raw))
		if !l.At.IsZero() {
			at := l.At
			if v.Ours != nil {
				at = v.Ours(at)
			}
			v.ticks = v.ticks || widget.Seconds(at.Sub(v.ctx.Now()).Abs())
			means = append(means, widget.Date(l.At, v.ctx.Zone()), widget.Relative(at, v.ctx.Now()))
		}
	case token.Duration:
		look, text = th.JSON.Number, v.ctx.Line(unquote(l.Raw))
		means = append(means, v.ctx.Line(l.Value))
	case token.Number:
		look = th.JSON.Number
	case token.Bool:
		look = th.JSON.Word
	case token.Null:
		look = th.JSON.Null
	case token.List, token.Object:
		look = th.Text
	}
	if raw := v.ctx.Line(unquote(l.Raw)); !l.Masked && means == nil && l.Kind <= token.Number && raw != text && l.Note == "" {
		text = raw // the value stands for a meaning the definition knows
		means = append(means, v.ctx.Line(l.Value))
	}
	if l.Masked {
		look = th.Faint
	}
	if v.ctx.Share && l.Personal {
		text, look = secret.Hidden, th.Faint
	}
	if l.Label != "" && l.Depth == 0 && l.Kind != token.Time {
		means = append(means, v.ctx.Line(l.Label))
	}
	if l.Note != "" {
		means = append(means, v.ctx.Line(l.Note))
	}
	return look.Render(text), th.Muted.Render(strings.Join(means, theme.SignDot))
}

// valueRows puts a claim's value and meaning on one line where they fit, the meaning in its column if there is room. The
// label of a moment, which is long as it is, is added only where there is room.
func (v *View) valueRows(l *token.Line, c cell, column, w int) []string {
	value, meaning := c.value, c.meaning
	line := value
	if meaning != "" {
		gap := max(0, column-widget.Width(value))
		line += widget.Blank(max(0, min(gap, w-widget.Width(value+meaning)-2))) + "  " + meaning
	}
	if l.Kind == token.Time && l.Depth == 0 && l.Label != "" {
		label := v.ctx.Theme.Muted.Render(theme.SignDot + v.ctx.Line(l.Label))
		if widget.Width(line)+widget.Width(label) <= w {
			line += label
		}
	}
	if widget.Width(line) <= w {
		return []string{line}
	}
	rows := widget.Wrap(value, w)
	if meaning != "" {
		rows = append(rows, widget.Wrap(meaning, w)...)
	}
	return rows
}

// unquote returns the text of a JSON value: a string without its quotes and escapes.
func unquote(raw string) string {
	var text string
	if json.Unmarshal([]byte(raw), &text) == nil {
		return text
	}
	return strings.Trim(raw, `"`)
}
