package decode

import (
	"strings"

	"tokenring/session/prose"
	"tokenring/session/token"
	"tokenring/ui/screen/claimsview"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// View draws what the token says.
func (o *Overlay) View(w, h int) string {
	o.ticks = false
	lines := o.lines(w - 3)
	o.scroll.Resize(len(lines), h)
	from, to := o.scroll.Window()
	lines = lines[from:to]
	for i := range lines {
		lines[i] = "  " + lines[i]
	}
	if len(lines) > 0 {
		o.end = min(widget.Width(lines[0]), w-1)
	}
	if o.scroll.Len > h {
		for i := range lines {
			lines[i] = widget.Fit(lines[i], w-1) + o.scroll.Bar(o.ctx.Theme, i)
		}
	}
	return strings.Join(lines, "\n")
}

func (o *Overlay) lines(w int) []string {
	th := o.ctx.Theme
	switch {
	case o.problem != "":
		return widget.Noted(th.Bad, theme.SignFailed, o.problem, w)
	case o.raw.IsZero():
		return append(widget.Noted(th.Text, "", "Paste a token, with or without the word Bearer.", w),
			widget.Noted(th.Muted, "", "It is read here; nothing is stored and nothing is sent.", w)...)
	case o.read == nil:
		return []string{th.Muted.Render("reading" + theme.SignMore)}
	}
	r := o.read
	out := []string{o.headline(w)}
	for _, f := range r.finds {
		out = append(out, claimsview.Finding(o.ctx, f, w)...)
	}
	if why := r.token.Unreadable(); why != "" {
		out = append(out, widget.Noted(th.Muted, theme.SignUnknown, why, w)...)
	}
	page := claimsview.Page{Ctx: o.ctx}
	if len(r.claims)+len(r.header) > 0 {
		out = append(append(out, ""), page.Claims(r.claims, r.header, w)...)
	}
	o.ticks = page.Ticks
	return out
}

func (o *Overlay) headline(w int) string {
	th, t := o.ctx.Theme, o.read.token
	dot := th.Faint.Render(theme.SignDot)
	line := th.Strong.Render(t.Name())
	if alg := t.Alg(); alg != "" {
		line += dot + th.Muted.Render(o.ctx.Line(alg))
	}
	line += dot + th.Muted.Render(prose.Count(t.Size, "byte")) + dot + th.Text.Render(o.read.mask)
	if t.Kind == token.JWS {
		line += dot + th.Muted.Render("signature not verified")
	}
	return widget.Cut(line, w)
}
