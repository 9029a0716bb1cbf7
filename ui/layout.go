package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// The sizes between which the layout changes, in cells.
const (
	wideFrom  = 100 // two panes side by side
	leastWide = 60
	leastHigh = 15
)

// bodyTop is the row below the header.
const bodyTop = 1

// size is the size of the screen, in cells.
type size struct{ width, height int }

// small reports whether nothing sensible fits.
func (s size) small() bool { return s.width < leastWide || s.height < leastHigh }

// wide reports whether both panes are visible.
func (m *Model) wide() bool { return m.width >= wideFrom && !m.zoomed }

// seen reports which of the two panes are visible.
func (m *Model) seen() (list, account bool) {
	if m.small() || m.empty() {
		return false, false
	}
	return m.wide() || !m.inAccount, m.wide() || m.inAccount
}

// empty reports whether the welcome replaces the panes.
func (m *Model) empty() bool { return m.list.Loaded() && m.list.Len() == 0 }

// listWidth returns the width of the list: its share of the screen, as far as it has
// something to show there.
func (m *Model) listWidth() int {
	switch {
	case m.wide():
		return max(48, min(m.list.Width(), m.width*44/100))
	case m.inAccount:
		return 0
	}
	return m.width
}

// compose draws the whole frame.
func (m *Model) compose() {
	m.cursor = nil
	if m.width <= 0 || m.height <= 0 || m.reading.busy && !m.list.Loaded() {
		m.frame = "" // a frame without accounts would be drawn twice
		return
	}
	if m.small() {
		text := fmt.Sprintf("tokenring needs %d×%d cells; this one has %d×%d", leastWide, leastHigh, m.width, m.height)
		if top := m.stack.top(); top != nil && top.overlay == m.leaving {
			text = m.ctx.Keys.Sentence(text+"; what you typed is not saved", keymap.Interrupt, "quits and loses it")
		}
		m.frame = m.finish(m.centre(m.ctx.Theme, text))
		return
	}
	notices := m.notices.view(m.ctx, m.stack.top() == nil && !m.editing(), m.width, 4)
	below := len(notices) + 1
	if len(notices) == 1 && m.notices.urgent() && len(m.stack.all) == 0 {
		below = 1 // a single line replaces the keys
	}
	frame := m.header() + "\n" + m.body(m.height-bodyTop-below)
	for _, o := range m.stack.all {
		frame, m.cursor = o.draw(m.ctx.Theme, frame, m.width, m.height-len(notices))
	}
	// Overlays do not shade notices and keys: they stay usable.
	lines := strings.Split(frame, "\n")[:m.height-below]
	for _, l := range append(notices, m.footer())[:below] {
		lines = append(lines, widget.Fit(l, m.width))
	}
	m.frame = m.finish(strings.Join(lines, "\n"))
}

// finish fits a frame to what the terminal can draw.
func (m *Model) finish(frame string) string {
	if !m.graphemes {
		frame = widget.Unjoin(frame)
	}
	return m.ctx.Theme.Finish(frame)
}

// centre draws a text in the middle of the screen.
func (s size) centre(th *theme.Theme, text string) string {
	lines := widget.Wrap(text, s.width)
	out := make([]string, s.height)
	top := max(0, (s.height-len(lines))/2)
	for i := range out {
		if j := i - top; j >= 0 && j < len(lines) {
			l := widget.Cut(lines[j], s.width)
			out[i] = widget.Blank((s.width-widget.Width(l))/2) + th.Muted.Render(l)
		}
		out[i] = widget.Fit(out[i], s.width)
	}
	return strings.Join(out, "\n")
}

func (m *Model) body(h int) string {
	if m.empty() {
		m.cursor = shift(m.welcome.Cursor(), 0, bodyTop)
		return strings.Join(widget.Lines(m.welcome.View(m.width, h), m.width, h), "\n")
	}
	lw := m.listWidth()
	list, account := m.seen()
	var left, right string
	if list {
		left = m.list.View(lw, h)
	}
	if account {
		right = m.account.View(m.width-lw, h)
	}
	if m.inAccount {
		m.cursor = shift(m.account.Cursor(), lw, bodyTop)
	} else {
		m.cursor = shift(m.list.Cursor(), 0, bodyTop)
	}
	switch {
	case !account:
		return left
	case !list:
		return right
	}
	return widget.Beside(left, right)
}

func shift(c *tea.Cursor, x, y int) *tea.Cursor {
	if c != nil {
		c.X += x
		c.Y += y
	}
	return c
}

// OverlayBox returns the place of the topmost overlay in the last frame.
func (m *Model) OverlayBox() (box widget.Box, open bool) {
	if top := m.stack.top(); top != nil {
		return top.box, true
	}
	return box, false
}

// tallied lists the states that the header counts, those that need the user last.
var tallied = [...]session.State{
	session.StateValid, session.StateExpiring, session.StateWorking, session.StateExpired, session.StateUnknown,
	session.StateNotYet, session.StateNeedsLogin, session.StateFailed, session.StateNoSession,
}

// header counts the accounts by state, and names the project if it fits. On a
// narrow screen it leaves out words first, then the program's name, then counts,
// in the order of spared.
func (m *Model) header() string {
	right := m.status() + " "
	name := " " + m.ctx.Theme.AccentStrong.Render("tokenring") + " "
	room := m.width - widget.Width(right) - 1
	left := ""
	for cut := range 2 * len(spared) {
		left = name + tally(m.ctx.Theme, m.list.Tally(), m.jobs.spin, spared[:min(cut, len(spared))], spared[:max(0, cut-len(spared))])
		if cut > len(spared) {
			left = left[len(name):]
		}
		if widget.Width(left) <= room {
			break
		}
	}
	if p := m.ctx.Project; p != nil {
		mark := "  " + m.ctx.Theme.Accent.Render(theme.SignMark) + " " + m.ctx.Theme.Muted.Render(m.ctx.Line(p.Name()))
		if widget.Width(left+mark) <= room {
			left += mark
		}
	}
	return widget.Spread(left, right, m.width)
}

// spared lists the states in the order in which they lose word and count.
var spared = [...]session.State{
	session.StateNoSession, session.StateValid, session.StateWorking, session.StateUnknown, session.StateNotYet, session.StateExpired,
	session.StateFailed, session.StateExpiring, session.StateNeedsLogin,
}

// tally draws the counts of all states except silent; wordless states show only
// sign and count.
func tally(th *theme.Theme, counts map[session.State]int, spin int, wordless, silent []session.State) string {
	out := ""
	for _, s := range tallied {
		n, word := counts[s], !slices.Contains(wordless, s)
		if n == 0 || s == session.StateNoSession && !word || slices.Contains(silent, s) {
			continue
		}
		look, sign := th.State(s)
		if s == session.StateWorking {
			sign = theme.Spinner(spin)
		}
		if out += " "; out != " " {
			out += " "
		}
		out += look.Render(sign) + " " + th.Text.Render(strconv.Itoa(n))
		if word {
			out += " " + th.Muted.Render(string(s))
		}
	}
	return out
}

// status draws the right of the header: jobs, clipboard, vault and time.
func (m *Model) status() string {
	th := m.ctx.Theme
	var parts []string
	if s := m.jobs.view(m.ctx); s != "" {
		parts = append(parts, s)
	}
	if s := m.clip.view(m.ctx); s != "" {
		parts = append(parts, s)
	}
	if m.ctx.Keys.IsViewOnly() {
		parts = append(parts, th.Badge.Render(" view only "))
	}
	if m.ctx.Share {
		parts = append(parts, th.Badge.Render(" sharing "))
	}
	switch m.vault.State {
	case session.VaultOpen:
		parts = append(parts, th.Muted.Render(m.vault.OpenedBy()))
	case session.VaultLocked:
		if m.unlocking == unlockSlow {
			parts = append(parts, th.Warn.Render("waiting for the "+string(m.vault.Way)))
			break
		}
		parts = append(parts, th.Bad.Render(m.ctx.Keys.Sentence("locked", keymap.Vault, "unlocks")))
	case session.VaultUnset:
		parts = append(parts, th.Warn.Render("no vault yet"))
	}
	parts = append(parts, th.Muted.Render(m.ctx.Now().In(m.ctx.Zone()).Format("15:04")))
	return strings.Join(parts, th.Faint.Render(theme.SignDot))
}

// footer draws as many keys as fit, and always those that close and open help.
func (m *Model) footer() string {
	line, end := " ", ""
	hints, tail := m.offered()
	for _, h := range tail {
		end += "  " + hint(m.ctx, h)
	}
	room := m.width - 1 - widget.Width(end)
	for _, h := range hints {
		text := hint(m.ctx, h)
		if text == "" || h.Disabled != "" || h.Shadowed || m.ctx.Keys.Refusal(h.Action) != "" {
			continue
		}
		if line != " " {
			text = "  " + text
		}
		if widget.Width(line)+widget.Width(text) > room {
			break
		}
		line += text
	}
	if line == " " {
		end = strings.TrimPrefix(end, "  ")
	}
	return line + end
}

// offered returns the hints of the focused screen, and those always shown.
func (m *Model) offered() (hints, tail []keymap.Hint) {
	top := m.stack.top()
	switch {
	case top != nil && (top.overlay == m.helping || top.overlay.Cursor() != nil):
		return parting(top.overlay.Keys())
	case top != nil:
		hints, tail = parting(top.overlay.Keys())
		return hints, append(tail, keymap.Hint{Action: keymap.Help})
	case m.editing():
		return parting(m.focused().Keys())
	}
	hints = m.focusedHints()
	if !m.inAccount && len(m.list.Marked()) > 0 {
		hints = []keymap.Hint{
			{Action: keymap.RefreshMany, Label: "refresh marked"}, {Action: keymap.Matrix}, {Action: keymap.Login}, {Action: keymap.Check},
			{Action: keymap.Logout}, {Action: keymap.Delete}, {Action: keymap.Mark}, {Action: keymap.Back, Label: "no marks"},
		}
	}
	return m.shadow(hints), []keymap.Hint{{Action: keymap.Palette}, {Action: keymap.Help}}
}

// parting splits off the last hint that leaves the screen.
func parting(hints []keymap.Hint) (rest, leave []keymap.Hint) {
	for i := len(hints) - 1; i >= 0; i-- {
		switch hints[i].Action {
		case keymap.Close, keymap.Decline, keymap.FilterClear:
			return slices.Delete(slices.Clone(hints), i, i+1), slices.Clone(hints[i : i+1])
		}
	}
	return hints, nil
}

// hint draws a key and its action; nothing for an action without a key.
func hint(c *screen.Context, h keymap.Hint) string {
	b, ok := c.Keys.Binding(h.Action)
	key := c.Keys.KeyOf(h)
	if !ok || key == "" {
		return ""
	}
	return c.Theme.Key.Render(key) + " " + c.Theme.KeyHelp.Render(cmp.Or(h.Label, b.Help))
}
