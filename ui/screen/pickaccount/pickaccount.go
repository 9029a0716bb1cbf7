// Package pickaccount is the overlay that chooses which account sends a request once
// more: another account, or anonymous.
package pickaccount

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget/pick"
)

// The preferred size in cells.
const (
	wantWide = 76
	wantHigh = 18
)

// anonymous is the value of the item for a request without a token; the others
// have the ids of accounts.
const anonymous = ""

// Overlay lists the accounts to choose from: those of the same server first.
type Overlay struct {
	*pick.List
	ctx    *screen.Context
	was    requestui.Side
	chosen func(requestui.Side) tea.Cmd

	accounts []session.Snapshot
}

// New makes the overlay. accounts are all there are; was is the side that sent
// the request; chosen is run with the answer once the overlay has closed.
func New(ctx *screen.Context, accounts []session.Snapshot, was requestui.Side, chosen func(requestui.Side) tea.Cmd) *Overlay {
	o := &Overlay{ctx: ctx, accounts: accounts, was: was, chosen: chosen}
	o.arrange()
	o.List = pick.New(ctx.Theme, ctx.Keys, "which account?", o.items())
	return o
}

// Title implements screen.Overlay.
func (o *Overlay) Title() string { return "Send it again as" }

// Size implements screen.Overlay.
func (o *Overlay) Size(maxW, maxH int) (w, h int) { return min(maxW, wantWide), min(maxH, wantHigh) }

// Close has nothing to end.
func (o *Overlay) Close() {}

// Init implements screen.Screen.
func (o *Overlay) Init() tea.Cmd { return o.Focus() }

// Keys implements screen.Screen.
func (o *Overlay) Keys() []keymap.Hint {
	return []keymap.Hint{{Action: keymap.Accept, Label: "send"}, {Action: keymap.Close}}
}

// Update implements screen.Screen.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(tea.KeyPressMsg); ok && o.ctx.Keys.Match(msg, keymap.Dialog) == keymap.Close {
		return screen.Close(o)
	}
	it, cmd := o.List.Update(msg)
	if it == nil {
		return cmd
	}
	return tea.Sequence(screen.Close(o), o.chosen(o.side(it.Value)))
}

// arrange puts the account whose server was asked first, then the others of
// that server, and leaves out the one that sent the request.
func (o *Overlay) arrange() {
	own := &o.was.Account.Account
	far := func(s *session.Snapshot) int {
		switch {
		case s.Account.ID == own.ID:
			return 0
		case s.Account.Origin == own.Origin:
			return 1
		}
		return 2
	}
	o.accounts = slices.DeleteFunc(slices.Clone(o.accounts), func(s session.Snapshot) bool { return far(&s) == 0 && !o.was.Anonymous })
	slices.SortStableFunc(o.accounts, func(a, b session.Snapshot) int { return far(&a) - far(&b) })
}

func (o *Overlay) items() []pick.Item {
	var items []pick.Item
	if !o.was.Anonymous {
		items = append(items, pick.Item{
			Value: anonymous, Title: request.Anonymous, Detail: "no token",
			More: "To " + o.ctx.URL(o.was.Account.Account.BaseURL) + ", without a token.",
		})
	}
	now := o.ctx.Now()
	for i := range o.accounts {
		s := &o.accounts[i]
		_, sign := o.ctx.Theme.State(s.StateAt(now))
		it := pick.Item{
			Value: s.Account.ID, Title: o.ctx.Line(s.Account.Name),
			Detail: sign + " " + string(s.StateAt(now)) + theme.SignDot + secret.CleanLine(s.Title),
			More:   "To " + o.ctx.URL(s.Account.BaseURL) + ".",
		}
		if s.Account.Environment != "" {
			it.Detail += theme.SignDot + o.ctx.Line(s.Account.Environment)
		}
		if s.Broken != "" {
			it.Broken, it.More = true, o.ctx.Line(s.Broken)
		}
		items = append(items, it)
	}
	return items
}

func (o *Overlay) side(value string) requestui.Side {
	if value == anonymous {
		return requestui.Side{Account: o.was.Account, Anonymous: true}
	}
	i := slices.IndexFunc(o.accounts, func(s session.Snapshot) bool { return s.Account.ID == value })
	return requestui.Side{Account: &o.accounts[i]}
}
