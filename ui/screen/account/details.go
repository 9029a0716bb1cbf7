package account

import (
	"maps"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// sheet collects lines with a label and a value.
type sheet struct {
	p     *Pane
	w     int
	label int
	lines []string
}

func (s *sheet) add(label, value string) {
	if value == "" {
		return
	}
	th := s.p.ctx.Theme
	for i, l := range widget.Wrap(value, max(8, s.w-s.label-2)) {
		if i > 0 {
			label = ""
		}
		s.lines = append(s.lines, th.Muted.Render(widget.Fit(label, s.label))+"  "+l)
	}
}

func (s *sheet) gap() {
	if len(s.lines) > 0 && s.lines[len(s.lines)-1] != "" {
		s.lines = append(s.lines, "")
	}
}

// sessionPage shows all that is known about the session without its secrets.
func (p *Pane) sessionPage(w int) []string {
	s := &sheet{p: p, w: w, label: 14}
	s.lines = append(s.lines, p.revealed(w)...)
	p.tokenRows(s)
	s.gap()
	p.sessionRows(s)
	s.gap()
	p.accountRows(s)
	return s.lines
}

func (p *Pane) tokenRows(s *sheet) {
	th, now := p.ctx.Theme, p.ctx.Now()
	dot := th.Faint.Render(theme.SignDot)
	for _, t := range p.tokens() {
		s.gap()
		what := th.Text.Render(t.Kind)
		if mask := p.claims.masks[t.Name]; mask != "" {
			what += dot + th.Muted.Render(p.mask(mask))
		}
		if t.Primary {
			what += dot + th.Muted.Render("primary")
		}
		s.add(p.ctx.Line(t.Name), what)
		s.add("received", p.moment(p.ours(t.Received), now))
		if from, early := p.snap.NotBefore(&t, now); early {
			s.add("valid from", p.moment(from, now))
		}
		stated := t
		stated.Idle = 0
		end, _ := p.snap.End(&stated, now)
		switch {
		case !t.ExpiresAt.IsZero():
			s.add("expires", p.moment(end, now)+dot+th.Faint.Render("by "+p.rule(t.Source)))
		case t.Idle == 0:
			s.add("expires", th.Muted.Render("no stated expiry"))
		}
		if t.Idle > 0 {
			s.add("idle limit", th.Text.Render(widget.Roughly(t.Idle))+th.Muted.Render(" after each use"))
		}
		if !t.Accepted.IsZero() {
			s.add("last accepted", p.moment(p.ours(t.Accepted), now))
		}
	}
}

// rule names the source of an expiry: the expression itself if it is short.
func (p *Pane) rule(source string) string {
	if widget.Width(source) > len("seconds(.claims.exi)") {
		return "a rule of the definition"
	}
	return p.ctx.Line(source)
}

func (p *Pane) sessionRows(s *sheet) {
	th, now := p.ctx.Theme, p.ctx.Now()
	ses := p.snap.Session
	if ses == nil {
		return
	}
	began := "logged in"
	if p.snap.Offline {
		began = "token stored"
	}
	s.add(began, p.moment(ses.Started, now))
	if !ses.Refreshed.IsZero() {
		s.add("refreshed", p.moment(ses.Refreshed, now))
	}
	switch {
	case ses.Proven.IsZero() && !p.snap.CanCheck:
		s.add("confirmed", th.Muted.Render("never; this backend defines no check"))
	case ses.Proven.IsZero() && ses.Over():
		s.add("confirmed", th.Muted.Render("never"))
	case ses.Proven.IsZero():
		s.add("confirmed", p.ctx.Offer("not yet", keymap.Check, "asks the server"))
	default:
		s.add("confirmed", p.moment(p.ours(ses.Proven), now))
	}
	if text, far := offset(ses, now); text != "" {
		value := th.Text.Render(text)
		if far {
			value = th.Warn.Render(text) + th.Muted.Render("  off from yours; countdowns take it into account")
		}
		s.add("server clock", value)
	}
}

func (p *Pane) accountRows(s *sheet) {
	th := p.ctx.Theme
	a := &p.snap.Account
	onOff := func(on bool, yes, no string) string {
		if on {
			return th.Text.Render(yes)
		}
		return th.Muted.Render(no)
	}
	if a.KeepAlive && !p.snap.Extends() {
		s.add("keep alive", th.Muted.Render("on, but nothing can renew its session"))
	} else {
		s.add("keep alive", onOff(a.KeepAlive, "on: refreshed while tokenring is open", "off"))
	}
	s.add("log in again", onOff(a.Relogin, "automatically, when a refresh is refused", "only on request"))
	if a.Verify {
		s.add("verified", th.Text.Render("whenever claims are shown, with the keys of the issuer"))
	}
	s.add("stored", onOff(len(a.Secrets) > 0, strings.Join(p.labels(a.Secrets), ", "), "no credentials"))
	for _, name := range slices.Sorted(maps.Keys(a.References)) {
		s.add("read from", th.Text.Render(p.ctx.Line(a.References[name]))+th.Muted.Render(" for "+p.labels([]string{name})[0]))
	}
	if a.Attach != "" {
		s.add("attach", th.Text.Render(p.ctx.Line(a.Attach)))
	}
	s.add("sent to", th.Text.Render(p.ctx.URL(a.Origin)))
	for _, o := range a.Origins {
		s.add("and to", th.Text.Render(p.ctx.URL(o.Origin))+th.Muted.Render("  "+o.For.String()))
	}
	if a.AllowHTTP {
		s.add("plain HTTP", th.Warn.Render("allowed; the network can read what is sent"))
	}
	if a.Guard != session.GuardNone {
		s.add("guard", th.Warn.Render(string(a.Guard))+th.Muted.Render("  "+a.Guard.Meaning()))
	}
	s.add("definition", th.Muted.Render(p.ctx.Line(a.Definition)))
}

// labels returns what the fields are called, in order.
func (p *Pane) labels(fields []string) []string {
	out := make([]string, len(fields))
	for i, name := range fields {
		if p.snap.Fields != nil {
			name = p.snap.Fields.Label(p.snap.Account.Login, name)
		}
		out[i] = p.ctx.Line(name)
	}
	slices.Sort(out)
	return out
}

// moment formats a time as a date and relative to now.
func (p *Pane) moment(t, now time.Time) string {
	if t.IsZero() {
		return p.ctx.Theme.Muted.Render("unknown")
	}
	p.ticks = p.ticks || widget.Seconds(t.Sub(now).Abs())
	return p.ctx.Theme.Text.Render(widget.Date(t, p.ctx.Zone())) + "  " + p.ctx.Theme.Muted.Render(widget.Relative(t, now))
}

// ours converts a time of the server's clock to the local clock.
func (p *Pane) ours(t time.Time) time.Time {
	if t.IsZero() || p.snap.Session == nil {
		return t
	}
	return t.Add(-p.snap.Session.ClockOffset(p.ctx.Now()))
}

// revealed shows the revealed token in full, and for how long.
func (p *Pane) revealed(w int) []string {
	if p.reveal.value.IsZero() {
		return nil
	}
	th := p.ctx.Theme
	left := p.reveal.until.Sub(p.ctx.Now())
	p.ticks = true
	out := []string{th.Badge.Render(" "+p.ctx.Line(p.reveal.token)+" ") + " " +
		th.Warn.Render("shown in full for "+widget.Left(left)) + th.Muted.Render("; ") +
		th.Key.Render(p.ctx.Keys.Key(keymap.Reveal)) + th.Muted.Render(" hides it")}
	text := secret.CleanLine(p.reveal.value.Reveal())
	for len(text) > 0 {
		line := widget.CutAt(text, w)
		out = append(out, th.Strong.Render(line))
		text = text[len(line):]
	}
	return append(out, "")
}
