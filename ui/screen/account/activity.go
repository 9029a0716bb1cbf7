package account

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// maxEvents limits how far back the activity goes.
const maxEvents = 200

// events holds the account's activity, newest first.
type events struct {
	desk    screen.Desk
	all     []session.Event
	loaded  bool
	problem string
}

func (e *events) drop() {
	e.desk.Drop()
	e.all, e.loaded, e.problem = nil, false, ""
}

// loadEvents reads the activity when its tab is open.
func (p *Pane) loadEvents() tea.Cmd {
	if p.tab != tabActivity || p.snap == nil {
		return nil
	}
	life, e, id := p.ctx.Life, p.engine, p.snap.Account.ID
	return p.events.desk.Run(life, func() func() tea.Cmd {
		all, err := e.Accounts.Events(life, id, maxEvents)
		return func() tea.Cmd {
			p.events.all, p.events.loaded, p.events.problem = all, true, ""
			if err != nil {
				p.events.problem = secret.CleanLine(err.Error())
			}
			return nil
		}
	})
}

func (p *Pane) activityPage(w int) []string {
	th := p.ctx.Theme
	switch {
	case p.events.problem != "":
		return widget.Noted(th.Bad, theme.SignFailed, p.events.problem, w)
	case !p.events.loaded:
		return []string{th.Muted.Render("reading" + theme.SignMore)}
	case len(p.events.all) == 0:
		return []string{th.Muted.Render("no activity yet")}
	}
	layout := time.TimeOnly // with the date unless all are from today
	today := p.ctx.Now().In(p.ctx.Zone()).Format(time.DateOnly)
	if oldest := p.events.all[len(p.events.all)-1]; oldest.At.In(p.ctx.Zone()).Format(time.DateOnly) != today {
		layout = "01-02 " + time.TimeOnly
	}
	out := make([]string, 0, len(p.events.all))
	for i := range p.events.all {
		e := &p.events.all[i]
		look, sign := th.Good, theme.SignOK
		if !e.OK {
			look, sign = th.Bad, theme.SignFailed
		}
		out = append(out, widget.Cut(th.Muted.Render(e.At.In(p.ctx.Zone()).Format(layout))+"  "+look.Render(sign)+" "+
			th.Text.Render(widget.Fit(string(e.Kind), len("refresh")))+"  "+th.Muted.Render(p.ctx.Line(e.Text)), w))
	}
	return out
}
