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
// the text, or passes the key to typed.
func (c *Context) FilterKey(msg tea.KeyPressMsg, line *widget.Input, clear func(), typed func(tea.Msg) tea.Cmd) tea.Cmd {
	switch c.Keys.Match(msg, keymap.Filter) {
	case keymap.FilterApply:
		line.Blur()
		return nil
	case keymap.FilterClear:
		clear()
		return nil
	}
	return typed(msg)
}

// Hints lists the actions on an account, each with the reason if it is disabled.
func Hints(c *Context, s *session.Snapshot) []keymap.Hint {
	r := reasons(c, s)
	hints := []keymap.Hint{
		{Action: keymap.Login, Disabled: r.login},
		{Action: keymap.Refresh, Disabled: r.refresh},
		{Action: keymap.Copy, Disabled: r.copy},
		{Action: keymap.Test, Disabled: r.broken},
		{Action: keymap.Edit, Disabled: r.account},
		{Action: keymap.CopyMenu, Disabled: r.token},
		{Action: keymap.Check, Disabled: r.check},
		{Action: keymap.Reveal, Disabled: r.token},
		{Action: keymap.Logout, Disabled: r.logout},
		{Action: keymap.Delete, Disabled: r.account},
	}
	if c.Share && r.token == "" {
		hints[7].Disabled = c.Hidden("others are watching")
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

type why struct{ account, broken, login, refresh, copy, token, check, logout string }

func reasons(c *Context, s *session.Snapshot) why {
	if s == nil {
		none := c.NoAccount()
		return why{none, none, none, none, none, none, none, none}
	}
	var r why
	if s.Broken != "" {
		r.broken = s.Broken
		r.login, r.refresh, r.check = s.Broken, s.Broken, s.Broken
	}
	if s.Work != nil {
		busy := "a " + string(s.Work.Step.Flow) + " is running"
		if s.Work.Step.Flow == "" {
			busy = "something is running"
		}
		r.login, r.refresh, r.check, r.logout = busy, busy, busy, busy
	}
	if s.Session == nil || s.Session.Primary() == nil {
		const first = "there is no session; log in first"
		r.copy, r.token, r.logout = first, first, first
		or(&r.check, first)
		if !s.CanRelogin {
			or(&r.refresh, first)
		}
		return r
	}
	if s.Session.Over() {
		const over = "the session is over; log in again"
		r.copy, r.token = over, over
		or(&r.check, over)
		or(&r.refresh, over)
	}
	if !s.CanRefresh && !s.CanRelogin {
		or(&r.refresh, "nothing can renew this session; log in again")
	}
	if !s.CanCheck {
		or(&r.check, "this backend has no way to ask")
	}
	return r
}

func or(reason *string, other string) {
	if *reason == "" {
		*reason = other
	}
}
