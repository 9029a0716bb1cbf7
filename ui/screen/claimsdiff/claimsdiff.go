// Package claimsdiff is the overlay that compares the claims of a token with those of an
// earlier session of its account, or of another account.
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

// Engine is what the overlay calls.
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

// other is a token to compare with.
type other struct {
	title string // as it is named above the comparison; not safe for a terminal
	token *token.Token
}

// Overlay lists what the token can be compared with, and then shows the changes.
type Overlay struct {
	screen.Base
	ctx      *screen.Context
	engine   Engine
	accounts []session.Snapshot
	msg      screen.CompareClaimsMsg
	labels   token.Labels
	desk     screen.Desk

	list    *pick.List
	earlier []credential.Earlier
	problem string
	against *other // what is compared with; nil: not chosen yet
	changes []token.Change
	scroll  widget.Scroll
}

// New makes the overlay. accounts are all there are.
func New(ctx *screen.Context, engine Engine, accounts []session.Snapshot, msg screen.CompareClaimsMsg) *Overlay {
	o := &Overlay{Base: screen.NewBase(ctx), ctx: ctx, engine: engine, msg: msg}
	for _, s := range accounts {
		switch {
		case s.Account.ID == msg.Account:
			if def, err := engine.Catalog.Get(s.Account.Definition); err == nil {
				o.labels = def.Claims
			}
		case !s.Dead():
			o.accounts = append(o.accounts, s)
		}
	}
	return o
}

// Init reads the earlier sessions of the token's account.
func (o *Overlay) Init() tea.Cmd {
	life, e, id, name := o.Life, o.engine, o.msg.Account, o.msg.Name
	return o.desk.Run(o.Life, func() func() tea.Cmd {
		var earlier []credential.Earlier
		var err error
		if id != "" {
			var rec *session.Record
			if rec, err = e.Accounts.Record(life, id); err == nil {
				earlier, err = e.Credentials.Earlier(life, rec, name)
			}
		}
		return func() tea.Cmd { return o.choose(earlier, err) }
	})
}

// choose lists the sessions and accounts to choose from.
func (o *Overlay) choose(earlier []credential.Earlier, err error) tea.Cmd {
	if err != nil {
		o.problem = o.ctx.Line(err.Error())
	}
	o.earlier = earlier
	return o.offer()
}

// offer makes the list of what there is to choose from.
func (o *Overlay) offer() tea.Cmd {
	earlier := o.earlier
	var items []pick.Item
	for i := range earlier {
		at := earlier[i].At
		items = append(items, pick.Item{
			Value: strconv.Itoa(i), Title: o.session(i), Detail: widget.Relative(at, o.ctx.Now()),
			More: "Its claims were kept, and the token was not.",
		})
	}
	for i := range o.accounts {
		a := &o.accounts[i].Account
		items = append(items, pick.Item{Value: a.ID, Title: o.ctx.Line(a.Name), Detail: o.ctx.URL(a.BaseURL), More: "Its current token."})
	}
	if len(items) == 0 && o.problem == "" {
		return tea.Batch(screen.Close(o), screen.Refuse("no earlier session or other account to compare with"))
	}
	o.list = pick.New(o.ctx.Theme, o.ctx.Keys, "compare with", items)
	return o.list.Focus()
}

// session names an earlier session.
func (o *Overlay) session(i int) string {
	return "session of " + widget.Date(o.earlier[i].At, o.ctx.Zone())
}

// Title implements screen.Overlay.
func (o *Overlay) Title() string {
	if o.against != nil {
		return o.ctx.Line(o.against.title) + " → " + o.ctx.Line(o.msg.Title)
	}
	return "Compare the claims"
}

// Size fits the list, or the changes.
func (o *Overlay) Size(maxW, maxH int) (w, h int) {
	if w = min(maxW, 100); o.against != nil {
		return w, min(maxH, max(3, len(o.rows(w-1))))
	}
	return w, min(maxH, 18)
}

// Close cancels running work.
func (o *Overlay) Close() {
	o.Base.Close()
	o.desk.Drop()
}

// Cursor implements screen.Screen.
func (o *Overlay) Cursor() *tea.Cursor {
	if o.list == nil || o.against != nil {
		return nil
	}
	return o.list.Cursor()
}

// Update chooses from the list, scrolls the changes and goes back.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	if _, shared := msg.(screen.SharedMsg); shared {
		if o.list != nil {
			return o.offer() // names are hidden, or shown again
		}
		return nil
	}
	key, isKey := msg.(tea.KeyPressMsg)
	switch a := o.ctx.Keys.Match(key, keymap.Dialog, keymap.List); {
	case isKey && a == keymap.Close && o.against != nil:
		o.against = nil
	case isKey && a == keymap.Close:
		return screen.Close(o)
	case isKey && o.against != nil:
		o.scroll.Slide(screen.Steps(a, &o.scroll))
	case o.against != nil:
		if wheel, ok := msg.(tea.MouseWheelMsg); ok {
			o.scroll.Slide(widget.WheelSteps(wheel.Button))
		}
	case o.list != nil:
		it, cmd := o.list.Update(msg)
		if it == nil {
			return cmd
		}
		return o.pick(it.Value)
	}
	return nil
}

// pick compares with an earlier session, by its place, or an account, by its id.
func (o *Overlay) pick(value string) tea.Cmd {
	if i, err := strconv.Atoi(value); err == nil && i < len(o.earlier) {
		o.compare(&other{o.session(i), o.earlier[i].Token})
		return nil
	}
	at := slices.IndexFunc(o.accounts, func(s session.Snapshot) bool { return s.Account.ID == value })
	rec, life, e := o.accounts[at].Record, o.Life, o.engine
	name := "" // the token of the same name, if it has one
	if rec.Session.Token(o.msg.Name) != nil {
		name = o.msg.Name
	}
	return o.desk.Run(o.Life, func() func() tea.Cmd {
		t, err := e.Credentials.Decode(life, rec, name)
		return func() tea.Cmd {
			if err != nil {
				return screen.NotifyError(err)
			}
			o.compare(&other{rec.Account.Name, t})
			return nil
		}
	})
}

func (o *Overlay) compare(with *other) {
	o.against, o.changes, o.scroll = with, token.Diff(with.token, o.msg.Token, o.labels), widget.Scroll{}
}

// View draws the list or the changes.
func (o *Overlay) View(w, h int) string {
	th := o.ctx.Theme
	switch {
	case o.list == nil:
		return " " + th.Muted.Render("reading"+theme.SignMore)
	case o.against == nil && o.problem != "":
		note := widget.Noted(th.Warn, theme.SignWarn, o.problem, w-2)
		return o.list.View(w, h-len(note)) + "\n" + widget.Indent(strings.Join(note, "\n"), 1)
	case o.against == nil:
		return o.list.View(w, h)
	}
	rows := o.rows(w - 1)
	o.scroll.Resize(len(rows), h)
	from, to := o.scroll.Window()
	out := slices.Clone(rows[from:to])
	for i := range out {
		if o.scroll.Len > h {
			out[i] = widget.Fit(out[i], w-1) + o.scroll.Bar(th, i)
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
	if o.against == nil {
		return []keymap.Hint{{Action: keymap.Accept, Label: "compare"}, {Action: keymap.Close}}
	}
	hints := []keymap.Hint{{Action: keymap.Close, Label: "back"}}
	if o.scroll.Len > o.scroll.Height {
		hints = append(hints, keymap.Hint{Action: keymap.Down, Label: "scroll"})
	}
	return hints
}
