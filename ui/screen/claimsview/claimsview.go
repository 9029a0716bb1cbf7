// Package claimsview draws what a token says: what there is to know about it, and its
// claims in their own order, each with its meaning. An account's pane and the
// reading of a pasted token show it alike.
package claimsview

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// Page is how claims are shown.
type Page struct {
	Ctx   *screen.Context
	Ours  func(time.Time) time.Time // a moment of the server's clock on ours; nil: they are the same
	Clear bool                      // masked claims are shown in full
	Ticks bool                      // set when what was drawn changes with the second
}

// Finding draws what an audit found, in w cells.
func Finding(c *screen.Context, f token.Finding, w int) []string {
	th, text := c.Theme, f.Text
	if f.Claim != "" && !strings.Contains(text, strconv.Quote(f.Claim)) {
		text = c.Line(f.Claim) + ": " + text
	}
	switch f.Level {
	case token.Bad:
		return widget.Noted(th.Bad, theme.SignFailed, text, w)
	case token.Warn:
		return widget.Noted(th.Warn, theme.SignWarn, text, w)
	}
	return widget.Noted(th.Muted, theme.SignInfo, text, w)
}

// Claims draws the claims, and below them the header, in two columns of w cells.
func (p *Page) Claims(claims, header []token.Line, w int) []string {
	name := nameWidth(w, claims, header)
	out := p.table(claims, name, w)
	if len(header) > 0 {
		out = append(out, "", p.Ctx.Theme.Faint.Render("header"))
		out = append(out, p.table(header, name, w)...)
	}
	return out
}

// nameWidth returns the cells that the names of all parts of a token need.
func nameWidth(w int, parts ...[]token.Line) int {
	name := 6
	for _, lines := range parts {
		for i := range lines {
			name = max(name, min(w/3, widget.Width(lines[i].Name)+2*lines[i].Depth))
		}
	}
	return name
}

// table draws claims in two columns, the meaning behind the value.
func (p *Page) table(lines []token.Line, name, w int) []string {
	th := p.Ctx.Theme
	var out []string
	for _, l := range lines {
		if l.Masked && p.Clear {
			l = l.Reveal()
		}
		pad := widget.Blank(2 * l.Depth)
		head := th.JSON.Key.Render(widget.Fit(pad+p.Ctx.Line(l.Name), name)) + "  "
		for i, row := range p.rows(&l, w-name-2) {
			if i > 0 {
				head = widget.Blank(name + 2)
			}
			out = append(out, head+row)
		}
	}
	return out
}

// value returns a claim as it is written, and what it means.
func (p *Page) value(l *token.Line) (value, meaning string) {
	th := p.Ctx.Theme
	var means []string
	text, look := p.Ctx.Line(l.Value), th.JSON.Text
	switch l.Kind {
	case token.Time:
		look, text = th.JSON.Number, p.Ctx.Line(unquote(l.Raw))
		if !l.At.IsZero() {
			at := l.At
			if p.Ours != nil {
				at = p.Ours(at)
			}
			p.Ticks = p.Ticks || widget.Seconds(at.Sub(p.Ctx.Now()).Abs())
			means = append(means, widget.Date(l.At, p.Ctx.Zone()), widget.Relative(at, p.Ctx.Now()))
		}
	case token.Duration:
		look, text = th.JSON.Number, p.Ctx.Line(unquote(l.Raw))
		means = append(means, p.Ctx.Line(l.Value))
	case token.Number:
		look = th.JSON.Number
	case token.Bool:
		look = th.JSON.Word
	case token.Null:
		look = th.JSON.Null
	case token.List, token.Object:
		look = th.Text
	}
	if raw := p.Ctx.Line(unquote(l.Raw)); !l.Masked && means == nil && l.Kind <= token.Number && raw != text && l.Note == "" {
		text = raw // the value stands for a meaning the definition knows
		means = append(means, p.Ctx.Line(l.Value))
	}
	if l.Masked {
		look = th.Faint
	}
	if p.Ctx.Share && l.Personal {
		text, look = secret.Hidden, th.Faint
	}
	if l.Label != "" && l.Depth == 0 && l.Kind != token.Time {
		means = append(means, p.Ctx.Line(l.Label))
	}
	if l.Note != "" {
		means = append(means, p.Ctx.Line(l.Note))
	}
	return look.Render(text), th.Muted.Render(strings.Join(means, theme.SignDot))
}

// meaningAt is the column in which meanings begin where values are short.
const meaningAt = 10

// rows puts a claim's value and meaning on one line where they fit, and never
// draws more than a few lines of one value. The label of a moment, which is
// long as it is, is added only where there is room.
func (p *Page) rows(l *token.Line, w int) []string {
	const most = 4
	value, meaning := p.value(l)
	line := value
	if meaning != "" {
		line += widget.Blank(max(0, meaningAt-widget.Width(value))) + "  " + meaning
	}
	if l.Kind == token.Time && l.Depth == 0 && l.Label != "" {
		label := p.Ctx.Theme.Muted.Render(theme.SignDot + p.Ctx.Line(l.Label))
		if widget.Width(line)+widget.Width(label) <= w {
			line += label
		}
	}
	if widget.Width(line) <= w {
		return []string{line}
	}
	rows := widget.Wrap(value, w)
	if len(rows) > most && !p.Clear {
		rows = append(rows[:most-1], widget.Cut(rows[most-1], w-1)+p.Ctx.Theme.Faint.Render(theme.SignMore))
	}
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
