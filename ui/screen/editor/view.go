package editor

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/body"
	"tokenring/session/request"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

const (
	labelWidth = 11 // with the cursor's sign
	leastArea  = 4
	mostArea   = 12
)

// paint is the form as it was drawn last.
type paint struct {
	lines  []drawn
	offset int
	cursor *tea.Cursor
}

// drawn is a line and the slot it belongs to.
type drawn struct {
	text string
	slot int // the first of the line; -1: none
}

// at finds the slot drawn on a row.
func (p *paint) at(row int) (int, bool) {
	if i := p.offset + row; i >= 0 && i < len(p.lines) && p.lines[i].slot >= 0 {
		return p.lines[i].slot, true
	}
	return 0, false
}

// Cursor implements screen.Screen.
func (o *Overlay) Cursor() *tea.Cursor { return o.paint.cursor }

// View implements screen.Screen.
func (o *Overlay) View(w, h int) string {
	p := painter{o: o, w: w, h: h}
	p.form()
	at := &o.paint
	at.lines = p.lines
	from, to := p.focused, p.focusedEnd
	if to > at.offset+h {
		at.offset = to - h
	}
	if from < at.offset {
		at.offset = from
	}
	at.offset = max(0, min(at.offset, len(p.lines)-h))
	at.cursor = p.cursor
	if at.cursor != nil {
		at.cursor.Y -= at.offset
		if at.cursor.Y < 0 || at.cursor.Y >= h {
			at.cursor = nil
		}
	}
	var b strings.Builder
	for i := at.offset; i < min(at.offset+h, len(p.lines)); i++ {
		if i > at.offset {
			b.WriteByte('\n')
		}
		b.WriteString(widget.Cut(p.lines[i].text, w))
	}
	return b.String()
}

// painter draws the whole form; the window is cut out of it afterwards.
type painter struct {
	o                   *Overlay
	w, h                int
	lines               []drawn
	slot                int // the one drawn next
	focused, focusedEnd int // the lines of the slot in focus
	cursor              *tea.Cursor
}

func (p *painter) form() {
	f := p.o.form
	p.text("name", fieldName, f.name)
	p.text("method", fieldMethod, f.method)
	p.text("path", fieldTarget, f.target)
	p.pairs("query", fieldQuery, &f.query)
	p.pairs("headers", fieldHeaders, &f.headers)
	p.pick("body", f.bodyType)
	p.area(f.body)
	p.pick("token", f.attach)
	p.pick("redirects", f.follow)
	p.text("expect", fieldExpect, f.expect)
}

// label is what stands before a field.
func (p *painter) label(text string, on bool) string {
	th := p.o.ctx.Theme
	if on {
		return th.AccentStrong.Render(theme.SignCursor) + th.Strong.Render(widget.Fit(text, labelWidth-1))
	}
	return " " + th.Muted.Render(widget.Fit(text, labelWidth-1))
}

func (p *painter) add(text string, slot int) {
	p.lines = append(p.lines, drawn{text: text, slot: slot})
}

// on notes that the slot drawn now has the focus.
func (p *painter) on(lines int) bool {
	if p.slot != p.o.at {
		return false
	}
	p.focused, p.focusedEnd = len(p.lines), len(p.lines)+lines
	return true
}

func (p *painter) text(label, field string, in *widget.Input) {
	on := p.on(1)
	if on {
		p.cursor = in.Cursor(labelWidth, len(p.lines))
	}
	p.add(p.label(label, on)+in.View(max(1, p.w-labelWidth)), p.slot)
	p.slot++
	p.problem(field, 0, on)
	if on && field == fieldMethod {
		p.hint("↑ and ↓ turn through " + strings.Join(methods, " "))
	}
}

func (p *painter) pairs(label, field string, all *pairs) {
	th := p.o.ctx.Theme
	room := max(2, p.w-labelWidth-2-3)
	names := max(1, min(28, room/3))
	for i, r := range all.rows {
		first := p.slot
		onName := p.on(1)
		if onName {
			p.cursor = r.name.Cursor(labelWidth+2, len(p.lines))
		}
		p.slot++
		onValue := p.on(1)
		if onValue {
			p.cursor = r.value.Cursor(labelWidth+2+names+3, len(p.lines))
		}
		p.slot++
		sign := th.Good.Render(theme.SignOK)
		switch {
		case r.name.Value() == "" && r.value.Value() == "":
			sign = " "
		case r.off:
			sign = th.Faint.Render("·")
		}
		row := r.name.View(names) + th.Faint.Render(" = ") + r.value.View(max(1, room-names))
		if r.off {
			row = th.Faint.Over(row)
		}
		p.add(p.label(label, onName || onValue)+sign+" "+row, first)
		p.problem(field, i+1, onName || onValue)
		label = ""
	}
}

func (p *painter) pick(label string, c *choice) {
	th := p.o.ctx.Theme
	on := p.on(1)
	text := th.Text.Render(p.o.ctx.Line(c.options[c.at].title))
	if on {
		text = th.Accent.Render("← ") + th.AccentStrong.Render(p.o.ctx.Line(c.options[c.at].title)) + th.Accent.Render(" →")
	}
	p.add(p.label(label, on)+text, p.slot)
	p.slot++
}

func (p *painter) area(a *area) {
	rows := max(leastArea, min(a.rows()+1, mostArea, p.h-6))
	if a.large {
		rows = 1
	}
	on := p.on(rows + 1)
	if on {
		if c := a.cursor(); c != nil {
			c.X, c.Y = c.X+labelWidth, c.Y+len(p.lines)
			p.cursor = c
		}
	}
	for i, l := range a.view(max(1, p.w-labelWidth), rows) {
		label := p.label("", on)
		if i > 0 && !on {
			label = widget.Blank(labelWidth)
		}
		p.add(label+l, p.slot)
	}
	p.slot++
	p.problem(fieldBody, 0, on)
	if on && p.o.form.kind() == body.Multipart {
		p.hint("name=@path reads a file when the request is fired; ;type=image/png and ;filename=a.png may follow")
	}
	if key := p.o.ctx.Keys.Key(keymap.EditorExternal); on && key != "" {
		p.hint(key + " opens it in $EDITOR; it lies on the disk as plain text until you leave that")
	}
}

// problem draws what is wrong with a field; row 0 is the whole of it.
func (p *painter) problem(field string, row int, on bool) {
	e := p.o.wrong[field]
	if e == nil || e.Row != row {
		return
	}
	look, th := p.o.ctx.Theme.Bad, p.o.ctx.Theme
	if on {
		look = th.Warn // it is being typed
	}
	sign := theme.SignFailed
	for _, l := range widget.Wrap(p.o.ctx.Line(place(e)+e.Text), max(1, p.w-labelWidth-2)) {
		p.add(widget.Blank(labelWidth)+look.Render(sign+" "+l), -1)
		sign = " "
		if on {
			p.focusedEnd = len(p.lines)
		}
	}
}

// place says where in a text of several lines something is wrong.
func place(e *request.FieldError) string {
	switch {
	case e.Line > 1 || e.Field == fieldBody && e.Line > 0:
		return fmt.Sprintf("line %d, column %d: ", e.Line, e.Column)
	case e.Column > 0:
		return fmt.Sprintf("column %d: ", e.Column)
	}
	return ""
}

func (p *painter) hint(text string) {
	for _, l := range widget.Wrap(text, max(1, p.w-labelWidth)) {
		p.add(widget.Blank(labelWidth)+p.o.ctx.Theme.Faint.Render(l), -1)
	}
	p.focusedEnd = len(p.lines)
}
