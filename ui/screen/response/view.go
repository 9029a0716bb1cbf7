package response

import (
	"strconv"
	"strings"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// roomyFrom is the height from which the timing bar has a line of its own.
const roomyFrom = 16

// View implements screen.Screen.
func (o *Overlay) View(w, h int) string {
	if o.run == nil {
		return strings.Join(o.waiting(w), "\n")
	}
	out := o.head(w, h)
	o.rows.tabs = len(out)
	foot := o.foot(w)
	room := max(1, h-len(out)-1-len(foot))
	o.rows.prompt += len(out) + 1 + room
	page := o.openPage(w, room)
	out = append(out, o.tabLine(w))
	for i := range room {
		line := ""
		if i < len(page) {
			line = page[i]
		}
		out = append(out, line)
	}
	return strings.Join(append(out, foot...), "\n")
}

// waiting draws the wait for the first run.
func (o *Overlay) waiting(w int) []string {
	switch {
	case o.failed != nil:
		what := "The request was not sent."
		if o.first.RunID != "" {
			what = "This run cannot be shown."
		}
		return requestui.Failed(o.ctx, what, secret.CleanLine(o.failed.Error()), requestui.Remedy(o.ctx, o.failed, nil, keymap.ResponseLogin, ""), w)
	case o.work.opening:
		return []string{"", o.ctx.Theme.Muted.Render("reading the run from the history")}
	}
	return []string{"", o.progress(w)}
}

// progress counts the seconds of a request on its way.
func (o *Overlay) progress(w int) string {
	if o.work.growing {
		return requestui.Waiting(o.ctx, "arriving", o.work.since, "  "+o.ctx.Keys.Key(keymap.Close)+" ends it and keeps what came", w)
	}
	return requestui.Waiting(o.ctx, "on its way", o.work.since, "  "+o.ctx.Keys.Key(keymap.Close)+" cancels", w)
}

// head returns the lines about the result of the run.
func (o *Overlay) head(w, h int) []string {
	th, r := o.ctx.Theme, o.run
	out := []string{widget.Cut(o.status(), w)}
	if o.work.waits() && !o.work.opening {
		out[0] = o.progress(w)
		if o.work.growing {
			out[0] = widget.Cut(o.status()+th.Faint.Render(theme.SignDot)+o.progress(w), w)
		}
	}
	look, text := th.Muted, r.Message
	switch {
	case r.Status == 0:
		look, text = th.Text, ""
	case r.Verdict == request.Failed && r.Why != "":
		look, text = th.Bad, "not as expected: "+r.Why
	case text != "":
		text = "the server says: " + text
	}
	if detour := r.Detour(); detour != "" && !r.IsRefused() {
		out = append(out, widget.Noted(th.Warn, theme.SignWarn, o.ctx.Line(detour), w)...)
	}
	lines := widget.Noted(look, "", o.ctx.Line(text), w)
	out = append(out, lines[:min(len(lines), 2)]...)
	if again := session.TryAgain(r.Retry, r.At, o.ctx.Zone()); again != "" {
		out = append(out, th.Warn.Render(widget.Cut(again, w)))
	}
	out = append(out, o.refusal(w, h)...)
	if r.Status == 0 {
		return out
	}
	if bar := timingBar(th, &r.Timings, w); bar != "" && h >= roomyFrom {
		out = append(out, bar)
	}
	return append(out, timingLegend(th, &r.Timings, w))
}

// refusal returns why the server refused, and what to do next. With little room, it returns the likeliest reason.
func (o *Overlay) refusal(w, h int) (out []string) {
	th, all := o.ctx.Theme, requestui.Refused(o.ctx, o.run)
	if n := len(all); n > 2 && h < roomyFrom {
		all = []string{all[0], all[n-1]}
	}
	for i, text := range all {
		look, sign := th.Warn, theme.SignWarn
		if i == len(all)-1 {
			look, sign = th.Accent, "→"
		}
		lines := widget.Noted(look, sign, o.ctx.Line(text), w)
		out = append(out, lines[:min(len(lines), 2)]...)
	}
	return out
}

// status returns the first line: the answer, and whether it is as expected.
func (o *Overlay) status() string {
	th, r := o.ctx.Theme, o.run
	dot := th.Faint.Render(theme.SignDot)
	look := requestui.StatusLook(th, r.Status, r.IsAnonymous())
	parts := []string{look.Render("no answer")}
	if r.Status != 0 {
		parts[0] = look.Render(strconv.Itoa(r.Status))
		if r.StatusText != "" {
			parts[0] += " " + look.Render(o.ctx.Line(r.StatusText))
		}
	}
	if sign := requestui.VerdictSign(th, r.Verdict); sign != "" {
		verdict := th.Good
		if r.Verdict != request.Passed {
			verdict = th.Bad
		}
		parts = append(parts, sign+" "+verdict.Render(string(r.Verdict)))
	}
	if r.Kind != "" {
		parts = append(parts, th.Warn.Render(o.ctx.Line(r.Outcome())))
	}
	if r.Status != 0 && !o.work.growing {
		parts = append(parts, th.Text.Render(requestui.Took(r.Timings.Total)))
	}
	if r.Status != 0 {
		parts = append(parts, th.Text.Render(requestui.Size(r.Size)))
	}
	if r.Cut && !o.work.growing {
		parts = append(parts, th.Warn.Render("cut"))
	}
	if r.Replayed {
		parts = append(parts, th.Accent.Render("replayed: token renewed"))
	}
	if o.work.judging {
		parts = append(parts, th.Muted.Render("being judged and kept"))
	}
	if o.old {
		parts = append(parts, th.Muted.Render(widget.Ago(r.At, o.ctx.Now())))
	}
	if o.at != "" {
		parts = append(parts, th.Muted.Render(o.at))
	}
	return strings.Join(parts, dot)
}

func (o *Overlay) tabs() *widget.Tabs {
	redirects := "Redirects"
	if n := len(o.run.Hops); n > 0 {
		redirects += " " + strconv.Itoa(n)
	}
	headers := "Headers " + strconv.Itoa(len(o.run.Headers))
	return &widget.Tabs{Names: []string{"Body", headers, "Request", redirects}, Open: int(o.part)}
}

// tabLine returns the tabs, and on their right the position in the open one.
func (o *Overlay) tabLine(w int) string {
	th := o.ctx.Theme
	tabs := o.tabs().View(th, w)
	where := o.where()
	if where == "" || widget.Width(tabs)+widget.Width(where)+2 > w {
		return tabs
	}
	return widget.Spread(tabs, th.Muted.Render(where), w)
}

// where returns which lines are visible.
func (o *Overlay) where() string {
	if o.part != partBody {
		if s := &o.scroll[o.part]; s.Len > s.Height {
			from, to := s.Window()
			return strconv.Itoa(from+1) + "–" + strconv.Itoa(to) + " of " + strconv.Itoa(s.Len)
		}
		return ""
	}
	b := &o.body
	if o.noBody() != "" || b.doc == nil {
		return ""
	}
	text := string(o.run.Media)
	switch {
	case b.made != "":
		text = b.made
	case b.raw:
		text = "raw"
	}
	if b.wrap {
		text += ", wrapped"
	} else if b.left > 0 {
		text += ", column " + requestui.Count(b.left+1)
	}
	n := b.lines()
	more := ""
	if !b.doc.Index(0) {
		more = theme.SignMore
	}
	return text + "  " + requestui.Count(min(b.top+1, n)) + "–" + requestui.Count(min(b.top+max(1, b.h), n)) + " of " + requestui.Count(n) + more
}

// foot returns the lines of text below the body.
func (o *Overlay) foot(w int) (out []string) {
	if o.part != partBody || o.ctx.Share {
		return nil
	}
	th, p, t := o.ctx.Theme, &o.prompt, &o.outlet
	line := func(in *widget.Input, on bool, note string) {
		if in.Focused() {
			o.rows.prompt = len(out)
		}
		if in.Focused() || on {
			out = append(out, widget.Spread(in.View(max(1, w-widget.Width(note)-2)), th.Muted.Render(note), w))
		}
	}
	line(p.search, p.search.Value() != "", p.note)
	working, running := "", ""
	if p.busy {
		working = "working"
	}
	if t.stop != nil {
		running = o.ctx.Keys.Sentence("", keymap.Interrupt, "ends it")
	}
	line(p.jq, p.jq.Value() != "", working)
	if p.wrong != "" && (p.jq.Focused() || p.jq.Value() != "") {
		out = append(out, th.Bad.Render(widget.Cut(theme.SignFailed+" "+p.wrong, w)))
	}
	line(t.pipe, t.stop != nil, running)
	if o.body.made == madePipe && t.stop == nil && !t.pipe.Focused() {
		out = append(out, th.Muted.Render(widget.Cut("| "+o.ctx.Line(t.line), w)))
	}
	line(t.save, false, "")
	return out
}
