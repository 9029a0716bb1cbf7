package matrix

import (
	"context"
	"errors"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/prose"
	"tokenring/session/suite"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
)

// prepare finds the accounts of an offer, and the questions to ask before it is sent.
func (o *Overlay) prepare(at int) tea.Cmd {
	o.at, o.ready, o.cells, o.err, o.next = at, nil, nil, "", ""
	life, m, offer := o.Life, o.engine, o.offers[at]
	return o.desk.Run(o.Life, func() func() tea.Cmd {
		var untrusted *attempt.UntrustedError
		r, err := plan(life, m, offer)
		if err == nil {
			if err = m.Requests.Trusted(life, offer.Suite.Source); errors.As(err, &untrusted) {
				err = nil
			}
		}
		return func() tea.Cmd { return o.prepared(r, untrusted, err) }
	})
}

func plan(ctx context.Context, m Engine, offer Offer) (*ready, error) {
	identities, err := m.Requests.Identities(ctx, offer.As, "")
	if err != nil {
		return nil, err
	}
	r := &ready{agreed: map[string]session.Consent{}}
	if r.plan, err = suite.NewPlan(offer.Suite, identities, nil); err != nil {
		return nil, err
	}
	for _, a := range identities {
		snap, err := m.Accounts.Get(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		r.accounts = append(r.accounts, snap)
	}
	r.asks, err = m.Requests.GuardsFor(ctx, r.plan)
	return r, err
}

// prepared asks the questions of a plan, one by one, and begins.
func (o *Overlay) prepared(r *ready, untrusted *attempt.UntrustedError, err error) tea.Cmd {
	if err != nil {
		o.fail(err)
		return nil
	}
	o.ready = r
	o.clear()
	if untrusted == nil {
		return o.confirm()
	}
	src := o.ready.plan.Suite.Source
	text := fmt.Sprintf("%s. It sends %s as %s. Approve it only if you know who wrote it.",
		untrusted.Error(), requests(len(o.ready.plan.Cases)), o.names(o.offers[o.at].As))
	return screen.Ask(screen.Question{
		Title: "Approve this file?", Text: text, Yes: "approve and run", Danger: true, Typed: untrusted.Owner,
		Do: func() tea.Cmd {
			life, m, next := o.Life, o.engine, o.ask(0)
			return tea.Sequence(func() tea.Msg {
				if err := m.Requests.Trust(life, src); err != nil {
					return screen.NotifyError(err)()
				}
				return nil
			}, next)
		},
	})
}

// manyRequests is the number of requests from which a matrix asks before it is sent as
// accounts that nobody chose.
const manyRequests = 20

// confirm asks before many requests are sent, and then what the guards ask.
func (o *Overlay) confirm() tea.Cmd {
	p, n := o.ready.plan, len(o.ready.plan.Cases)*len(o.ready.plan.Identities)
	if !o.offers[o.at].Unmarked || n < manyRequests {
		return o.ask(0)
	}
	return screen.Ask(screen.Question{
		Title: "Send " + requests(n) + "?",
		Text:  fmt.Sprintf("Each of %s goes out as %s. Mark accounts to choose others.", requests(len(p.Cases)), o.names(o.offers[o.at].As)),
		Yes:   "send them",
		Do:    func() tea.Cmd { return o.ask(0) },
	})
}

// clear makes an empty grid for the plan.
func (o *Overlay) clear() {
	p := o.ready.plan
	o.cells = make([][]suite.Result, len(p.Cases))
	for i := range o.cells {
		o.cells[i] = make([]suite.Result, len(p.Identities))
		for j := range o.cells[i] {
			o.cells[i][j] = suite.Result{Case: i, Identity: j}
		}
	}
	o.marked = place{row: -1}
	o.cursor = place{min(o.cursor.row, len(p.Cases)-1), min(o.cursor.column, len(p.Identities)-1)}
}

// ask puts the questions of the guards from the i-th on, and sends the plan
// when all are answered.
func (o *Overlay) ask(i int) tea.Cmd {
	if i == len(o.ready.asks) {
		return o.run()
	}
	guard := o.ready.asks[i]
	return requestui.AskGuard(guard, o.ctx.Line(guard.Account), o.what(guard.Account), true, func(agreed session.Consent) tea.Cmd {
		o.ready.agreed[guard.Account] = agreed
		return o.ask(i + 1)
	})
}

// what describes in one line the requests that an account sends, and where.
func (o *Overlay) what(name string) string {
	p, changing := o.ready.plan, 0
	for _, c := range p.Cases {
		if !c.Spec(name).Safe() {
			changing++
		}
	}
	text := requests(len(p.Cases)) + " of " + o.ctx.Line(p.Suite.Name)
	if i := slices.IndexFunc(o.ready.accounts, func(s session.Snapshot) bool { return s.Account.Name == name }); i >= 0 {
		text += " go to " + requestui.Where(o.ctx, &o.ready.accounts[i].Account)
	}
	if changing == 0 {
		return text + ". They change nothing."
	}
	return fmt.Sprintf("%s. %d of them may change something.", text, changing)
}

func requests(n int) string { return prose.Count(n, "request") }

// run sends the plan.
func (o *Overlay) run() tea.Cmd {
	o.clear()
	m, p, agreed := o.engine, o.ready.plan, o.ready.agreed
	ctx, stop := context.WithCancel(o.Life)
	o.work = work{stop: stop, since: o.ctx.Now()}
	return o.desk.Stream(o.Life, func(report func(func() tea.Cmd)) func() tea.Cmd {
		all, err := m.Requests.RunSuite(ctx, p, attempt.SuiteOptions{Consents: agreed, OnResult: func(r suite.Result) {
			report(func() tea.Cmd {
				o.cells[r.Case][r.Identity] = r
				return nil
			})
		}})
		return func() tea.Cmd { return o.ended(all, err) }
	})
}

func (o *Overlay) ended(all *suite.Report, err error) tea.Cmd {
	o.work.stop()
	o.work = work{}
	if all == nil {
		o.cells = nil
		o.fail(err)
		return nil
	}
	o.cells = all.Cells
	if errors.Is(err, context.Canceled) {
		return tea.Batch(screen.Notify(screen.Warning, "cancelled; what was answered is kept"), screen.Changed())
	}
	return tea.Batch(screen.NotifyError(err), screen.Changed()) // the history has more
}
