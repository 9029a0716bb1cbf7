package response

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// columnStep is how far a key scrolls to the side.
const columnStep = 8

func (o *Overlay) key(msg tea.KeyPressMsg) tea.Cmd {
	if o.input() != nil {
		return o.promptKey(msg)
	}
	a := o.ctx.Keys.Match(msg, keymap.Response, keymap.Dialog, keymap.List, keymap.Global)
	switch {
	case o.outlet.stop == nil:
	case a == keymap.Close || a == keymap.Interrupt:
		o.outlet.end()
		return screen.Notify(screen.Warning, "the command was ended")
	default:
		o.move(a)
		return nil
	}
	if why := screen.Disabled(o.offers(), a); why != "" {
		return screen.Refuse(why)
	}
	switch a {
	case keymap.Close:
		return o.leave()
	case keymap.ResponseAgain:
		return o.again()
	case keymap.ResponseLogin:
		return o.logIn()
	}
	if o.run == nil {
		return nil
	}
	if cmd, ok := o.act(a); ok {
		return cmd
	}
	o.move(a)
	return nil
}

// leave is esc: what is typed, then what runs, then the overlay.
func (o *Overlay) leave() tea.Cmd {
	if o.work.growing && o.work.waits() && !o.work.ending {
		o.work.ending = true
		o.work.stop()
		return nil
	}
	switch waiting := o.work.waits() && o.halt(); {
	case waiting && o.run != nil:
		return o.cancelled()
	case waiting:
		return tea.Batch(screen.Close(o), o.cancelled())
	case o.body.match != "":
		o.endSearch()
		return nil
	case o.body.made == madePipe:
		return o.endPipe()
	case o.prompt.jq.Value() != "":
		return o.endFilter()
	}
	return screen.Close(o)
}

// logIn logs in as the account, with the scope that a response wants.
func (o *Overlay) logIn() tea.Cmd {
	scope := ""
	if o.run != nil {
		scope = o.run.Scope
	}
	return requestui.Send(requestui.OpenLogin{Account: o.account, Scope: scope})
}

// act performs the actions other than moving.
func (o *Overlay) act(a keymap.Action) (tea.Cmd, bool) {
	switch a {
	case keymap.ResponseTab:
		o.part = (o.part + 1) % parts
	case keymap.ResponsePrevTab:
		o.part = (o.part + parts - 1) % parts
	case keymap.ResponseHeaders:
		if o.part == partHeaders {
			o.part = partBody
		} else {
			o.part = partHeaders
		}
	case keymap.ResponseSearch:
		o.prompt.origin, o.prompt.note = o.body.top, ""
		return o.startTyping(o.prompt.search.Renew), true
	case keymap.ResponseNext:
		return o.next(false), true
	case keymap.ResponsePrev:
		return o.next(true), true
	case keymap.ResponseFilter:
		return o.startTyping(o.prompt.jq.Focus), true
	case keymap.ResponseRaw:
		return o.toggleRaw(), true
	case keymap.ResponseWrap:
		o.body.setWrap(!o.body.wrap)
	case keymap.ResponseCopy:
		return o.copyBody(), true
	case keymap.ResponseSave:
		o.outlet.save.Set(cmp.Or(o.outlet.path, o.fileName()))
		return o.startTyping(o.outlet.save.Renew), true
	case keymap.ResponsePipe:
		return o.startTyping(o.outlet.pipe.Renew), true
	case keymap.ResponsePager:
		return o.page(), true
	case keymap.ResponseEditor:
		return o.edit(), true
	case keymap.ResponseCurl:
		return requestui.Curl(o.ctx, o.engine, o.side(), o.spec), true
	case keymap.ResponseAs:
		return requestui.Again(o.ctx, o.side()), true
	case keymap.ResponseOlder:
		return o.open(o.run.ID, 1), true
	case keymap.ResponseNewer:
		return o.open(o.run.ID, -1), true
	default:
		return nil, false
	}
	return nil, true
}

// startTyping begins to type into a line below the body.
func (o *Overlay) startTyping(begin func() tea.Cmd) tea.Cmd {
	o.part = partBody
	return begin()
}

// move scrolls the part that is open.
func (o *Overlay) move(a keymap.Action) {
	switch a {
	case keymap.ResponseLeft:
		o.body.slide(-columnStep)
	case keymap.ResponseRight:
		o.body.slide(columnStep)
	}
	switch s := o.window(); {
	case o.part == partBody && a == keymap.Top:
		o.body.start()
	case o.part == partBody && a == keymap.Bottom:
		o.body.end()
		o.body.tail = !o.body.doc.Index(0)
	default:
		o.slide(screen.Steps(a, s))
	}
}

// window is the part that is open as a window over its lines.
func (o *Overlay) window() *widget.Scroll {
	if o.part == partBody {
		return &widget.Scroll{Len: o.body.lines(), Height: o.body.h}
	}
	return &o.scroll[o.part]
}

func (o *Overlay) slide(n int) {
	switch {
	case n == 0:
	case o.part == partBody:
		o.body.move(n)
	default:
		o.scroll[o.part].Slide(n)
	}
}

func (o *Overlay) wheel(b tea.MouseButton) {
	if o.run == nil {
		return
	}
	o.slide(widget.WheelSteps(b))
	switch b {
	case tea.MouseWheelLeft:
		o.body.slide(-columnStep)
	case tea.MouseWheelRight:
		o.body.slide(columnStep)
	}
}
