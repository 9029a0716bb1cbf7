// Package accounts lists the accounts: which sessions are valid, which expires
// next, which needs a login. It formats only the visible rows, however many
// accounts there are.
package accounts

import (
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// List shows every account, the most urgent first.
type List struct {
	ctx    *screen.Context
	book   book
	lines  []line // accounts and the headings of groups
	scroll widget.Scroll
	cols   columns

	current string // id of the account under the cursor
	began   string // that of current when the filter was opened
	marked  map[string]bool
	filter  *widget.Input
	loose   bool // nothing contains what the filter says; similar names are listed
	group   grouping
	order   Order

	focus  bool
	loaded bool
	ticks  bool // a visible countdown shows seconds
	spin   int
}

// line is an account, or the heading of a group if row is -1.
type line struct {
	row   int
	head  string
	count int
}

// New returns a list with the cursor on the account with the id first, if it
// exists.
func New(c *screen.Context, first string, order Order) *List {
	l := &List{
		ctx: c, order: order, current: first, marked: map[string]bool{},
		filter: widget.NewInput(c.Theme, " / ", "name, backend, host, env:prod, state:expired").Remember(c.Recalls, new(widget.History)),
	}
	l.filter.OnChange(l.narrow)
	if c.Project != nil && len(c.Project.Accounts) > 0 {
		l.group = byProject
	}
	return l
}

// Init implements screen.Screen.
func (l *List) Init() tea.Cmd { return nil }

// Loaded reports whether the accounts have been read.
func (l *List) Loaded() bool { return l.loaded }

// Len returns the number of accounts, hidden ones included.
func (l *List) Len() int { return len(l.book.rows) }

// Tally returns the number of accounts by state.
func (l *List) Tally() map[session.State]int { return l.book.tally }

// NextExpiry returns when the next token expires, zero if none will.
func (l *List) NextExpiry() time.Time { return l.book.nextExpiry }

// NewlyExpiring returns the accounts that went from valid to expiring since the last
// call.
func (l *List) NewlyExpiring() []*session.Snapshot {
	var out []*session.Snapshot
	for _, id := range l.book.newlyExpiring {
		if s := l.Account(id); s != nil {
			out = append(out, s)
		}
	}
	l.book.newlyExpiring = nil
	return out
}

// Current returns the account under the cursor, or nil.
func (l *List) Current() *session.Snapshot { return l.Account(l.current) }

// Account returns the account with the id, or nil.
func (l *List) Account(id string) *session.Snapshot {
	if i, ok := l.book.byID[id]; ok {
		return l.book.rows[i].snap
	}
	return nil
}

// All returns every account as last read. Do not modify it.
func (l *List) All() []session.Snapshot { return l.book.all }

// Marked returns the ids of the marked accounts that the filter shows, in their order.
func (l *List) Marked() []string {
	if len(l.marked) == 0 {
		return nil
	}
	return slices.DeleteFunc(l.Shown(), func(id string) bool { return !l.marked[id] })
}

// Shown returns the ids of the accounts that match the filter.
func (l *List) Shown() []string {
	ids := make([]string, 0, len(l.lines))
	for _, ln := range l.lines {
		if ln.row >= 0 {
			ids = append(ids, l.book.rows[ln.row].snap.Account.ID)
		}
	}
	return ids
}

// Select moves the cursor to an account, and clears the filter if that hides it.
// It reports whether the account exists.
func (l *List) Select(id string) bool {
	if l.Account(id) == nil {
		return false
	}
	l.current = id
	if !l.find() {
		l.filter.Set("")
		l.arrange()
		l.find()
	}
	return true
}

// SetAccount implements screen.Pane; the list has its own cursor.
func (l *List) SetAccount(*session.Snapshot) tea.Cmd { return nil }

// Focus implements screen.Pane.
func (l *List) Focus(on bool) tea.Cmd {
	l.focus = on
	return nil
}

// Ticks implements screen.Ticking.
func (l *List) Ticks() bool { return l.ticks }

// Scopes implements screen.Pane.
func (l *List) Scopes() []keymap.Scope {
	return []keymap.Scope{keymap.Accounts, keymap.List}
}

// Cursor implements screen.Screen.
func (l *List) Cursor() *tea.Cursor {
	return l.filter.Cursor(1, 1+l.scroll.Height)
}

// Keys implements screen.Screen.
func (l *List) Keys() []keymap.Hint {
	if l.filter.Focused() {
		return screen.FilterHints()
	}
	hints := screen.Hints(l.ctx, l.Current())
	afterAdd := 1 + slices.IndexFunc(hints, func(h keymap.Hint) bool { return h.Action == keymap.Add })
	hints = slices.Insert(hints, afterAdd, keymap.Hint{Action: keymap.FilterList})
	none := ""
	if len(l.lines) == 0 {
		none = "the list is empty"
	}
	for _, a := range []keymap.Action{keymap.Mark, keymap.Group, keymap.Sort, keymap.MarkAll, keymap.Open} {
		hints = append(hints, keymap.Hint{Action: a, Disabled: none})
	}
	return hints
}

// Update implements screen.Screen.
func (l *List) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.ListedMsg:
		l.take(msg.Accounts)
	case screen.TickedMsg:
		if l.book.judge(msg.Now) && !l.frozen() {
			l.book.sort(l.order, msg.Now)
			l.arrange()
		}
	case tea.KeyPressMsg:
		if l.filter.Focused() {
			return l.ctx.FilterKey(msg, l.filter, func() { l.Back() })
		}
		return l.Act(l.ctx.Keys.Match(msg, l.Scopes()...))
	case tea.PasteMsg:
		return l.filter.Update(msg)
	case tea.MouseClickMsg:
		l.click(msg.X, msg.Y)
	case tea.MouseWheelMsg:
		l.move(widget.WheelSteps(msg.Button))
	}
	return nil
}

// Working reports whether a flow is running for any account.
func (l *List) Working() bool { return l.book.tally[session.StateWorking] > 0 }

// Spin advances the spinner.
func (l *List) Spin() { l.spin++ }

func (l *List) take(all []session.Snapshot) {
	l.book.take(all, l.order, l.ctx.Now(), l.frozen())
	l.loaded = true
	for id := range l.marked {
		if l.Account(id) == nil {
			delete(l.marked, id)
		}
	}
	l.cols.measure(l.book.rows)
	l.arrange()
}

// frozen reports whether the order must not change: nothing moves while a filter
// or marks are set.
func (l *List) frozen() bool { return l.filter.Value() != "" || len(l.marked) > 0 }

// arrange rebuilds the lines and keeps the cursor on its account, or in its place
// if the account is gone or hidden. It returns the id of the account that fits the
// filter best; "" if none does.
func (l *List) arrange() (best string) {
	l.lines = l.lines[:0]
	var found []int
	found, l.loose = l.book.search(l.filter.Value())
	if len(found) > 0 {
		best = l.book.rows[found[0]].snap.Account.ID
	}
	group := -1 // the line of its heading
	for _, i := range l.grouped(found) {
		if l.group != ungrouped {
			if head := l.head(l.book.rows[i].snap); group < 0 || head != l.lines[group].head {
				group = len(l.lines)
				l.lines = append(l.lines, line{row: -1, head: head})
			}
			l.lines[group].count++
		}
		l.lines = append(l.lines, line{row: i})
	}
	l.scroll.Resize(len(l.lines), l.scroll.Height)
	if !l.find() {
		l.settle(1)
	}
	return best
}

// find moves the cursor to the current account.
func (l *List) find() bool {
	if l.current == "" {
		return false
	}
	for i, ln := range l.lines {
		if ln.row >= 0 && l.book.rows[ln.row].snap.Account.ID == l.current {
			l.scroll.To(i)
			l.uncoverHead()
			return true
		}
	}
	return false
}

// settle moves the cursor off a heading, first in direction dir, and makes the
// account under it current.
func (l *List) settle(dir int) {
	at := l.scroll.Cursor
	for _, d := range [2]int{dir, -dir} {
		for i := at; i >= 0 && i < len(l.lines); i += d {
			if l.lines[i].row >= 0 {
				l.scroll.To(i)
				l.uncoverHead()
				l.current = l.book.rows[l.lines[i].row].snap.Account.ID
				return
			}
		}
	}
	l.current = ""
}

// uncoverHead shows the heading above the first account of a group.
func (l *List) uncoverHead() {
	if at := l.scroll.Cursor; at > 0 && at == l.scroll.Offset && l.lines[at-1].row < 0 && l.scroll.Height > 1 {
		l.scroll.Offset--
	}
}

// View implements screen.Screen.
func (l *List) View(w, h int) string {
	inner, rows := widget.Inner(w, h)
	if l.filtering() {
		rows--
	}
	if rows != l.scroll.Height {
		l.scroll.Resize(len(l.lines), rows)
		l.uncoverHead()
	}
	pane := widget.Pane{
		Theme: l.ctx.Theme, Frame: l.ctx.Theme.Frame(), Title: "Accounts", Right: l.title(), Focus: l.focus,
		Scroll: l.scroll,
	}
	return pane.View(l.body(inner, rows), w, h)
}

func (l *List) filtering() bool { return l.filter.Focused() || l.filter.Value() != "" }

// title shows the number of marks, grouping and order, and the number of accounts.
func (l *List) title() string {
	th := l.ctx.Theme
	out := ""
	if all, n := len(l.marked), len(l.Marked()); all > 0 {
		out = th.Accent.Render(strconv.Itoa(n) + " marked")
		if all > n {
			out += th.Warn.Render(" (" + strconv.Itoa(all-n) + " more hidden)")
		}
		out += th.Faint.Render(theme.SignDot)
	}
	if l.group != ungrouped {
		out += th.Muted.Render("by "+l.group.String()) + th.Faint.Render(theme.SignDot)
	}
	if by := l.order; by != orders[0] && slices.Contains(orders, by) {
		out += th.Muted.Render("sorted by "+string(by)) + th.Faint.Render(theme.SignDot)
	}
	all := strconv.Itoa(l.Len())
	switch {
	case l.loose:
		return out + th.Warn.Render(strconv.Itoa(len(l.Shown()))+" similar") + th.Muted.Render(" of "+all)
	case l.filter.Value() != "":
		return out + th.Accent.Render(strconv.Itoa(len(l.Shown()))+" of "+all)
	}
	return out + th.Muted.Render(all)
}
