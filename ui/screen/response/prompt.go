package response

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/jq"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
	"tokenring/ui/widget/search"
)

// pauseBefore is how long typing must rest before its result is made.
const pauseBefore = 150 * time.Millisecond

// prompt holds the lines of text below the body: the search and jq.
type prompt struct {
	search, jq *widget.Input
	origin     int    // the line the search began at
	note       string // how the search went
	searched   searched
	matches    []int  // the lines that were found
	wrong      string // what is wrong with the jq
	busy       bool   // jq is at work
	closing    bool   // the line closes once jq succeeds

	pausing, working screen.Desk
	stop             context.CancelFunc // of a search or of jq
}

// searched is the document and the pattern of a search.
type searched struct {
	doc     *request.Document
	pattern request.Pattern
}

func newPrompt(c *screen.Context) prompt {
	return prompt{
		search: widget.NewInput(c.Theme, "/ ", "text; upper case counts where you type it").Remember(c.Recalls, &c.Searches),
		jq:     widget.NewInput(c.Theme, "jq ", ".items[0].name").Remember(c.Recalls, &c.Queries),
	}
}

// input is the line that is being typed, or nil.
func (o *Overlay) input() *widget.Input {
	for _, in := range []*widget.Input{o.prompt.search, o.prompt.jq, o.outlet.save, o.outlet.pipe} {
		if in.Focused() {
			return in
		}
	}
	return nil
}

// blur ends the typing.
func (o *Overlay) blur() {
	if in := o.input(); in != nil {
		in.Blur()
	}
}

// halt cancels a search or jq and drops its result.
func (p *prompt) halt() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
	p.working.Drop()
	p.pausing.Drop()
	p.busy = false
}

func (p *prompt) clearFilter() {
	p.halt()
	p.jq.End()
	p.wrong, p.closing = "", false
}

// reset forgets what was found out, for another run. What was searched for stays, so
// that it is marked there too, and so does jq unless the run is an old one.
func (p *prompt) reset(old bool) {
	p.halt()
	if old {
		p.clearFilter()
		p.search.Blur()
	}
	p.wrong, p.note, p.origin = "", "", 0
}

// promptKey takes a key while a line is being typed.
func (o *Overlay) promptKey(msg tea.KeyPressMsg) tea.Cmd {
	switch o.ctx.Keys.Match(msg, keymap.Filter) {
	case keymap.FilterApply:
		return o.apply()
	case keymap.FilterClear:
		return o.unapply()
	}
	return o.typed(msg)
}

// apply executes the typed line.
func (o *Overlay) apply() tea.Cmd {
	o.prompt.pausing.Drop()
	switch o.input() {
	case o.outlet.save:
		return o.saveAs(strings.TrimSpace(o.outlet.save.Value()), false)
	case o.outlet.pipe:
		return o.pipeThrough()
	case o.prompt.search:
		o.blur()
		return o.seek(o.prompt.origin, false)
	}
	o.prompt.closing = true
	return o.filter()
}

// unapply discards the typed line.
func (o *Overlay) unapply() tea.Cmd {
	switch o.input() {
	case o.prompt.search:
		o.endSearch()
	case o.prompt.jq:
		return o.endFilter()
	default:
		o.blur()
	}
	return nil
}

func (o *Overlay) endSearch() {
	o.prompt.search.End()
	o.prompt.pausing.Drop()
	if !o.prompt.busy { // jq goes on
		o.prompt.halt()
	}
	o.body.match, o.body.found, o.prompt.note = "", -1, ""
}

// endFilter goes back to the whole body.
func (o *Overlay) endFilter() tea.Cmd {
	o.prompt.clearFilter()
	return o.whole()
}

// whole shows the body itself in place of what jq made of it.
func (o *Overlay) whole() tea.Cmd {
	if o.body.made == "" {
		return nil
	}
	o.body.made = ""
	return o.turnTo(o.body.whole)
}

// typed passes text to the line and waits for the typing to rest.
func (o *Overlay) typed(msg tea.Msg) tea.Cmd {
	in := o.input()
	if in == nil {
		return nil
	}
	before := in.Value()
	cmd := in.Update(msg)
	if in.Value() == before || in == o.outlet.save || in == o.outlet.pipe {
		return cmd
	}
	return tea.Batch(cmd, o.retyped())
}

// retyped waits until the typing of a search or of jq rests.
func (o *Overlay) retyped() tea.Cmd {
	o.prompt.closing = false
	if in := o.prompt.search; in.Focused() {
		o.body.match, o.body.found = request.Pattern(in.Value()), -1
	}
	return o.prompt.pausing.After(o.Life, o.ctx.After, pauseBefore, o.paused)
}

// paused searches or filters once typing has rested.
func (o *Overlay) paused() tea.Cmd {
	if o.prompt.search.Focused() {
		return o.seek(o.prompt.origin, false)
	}
	return o.filter()
}

// seek goes to the next line with a match from a line on, going around the end.
func (o *Overlay) seek(from int, backwards bool) tea.Cmd {
	pattern := request.Pattern(o.prompt.search.Value())
	if pattern == "" || o.body.doc == nil || o.noBody() != "" {
		o.prompt.halt()
		o.body.match, o.prompt.note = "", ""
		return nil
	}
	o.body.match = pattern
	doc := o.body.doc
	if o.prompt.searched == (searched{doc, pattern}) {
		o.reach(from, backwards)
		return nil
	}
	return o.inBackground(func(ctx context.Context) func() tea.Cmd {
		lines := doc.Matches(ctx, pattern)
		return func() tea.Cmd {
			o.prompt.matches, o.prompt.searched = lines, searched{doc, pattern}
			o.reach(from, backwards)
			return nil
		}
	})
}

// reach shows the first match from a line on, or the last one up to it.
func (o *Overlay) reach(from int, backwards bool) {
	lines := o.prompt.matches
	if len(lines) == 0 {
		o.prompt.note = search.Position(0, 0)
		return
	}
	at, exact := slices.BinarySearch(lines, from)
	if backwards && !exact {
		at--
	}
	at = (at + len(lines)) % len(lines)
	o.prompt.note = search.Position(at+1, len(lines))
	o.body.reveal(lines[at])
}

// inBackground runs a search or jq and cancels the one before.
func (o *Overlay) inBackground(do func(context.Context) func() tea.Cmd) tea.Cmd {
	p := &o.prompt
	p.halt()
	ctx, stop := context.WithCancel(o.Life)
	p.stop = stop
	return p.working.Run(o.Life, func() func() tea.Cmd { return do(ctx) })
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

// filter runs jq over the whole body.
func (o *Overlay) filter() tea.Cmd {
	jq := o.prompt.jq.Value()
	if jq == "" {
		if o.prompt.closing {
			return o.endFilter()
		}
		o.prompt.halt()
		o.prompt.wrong = ""
		return o.whole()
	}
	doc := o.body.whole
	run := o.inBackground(func(ctx context.Context) func() tea.Cmd {
		out, err := doc.Filter(ctx, jq)
		if err == nil {
			out.Index(firstLines)
		}
		return func() tea.Cmd { return o.filtered(out, err) }
	})
	o.prompt.busy = true
	return run
}

// filtered shows the result of jq.
func (o *Overlay) filtered(doc *request.Document, err error) tea.Cmd {
	o.prompt.busy = false
	closing := o.prompt.closing
	o.prompt.closing = false
	if o.prompt.wrong = plainly(err); err != nil {
		return nil
	}
	if closing {
		o.prompt.jq.Blur()
	}
	o.body.made, o.body.raw = madeJQ, false
	return o.turnTo(doc)
}

// plainly describes the error of a jq expression.
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
