package copymenu

import (
	"cmp"
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/widget"
)

// entry is one thing that can be copied.
type entry struct {
	key     keymap.Action
	label   string
	what    string // for the notice and the account's activity; "" for the label, of the account
	mask    string // of its value
	off     string // why it is not available
	brief   string // shown on its row instead of the mask, if set
	request bool   // belongs to the selected request
	token   string // the name of a token other than the primary one
	ask     string // the question before copying, if any
	secret  bool   // cleared from the clipboard
	live    bool   // useless without a valid token
	read    reader
}

// arrange rebuilds the entries and keeps the cursor on its entry.
func (o *Overlay) arrange() {
	was := entry{}
	if len(o.entries) > 0 {
		was = *o.current()
	}
	o.entries = o.list()
	at := slices.IndexFunc(o.entries, func(e entry) bool { return e.key == was.key && (e.key != "" || e.label == was.label) })
	o.scroll.Resize(len(o.entries), len(o.entries))
	o.scroll.To(at)
}

func (o *Overlay) list() []entry {
	v, at := o.contents, o.request
	if v == nil {
		v, at = unread(), 0
	}
	var all []entry
	if needsLogin(v.dead) {
		all = []entry{{key: keymap.Login, label: "log in", mask: "to get a token to copy"}}
	}
	all = slices.Concat(all, v.first, v.curls[at][:], v.last)
	base := secret.New(o.base)
	return append(all, entry{
		key: keymap.CopyBase, label: "base URL", mask: o.ctx.URL(o.base),
		read: func(context.Context, Engine, string) (value, error) { return value{text: base}, nil },
	})
}

// whatOf names an entry.
func (o *Overlay) whatOf(e *entry) string { return cmp.Or(e.what, "the "+e.label+" of "+o.name) }

// asks returns the question before an entry is copied, or "".
func (o *Overlay) asks(e *entry) string {
	if e.token == "" {
		return e.ask
	}
	how := "until it is revoked"
	s, now := &o.contents.snap, o.ctx.Now()
	if end, known := s.End(s.Session.Token(e.token), now); known {
		how = "for " + widget.Until(end, now)
	}
	return "Anyone who has the " + e.token + " token can act as you " + how + ". Copy it?"
}

// open reads an entry's value. If it contains a token, it first refreshes the
// session if necessary: the menu may have been open for a long time.
func (o *Overlay) open(e entry) tea.Cmd {
	life, m, id := o.Life, o.engine, o.id
	return o.desk.Run(o.Life, func() func() tea.Cmd {
		var v value
		var refreshed bool
		var err error
		if e.live {
			_, refreshed, err = ensure(life, m, id)
		}
		if err == nil {
			v, err = e.read(life, m, id)
		}
		return func() tea.Cmd { return o.opened(&e, v, refreshed, err) }
	})
}

// fate says how long an entry stays on the clipboard.
func (o *Overlay) fate(e *entry, long bool) string {
	after := o.ctx.Settings.ClearAfter
	switch {
	case e.key == keymap.Login:
		return ""
	case !e.secret:
		return "stays"
	case after <= 0:
		return "not cleared"
	case long:
		return "cleared after " + widget.Left(after)
	}
	return "for " + widget.Left(after)
}
