// Package response is the overlay that shows one run of a test request: how
// it went, where its time was spent, and what came back. It sends the request
// itself, so that waiting, cancelling and sending again happen in one place.
package response

import (
	"context"
	"errors"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/request"
	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// part is one of the parts of a run.
type part int

const (
	partBody part = iota
	partHeaders
	partRequest
	partRedirects
	parts
)

// Overlay shows a run, or sends one.
type Overlay struct {
	screen.Base
	ctx     *screen.Context
	engine  requestui.Requests
	account *session.Snapshot
	first   requestui.OpenRequest // what it was opened with

	work work
	spec *request.Spec
	run  *request.Run // nil: none yet
	old  bool         // run came from the history
	at   string       // its place among the runs of the same request

	failed error // why there is nothing to show

	part   part
	body   body
	scroll [parts]widget.Scroll
	prompt prompt
	outlet outlet
	rows   rows
}

// work is the call that the overlay waits for.
type work struct {
	desk    screen.Desk
	looking screen.Desk // at what has come
	stop    context.CancelFunc
	since   time.Time // zero: nothing
	opening bool      // a run of the history, and no request
	judging bool      // the answer is shown, and not judged and kept yet
	growing bool      // a part of the answer is shown
	ending  bool      // a person ended it: what came is on its way
}

// waits reports whether there is nothing to do but to wait or to cancel.
func (w *work) waits() bool { return !w.since.IsZero() && !w.judging }

// rows are where things were drawn last, for the cursor and the mouse.
type rows struct{ tabs, prompt int }

// New makes the overlay. A guard that asks must have been answered, as
// requestui.Open does.
func New(c *screen.Context, engine requestui.Requests, first requestui.OpenRequest) *Overlay {
	o := &Overlay{ctx: c, engine: engine, account: first.Account, Base: screen.NewBase(c), first: first, spec: first.Spec}
	o.body.show(nil)
	o.prompt, o.outlet = newPrompt(c), newOutlet(c.Theme)
	return o
}

// Title implements screen.Overlay.
func (o *Overlay) Title() string {
	side := o.side()
	name := side.Name(o.ctx)
	if o.spec == nil {
		return name
	}
	title := side.Call(o.ctx, o.spec)
	if o.spec.Name != "" {
		title = o.ctx.Line(o.spec.Name) + ": " + title
	}
	return title + " as " + name
}

// side returns the account that the request is sent as.
func (o *Overlay) side() requestui.Side {
	if o.run == nil {
		return requestui.Side{Account: o.account}
	}
	return requestui.SideOf(o.account, o.run)
}

// Init sends the request, or shows the run it was opened with.
func (o *Overlay) Init() tea.Cmd {
	if o.first.Run != nil {
		return o.given(o.first.Run)
	}
	if o.first.RunID != "" {
		return o.open(o.first.RunID, 0)
	}
	return o.fire(o.first.Agreed)
}

// Ticks implements screen.Ticking.
func (o *Overlay) Ticks() bool { return o.work.waits() }

// Cursor implements screen.Screen.
func (o *Overlay) Cursor() *tea.Cursor {
	in := o.input()
	if in == nil {
		return nil
	}
	return in.Cursor(0, o.rows.prompt)
}

// Update implements screen.Screen.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return o.key(msg)
	case tea.PasteMsg:
		return o.typed(msg)
	case tea.MouseWheelMsg:
		o.wheel(msg.Button)
	case tea.MouseClickMsg:
		if msg.Y == o.rows.tabs && o.run != nil {
			if at := o.tabs().At(msg.X); at >= 0 {
				o.part = part(at)
			}
		}
	case screen.SharedMsg:
		if o.ctx.Share {
			o.blur()
		}
	}
	return nil
}

// Keys implements screen.Screen.
func (o *Overlay) Keys() []keymap.Hint {
	switch {
	case o.outlet.stop != nil:
		return []keymap.Hint{{Action: keymap.Interrupt, Label: "end the command"}}
	case o.outlet.save.Focused():
		return []keymap.Hint{{Action: keymap.FilterApply, Label: "save"}, {Action: keymap.FilterClear, Label: "cancel"}}
	case o.outlet.pipe.Focused():
		return []keymap.Hint{{Action: keymap.FilterApply, Label: "run"}, {Action: keymap.FilterClear, Label: "cancel"}}
	case o.input() != nil:
		return screen.FilterHints()
	case o.work.waits() && !o.work.growing:
		return []keymap.Hint{{Action: keymap.Close, Label: "cancel"}}
	}
	return o.offers()
}

// offers lists what can be done with the response.
func (o *Overlay) offers() []keymap.Hint {
	switch {
	case o.run == nil && o.spec == nil:
		return []keymap.Hint{{Action: keymap.ResponseAgain, Disabled: "no request to send"}, {Action: keymap.Close}}
	case o.run == nil:
		return o.withLogin([]keymap.Hint{{Action: keymap.ResponseAgain}, {Action: keymap.Close}})
	}
	body := o.noBody()
	match := body
	if match == "" && o.body.match == "" {
		match = "no search yet"
	}
	leave, arriving := keymap.Hint{Action: keymap.Close}, o.arriving()
	switch {
	case arriving != "":
		leave.Label = "end it"
	case o.body.match != "":
		leave.Label = "end search"
	case o.body.made == madePipe:
		leave.Label = "back to the body"
	case o.prompt.jq.Value() != "":
		leave.Label = "end filter"
	}
	return o.withLogin([]keymap.Hint{
		{Action: keymap.ResponseAgain, Disabled: arriving}, {Action: keymap.ResponseAs}, {Action: keymap.ResponseTab},
		{Action: keymap.ResponseSearch, Disabled: body}, {Action: keymap.ResponseNext, Disabled: match}, {Action: keymap.ResponsePrev, Disabled: match},
		{Action: keymap.ResponseFilter, Disabled: o.noFilter()}, {Action: keymap.ResponseCopy, Disabled: o.noCopy()},
		{Action: keymap.ResponseSave, Disabled: body}, {Action: keymap.ResponsePipe, Disabled: body},
		{Action: keymap.ResponsePager, Disabled: body}, {Action: keymap.ResponseEditor, Disabled: body},
		{Action: keymap.ResponseCurl}, {Action: keymap.ResponseWrap, Disabled: body},
		{Action: keymap.ResponseRaw, Disabled: o.noRaw()}, {Action: keymap.ResponseOlder, Disabled: arriving}, {Action: keymap.ResponseNewer, Disabled: arriving},
		{Action: keymap.ResponseHeaders}, leave,
	})
}

// withLogin adds the login: first where it is what to do next, else before the way out.
func (o *Overlay) withLogin(hints []keymap.Hint) []keymap.Hint {
	at := len(hints) - 1
	if o.wantsLogin() {
		at = 0
	}
	return slices.Insert(hints, at, keymap.Hint{Action: keymap.ResponseLogin})
}

// wantsLogin reports whether a login is what to do next.
func (o *Overlay) wantsLogin() bool {
	return errors.Is(o.failed, session.ErrNeedsLogin) || o.run != nil && o.run.RemedyFlow() == session.FlowLogin
}

// arriving returns why no other response can be shown: it would end the one that arrives.
func (o *Overlay) arriving() string {
	if !o.work.growing || !o.work.waits() {
		return ""
	}
	return o.ctx.Keys.Sentence("the response is still arriving", keymap.Close, "ends it")
}

// noBody returns why there is no body to read.
func (o *Overlay) noBody() string {
	switch {
	case o.run == nil:
		return "no response"
	case o.ctx.Share:
		return o.ctx.Hidden("bodies are hidden while others watch")
	case o.run.Cut && len(o.run.Body) == 0:
		return "the body is missing: " + o.run.CutReason
	case o.run.Media == answer.MediaEmpty || len(o.run.Body) == 0:
		return "the body is empty"
	}
	return ""
}

// noCopy returns why the body cannot be copied.
func (o *Overlay) noCopy() string {
	if why := o.noBody(); why != "" || o.run.Media != answer.MediaBinary || o.body.made != "" {
		return why
	}
	return "the body is binary"
}

// noRaw returns why the body has no raw form to switch to.
func (o *Overlay) noRaw() string {
	if why := o.noBody(); why != "" || o.run.Media == answer.MediaJSON {
		return why
	}
	return "only JSON is laid out"
}

// noFilter returns why jq cannot be used.
func (o *Overlay) noFilter() string {
	switch why := o.noBody(); {
	case why != "":
		return why
	case o.run.Fault() != "":
		return request.ErrPart.Error()
	case o.run.Media != answer.MediaJSON:
		return request.ErrNotJSON.Error()
	}
	return ""
}
