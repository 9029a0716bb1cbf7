// Package claimsdiff compares the claims of a token with those of an earlier session of its
// account, or of another account.
package claimsdiff

import (
	"context"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/definition"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
	"tokenring/ui/widget/pick"
)

// Engine is what the comparison calls.
type Engine struct {
	Accounts interface {
		Record(ctx context.Context, id string) (*session.Record, error)
	}
	Credentials interface {
		Decode(ctx context.Context, rec *session.Record, name string) (*token.Token, error)
		Earlier(ctx context.Context, rec *session.Record, name string) ([]credential.Earlier, error)
	}
	Catalog interface {
		Get(name string) (*definition.Definition, error)
	}
}

// Choose asks what a token is compared with: an earlier session of its account, or another
// account. all returns the accounts there are.
func Choose(ctx *screen.Context, e Engine, all func() []session.Snapshot, msg screen.CompareClaimsMsg) tea.Cmd {
	return screen.Run(ctx.Life, func() func() tea.Cmd {
		c := &choice{ctx: ctx, engine: e, all: all, msg: msg}
		var err error
		if msg.Account != "" {
			err = c.read(ctx.Life)
		}
		return func() tea.Cmd {
			if len(c.items()) == 0 && err == nil {
				return screen.Refuse("no earlier session or other account to compare with")
			}
			return tea.Batch(screen.NotifyError(err), screen.AskFor(screen.Choice{
				Title: "Compare the claims", Hint: "compare with", Yes: "compare", Stays: true, Items: c.items, Do: c.compare,
			}))
		}
	})
}

// choice is what a token can be compared with.
type choice struct {
	ctx     *screen.Context
	engine  Engine
	all     func() []session.Snapshot
	msg     screen.CompareClaimsMsg
	labels  token.Labels
	earlier []credential.Earlier
}

// read reads the earlier sessions of the token's account, and the labels of its claims.
func (c *choice) read(ctx context.Context) error {
	rec, err := c.engine.Accounts.Record(ctx, c.msg.Account)
	if err != nil {
		return err
	}
	if def, err := c.engine.Catalog.Get(rec.Account.Definition); err == nil {
		c.labels = def.Claims
	}
	c.earlier, err = c.engine.Credentials.Earlier(ctx, rec, c.msg.Name)
	return err
}

// items lists the sessions, by their place, and the accounts, by their id.
func (c *choice) items() (items []pick.Item) {
	for i := range c.earlier {
		items = append(items, pick.Item{
			Value: strconv.Itoa(i), Title: c.session(i), Detail: widget.Relative(c.earlier[i].At, c.ctx.Now()),
			More: "Its claims were kept, and the token was not.",
		})
	}
	for _, s := range c.all() {
		if s.Account.ID != c.msg.Account && !s.Dead() {
			items = append(items, pick.Item{
				Value: s.Account.ID, Title: c.ctx.Line(s.Account.Name), Detail: c.ctx.URL(s.Account.BaseURL), More: "Its current token.",
			})
		}
	}
	return items
}

// session names an earlier session.
func (c *choice) session(i int) string {
	return "session of " + widget.Date(c.earlier[i].At, c.ctx.Zone())
}

// compare compares the token with that of a session or of an account.
func (c *choice) compare(value string) tea.Cmd {
	if i, err := strconv.Atoi(value); err == nil && i < len(c.earlier) {
		return c.show(c.session(i), c.earlier[i].Token)
	}
	all := c.all()
	at := slices.IndexFunc(all, func(s session.Snapshot) bool { return s.Account.ID == value })
	if at < 0 {
		return nil
	}
	rec, name := all[at].Record, "" // the token of the same name, if it has one
	if rec.Session.Token(c.msg.Name) != nil {
		name = c.msg.Name
	}
	return screen.Run(c.ctx.Life, func() func() tea.Cmd {
		t, err := c.engine.Credentials.Decode(c.ctx.Life, rec, name)
		return func() tea.Cmd {
			if err != nil {
				return screen.NotifyError(err)
			}
			return c.show(rec.Account.Name, t)
		}
	})
}

func (c *choice) show(title string, with *token.Token) tea.Cmd {
	return screen.Open(&Overlay{ctx: c.ctx, old: title, now: c.msg.Title, changes: token.Diff(with, c.msg.Token, c.labels)})
}

// Overlay shows the changes from one token to another.
type Overlay struct {
	screen.Base
	ctx      *screen.Context
	old, now string // what the tokens are called; not safe for a terminal
	changes  []token.Change
	scroll   widget.Scroll
}

// Title implements screen.Overlay.
func (o *Overlay) Title() string { return o.ctx.Line(o.old) + " → " + o.ctx.Line(o.now) }

// Size fits the changes.
func (o *Overlay) Size(maxW, maxH int) (w, h int) {
	w = min(maxW, 100)
	return w, min(maxH, max(3, len(o.rows(w-1))))
}

// Update scrolls the changes.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		a := o.ctx.Keys.Match(msg, keymap.Dialog, keymap.List)
		if a == keymap.Close {
			return screen.Close(o)
		}
		o.scroll.Slide(screen.Steps(a, &o.scroll))
	case tea.MouseWheelMsg:
		o.scroll.Slide(widget.WheelSteps(msg.Button))
	}
	return nil
}

// View draws the changes.
func (o *Overlay) View(w, h int) string {
	rows := o.rows(w - 1)
	o.scroll.Resize(len(rows), h)
	from, to := o.scroll.Window()
	out := slices.Clone(rows[from:to])
	for i := range out {
		if o.scroll.Len > h {
			out[i] = widget.Fit(out[i], w-1) + o.scroll.Bar(o.ctx.Theme, i)
		}
	}
	return strings.Join(out, "\n")
}

// rows draws the changes in w cells.
func (o *Overlay) rows(w int) []string {
	th := o.ctx.Theme
	if len(o.changes) == 0 {
		return []string{" " + th.Good.Render(theme.SignOK) + " " + th.Text.Render("all claims are the same")}
	}
	name, how := 6, len("changed")
	for i := range o.changes {
		name, how = max(name, min(w/3, widget.Width(o.ctx.Line(o.changes[i].Name)))), max(how, len(o.changes[i].How))
	}
	var rows []string
	for i := range o.changes {
		c := &o.changes[i]
		look := th.Warn
		switch c.How {
		case "added":
			look = th.Good
		case "removed":
			look = th.Bad
		}
		head := " " + th.JSON.Key.Render(widget.Fit(o.ctx.Line(c.Name), name)) + "  " + look.Render(widget.Fit(c.How, how)) + "  "
		text := o.ctx.Line(c.Text(o.ctx.Zone()))
		if c.Personal && o.ctx.Share {
			text = secret.Hidden
		}
		for _, part := range widget.Wrap(text, max(8, w-widget.Width(head))) {
			rows = append(rows, head+th.Text.Render(part))
			head = widget.Blank(widget.Width(head))
		}
	}
	return rows
}

// Keys implements screen.Screen.
func (o *Overlay) Keys() []keymap.Hint {
	hints := []keymap.Hint{{Action: keymap.Close, Label: "back"}}
	if o.scroll.Len > o.scroll.Height {
		hints = append(hints, keymap.Hint{Action: keymap.Down, Label: "scroll"})
	}
	return hints
}
