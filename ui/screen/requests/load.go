package requests

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
)

// historyLength is how many runs the pane shows.
const historyLength = 200

// loadedMsg brings an account's requests and runs.
type loadedMsg struct {
	ticket screen.Ticket
	specs  []request.Spec
	runs   []session.RunRecord
	err    error
}

// load reads the requests and the history of the account.
func (p *Pane) load() tea.Cmd {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
	ticket := p.loading.Take()
	if p.snap == nil {
		return nil
	}
	ctx, stop := context.WithCancel(p.ctx.Life)
	p.stop = stop
	m, rec := p.engine, p.snap.Record
	return func() tea.Msg {
		msg := loadedMsg{ticket: ticket}
		msg.specs, msg.err = m.Specs(ctx, &rec)
		runs, err := m.Runs(ctx, session.RunQuery{AccountID: rec.Account.ID, Limit: historyLength})
		msg.runs = runs
		if msg.err == nil {
			msg.err = err
		}
		return msg
	}
}

func (p *Pane) take(msg loadedMsg) {
	if !p.loading.Fresh(msg.ticket) {
		return
	}
	p.stop()
	p.stop = nil
	on := p.current()
	if made := added(p.specs, msg.specs); made != "" && p.loaded {
		on = made
	}
	p.loaded, p.err = true, ""
	if msg.err != nil {
		p.err = secret.CleanLine(msg.err.Error())
	}
	p.specs, p.runs = msg.specs, msg.runs
	p.last, p.targets = map[key]*session.RunRecord{}, map[string]string{}
	for i := range p.specs {
		p.aim(p.specs[i].Path())
	}
	for i := range p.runs {
		p.aim(p.runs[i].Path)
		if k := keyOfRun(&p.runs[i]); p.last[k] == nil {
			p.last[k] = &p.runs[i]
		}
	}
	p.arrange(on)
}

// added is the id of the one request that is new, "" when there is none or more:
// it was just saved, and the cursor goes to it.
func added(before, now []request.Spec) string {
	id := ""
	for i := range now {
		known := slices.ContainsFunc(before, func(s request.Spec) bool { return s.ID == now[i].ID })
		switch {
		case known:
		case id != "":
			return ""
		default:
			id = now[i].ID
		}
	}
	return id
}

func (p *Pane) aim(path string) {
	if _, ok := p.targets[path]; !ok {
		p.targets[path] = requestui.Target(&p.snap.Account, path)
	}
}

// deletedMsg says that a request was deleted, or why not.
type deletedMsg struct {
	ticket screen.Ticket
	name   string
	err    error
}

// remove deletes one of the person's own requests, after a question.
func (p *Pane) remove(spec *request.Spec) tea.Cmd {
	id, name := spec.ID, p.ctx.Line(spec.Name)
	return screen.Ask(screen.Question{
		Title: "Delete the request " + name + "?",
		Text:  "The request is deleted from " + p.ctx.Line(p.snap.Account.Name) + ". What it gave before stays in the history.",
		Yes:   "delete", Danger: true,
		Do: func() tea.Cmd {
			ticket, m, life := p.deleting.Take(), p.engine, p.ctx.Life
			return func() tea.Msg {
				return deletedMsg{ticket: ticket, name: name, err: m.DeleteRequest(life, id)}
			}
		},
	})
}

func (p *Pane) deleted(msg deletedMsg) tea.Cmd {
	if !p.deleting.Fresh(msg.ticket) {
		return nil
	}
	if msg.err != nil {
		return screen.NotifyError(msg.err)
	}
	return tea.Batch(screen.Notify(screen.Info, "deleted the request "+msg.name), p.load())
}
