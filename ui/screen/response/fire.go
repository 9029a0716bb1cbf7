package response

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/request"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// firstLines is how many lines of a body are indexed before it is shown.
const firstLines = 256

// arrivedMsg carries a run.
type arrivedMsg struct {
	ticket screen.Ticket
	run    *request.Run
	doc    *request.Document
	err    error
	early  bool         // it is still judged and kept
	part   *arrivingMsg // it is still arriving
	old    bool         // it comes from the history
	at     string
	end    string // there is no run in that direction
}

var errEnd = errors.New("no other run")

// begin starts waiting for something, and ends the wait before.
func (o *Overlay) begin(opening bool) (context.Context, screen.Ticket) {
	o.halt()
	ctx, stop := context.WithCancel(o.Life)
	o.work.stop, o.work.since, o.work.opening = stop, o.ctx.Now(), opening
	return ctx, o.work.desk.Take()
}

// halt ends the wait and reports whether there was one.
func (o *Overlay) halt() bool {
	if o.work.stop == nil {
		return false
	}
	o.work.stop()
	o.work.desk.Drop()
	o.work.stop, o.work.since, o.work.judging, o.work.growing, o.work.ending = nil, time.Time{}, false, false, false
	return true
}

// fire sends the request; the guard was answered.
func (o *Overlay) fire(agreed session.Consent) tea.Cmd {
	ctx, ticket := o.begin(false)
	m, side, spec := o.engine, o.side(), o.spec
	early := make(chan *arrivingMsg, 2)
	arrived := func(now func() *request.Run, whole bool) {
		select {
		case early <- &arrivingMsg{ticket: ticket, now: now, whole: whole}:
		default: // sent again: the first is shown until the second is judged
		}
	}
	side.Agreed = agreed
	judged := func() tea.Msg {
		defer close(early)
		run, err := side.Send(ctx, m, spec, arrived)
		return arrival(arrivedMsg{ticket: ticket, run: run, err: err})
	}
	var next tea.Cmd
	next = func() tea.Msg {
		msg, ok := <-early
		switch {
		case !ok:
			return nil
		case msg.whole:
			return arrival(arrivedMsg{ticket: ticket, run: msg.now(), early: true})
		}
		msg.next = next
		return msg
	}
	return tea.Batch(judged, next)
}

// arrivingMsg tells that the header of an answer is there, or the whole of a large one.
type arrivingMsg struct {
	ticket screen.Ticket
	now    func() *request.Run // what has come
	whole  bool
	next   tea.Cmd // waits for what comes after it
}

// lookEvery is the interval at which an arriving answer is drawn.
const lookEvery = 250 * time.Millisecond

// look shows what has arrived of an answer after a while.
func (o *Overlay) look(msg *arrivingMsg) tea.Cmd {
	if !o.work.desk.Fresh(msg.ticket) {
		return nil
	}
	return o.ctx.After(lookEvery, func(time.Time) tea.Msg {
		part := arrivedMsg{ticket: msg.ticket, run: msg.now(), part: msg}
		part.doc = request.FromRun(part.run)
		part.doc.Index(math.MaxInt32)
		return part
	})
}

// grow shows more of an answer that arrives, and looks again.
func (o *Overlay) grow(msg arrivedMsg) tea.Cmd {
	again := o.look(msg.part)
	switch {
	case len(msg.run.Body) == 0 || o.work.judging:
		return again
	case o.work.growing:
		return tea.Batch(o.replace(msg), again)
	}
	o.work.growing = true
	cmd := o.take(msg)
	o.body.tail = true
	return tea.Batch(cmd, again)
}

// replace shows more of the answer that is shown, at the place where the person reads it.
func (o *Overlay) replace(msg arrivedMsg) tea.Cmd {
	o.run, o.body.whole = msg.run, msg.doc
	if o.body.made != "" {
		return nil
	}
	doc, at := msg.doc, o.body.viewer
	if o.body.raw {
		doc = request.NewDocument(msg.run.Body, answer.MediaText)
		doc.Index(msg.doc.Lines())
	}
	cmd := o.turnTo(doc)
	at.doc = doc
	o.body.viewer = at
	return cmd
}

// again sends the same request once more, after the guard's question.
func (o *Overlay) again() tea.Cmd {
	if why := o.arriving(); why != "" {
		return screen.Refuse(why)
	}
	if o.spec == nil || o.work.waits() {
		return nil
	}
	return requestui.Guard(o.ctx, o.side(), o.spec, o.fire)
}

// open shows a run of the history, or the one that many runs of the same
// request before it (or after it, when negative).
func (o *Overlay) open(id string, older int) tea.Cmd {
	ctx, ticket := o.begin(true)
	m, account := o.engine, o.account.Account.ID
	return func() tea.Msg {
		msg := arrivedMsg{ticket: ticket, old: true}
		id, at, err := findNeighbour(ctx, m, account, id, older)
		if errors.Is(err, errEnd) {
			msg.end = at
			return msg
		}
		if err == nil {
			msg.at = at
			msg.run, err = m.Run(ctx, id)
		}
		msg.err = err
		return arrival(msg)
	}
}

// neighbour opens the run that many runs before the one that is shown, or after it.
func (o *Overlay) neighbour(older int) tea.Cmd {
	if why := o.arriving(); why != "" {
		return screen.Refuse(why)
	}
	return o.open(o.run.ID, older)
}

// given shows a run that is at hand.
func (o *Overlay) given(run *request.Run) tea.Cmd {
	_, ticket := o.begin(true)
	return func() tea.Msg { return arrival(arrivedMsg{ticket: ticket, run: run, old: true}) }
}

// historyDepth bounds how many runs are looked through for others of the same
// request.
const historyDepth = 1000

// findNeighbour finds the run that many runs of the same request before (or after)
// another, and its position among them.
func findNeighbour(ctx context.Context, m requestui.Requests, account, id string, older int) (to, at string, err error) {
	all, err := m.Runs(ctx, session.RunQuery{AccountID: account, Limit: historyDepth})
	if err != nil {
		return "", "", err
	}
	here := -1
	var same []string
	for i := range all {
		if all[i].ID == id {
			here = i
		}
	}
	if here < 0 {
		return id, "", nil // too old to be listed
	}
	is := 0
	for i := range all {
		if r, was := &all[i], &all[here]; r.As == was.As && r.Name == was.Name && r.Method == was.Method && r.Path == was.Path {
			if i == here {
				is = len(same)
			}
			same = append(same, all[i].ID)
		}
	}
	switch want := is + older; {
	case want < 0:
		return "", "this is the newest run of this request", errEnd
	case want >= len(same):
		return "", "this is the oldest run of this request that was kept", errEnd
	default:
		return same[want], fmt.Sprintf("run %d of %d", len(same)-want, len(same)), nil
	}
}

// arrival makes the document of a run, outside of Update.
func arrival(msg arrivedMsg) arrivedMsg {
	if msg.run != nil {
		msg.doc = request.FromRun(msg.run)
		msg.doc.Index(firstLines)
	}
	return msg
}

// arrived shows what came. A large run comes twice; when it was judged, it
// stays open as the person has it.
func (o *Overlay) arrived(msg arrivedMsg) tea.Cmd {
	if !o.work.desk.Fresh(msg.ticket) {
		return nil
	}
	show := o.take
	if o.work.growing && msg.run != nil && msg.run.ID == o.run.ID {
		show = o.replace
	}
	switch {
	case msg.part != nil:
		return o.grow(msg)
	case msg.early:
		o.work.judging = true
		return show(msg)
	}
	judged := o.work.judging && msg.run != nil && msg.run.ID == o.run.ID
	o.halt()
	switch {
	case judged:
		o.run = msg.run
		return tea.Batch(screen.NotifyError(msg.err), screen.Changed())
	case msg.end != "":
		return screen.Notify(screen.Info, msg.end)
	case msg.run == nil && o.run != nil:
		return screen.NotifyError(msg.err)
	case msg.run == nil:
		o.failed = msg.err
		return nil
	}
	cmds := []tea.Cmd{screen.NotifyError(msg.err), show(msg)}
	if !msg.old {
		cmds = append(cmds, screen.Changed()) // the history has one more
	}
	return tea.Batch(cmds...)
}

// take shows another run than before. Where the request was sent again, the filter stays.
func (o *Overlay) take(msg arrivedMsg) tea.Cmd {
	o.run, o.spec, o.old, o.at, o.failed = msg.run, &msg.run.Spec, msg.old, msg.at, nil
	o.scroll = [parts]widget.Scroll{}
	o.body.whole, o.body.raw, o.body.made = msg.doc, false, ""
	o.outlet.end()
	o.outlet.path = ""
	if o.prompt.reset(msg.old); o.prompt.jq.Value() == "" {
		return o.turnTo(msg.doc)
	}
	return tea.Batch(o.turnTo(msg.doc), o.filter())
}

// cancelled is the message after a person ends a wait.
func (o *Overlay) cancelled() tea.Cmd {
	text := "cancelled; nothing was kept"
	if o.spec != nil && !o.spec.Safe() && !o.work.opening {
		text = "cancelled; the server may still have received the request"
	}
	return screen.Notify(screen.Warning, text)
}
