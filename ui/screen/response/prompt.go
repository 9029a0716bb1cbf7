package response

import (
	"context"
	"errors"
	"math"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/jq"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// pauseBefore is how long typing must rest before its result is made.
const pauseBefore = 150 * time.Millisecond

// prompt is the lines of text below the body: what is searched for, and jq.
type prompt struct {
	search, jq *widget.Input
	origin     int    // the line the search began at
	note       string // how the search went
	wrong      string // what is wrong with the jq
	busy       bool   // jq is at work
	closing    bool   // the line closes once jq has proved right

	seeking, pausing, filtering, copying screen.Desk
	stop                                 context.CancelFunc // of a search or of jq
}

func newPrompt(th *theme.Theme) prompt {
	return prompt{
		search: widget.NewInput(th, "/ ", "text; upper case counts where you type it"),
		jq:     widget.NewInput(th, "jq ", ".items[0].name"),
	}
}

// input is the line that is being typed, or nil.
func (p *prompt) input() *widget.Input {
	switch {
	case p.search.Focused():
		return p.search
	case p.jq.Focused():
		return p.jq
	}
	return nil
}

func (p *prompt) blur() {
	p.search.Blur()
	p.jq.Blur()
}

// halt ends a search and jq, and drops what they would still bring.
func (p *prompt) halt() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
	p.seeking.Drop()
	p.pausing.Drop()
	p.filtering.Drop()
	p.busy = false
}

func (p *prompt) clearFilter() {
	p.halt()
	p.jq.Set("")
	p.jq.Blur()
	p.wrong, p.closing = "", false
}

// reset forgets everything, for another run. What was searched for stays, so
// that it is marked there too.
func (p *prompt) reset() {
	p.clearFilter()
	p.search.Blur()
	p.note, p.origin = "", 0
}

func (o *Overlay) startSearch() tea.Cmd {
	if o.noBody() != "" {
		return nil
	}
	o.part, o.prompt.origin, o.prompt.note = partBody, o.body.top, ""
	return o.prompt.search.Focus()
}

func (o *Overlay) startFilter() tea.Cmd {
	if why := o.noFilter(); why != "" {
		return screen.Refuse(why)
	}
	o.part = partBody
	return o.prompt.jq.Focus()
}

// promptKey takes a key while a line is being typed.
func (o *Overlay) promptKey(msg tea.KeyPressMsg) tea.Cmd {
	searching := o.prompt.search.Focused()
	switch o.ctx.Keys.Match(msg, keymap.Filter) {
	case keymap.FilterApply:
		o.prompt.pausing.Drop()
		if searching {
			o.prompt.blur()
			return o.seek(o.prompt.origin, false)
		}
		o.prompt.closing = true
		return o.filter()
	case keymap.FilterClear:
		if searching {
			o.endSearch()
			return nil
		}
		return o.endFilter()
	}
	return o.typed(msg)
}

func (o *Overlay) endSearch() {
	o.prompt.search.Set("")
	o.prompt.search.Blur()
	o.prompt.seeking.Drop()
	o.prompt.pausing.Drop()
	o.body.match, o.body.found, o.prompt.note = "", -1, ""
}

// endFilter goes back to the whole body.
func (o *Overlay) endFilter() tea.Cmd {
	o.prompt.clearFilter()
	return o.whole()
}

// whole shows the body itself in place of what jq made of it.
func (o *Overlay) whole() tea.Cmd {
	if !o.body.jq {
		return nil
	}
	o.body.jq = false
	return o.turnTo(o.body.whole)
}

// pausedMsg says that typing rested.
type pausedMsg struct{ ticket screen.Ticket }

// typed gives text to the line and waits for the typing to rest.
func (o *Overlay) typed(msg tea.Msg) tea.Cmd {
	in := o.prompt.input()
	if in == nil {
		return nil
	}
	before := in.Value()
	cmd := in.Update(msg)
	if in.Value() == before {
		return cmd
	}
	o.prompt.closing = false
	if in == o.prompt.search {
		o.body.match, o.body.found = request.Pattern(in.Value()), -1
	}
	ticket := o.prompt.pausing.Take()
	return tea.Batch(cmd, o.ctx.After(pauseBefore, func(time.Time) tea.Msg { return pausedMsg{ticket} }))
}

func (o *Overlay) paused(msg pausedMsg) tea.Cmd {
	if !o.prompt.pausing.Fresh(msg.ticket) {
		return nil
	}
	if o.prompt.search.Focused() {
		return o.seek(o.prompt.origin, false)
	}
	return o.filter()
}

// soughtMsg says where a match is.
type soughtMsg struct {
	ticket screen.Ticket
	line   int
	ok     bool
	around bool // it was found beyond the end
}

// seek finds the next line with a match, going around the end.
func (o *Overlay) seek(from int, backwards bool) tea.Cmd {
	pattern := request.Pattern(o.prompt.search.Value())
	if pattern == "" || o.body.doc == nil || o.noBody() != "" {
		o.body.match, o.prompt.note = "", ""
		return nil
	}
	o.body.match = pattern
	ctx := o.working()
	ticket, doc := o.prompt.seeking.Take(), o.body.doc
	return func() tea.Msg {
		line, ok := doc.Find(ctx, pattern, from, backwards)
		msg := soughtMsg{ticket: ticket, line: line, ok: ok}
		if !ok {
			start := 0
			if backwards {
				for !doc.Index(indexTurn) && ctx.Err() == nil {
				}
				start = math.MaxInt32
			}
			msg.line, msg.ok = doc.Find(ctx, pattern, start, backwards)
			msg.around = msg.ok
		}
		return msg
	}
}

// working gives the context of a search or of jq and ends the one before.
func (o *Overlay) working() context.Context {
	if o.prompt.stop != nil {
		o.prompt.stop()
	}
	ctx, stop := context.WithCancel(o.Life)
	o.prompt.stop = stop
	return ctx
}

func (o *Overlay) sought(msg soughtMsg) {
	if !o.prompt.seeking.Fresh(msg.ticket) {
		return
	}
	switch {
	case !msg.ok:
		o.prompt.note = "no match"
		return
	case msg.around:
		o.prompt.note = "around the end, line " + requestui.Count(msg.line+1)
	default:
		o.prompt.note = "line " + requestui.Count(msg.line+1)
	}
	o.body.reveal(msg.line)
}

// next goes to another line with a match.
func (o *Overlay) next(backwards bool) tea.Cmd {
	from := o.body.found
	if from < 0 {
		from = o.body.top - 1
		if backwards {
			from = o.body.top + 1
		}
	}
	if backwards {
		return o.seek(from-1, true)
	}
	return o.seek(from+1, false)
}

// filteredMsg brings what jq made of the body.
type filteredMsg struct {
	ticket screen.Ticket
	doc    *request.Document
	err    error
}

// filter runs jq over the whole body.
func (o *Overlay) filter() tea.Cmd {
	jq := o.prompt.jq.Value()
	if jq == "" {
		if o.prompt.closing {
			return o.endFilter()
		}
		o.prompt.wrong = ""
		return o.whole()
	}
	ctx := o.working()
	ticket, doc := o.prompt.filtering.Take(), o.body.whole
	o.prompt.busy = true
	return func() tea.Msg {
		out, err := doc.Filter(ctx, jq)
		if err == nil {
			out.Index(firstLines)
		}
		return filteredMsg{ticket: ticket, doc: out, err: err}
	}
}

func (o *Overlay) filtered(msg filteredMsg) tea.Cmd {
	if !o.prompt.filtering.Fresh(msg.ticket) {
		return nil
	}
	o.prompt.busy = false
	closing := o.prompt.closing
	o.prompt.closing = false
	if o.prompt.wrong = plainly(msg.err); msg.err != nil {
		return nil
	}
	if closing {
		o.prompt.jq.Blur()
	}
	o.body.jq, o.body.raw = true, false
	return o.turnTo(msg.doc)
}

// plainly says what is wrong with a jq expression.
func plainly(err error) string {
	var syntax *jq.SyntaxError
	var failed *jq.EvalError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &syntax):
		text := syntax.Msg
		if syntax.Hint != "" {
			text += "; " + syntax.Hint
		}
		return secret.CleanLine(text)
	case errors.As(err, &failed):
		return secret.CleanLine(failed.Kind)
	}
	return secret.CleanLine(err.Error())
}
