// Package claimsdiff compares the claims of a token with those of an earlier session of its
// account, or of another account.
package claimsdiff

import (
	"context"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/definition"
	"tokenring/session/secret"
	"tokenring/session/token"
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
			switch none := len(c.items()) == 0; {
			case none && err != nil:
				return screen.NotifyError(err)
			case none:
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

// show shows the changes from another token.
func (c *choice) show(title string, with *token.Token) tea.Cmd {
	changes := token.Diff(with, c.msg.Token, c.labels)
	return screen.Ask(screen.Question{
		Title: title + " → " + c.msg.Title, Lines: func(w int) []string { return lines(c.ctx, changes, w) },
	})
}

// lines draws changes in w cells.
func lines(ctx *screen.Context, changes []token.Change, w int) []string {
	th := ctx.Theme
	if len(changes) == 0 {
		return []string{" " + th.Good.Render(theme.SignOK) + " " + th.Text.Render("all claims are the same")}
	}
	name, how := 6, len("changed")
	for i := range changes {
		name, how = max(name, min(w/3, widget.Width(ctx.Line(changes[i].Name)))), max(how, len(changes[i].How))
	}
	var rows []string
	for i := range changes {
		c := &changes[i]
		look := th.Warn
		switch c.How {
		case "added":
			look = th.Good
		case "removed":
			look = th.Bad
		}
		head := " " + th.JSON.Key.Render(widget.Fit(ctx.Line(c.Name), name)) + "  " + look.Render(widget.Fit(c.How, how)) + "  "
		text := ctx.Line(c.Text(ctx.Zone()))
		if c.Personal && ctx.Share {
			text = secret.Hidden
		}
		for _, part := range widget.Wrap(text, max(8, w-widget.Width(head))) {
			rows = append(rows, head+th.Text.Render(part))
			head = widget.Blank(widget.Width(head))
		}
	}
	return rows
}
