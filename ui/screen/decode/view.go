package decode

import (
	"strconv"
	"strings"

	"tokenring/session/prose"
	"tokenring/session/token"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// View draws what the token says.
func (o *Overlay) View(w, h int) string {
	if o.view.Reading() == nil {
		lines := o.lines(w - 3)
		o.end = min(2+widget.Width(lines[0]), w-1)
		return widget.Indent(strings.Join(lines, "\n"), 2)
	}
	head := []string{" " + o.headline(w-2)}
	if len(o.found) > 1 {
		head = append(head, " "+o.names(w-2))
	}
	o.end = min(widget.Width(strings.TrimRight(head[0], " ")), w-1)
	var bar widget.Scroll
	rows := o.view.View(nil, w-1, max(1, h-len(head)), !o.typing, &bar)
	if bar.Len > bar.Height {
		for i := range bar.Height {
			rows[i] = widget.Fit(rows[i], w-1) + bar.Bar(o.ctx.Theme, i)
		}
	}
	return strings.Join(append(head, rows...), "\n")
}

// lines is shown while there is no token.
func (o *Overlay) lines(w int) []string {
	th := o.ctx.Theme
	if !o.text.IsZero() {
		return []string{th.Muted.Render("reading" + theme.SignMore)}
	}
	var out []string
	if o.problem != "" {
		out = append(widget.Noted(th.Bad, theme.SignFailed, o.problem, w), "")
	}
	out = append(out, widget.Noted(th.Text, "", "Paste a token, or a text with tokens in it: a header, a curl command, an answer, a log.", w)...)
	return append(out, widget.Noted(th.Muted, "", "It is read here; nothing is stored and nothing is sent.", w)...)
}

// names lists the tokens of the text by what calls them there, the one that is shown in brackets.
func (o *Overlay) names(w int) string {
	th := o.ctx.Theme
	right := th.Key.Render(o.ctx.Keys.Key(keymap.TokenPrev)) +
		th.Muted.Render(" "+strconv.Itoa(o.at+1)+" of "+strconv.Itoa(len(o.found))+" ") + th.Key.Render(o.ctx.Keys.Key(keymap.TokenNext))
	tabs, room := widget.Tabs{}, w-widget.Width(right)-1
	for first := o.at; first >= 0; first-- { // those before it as far as there is room
		more := widget.Tabs{Names: append([]string{o.name(first)}, tabs.Names...), Open: o.at - first}
		if first < o.at && widget.Width(more.View(th, room+1)) > room*2/3 {
			break
		}
		tabs = more
	}
	for next := o.at + 1; next < len(o.found) && widget.Width(tabs.View(th, room+1)) < room; next++ {
		tabs.Names = append(tabs.Names, o.name(next))
	}
	return widget.Spread(tabs.View(th, room), right, w)
}

func (o *Overlay) headline(w int) string {
	th, read := o.ctx.Theme, o.view.Reading()
	t := read.Token
	dot := th.Faint.Render(theme.SignDot)
	line := th.Strong.Render(t.Name())
	if alg := t.Alg(); alg != "" {
		line += dot + th.Muted.Render(o.ctx.Line(alg))
	}
	line += dot + th.Muted.Render(prose.Count(t.Size, "byte")) + dot + th.Text.Render(read.Mask)
	if t.Kind == token.JWS && !o.view.Verified() {
		line += dot + th.Muted.Render("signature not verified")
	}
	return widget.Cut(line, w)
}
