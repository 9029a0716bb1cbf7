package response

import (
	"slices"
	"strconv"
	"strings"

	"tokenring/session/answer"
	"tokenring/session/request"
	"tokenring/session/transport"
	"tokenring/ui/requestui"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// openPage draws the open part in w by h cells.
func (o *Overlay) openPage(w, h int) []string {
	if o.part == partBody {
		return o.bodyPage(w, h)
	}
	var lines []string
	switch o.part {
	case partHeaders:
		lines = o.headerLines(o.run.Headers, w)
	case partRequest:
		lines = o.requestPage(w)
	case partRedirects:
		lines = o.redirectPage(w)
	}
	s := &o.scroll[o.part]
	s.Len, s.Height = len(lines), max(1, h)
	s.Slide(0)
	from, to := s.Window()
	return lines[from:to]
}

func (o *Overlay) bodyPage(w, h int) []string {
	th, r := o.ctx.Theme, o.run
	switch why := o.noBody(); {
	case r.Status == 0:
		return o.failure(w)
	case why != "":
		return append([]string{""}, o.wrapped(th.Muted, why, w)...)
	}
	var notes []string
	if o.work.growing {
		return o.body.view(th, w, h)
	}
	if r.Cut {
		notes = o.wrapped(th.Warn, theme.SignWarn+" only the first "+requestui.Size(int64(len(r.Body)))+" are here: "+r.CutReason, w)
	} else if r.Note != "" {
		notes = o.wrapped(th.Warn, theme.SignWarn+" "+o.ctx.Line(r.Note), w)
	}
	if line, ok := o.body.doc.Damage(); ok && !r.Cut && o.body.made == "" {
		notes = o.wrapped(th.Warn, theme.SignWarn+" no JSON from line "+requestui.Count(line+1)+" on; shown as it came", w)
	}
	if len(notes) > h/2 {
		notes = nil
	}
	return append(notes, o.body.view(th, w, h-len(notes))...)
}

// failure is shown in place of an answer that never came.
func (o *Overlay) failure(w int) []string {
	th := o.ctx.Theme
	return slices.Concat([]string{""}, o.wrapped(th.Text, o.run.Err, w), o.wrapped(th.Accent, o.run.Next, w))
}

func (o *Overlay) wrapped(look theme.Style, text string, w int) []string {
	return widget.Noted(look, "", o.ctx.Line(text), w)
}

// headerLines writes header fields, name and value, long values wrapped.
func (o *Overlay) headerLines(all []request.Line, w int) []string {
	th := o.ctx.Theme
	if len(all) == 0 {
		return []string{th.Muted.Render("none")}
	}
	names := 0
	for _, l := range all {
		names = max(names, widget.Width(o.ctx.Line(l.Name)))
	}
	names = min(names, max(4, w/3))
	var out []string
	for _, l := range all {
		name := th.JSON.Key.Render(widget.Fit(o.ctx.Line(l.Name), names))
		values := widget.Wrap(o.ctx.Line(l.Value), max(1, w-names-2))
		if len(values) == 0 {
			values = []string{""}
		}
		for _, v := range values {
			out = append(out, name+"  "+th.Text.Render(v))
			name = widget.Blank(names)
		}
	}
	return out
}

// requestLines is how much of a sent body is shown.
const requestLines = 500

// requestPage is the request as it was sent, credentials masked.
func (o *Overlay) requestPage(w int) []string {
	th, r := o.ctx.Theme, o.run
	url := widget.Wrap(o.ctx.URL(r.URL), max(1, w-len(r.Method)-1))
	if len(url) == 0 {
		url = []string{""}
	}
	out := []string{requestui.MethodLook(th, r.Method).Render(o.ctx.Line(r.Method)) + " " + th.Strong.Render(url[0])}
	for _, l := range url[1:] {
		out = append(out, widget.Blank(len(r.Method)+1)+th.Strong.Render(l))
	}
	facts := "as " + o.ctx.Line(r.Account)
	if r.Proto != "" {
		facts += theme.SignDot + o.ctx.Line(r.Proto)
	}
	out = append(out, th.Muted.Render(widget.Cut(facts+theme.SignDot+"credentials are masked", w)), "")
	if r.RequestHeaders == nil {
		out = append(out, th.Muted.Render("the headers were not kept"))
	} else {
		out = append(out, o.headerLines(r.RequestHeaders, w)...)
	}
	if len(r.RequestBody) == 0 {
		return out
	}
	if o.ctx.Share {
		return append(out, "", th.Muted.Render("the body is hidden while others watch"))
	}
	return append(append(out, ""), o.sentBody(w)...)
}

// sentBody lays out the body that was sent.
func (o *Overlay) sentBody(w int) []string {
	th := o.ctx.Theme
	media, text, _ := answer.Detect("", o.run.RequestBody)
	doc := request.NewDocument(text, media)
	done := doc.Index(requestLines)
	v := viewer{wrap: true, w: w, h: 1}
	v.show(doc)
	var out []string
	for line := range min(doc.Lines(), requestLines) {
		for _, row := range v.wrapped(line) {
			out = append(out, v.paint(th, line, row, false))
		}
	}
	if !done {
		out = append(out, th.Muted.Render(theme.SignMore))
	}
	return out
}

// redirectPage shows where each redirect led and what it dropped.
func (o *Overlay) redirectPage(w int) []string {
	th := o.ctx.Theme
	if len(o.run.Hops) == 0 {
		if o.run.Status/100 == 3 {
			return o.wrapped(th.Muted, "the redirect was not followed; the request says so", w)
		}
		return []string{th.Muted.Render("no redirects")}
	}
	var out []string
	for i := range o.run.Hops {
		out = append(out, o.hop(&o.run.Hops[i], i+1, w)...)
	}
	return out
}

func (o *Overlay) hop(h *transport.Hop, n, w int) []string {
	th := o.ctx.Theme
	lead := strconv.Itoa(n) + "  "
	out := []string{th.Muted.Render(lead) + requestui.StatusLook(th, h.Status, o.run.IsAnonymous()).Render(requestui.Status(h.Status)) +
		"  " + th.Text.Render(widget.Cut(o.ctx.URL(h.From), w-len(lead)-5))}
	pad := widget.Blank(len(lead))
	add := func(look theme.Style, sign, text string) {
		for _, l := range widget.Noted(look, sign, text, w-len(lead)) {
			out = append(out, pad+l)
		}
	}
	add(th.Strong, "→", o.ctx.URL(h.To))
	if len(h.Stripped) > 0 {
		add(th.Accent, theme.SignInfo, "did not travel on to another origin: "+o.ctx.Line(strings.Join(h.Stripped, ", ")))
	}
	if h.Refused != "" {
		add(th.Bad, theme.SignFailed, "not followed: "+o.ctx.Line(h.Refused))
	}
	return append(out, "")
}
