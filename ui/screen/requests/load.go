package requests

import (
	"cmp"
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
)

// historyLength is how many runs the pane shows.
const historyLength = 200

// load reads the requests and the history of the account.
func (p *Pane) load() tea.Cmd {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
	p.loading.Drop()
	if p.snap == nil {
		return nil
	}
	ctx, stop := context.WithCancel(p.ctx.Life)
	p.stop = stop
	m, rec := p.engine, p.snap.Record
	return p.loading.Run(p.ctx.Life, func() func() tea.Cmd {
		specs, err := m.Specs(ctx, rec)
		runs, failed := m.Runs(ctx, session.RunQuery{AccountID: rec.Account.ID, Limit: historyLength})
		return func() tea.Cmd {
			p.take(specs, runs, cmp.Or(err, failed))
			return nil
		}
	})
}

// take shows an account's requests and runs.
func (p *Pane) take(specs []request.Spec, runs []session.RunRecord, err error) {
	p.stop()
	p.stop = nil
	on := p.current()
	if made := added(p.specs, specs); made != "" && p.loaded {
		on = made
	}
	p.loaded, p.err = true, ""
	if err != nil {
		p.err = secret.CleanLine(err.Error())
	}
	p.specs, p.runs = specs, runs
	p.last, p.targets = map[key]*session.RunRecord{}, map[string]string{}
	for i := range p.specs {
		p.aim(p.specs[i].Path())
	}
	for i := range p.runs {
		p.aim(p.runs[i].Path)
		if k := keyOfRun(&p.runs[i]); p.last[k] == nil && p.runs[i].As == "" {
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
		p.targets[path] = p.snap.CallTarget(path)
	}
}

// remove deletes one of the person's own requests, after a question.
func (p *Pane) remove(spec *request.Spec) tea.Cmd {
	id, name := spec.ID, p.ctx.Line(spec.Name)
	do := func(forGood bool) func() tea.Cmd {
		return func() tea.Cmd {
			m, life := p.engine, p.ctx.Life
			return p.deleting.Run(p.ctx.Life, func() func() tea.Cmd {
				err := m.DeleteRequest(life, id)
				text := p.ctx.Keys.Sentence("deleted the request "+name, keymap.Undo, "restores it within a day")
				if err == nil && forGood {
					text = "deleted the request " + name + " for good"
					err = m.PurgeRequest(life, id)
				}
				return func() tea.Cmd {
					if err != nil {
						return screen.NotifyError(err)
					}
					return tea.Batch(screen.Notify(screen.Info, text), p.load())
				}
			})
		}
	}
	return screen.Ask(screen.Question{
		Title: "Delete the request " + name + "?",
		Text:  "It stays sealed for a day, to be restored. What was sent with it stays in the history of " + p.ctx.Line(p.snap.Account.Name) + ".",
		Yes:   "delete", Danger: true, Do: do(false),
		Also: []screen.Answer{{Label: "delete for good, at once", Do: do(true)}},
	})
}
