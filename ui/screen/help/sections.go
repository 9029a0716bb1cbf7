package help

import (
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
	"tokenring/ui/widget/search"
)

// section is a heading with its rows.
type section struct {
	title string
	rows  []row
}

// row is one thing explained.
type row struct {
	sign string // styled, on the left: keys, a sign of the screen, a name
	text string // plain
	look theme.Style
	live bool   // a key that works now
	find string // what a search looks at
}

// sections is everything there is to say: first the keys that work now, then
// what is seen on the screen, and last the keys of other places.
func (o *Overlay) sections() []section {
	var here, elsewhere []section
	for _, s := range o.keys() {
		if slices.ContainsFunc(s.rows, func(r row) bool { return r.live }) {
			here = append(here, s)
		} else {
			elsewhere = append(elsewhere, s)
		}
	}
	return slices.Concat(here, []section{o.signs(), o.guards(), o.files()}, elsewhere)
}

// keys are the bindings by group. Those that work now wear a mark; one that
// cannot be used now says why.
func (o *Overlay) keys() []section {
	th, m := o.ctx.Theme, o.ctx.Keys
	var all []section
	for _, b := range m.Bindings() {
		if len(all) == 0 || all[len(all)-1].title != b.Group {
			all = append(all, section{title: b.Group})
		}
		s := &all[len(all)-1]
		r := row{text: b.Long, look: th.Muted, find: found(append(slices.Clone(b.Keys), b.Help, b.Long, string(b.Action), b.Group)...)}
		reason, hinted := o.hints[b.Action]
		look := th.KeyOff
		switch {
		case b.Scope == keymap.List || b.Action == keymap.Interrupt || hinted && reason == "":
			r.live, r.look, look = true, th.Text, th.Key
		case hinted:
			r.text += " (" + o.ctx.Line(reason) + ")"
		}
		keys := m.Key(keymap.Palette) + b.Help // one without a key is a command
		for i, k := range b.Keys {
			switch more := keys + " " + keymap.Spell(k); {
			case i == 0:
				keys = keymap.Spell(k)
			case widget.Width(more) <= signs:
				keys = more
			}
		}
		r.sign = look.Render(keys)
		s.rows = append(s.rows, r)
	}
	return all
}

// states says what each state means, in the order of how well things stand.
var states = [...]struct {
	state session.State
	means string
}{
	{session.StateValid, "the token lives"},
	{session.StateExpiring, "its end is near; where it can be renewed, that happens before it is used"},
	{session.StateExpired, "dead, and a refresh or the stored login can still save it"},
	{session.StateNeedsLogin, "only you can go on, by logging in"},
	{session.StateUnknown, "the token does not say when it ends, and nobody else does"},
	{session.StateFailed, "the last attempt failed; the account says why"},
	{session.StateWorking, "something runs for it now"},
	{session.StateNoSession, "never logged in, or logged out"},
}

func (o *Overlay) signs() section {
	th := o.ctx.Theme
	s := section{title: "Signs"}
	for _, st := range states {
		look, sign := th.State(st.state)
		s.add(th, look.Render(sign+" "+string(st.state)), string(st.state), st.means)
	}
	s.add(th, th.Valid.Render(theme.SignGaugeFull+theme.SignGaugeFull)+th.Faint.Render(theme.SignGaugeEmpty), "gauge",
		"how much of the token’s life is left")
	s.add(th, th.Text.Render("≥58m"), "at least", "at least so long: the life starts again with each use")
	s.add(th, th.Accent.Render(theme.SignMark), "mark", "marked for what is done to many")
	s.add(th, th.Muted.Render(theme.SignInfo)+" "+th.Good.Render(theme.SignOK)+" "+th.Bad.Render(theme.SignFailed), "expectation",
		"a request with an expectation; its last run met it, or did not")
	words := make([]string, 0, 3)
	for _, w := range []string{"dev", "staging", "prod"} {
		words = append(words, th.Environment(w).Render(w))
	}
	s.add(th, strings.Join(words, " "), "environment colour", "an environment always has the same colour")
	return s
}

func (o *Overlay) guards() section {
	th := o.ctx.Theme
	s := section{title: "Frames, by the account’s guard"}
	means := map[session.Guard]string{
		session.GuardNone:         "no guard: test requests leave at once",
		session.GuardReadOnly:     "only GET, HEAD and OPTIONS leave",
		session.GuardConfirm:      "every test request asks first",
		session.GuardTypedConfirm: "every test request wants the account’s name typed",
	}
	for _, g := range session.Guards() {
		f := th.Guard(g)
		sign := th.Text.Render(f.TopLeft + f.Top + f.TopRight)
		if g != session.GuardNone {
			sign += " " + th.Text.Render(string(g))
		}
		s.add(th, sign, string(g), means[g])
	}
	return s
}

func (o *Overlay) files() section {
	th := o.ctx.Theme
	s := section{title: "Where things lie"}
	name := func(n, text string) {
		if text != "" {
			s.add(th, th.Text.Render(n), n, text)
		}
	}
	name("store", o.ctx.Line(o.places.Store))
	name("secrets", o.vault)
	name("settings", o.ctx.Line(o.places.Config))
	name("backends", o.ctx.Line(o.places.Backends))
	name("version", o.ctx.Line(o.places.Version))
	for _, p := range o.problems {
		s.add(th, th.Bad.Render(theme.SignFailed+" problem"), "problem", p)
	}
	return s
}

func (s *section) add(th *theme.Theme, sign, name, text string) {
	s.rows = append(s.rows, row{sign: sign, text: text, look: th.Muted, find: found(name, text, s.title)})
}

// found is what a search finds a row by.
func found(texts ...string) string { return search.Fold(strings.Join(texts, " ")) }

// having keeps the rows in which every word begins one of theirs.
func having(all []section, words search.Query) []section {
	if len(words) == 0 {
		return all
	}
	var out []section
	for _, s := range all {
		kept := section{title: s.title}
		for _, r := range s.rows {
			if !slices.ContainsFunc(words, func(word string) bool { return !search.Begins(r.find, word) }) {
				kept.rows = append(kept.rows, r)
			}
		}
		if len(kept.rows) > 0 {
			out = append(out, kept)
		}
	}
	return out
}
