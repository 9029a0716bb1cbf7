// Package form is the overlay that adds and edits an account. Its questions
// are made from the backend's definition and change with the answers; what was
// typed is never lost by that.
package form

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget/field"
	"tokenring/ui/widget/pick"
)

type page int

const (
	pageLoading page = iota
	pageBackend      // choosing a backend
	pageFill
)

// Engine is the part of the engine that the form calls.
type Engine struct {
	Accounts interface {
		List(ctx context.Context) ([]session.Snapshot, error)
		Record(ctx context.Context, id string) (*session.Record, error)
		Snapshot(rec *session.Record) session.Snapshot
	}
	Catalog interface {
		Get(name string) (*definition.Definition, error)
		List() []*definition.Definition
		Words(name string) string
		Begin(name string) (path string, err error)
		Reread(name string) (*definition.Definition, error)
		Problems() []error
		Reload()
	}
	Drafts interface {
		Normalize(d *draft.Form) (draft.Questions, error)
		Preview(d *draft.Form) (credential.Destination, error)
		Validate(ctx context.Context, d *draft.Form) draft.FieldErrors
		Save(ctx context.Context, d *draft.Form) (*session.Record, error)
		Review(ctx context.Context, id string) (*session.Account, *session.ChangedError, error)
		Accept(ctx context.Context, seen *session.Account) error
		Restore(ctx context.Context, id string) error
	}
}

// Overlay is the form of one account.
type Overlay struct {
	screen.Base
	ctx    *screen.Context
	engine Engine
	loads  screen.Desk
	asks   screen.Desk
	saves  screen.Desk

	page    page
	id      string                  // "" for a new account
	token   secret.String           // a token the account begins with
	text    secret.String           // the text that the token was found in
	begin   *draft.Form             // answers the account begins with, or nil
	then    func(id string) tea.Cmd // runs once the account is stored, or nil
	choices choices
	picker  *pick.List
	fits    []*draft.Form // of the backends that an address or answer spoke of last

	def   *definition.Definition
	sheet *sheet
	set   *field.Set
	assessment
	touched   map[string]bool
	tried     bool // to save: every error is shown
	unchecked bool // a check was asked for and has not answered
	dirty     bool
	saving    bool
	tall      int    // the form grows with its questions and does not shrink
	problem   string // what went wrong beyond the fields
	beginAt   string // a field; see screen.AskedMsg
}

// New makes the form of a new account, beginning with the choice of its
// backend. The root opens it for keymap.Add.
func New(ctx *screen.Context, engine Engine) *Overlay { return newOverlay(ctx, engine) }

// Edit makes the form of an account. The root opens it for keymap.Edit.
func Edit(ctx *screen.Context, engine Engine, account *session.Snapshot) *Overlay {
	o := newOverlay(ctx, engine)
	o.id = account.Account.ID
	return o
}

// FromToken makes the form of a new account whose session is a token that was
// pasted in a text. If that is the answer of a login, the form begins with the choice of its
// backend. The root hands it to the screen that decodes tokens.
func FromToken(ctx *screen.Context, engine Engine, token, text secret.String) *Overlay {
	o := newOverlay(ctx, engine)
	o.token, o.text = token, text
	return o
}

// FromDraft makes the form of a new account with answers of a draft; saved runs with
// the account's id once it is stored.
func FromDraft(ctx *screen.Context, engine Engine, d *draft.Form, saved func(id string) tea.Cmd) *Overlay {
	o := newOverlay(ctx, engine)
	o.begin, o.then = d, saved
	return o
}

func newOverlay(ctx *screen.Context, engine Engine) *Overlay {
	return &Overlay{Base: screen.NewBase(ctx), ctx: ctx, engine: engine, touched: map[string]bool{}}
}

// Init reads what there is to choose from.
func (o *Overlay) Init() tea.Cmd { return o.load() }

// Title implements screen.Overlay.
func (o *Overlay) Title() string {
	switch {
	case o.id == "" && o.def != nil && o.page != pageBackend:
		return "Add an account" + sep + secret.CleanLine(o.def.Title)
	case o.id == "":
		return "Add an account"
	case o.def != nil:
		return "Edit " + o.ctx.Line(o.sheet.begin.Name) + sep + secret.CleanLine(o.def.Title)
	}
	return "Edit the account"
}

// Update takes keys for the page that is shown, and answers.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	if key, ok := msg.(tea.KeyPressMsg); ok && o.ctx.Keys.Match(key, keymap.Dialog) == keymap.Close {
		return o.back()
	}
	switch o.page {
	case pageBackend:
		return o.choose(msg)
	case pageFill:
		return o.fill(msg)
	}
	return nil
}

// back is esc: one page back, or out; what was typed is asked about first.
func (o *Overlay) back() tea.Cmd {
	switch {
	case o.page == pageBackend && o.sheet != nil:
		o.page = pageFill
		return o.refocus()
	case o.saving:
		return nil
	}
	return screen.Leave(o)
}

// Unsaved implements screen.Draft.
func (o *Overlay) Unsaved() bool { return o.dirty }

func (o *Overlay) refocus() tea.Cmd {
	if f := o.set.Focused(); f != nil {
		return f.Control.Focus()
	}
	return nil
}

func (o *Overlay) loaded(found choices, edit *draft.Form) tea.Cmd {
	o.choices = found
	o.token, o.text = secret.String{}, secret.String{}
	switch {
	case edit != nil:
		def, err := o.engine.Catalog.Get(edit.Definition)
		if err != nil {
			return tea.Sequence(screen.Close(o), screen.NotifyError(err))
		}
		return o.start(def, edit)
	case len(found.fits) > 1:
		begin := o.chooseBackend()
		o.suggest(found.fits)
		return begin
	case len(found.fits) > 0:
		if def, err := o.engine.Catalog.Get(found.fits[0].Definition); err == nil {
			return o.start(def, found.fits[0])
		}
	case o.begin != nil:
		if def, err := o.engine.Catalog.Get(o.begin.Definition); err == nil {
			o.begin.SetDefaults(def)
			return o.start(def, o.begin)
		}
	}
	return o.chooseBackend()
}

// fresh returns a draft without answers.
func fresh(def *definition.Definition) *draft.Form {
	d := &draft.Form{Account: session.Account{Definition: def.Name, Values: map[string]string{}}}
	d.SetDefaults(def)
	return d
}

// start lays the form of a definition out.
func (o *Overlay) start(def *definition.Definition, d *draft.Form) tea.Cmd {
	var was *session.Account
	if a := o.choices.account(o.id); a != nil {
		was = &a.Account
		o.to.Origin, o.to.Origins = was.Origin, d.Origins // also those that a login named
	}
	o.def, o.page = def, pageFill
	o.sheet = &sheet{ctx: o.ctx, begin: d, was: was, made: map[string]*field.Field{}}
	o.set = field.NewSet(o.ctx.Theme, o.ctx.Keys)
	o.touched, o.tried, o.errs = map[string]bool{}, false, nil
	o.questions = draft.Questions{Logins: def.Logins, Modes: def.Attach, Fields: def.FieldsFor(o.login())}
	shown := o.show()
	o.fillSecrets(d.NewSecrets)
	return tea.Batch(shown, o.set.Focus(o.begins()), o.assess(false))
}

// BeginAt lets the form begin with what is at fault; see screen.AskedMsg.
func (o *Overlay) BeginAt(name string) { o.beginAt = name }

// begins returns the field to begin with: the one at fault, the first secret of an
// account whose last login was refused, else the name.
func (o *Overlay) begins() string {
	name := o.beginAt
	if at := o.def.BaseURL.Refs(); name == screen.AtAddress && len(at) > 0 {
		name = at[0]
	}
	for i := range o.questions.Fields {
		if f := &o.questions.Fields[i]; f.Name == name {
			return fieldID(f)
		}
	}
	for _, id := range []string{name, prefixSecret + name} {
		if o.sheet.made[id] != nil {
			return id
		}
	}
	if a := o.choices.account(o.id); a != nil && a.LoginFailed() {
		for i := range o.questions.Fields {
			if f := &o.questions.Fields[i]; f.Secret {
				return fieldID(f)
			}
		}
	}
	return idName
}

// fillSecrets enters the secrets that the form was opened with.
func (o *Overlay) fillSecrets(secrets map[string]secret.String) {
	for i := range o.questions.Fields {
		f := &o.questions.Fields[i]
		if c, ok := controlOf[*field.Secret](o.sheet, fieldID(f)); ok && !secrets[f.Name].IsZero() {
			c.Set(secrets[f.Name])
		}
	}
}

func (o *Overlay) fill(msg tea.Msg) tea.Cmd {
	if _, key := msg.(tea.KeyPressMsg); key && o.saving {
		return nil
	}
	effect, cmd := o.set.Update(msg)
	switch {
	case effect.Submit:
		return tea.Batch(cmd, o.submit())
	case effect.Open != nil:
		return tea.Batch(cmd, o.open(effect.Open))
	case effect.Changed:
		o.dirty, o.problem = true, ""
		if f := o.set.Focused(); f != nil {
			f.Error = ""
			delete(o.touched, f.ID)
		}
		return tea.Batch(cmd, o.show(), o.assess(o.tried))
	case effect.Left != nil:
		o.touched[effect.Left.ID] = true
		return tea.Batch(cmd, o.assess(true))
	}
	return cmd
}

func (o *Overlay) assessed(a *assessment) tea.Cmd {
	moved := a.to.Origin != o.to.Origin || len(a.to.Origins) != len(o.to.Origins)
	if a.questions.Fields == nil && a.questions.Logins == nil {
		a.questions = o.questions
	}
	if !a.checked {
		a.errs = o.errs
	}
	o.assessment = *a
	o.unchecked = o.unchecked && !a.checked
	for i := range o.def.Fields {
		if value := a.read[o.def.Fields[i].Name]; value != "" {
			o.sheet.set(&o.def.Fields[i], value)
		}
	}
	cmd := o.show()
	if moved {
		// The draft left out what belongs to an address it did not know yet.
		return tea.Batch(cmd, o.assess(o.tried))
	}
	return cmd
}

// Cursor implements screen.Screen.
func (o *Overlay) Cursor() *tea.Cursor {
	switch o.page {
	case pageBackend:
		return o.picker.Cursor()
	case pageFill:
		return o.set.Cursor()
	}
	return nil
}

// Size fits the questions, up to the room there is.
func (o *Overlay) Size(maxW, maxH int) (w, h int) {
	w = min(maxW, 84)
	switch o.page {
	case pageLoading:
		return w, min(maxH, 3)
	case pageFill:
		o.tall = max(o.tall, 16, o.set.Height(w)+footRows)
		return w, min(maxH, o.tall)
	}
	return w, min(maxH, 22)
}
