package ui

import (
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// notices are the messages below the panes. Information, and the reason why a key
// did nothing, expires; the rest stays until the user closes it, or has read it and a
// newer one comes.
type notices struct {
	desk screen.Desk
	all  []screen.NotedMsg // the newest last
	read bool              // a key was pressed below the newest
}

// mostNotices limits the unread notices.
const mostNotices = 20

func (n *notices) add(c *screen.Context, msg screen.NotedMsg) tea.Cmd {
	if k := len(n.all); k > 0 && (n.read || passing(n.all[k-1]) || n.all[k-1] == msg) {
		n.all = n.all[:k-1]
	}
	n.all, n.read = append(n.all, msg), false
	if len(n.all) > mostNotices {
		n.all = n.all[1:]
	}
	if !passing(msg) {
		n.desk.Drop()
		return nil
	}
	return n.desk.After(c.Life, c.After, c.Settings.NoticeFor, func() tea.Cmd {
		n.dismiss()
		return nil
	})
}

func passing(msg screen.NotedMsg) bool { return msg.Passing || msg.Level == screen.Info }

// withdraw removes a notice that is true no more.
func (n *notices) withdraw(msg screen.NotedMsg) {
	n.all, n.read = slices.DeleteFunc(n.all, func(other screen.NotedMsg) bool { return other == msg }), false
}

// dismiss removes the newest and reports whether there was one.
func (n *notices) dismiss() bool {
	if len(n.all) == 0 {
		return false
	}
	n.all, n.read = n.all[:len(n.all)-1], false
	return true
}

// details returns the newest notice if a key shows more of it, or nil.
func (n *notices) details() *screen.NotedMsg {
	if len(n.all) == 0 || n.all[len(n.all)-1].Details == "" {
		return nil
	}
	return &n.all[len(n.all)-1]
}

// urgent reports whether the newest may replace the keys.
func (n *notices) urgent() bool { return len(n.all) > 0 && n.all[len(n.all)-1].Level != screen.Advice }

// view draws the newest in w cells and at most h lines. keys reports whether its keys
// work now.
func (n *notices) view(c *screen.Context, keys bool, w, h int) []string {
	if len(n.all) == 0 || h <= 0 {
		return nil
	}
	th := c.Theme
	msg := n.all[len(n.all)-1]
	look, sign := th.Good, theme.SignOK
	end := ""
	if msg.Level != screen.Info && keys {
		end = th.Key.Render(c.Keys.Key(keymap.Back)) + th.Muted.Render(" closes")
		if msg.Details != "" {
			end = th.Key.Render(c.Keys.Key(keymap.Accept)) + th.Muted.Render(" shows why"+theme.SignDot) + end
		}
		if more := len(n.all) - 1; more > 0 {
			end = th.Muted.Render("+"+strconv.Itoa(more)+" more"+theme.SignDot) + end
		}
	}
	switch msg.Level {
	case screen.Warning:
		look, sign = th.Warn, theme.SignWarn
	case screen.Advice:
		look, sign = th.Accent, theme.SignInfo
	case screen.Failure:
		look, sign = th.Bad, theme.SignFailed
	}
	rows := widget.Clip(widget.Wrap(c.Line(msg.Text), w-4-widget.Width(end)-2), h, w-4)
	out := make([]string, len(rows))
	for i, row := range rows {
		out[i] = "   " + th.Text.Render(row)
	}
	out[0] = widget.Spread(" "+look.Render(sign)+" "+th.Text.Render(rows[0]), end+" ", w)
	return out
}
