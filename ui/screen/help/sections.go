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

// section is a heading and its rows.
type section struct {
	title string
	rows  []row
	local bool // a key of it works here only
}

// row explains one key, sign or file.
type row struct {
	sign string // styled, on the left: keys, a sign, a name
	text string // plain
	look theme.Style
	live bool   // the key works now
	find string // the text that is searched
}

// sections returns all sections: the keys that work here, those that work everywhere,
// the signs and files, and then the keys of other screens.
func (o *Overlay) sections() []section {
	var local, here, elsewhere []section
	for _, s := range o.keys() {
		if s.local {
			local = append(local, s)
		} else if slices.ContainsFunc(s.rows, func(r row) bool { return r.live }) {
			here = append(here, s)
		} else {
			elsewhere = append(elsewhere, s)
		}
	}
	return slices.Concat(local, here, []section{o.signs(), o.guards(), o.files()}, elsewhere)
}

// keys returns the bindings by group. Those that work now have a mark, disabled
// ones a reason.
func (o *Overlay) keys() []section {
	th, m := o.ctx.Theme, o.ctx.Keys
	var all []section
	for _, b := range m.Bindings() {
		if len(all) == 0 || all[len(all)-1].title != b.Group {
			all = append(all, section{title: b.Group})
		}
		s := &all[len(all)-1]
		r := row{text: b.Long, look: th.Muted, find: searchText(append(slices.Clone(b.Keys), b.Help, b.Long, string(b.Action), b.Group)...)}
		reason, hinted := o.hints[b.Action]
		look := th.KeyOff
		switch {
		case b.Scope == keymap.List || b.Action == keymap.Interrupt || hinted && reason == "":
			r.live, r.look, look = true, th.Text, th.Key
			s.local = s.local || b.Scope != keymap.Global && b.Scope != keymap.List
		case hinted:
			r.text += " (" + o.ctx.Line(reason) + ")"
		}
		keys := m.Key(keymap.Palette) + b.Help // an action without a key is a command
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

// states explains the states, from best to worst.
var states = [...]struct {
	state session.State
	means string
}{
	{session.StateValid, "the token is valid"},
	{session.StateExpiring, "the token expires soon; if possible, it is refreshed before it is used"},
	{session.StateExpired, "expired; a refresh or the stored login can renew it"},
	{session.StateNeedsLogin, "you need to log in"},
	{session.StateUnknown, "the token's expiry is not known"},
	{session.StateNotYet, "the token is valid only from a later time"},
	{session.StateFailed, "the last attempt failed; the account says why"},
	{session.StateWorking, "an action is running for the account"},
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
		"the remaining part of the token's lifetime")
	s.add(th, th.Text.Render("≥58m"), "at least", "at least this long; each use extends it")
	s.add(th, th.Accent.Render(theme.SignMark), "mark", "marked; actions apply to all marked accounts")
	s.add(th, th.Muted.Render(theme.SignInfo)+" "+th.Good.Render(theme.SignOK)+" "+th.Bad.Render(theme.SignFailed), "expectation",
		"a request with an expectation; its last run met it or not")
	words := make([]string, 0, 3)
	for _, w := range []string{"dev", "staging", "prod"} {
		words = append(words, th.Environment(w).Render(w))
	}
	s.add(th, strings.Join(words, " "), "environment colour", "an environment always has the same colour")
	return s
}

func (o *Overlay) guards() section {
	th := o.ctx.Theme
	s := section{title: "Frames, by the account's guard"}
	for _, g := range session.Guards() {
		f := th.Guard(g)
		sign := th.Text.Render(f.TopLeft + f.Top + f.TopRight)
		if g != session.GuardNone {
			sign += " " + th.Text.Render(string(g))
		}
		s.add(th, sign, string(g), g.Meaning())
	}
	return s
}

func (o *Overlay) files() section {
	th := o.ctx.Theme
	s := section{title: "Files"}
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
	s.rows = append(s.rows, row{sign: sign, text: text, look: th.Muted, find: searchText(name, text, s.title)})
}

// searchText returns the text of a row that is searched.
func searchText(texts ...string) string { return search.Fold(strings.Join(texts, " ")) }

// matching keeps the rows in which each word begins some word.
func matching(all []section, words search.Query) []section {
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
