package account

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/prose"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// roomyFrom is the inner height from which blank lines and a rule separate the
// parts of the pane.
const roomyFrom = 18

// minURL is the fewest cells of a URL worth showing.
const minURL = 16

// head draws the part above the tabs, the most important first: where the
// account points, its tokens, its problems.
func (p *Pane) head(w, rows int) []string {
	roomy := rows >= roomyFrom
	out := []string{p.subtitle(w)}
	if roomy {
		out = append(out, "")
	}
	out = append(out, p.tokenLines(w, max(1, rows/5))...)
	if p.snap.Work != nil {
		out = append(out, p.working(w))
	} else if s := p.facts(); s != "" {
		out = append(out, widget.Cut(s, w))
	}
	problems := p.problems(w)
	problems = problems[:min(len(problems), max(1, rows/2-len(out)))]
	if len(problems) > 0 && roomy {
		out = append(out, "")
	}
	out = append(out, problems...)
	if roomy {
		out = append(out, "")
	}
	return out
}

// subtitle shows the backend, its URL and the login method. If they do not fit,
// the URL is cut; if little of it is left, the login method goes.
func (p *Pane) subtitle(w int) string {
	th := p.ctx.Theme
	dot := th.Faint.Render(theme.SignDot)
	head, tail := th.Text.Render(p.ctx.Line(p.snap.Title))+dot, ""
	if login := p.snap.Account.Login; login != "" {
		tail = dot + th.Muted.Render(p.ctx.Line(login))
	}
	url := p.ctx.URL(p.snap.Account.BaseURL)
	room := w - widget.Width(head) - widget.Width(tail)
	if room < min(minURL, widget.Width(url)) {
		return widget.Cut(head+th.Muted.Render(url), w)
	}
	return head + th.Muted.Render(widget.CutMiddle(url, room)) + tail
}

// tokenLines draws a line per token: name, state, remaining lifetime.
func (p *Pane) tokenLines(w, most int) []string {
	th := p.ctx.Theme
	tokens := p.tokens()
	switch {
	case len(tokens) == 0 && p.snap.Work != nil:
		return nil
	case len(tokens) == 0:
		state := p.snap.StateAt(p.ctx.Now())
		look, sign := th.State(state)
		text, dot := look.Render(sign+" "+string(state)), th.Faint.Render(theme.SignDot)
		return []string{strings.TrimSuffix(text+dot+p.ctx.Offer("", keymap.Login, "logs in"), dot)}
	}
	name, state := 0, 0
	for i := range tokens {
		name = max(name, min(16, widget.Width(tokens[i].Name)))
		state = max(state, len(p.snap.TokenState(&tokens[i], p.ctx.Now())))
	}
	hidden := max(0, len(tokens)-most)
	var out []string
	for i := range tokens[:len(tokens)-hidden] {
		out = append(out, p.tokenLine(&tokens[i], name, state, w))
	}
	if hidden > 0 && len(out) > 0 {
		out[len(out)-1] = widget.Cut(out[len(out)-1], w-4) + th.Faint.Render(" +"+strconv.Itoa(hidden))
	}
	return out
}

func (p *Pane) tokenLine(t *session.TokenInfo, nameWidth, stateWidth, w int) string {
	th, now := p.ctx.Theme, p.ctx.Now()
	state := p.snap.TokenState(t, now)
	look, sign := th.State(state)
	head := th.Text.Render(widget.FitMiddle(p.ctx.Line(t.Name), nameWidth)) + "  " +
		look.Render(sign+" "+widget.Fit(string(state), stateWidth)) + "  "
	rest := th.Muted.Render(p.life(t, now))
	room := w - widget.Width(head) - max(len("23h59m left of 99d 10h "), widget.Width(rest)+1)
	part, ok := p.snap.Fraction(t, now)
	if !ok || room < 4 {
		return widget.Cut(head+rest, w)
	}
	return head + widget.Fit(rest, w-widget.Width(head)-min(room, 16)) +
		widget.Gauge(look, th.Faint, part, min(room, 16))
}

// life describes the remaining lifetime of a token.
func (p *Pane) life(t *session.TokenInfo, now time.Time) string {
	end, ok := p.snap.End(t, now)
	if !ok {
		return "no stated expiry"
	}
	if from, early := p.snap.NotBefore(t, now); early {
		p.ticks = p.ticks || widget.Seconds(from.Sub(now))
		return "valid in " + widget.Until(from, now)
	}
	if t.AtLeast() && end.After(now) {
		return "≥" + widget.UntilRoughly(end, now) + " left, longer with use"
	}
	p.ticks = p.ticks || widget.Seconds(end.Sub(now).Abs())
	if !end.After(now) {
		return "expired " + widget.Until(now, end) + " ago"
	}
	s := widget.Until(end, now) + " left"
	if from := t.From(); !from.IsZero() {
		s += " of " + widget.Span(from, t.End())
	}
	return s
}

// working shows the running flow, its step and its duration.
func (p *Pane) working(w int) string {
	th := p.ctx.Theme
	p.ticks = true
	work := p.snap.Work
	s := th.Accent.Render(theme.Spinner(p.spin)) + " " + th.Text.Render(cmp.Or(string(work.Step.Flow), "working"))
	if work.Step.Of > 0 {
		s += th.Muted.Render(fmt.Sprintf(": step %d of %d", work.Step.Index, work.Step.Of))
	}
	dot := th.Faint.Render(theme.SignDot)
	if work.Step.Text != "" {
		s += dot + th.Muted.Render(p.ctx.Line(work.Step.Text))
	}
	s += dot + th.Muted.Render(widget.Left(p.ctx.Now().Sub(work.Started)))
	end := ""
	if p.cancels(p.snap.Account.ID) {
		end = th.Key.Render(p.ctx.Keys.Key(keymap.Back)) + th.Muted.Render(" cancels")
	}
	return widget.Spread(s, end, w)
}

// facts shows the next refresh, the number of refreshes and the clock offset.
func (p *Pane) facts() string {
	s := p.snap.Session
	if s == nil {
		return ""
	}
	th, now := p.ctx.Theme, p.ctx.Now()
	var all []string
	if p.snap.NextTry.After(now) {
		all = append(all, "next try at "+prose.Second(p.snap.NextTry, now, p.ctx.Zone()))
	} else if at, ok := p.snap.NextRefresh(now); ok {
		left := at.Sub(now)
		p.ticks = p.ticks || widget.Seconds(left)
		if left < time.Second {
			all = append(all, "next refresh now")
		} else {
			all = append(all, "next refresh in "+widget.Until(at, now))
		}
	}
	switch s.Refreshes {
	case 0:
	case 1:
		all = append(all, "1 refresh")
	default:
		all = append(all, strconv.Itoa(s.Refreshes)+" refreshes")
	}
	out := th.Muted.Render(strings.Join(all, theme.SignDot))
	if clock, far := offset(s, now); clock != "" {
		look := th.Muted
		if far {
			look = th.Warn
		}
		if out != "" {
			out += th.Faint.Render(theme.SignDot)
		}
		out += look.Render("clock " + clock)
	}
	return out
}

// offset returns how far the server's clock is from ours, and whether that is
// far enough to warn about.
func offset(s *session.Session, now time.Time) (text string, far bool) {
	measured, _, ok := s.Measure(now)
	if !ok {
		return "", false
	}
	d := measured.Seconds()
	if math.Abs(d) < 0.05 {
		return "", false
	}
	if math.Abs(d) >= 60 {
		sign := "+"
		if d < 0 {
			sign = "−"
		}
		return sign + widget.Left(measured.Abs()), true
	}
	return strings.Replace(fmt.Sprintf("%+.1f s", d), "-", "−", 1), math.Abs(d) > 5
}

// problems shows what failed, what the server said, and what to do.
func (p *Pane) problems(w int) []string {
	th := p.ctx.Theme
	var out []string
	add := func(look theme.Style, sign, text string) {
		out = append(out, widget.Noted(look, sign, p.ctx.Line(text), w)...)
	}
	s := p.snap
	if s.Changed {
		add(th.Bad, theme.SignFailed, session.ChangedOutside)
	}
	if s.Broken != "" {
		add(th.Bad, theme.SignFailed, s.Broken)
	}
	if notice := s.Notice(p.ctx.Now(), p.ctx.Zone()); notice != "" {
		add(th.Warn, theme.SignWarn, notice)
	}
	if s.Session.Final() && s.Failure == nil {
		add(th.Bad, theme.SignNeedsLogin, s.Session.EndedReason)
	}
	if s.Work == nil && s.Holder != nil {
		add(th.Muted, " ", s.Holder.String()+" is refreshing it")
	}
	if s.Failure == nil && s.Work == nil && s.LoginFailed() { // in another process
		add(th.Bad, theme.SignFailed, "at "+prose.Moment(s.Failed.At, p.ctx.Now(), p.ctx.Zone())+": "+s.Failed.Text)
	}
	if s.Failure == nil || s.Work != nil {
		return out
	}
	f := s.Failure
	add(th.Bad, theme.SignFailed, failureLine(f, "at "+prose.Moment(s.FailedAt, p.ctx.Now(), p.ctx.Zone())))
	if f.Message != "" {
		add(th.Text, " ", "the server says: “"+f.Message+"”")
	}
	if f.Detail != "" {
		add(th.Muted, " ", f.Detail)
	}
	if f.Meaning != "" {
		add(th.Muted, " ", f.Meaning)
	}
	if left := f.Retry.Sub(p.ctx.Now()); !f.Retry.IsZero() && left > 0 {
		p.ticks = p.ticks || widget.Seconds(left)
		add(th.Warn, " ", "the server accepts another attempt at "+prose.Second(f.Retry, p.ctx.Now(), p.ctx.Zone())+", in "+widget.Until(f.Retry, p.ctx.Now()))
	} else if f.Next != "" {
		add(th.Accent, "→", f.Next)
	}
	return out
}

// failureLine summarizes a failure: "refresh failed at 15:04: POST
// https://host/login answered 401".
func failureLine(f *session.Failure, when string) string {
	s := string(f.Flow) + " failed " + when
	switch {
	case f.Status > 0 && f.Call != "":
		return s + ": " + f.Call + " answered " + strconv.Itoa(f.Status)
	case f.Status > 0:
		return s + ": the server answered " + strconv.Itoa(f.Status)
	case f.Call != "":
		return s + ": " + f.Call
	}
	return s
}
