package screen

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/widget"
)

// ImportHint says how to import what other programs wrote.
const ImportHint = "Paste a curl command onto the list, or import files in a shell: tokenring import FILE"

// NoAccount returns why nothing works without an account, and how to add one.
func (c *Context) NoAccount() string {
	return c.Keys.Sentence("there is no account", keymap.Add, "adds one")
}

// Hidden returns that something is hidden from others, and how to show it again.
func (c *Context) Hidden(what string) string {
	return c.Keys.Sentence(what, keymap.Share, "ends screen-share mode")
}

// Offer draws a text with an action's key and what it does, as Sentence of the keymap
// writes it.
func (c *Context) Offer(text string, a keymap.Action, does string) string {
	th, key := c.Theme, c.Keys.Key(a)
	whole := c.Keys.Sentence(text, a, does)
	if whole == text {
		return th.Muted.Render(text)
	}
	return th.Muted.Render(strings.TrimSuffix(whole, key+" "+does)) + th.Key.Render(key) + th.Muted.Render(" "+does)
}

// FilterHints lists the keys of a line that a filter or a search is typed into.
func FilterHints() []keymap.Hint {
	return []keymap.Hint{{Action: keymap.FilterApply}, {Action: keymap.FilterClear}, {Action: keymap.FilterOlder}, {Action: keymap.FilterNewer}}
}

// FilterKey handles a key while a filter or search is typed into: it ends the typing, clears
// the text, or passes the key to the line.
func (c *Context) FilterKey(msg tea.KeyPressMsg, line *widget.Input, clear func()) tea.Cmd {
	switch c.Keys.Match(msg, keymap.Filter) {
	case keymap.FilterApply:
		line.Blur()
		return nil
	case keymap.FilterClear:
		clear()
		return nil
	}
	return line.Update(msg)
}

// Hints lists the actions on an account, and adding one, each with the reason if it is
// disabled.
func Hints(c *Context, s *session.Snapshot) []keymap.Hint {
	hints := []keymap.Hint{
		{Action: keymap.Login}, {Action: keymap.Refresh}, {Action: keymap.Copy}, {Action: keymap.Test}, {Action: keymap.Add}, {Action: keymap.Edit},
		{Action: keymap.CopyMenu}, {Action: keymap.Check}, {Action: keymap.Reveal}, {Action: keymap.Logout}, {Action: keymap.Delete},
	}
	for i := range hints {
		hints[i].Disabled = c.why(hints[i].Action, s)
	}
	return hints
}

// Disabled returns why an action among hints is disabled; "" if it is not.
func Disabled(hints []keymap.Hint, a keymap.Action) string {
	for _, h := range hints {
		if h.Action == a {
			return h.Disabled
		}
	}
	return ""
}

// why returns why an action on an account is disabled; "" if it is not.
func (c *Context) why(a keymap.Action, s *session.Snapshot) string {
	switch {
	case a == keymap.Add:
		return ""
	case s == nil:
		return c.NoAccount()
	}
	flow := a == keymap.Login || a == keymap.Refresh || a == keymap.Check
	reads := a == keymap.Copy || a == keymap.CopyMenu || a == keymap.Reveal
	none := s.Session == nil || s.Session.Primary() == nil
	over := !none && s.Session.Over()
	busy := s.Work != nil && (flow || a == keymap.Logout && !none)
	switch {
	case busy && s.Work.Step.Flow == "":
		return "something is running"
	case busy:
		return "a " + string(s.Work.Step.Flow) + " is running"
	case s.Broken != "" && (flow || a == keymap.Test):
		return s.Broken
	case none && (reads || a == keymap.Check || a == keymap.Logout || a == keymap.Refresh && !s.CanRelogin):
		return "there is no session; log in first"
	case over && (reads || a == keymap.Check || a == keymap.Refresh):
		return "the session is over; log in again"
	case a == keymap.Refresh && !s.CanRefresh && !s.CanRelogin:
		return "nothing can renew this session; log in again"
	case a == keymap.Check && !s.CanCheck:
		return "this backend has no way to ask"
	case a == keymap.Reveal && c.Share:
		return c.Hidden("others are watching")
	}
	return ""
}
