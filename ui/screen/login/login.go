// Package login is the overlay of one login: it asks for values that are not
// stored, shows the progress, questions and notices of the flow, and explains a
// failure and the next step.
package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget/field"
)

type page int

const (
	pageLoading  page = iota
	pageMissing       // asking for values that are not stored
	pageRunning       // the flow runs
	pageQuestion      // the flow asks
	pageFailed
)

const idStore = "store"

// Engine is the part of the engine that a login calls.
type Engine struct {
	Accounts interface {
		Record(ctx context.Context, id string) (*session.Record, error)
		Snapshot(rec *session.Record) session.Snapshot
	}
	Credentials interface {
		Missing(rec *session.Record) ([]definition.Field, error)
		Pasted(rec *session.Record) []definition.Field
		Secrets(rec *session.Record) []definition.Field
	}
	Sessions interface {
		Login(ctx context.Context, rec *session.Record, o lifecycle.LoginOptions) (*session.Record, error)
	}
	Drafts interface {
		Save(ctx context.Context, d *draft.Form) (*session.Record, error)
	}
}

// Overlay is one login of one account.
type Overlay struct {
	screen.Base
	ctx    *screen.Context
	engine Engine
	loads  screen.Desk
	runs   screen.Desk
	opens  screen.Desk

	account session.Account
	title   string // of the definition
	page    page
	missing []definition.Field
	pasted  []definition.Field      // what the token is made of, where no server makes it
	secrets []definition.Field      // of the login, stored or asked for
	scope   string                  // asked for besides what the account asks for
	given   secret.String           // a token that the login begins with
	fields  map[string]*field.Field // by the name of the missing value
	set     *field.Set              // of the current questions

	run      *run
	began    time.Time
	step     session.Step
	notice   *session.Notice
	question *question
	err      error
	through  bool // the login went through
	room     int  // lines there are at most
	offset   int  // lines of the failure scrolled away
}

// New makes the login of an account. The root opens it for keymap.Login; it
// closes itself when the login went through.
func New(ctx *screen.Context, engine Engine, s *session.Snapshot) *Overlay {
	o := &Overlay{ctx: ctx, engine: engine, account: s.Account, title: s.Title, fields: map[string]*field.Field{}}
	o.Base = screen.NewBase(ctx)
	o.set = field.NewSet(ctx.Theme, ctx.Keys)
	return o
}

// Renew makes the login of an account that takes pasted tokens with one.
func Renew(ctx *screen.Context, engine Engine, s *session.Snapshot, token secret.String) *Overlay {
	o := New(ctx, engine, s)
	o.given = token
	return o
}

// Widened has the login ask for a further scope.
func (o *Overlay) Widened(scope string) *Overlay {
	o.scope = scope
	return o
}

// Init looks for missing values.
func (o *Overlay) Init() tea.Cmd { return o.load() }

// Finished reports whether the login went through or failed.
func (o *Overlay) Finished() bool { return o.through || o.err != nil }

// Title names the account.
func (o *Overlay) Title() string { return "Log in " + o.ctx.Line(o.account.Name) }

func (o *Overlay) load() tea.Cmd {
	o.page, o.err = pageLoading, nil
	m, ctx, id := o.engine, o.Life, o.account.ID
	return o.loads.Run(o.Life, func() func() tea.Cmd {
		var missing, pasted, secrets []definition.Field
		rec, err := m.Accounts.Record(ctx, id)
		if err == nil {
			missing, err = m.Credentials.Missing(rec)
			pasted, secrets = m.Credentials.Pasted(rec), m.Credentials.Secrets(rec)
		}
		return func() tea.Cmd {
			o.pasted, o.secrets = pasted, secrets
			return o.loaded(missing, err)
		}
	})
}

// Update handles keys for the questions and the events of the flow.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	if key, ok := msg.(tea.KeyPressMsg); ok && o.ctx.Keys.Match(key, keymap.Dialog) == keymap.Close {
		return screen.Close(o)
	}
	switch o.page {
	case pageMissing, pageQuestion:
		if key, ok := msg.(tea.KeyPressMsg); ok && o.ctx.Keys.Match(key, keymap.Form) == keymap.FormCopy {
			return o.copyShown()
		}
		return o.answer(msg)
	case pageRunning, pageFailed:
		return o.key(msg)
	}
	return nil
}

func (o *Overlay) loaded(missing []definition.Field, err error) tea.Cmd {
	switch {
	case err != nil:
		o.fail(err)
		return nil
	case !o.given.IsZero() && len(o.pasted) > 0:
		return o.fill()
	case len(missing) == 0:
		o.missing = nil
		return o.start()
	}
	for i := range missing {
		if missing[i].Type == definition.TypeAccount {
			o.fail(errors.New("choose the account that lends its token to this one"))
			return nil
		}
	}
	o.missing, o.page = missing, pageMissing
	return o.ask()
}

// fill answers with the token that the login begins with. A login that needs more than that asks for it.
func (o *Overlay) fill() tea.Cmd {
	o.missing, o.page = o.pasted, pageMissing
	asked := o.ask()
	if c, ok := o.fields[o.missing[0].Name].Control.(*field.Secret); ok {
		c.Set(o.given)
	}
	o.given = secret.String{}
	if len(o.missing) > 1 {
		return asked
	}
	return o.start()
}

// ask shows a field for each missing value. Text typed before is kept, except a
// secret that was refused.
func (o *Overlay) ask() tea.Cmd {
	fields := make([]*field.Field, 0, len(o.missing)+1)
	secrets := false
	for i := range o.missing {
		m := &o.missing[i]
		f := o.fields[m.Name]
		if f == nil {
			f = &field.Field{ID: m.Name, Label: label(m.Label, m.Name), Help: secret.CleanLine(m.Help), Control: o.control(m)}
			o.fields[m.Name] = f
		}
		f.Error = ""
		fields = append(fields, f)
		secrets = secrets || m.Secret
	}
	if secrets {
		store := o.fields[idStore]
		if store == nil {
			store = &field.Field{ID: idStore, Label: "Store", Control: field.NewSwitch(o.ctx.Theme, "seal it in the vault once it is accepted", o.account.Relogin || o.replaces()),
				Help: "If stored, it is not asked for again, and the account can log in without you. Otherwise it is forgotten after this login."}
			o.fields[idStore] = store
		}
		fields = append(fields, store)
	}
	return tea.Batch(o.set.Show(fields), o.set.Focus(fields[0].ID))
}

func (o *Overlay) control(f *definition.Field) field.Control {
	switch {
	case f.Secret:
		return o.secret()
	case f.Type == definition.TypeBool:
		return field.NewSwitch(o.ctx.Theme, "yes", false)
	case f.Type == definition.TypeEnum:
		options := make([]field.Option, 0, len(f.Options))
		for _, v := range f.Options {
			options = append(options, field.Option{Value: v, Title: secret.CleanLine(v)})
		}
		return field.NewChoice(o.ctx.Theme, options, "")
	}
	return field.NewText(o.ctx.Theme, "")
}

func (o *Overlay) secret() *field.Secret {
	c := field.NewSecret(o.ctx.Theme, o.ctx.Keys)
	c.Unwrap = screen.Unwrap
	return c
}

func label(text, name string) string { return cmp.Or(secret.CleanLine(text), name) }

func (o *Overlay) answer(msg tea.Msg) tea.Cmd {
	effect, cmd := o.set.Update(msg)
	if effect.Changed {
		if f := o.set.Focused(); f != nil {
			f.Error = ""
		}
	}
	if !effect.Submit {
		return cmd
	}
	if o.page == pageQuestion {
		return tea.Batch(cmd, o.reply())
	}
	for i := range o.missing {
		f := o.fields[o.missing[i].Name]
		if empty(f.Control) && !o.stays(f.ID) {
			f.Error = "needed"
			return tea.Batch(cmd, o.set.Focus(f.ID))
		}
	}
	return tea.Batch(cmd, o.start())
}

func empty(c field.Control) bool {
	switch c := c.(type) {
	case *field.Secret:
		return c.Value().IsZero()
	case field.Valued:
		return c.Value() == ""
	}
	return false
}

// start begins the login with the values entered.
func (o *Overlay) start() tea.Cmd {
	todo := order{account: o.account.ID, scope: o.scope, secrets: map[string]secret.String{}, plain: map[string]string{}}
	for i := range o.missing {
		m := &o.missing[i]
		switch c := o.fields[m.Name].Control.(type) {
		case *field.Secret:
			if !empty(c) {
				todo.secrets[m.Name] = c.Value()
			}
		case field.Valued:
			todo.plain[m.Name] = c.Value()
		}
	}
	if f := o.fields[idStore]; f != nil {
		if s, ok := f.Control.(*field.Switch); ok {
			todo.store = s.On
		}
	}
	o.page, o.began, o.step, o.err = pageRunning, o.ctx.Now(), session.Step{}, nil
	r, m := &run{ctx: o.Life, overlay: o, next: make(chan func() tea.Cmd), end: make(chan func() tea.Cmd, 1)}, o.engine
	o.run = r
	return o.wait(func() { go r.login(m, todo) })
}

// wait runs first, unless it is nil, and waits for what the run does next.
func (o *Overlay) wait(first func()) tea.Cmd {
	r := o.run
	return o.runs.Run(o.Life, func() func() tea.Cmd {
		if first != nil {
			first()
		}
		select {
		case next := <-r.next:
			return next
		case end := <-r.end:
			return end
		}
	})
}

func (o *Overlay) stepped(s session.Step) tea.Cmd {
	o.step = s
	return o.wait(nil)
}

func (o *Overlay) noticed(n *session.Notice) tea.Cmd {
	o.notice = n
	if n.Open {
		return tea.Batch(o.browse(n), o.wait(nil))
	}
	return o.wait(nil)
}

// ended closes after a login, and explains what failed.
func (o *Overlay) ended(s *session.Snapshot, err, unstored error) tea.Cmd {
	o.notice = nil // of this run
	var failure *session.Failure
	if errors.As(err, &failure) {
		if refused := o.refused(failure); len(refused) > 0 {
			return tea.Batch(o.askAgain(failure, refused), screen.Changed())
		}
	}
	if err != nil {
		o.fail(err)
		if errors.Is(err, session.ErrVaultLocked) {
			return tea.Batch(screen.Changed(), screen.Do(keymap.Vault, ""))
		}
		return screen.Changed()
	}
	o.through = true
	text := o.outcome(s)
	notice := screen.Notify(screen.Info, text)
	if unstored != nil {
		notice = screen.Notify(screen.Warning, text+", but what you entered was not stored: "+secret.CleanLine(unstored.Error()))
	}
	return tea.Batch(screen.Close(o), screen.Changed(), notice)
}

func (o *Overlay) fail(err error) {
	o.err, o.page, o.offset, o.question = err, pageFailed, 0, nil
}

// key handles the keys of pages without questions.
func (o *Overlay) key(msg tea.Msg) tea.Cmd {
	key, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	action := o.ctx.Keys.Match(key, keymap.Dialog, keymap.List)
	if o.page == pageRunning {
		return o.copy(action)
	}
	switch action {
	case keymap.Again:
		return o.load()
	case keymap.EditAccount:
		return tea.Sequence(screen.Close(o), o.edit())
	case keymap.Accept:
		return screen.Close(o)
	case keymap.Up:
		o.offset--
	case keymap.Down:
		o.offset++
	}
	return nil
}

// Ticks reports whether seconds are being counted.
func (o *Overlay) Ticks() bool {
	var f *session.Failure
	return o.page == pageRunning || o.page == pageQuestion ||
		o.page == pageFailed && errors.As(o.err, &f) && f.Retry.After(o.ctx.Now())
}

// progress describes the step of the flow in a line.
func (o *Overlay) progress() string {
	text := "starting"
	if o.step.Of > 0 {
		text = fmt.Sprintf("step %d of %d", o.step.Index, o.step.Of)
		if o.step.Text != "" {
			text += sep + o.ctx.Line(o.step.Text)
		}
	}
	return text + sep + fmt.Sprintf("%d s", int(o.ctx.Now().Sub(o.began)/time.Second))
}
