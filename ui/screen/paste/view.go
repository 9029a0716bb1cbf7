package paste

import (
	"strconv"
	"strings"
	"time"

	"tokenring/session/secret"
	"tokenring/session/token"
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
	if o.scroll.Len > h {
		for i := range lines {
			lines[i] = widget.Fit(lines[i], w-1) + o.bar(i, h)
		}
	}
	return strings.Join(lines, "\n")
}

func (o *Overlay) bar(row, h int) string {
	size := max(1, h*h/o.scroll.Len)
	from := (h - size) * o.scroll.Offset / (o.scroll.Len - h)
	if row >= from && row < from+size {
		return o.ctx.Theme.Muted.Render(theme.SignScroll)
	}
	return " "
}

func (o *Overlay) lines(w int) []string {
	th := o.ctx.Theme
	switch {
	case o.problem != "":
		return wrapped(th.Bad, theme.SignFailed, o.problem, w)
	case o.raw.IsZero():
		return append(wrapped(th.Text, "", "Paste a token, with or without the word Bearer.", w),
			wrapped(th.Muted, "", "It is read here; nothing is stored and nothing is sent.", w)...)
	case o.read == nil:
		return []string{th.Muted.Render("reading" + theme.SignMore)}
	}
	r := o.read
	out := []string{o.headline(w)}
	for _, f := range r.finds {
		out = append(out, o.finding(f, w)...)
	}
	switch r.token.Kind {
	case token.Opaque:
		out = append(out, wrapped(th.Muted, theme.SignUnknown, "nothing can be read from it; only its server knows what it means", w)...)
	case token.JWE:
		out = append(out, wrapped(th.Muted, theme.SignUnknown, "encrypted: only its header can be read", w)...)
	}
	out = o.section(out, "claims", r.claims, w)
	return o.section(out, "header", r.header, w)
}

func (o *Overlay) headline(w int) string {
	th, t := o.ctx.Theme, o.read.token
	dot := th.Faint.Render(theme.SignDot)
	line := th.Strong.Render(t.Kind.String())
	if alg := t.Alg(); alg != "" {
		line += dot + th.Muted.Render(o.ctx.Line(alg))
	}
	line += dot + th.Muted.Render(strconv.Itoa(t.Size)+" bytes") + dot + th.Text.Render(o.read.mask)
	if t.Kind == token.JWS {
		line += dot + th.Muted.Render("signature not verified")
	}
	return widget.Cut(line, w)
}

func (o *Overlay) finding(f token.Finding, w int) []string {
	th, text := o.ctx.Theme, f.Text
	if f.Claim != "" {
		text = o.ctx.Line(f.Claim) + ": " + text
	}
	switch f.Level {
	case token.Bad:
		return wrapped(th.Bad, theme.SignFailed, text, w)
	case token.Warn:
		return wrapped(th.Warn, theme.SignWarn, text, w)
	}
	return wrapped(th.Muted, theme.SignInfo, text, w)
}

func (o *Overlay) section(out []string, title string, lines []token.Line, w int) []string {
	if len(lines) == 0 {
		return out
	}
	th := o.ctx.Theme
	out = append(out, "", th.Faint.Render(title))
	name := 6
	for i := range lines {
		name = max(name, min(w/3, widget.Width(lines[i].Name)+2*lines[i].Depth))
	}
	for i := range lines {
		l := &lines[i]
		head := th.JSON.Key.Render(widget.Fit(widget.Blank(2*l.Depth)+o.ctx.Line(l.Name), name)) + "  "
		for _, row := range widget.Wrap(o.value(l), w-name-2) {
			out = append(out, head+row)
			head = widget.Blank(name + 2)
		}
	}
	return out
}

// value is a claim as it stands, and what it means.
func (o *Overlay) value(l *token.Line) string {
	th := o.ctx.Theme
	text := o.ctx.Line(l.Value)
	look := th.JSON.Text
	var means []string
	switch l.Kind {
	case token.Time:
		look = th.JSON.Number
		if !l.At.IsZero() {
			text = strings.Trim(o.ctx.Line(l.Raw), `"`)
			zone := time.Local
			if o.ctx.Settings.UTC {
				zone = time.UTC
			}
			now := o.ctx.Now()
			o.ticks = o.ticks || widget.Seconds(l.At.Sub(now).Abs())
			means = append(means, widget.Date(l.At, zone), widget.Relative(l.At, now))
		}
	case token.Number, token.Duration:
		look = th.JSON.Number
	case token.Bool:
		look = th.JSON.Word
	case token.Null:
		look = th.JSON.Null
	case token.List, token.Object:
		look = th.Text
	}
	if l.Masked || o.ctx.Share && l.Personal {
		look = th.Faint
	}
	if o.ctx.Share && l.Personal {
		text = secret.Hidden
	}
	if l.Note != "" {
		means = append(means, o.ctx.Line(l.Note))
	}
	if len(means) == 0 {
		return look.Render(text)
	}
	return look.Render(text) + "  " + th.Muted.Render(strings.Join(means, theme.SignDot))
}

func wrapped(look theme.Style, sign, text string, w int) []string {
	if sign != "" {
		sign += " "
	}
	var out []string
	for _, l := range widget.Wrap(text, w-widget.Width(sign)) {
		out = append(out, look.Render(sign+l))
		sign = widget.Blank(widget.Width(sign))
	}
	return out
}
