package requests

import (
	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// Update implements screen.Screen.
func (p *Pane) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return p.key(msg)
	case tea.PasteMsg:
		return p.filter.Update(msg)
	case tea.MouseClickMsg:
		return p.click(msg)
	case tea.MouseWheelMsg:
		p.move(widget.WheelSteps(msg.Button))
	}
	return nil
}

func (p *Pane) key(msg tea.KeyPressMsg) tea.Cmd {
	if p.filter.Focused() {
		return p.ctx.FilterKey(msg, p.filter, func() { p.Back() })
	}
	return p.Act(p.ctx.Keys.Match(msg, p.Scopes()...))
}

// Act implements screen.Pane.
func (p *Pane) Act(a keymap.Action) tea.Cmd {
	if p.snap == nil {
		return nil
	}
	if why := screen.Disabled(p.Keys(), a); why != "" {
		return screen.Refuse(why)
	}
	switch a {
	case keymap.RequestSearch:
		return p.filter.Renew()
	case keymap.RequestHistory:
		p.toHistory()
	case keymap.RequestNew:
		return p.edit(request.Spec{Follow: true}, "target")
	}
	p.move(screen.Steps(a, &p.scroll))
	spec, run := p.at()
	switch {
	case spec != nil:
		return p.act(a, spec)
	case run != nil && (a == keymap.RequestFire || a == keymap.RequestOpen):
		return p.open(run)
	}
	return nil
}

// act performs an action on the request under the cursor.
func (p *Pane) act(a keymap.Action, spec *request.Spec) tea.Cmd {
	chosen := *spec
	switch a {
	case keymap.RequestFire:
		return requestui.Open(p.ctx, p.snap, &chosen)
	case keymap.RequestOpen:
		return p.open(p.last[keyOf(spec)])
	case keymap.RequestEdit:
		return p.edit(chosen, "target")
	case keymap.RequestDuplicate:
		chosen.ID, chosen.Builtin = "", false
		chosen.Name += " copy"
		return p.edit(chosen, "name")
	case keymap.RequestCurl:
		return requestui.Curl(p.ctx, p.engine, requestui.Side{Account: p.snap}, &chosen)
	case keymap.RequestAddToSuite:
		return requestui.Send(requestui.AddToSuite{Account: p.snap, Spec: chosen})
	case keymap.RequestDelete:
		return p.remove(spec)
	}
	return nil
}

func (p *Pane) edit(spec request.Spec, focus string) tea.Cmd {
	return requestui.Send(requestui.RequestForm{Account: p.snap, Spec: spec, Focus: focus})
}

func (p *Pane) open(run *session.RunRecord) tea.Cmd {
	spec := request.Spec{Name: run.Name, Method: run.Method, Target: run.Path}
	return requestui.Send(requestui.OpenRequest{Account: p.snap, RunID: run.ID, Spec: &spec})
}

// toHistory goes to what was sent before, or back to the requests.
func (p *Pane) toHistory() {
	if _, run := p.at(); run != nil {
		p.move(-len(p.lines))
		return
	}
	for i, l := range p.lines {
		if l.run != nil {
			p.scroll.To(min(i+p.scroll.Height-2, len(p.lines)-1)) // as much of it as fits
			p.scroll.To(i)
			return
		}
	}
}

// Back implements screen.Pane.
func (p *Pane) Back() bool {
	if !p.filter.Focused() && p.filter.Value() == "" {
		return false
	}
	p.filter.End()
	p.arrange(p.current())
	return true
}

// click puts the cursor on a line; a click on the line of the cursor opens it.
func (p *Pane) click(msg tea.MouseClickMsg) tea.Cmd {
	at := p.scroll.Offset + msg.Y - p.top
	if msg.Button != tea.MouseLeft || msg.Y < p.top || msg.Y >= p.top+p.scroll.Height || at >= len(p.lines) ||
		p.lines[at].head != "" {
		return nil
	}
	if at != p.scroll.Cursor {
		p.scroll.To(at)
		return nil
	}
	spec, run := p.at()
	switch {
	case run != nil:
		return p.open(run)
	case p.last[keyOf(spec)] != nil:
		return p.open(p.last[keyOf(spec)])
	}
	return nil
}
