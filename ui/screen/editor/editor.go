// Package editor is the overlay in which a test request is written or changed.
// What is wrong is said at its field while it is typed.
package editor

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
)

// Overlay edits one request of an account.
type Overlay struct {
	ctx     *screen.Context
	account *session.Snapshot
	life    context.Context
	cancel  context.CancelFunc

	form   *form
	before request.Spec // as it was opened
	at     int          // the slot in focus
	first  string       // the field to begin with
	wrong  map[string]*request.FieldError
	asked  bool // to be saved, so that a name is wanted

	desk   screen.Desk
	saving bool
	paint  paint
}

// New makes the overlay for a draft; the root opens it with screen.Open.
func New(c *screen.Context, d requestui.RequestForm) *Overlay {
	life, cancel := context.WithCancel(c.Life)
	o := &Overlay{ctx: c, account: d.Account, life: life, cancel: cancel, first: d.Focus}
	def, err := c.Engine.Catalog.Get(d.Account.Account.Definition)
	if err != nil {
		o.form = newForm(c.Theme, &d.Spec, nil) // without the names of its modes
	} else {
		o.form = newForm(c.Theme, &d.Spec, def.Attach)
	}
	o.before = o.form.final()
	o.wrong = o.form.check()
	return o
}

// Title implements screen.Overlay.
func (o *Overlay) Title() string {
	name := o.ctx.Line(o.account.Account.Name)
	switch k := &o.form.kept; {
	case k.Builtin:
		return "A copy of " + o.ctx.Line(k.Name) + " for " + name
	case k.ID == "":
		return "New request for " + name
	default:
		return "Request " + o.ctx.Line(k.Name) + " of " + name
	}
}

// Size implements screen.Overlay.
func (o *Overlay) Size(maxW, maxH int) (w, h int) {
	p := painter{o: o, w: min(maxW, 100), h: maxH}
	p.form()
	return p.w, min(maxH, len(p.lines)+1)
}

// Init gives the focus to the first field.
func (o *Overlay) Init() tea.Cmd { return o.toField(o.first, 0) }

// Close ends whatever still runs.
func (o *Overlay) Close() { o.cancel() }

// Keys implements screen.Screen.
func (o *Overlay) Keys() []keymap.Hint {
	pair := "only a parameter or a header can be switched off"
	if f := o.slot().field; f == fieldQuery || f == fieldHeaders {
		pair = ""
	}
	return []keymap.Hint{
		{Action: keymap.EditorSave}, {Action: keymap.EditorFire}, {Action: keymap.EditorNext},
		{Action: keymap.EditorToggle, Disabled: pair}, {Action: keymap.EditorExternal}, {Action: keymap.Close},
		{Action: keymap.EditorPrev},
	}
}

// Update implements screen.Screen.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return o.key(msg)
	case tea.PasteMsg:
		return o.typed(msg)
	case tea.MouseClickMsg:
		if at, ok := o.paint.at(msg.Y); ok && at != o.at {
			return o.to(at)
		}
	case tea.MouseWheelMsg:
		switch msg.Button {
		case tea.MouseWheelUp:
			return o.move(-1)
		case tea.MouseWheelDown:
			return o.move(1)
		}
	case savedMsg:
		return o.saved(msg)
	case editedMsg:
		return o.edited(msg)
	}
	return nil
}

// slot is the place in focus.
func (o *Overlay) slot() *slot {
	s := o.form.slots()[o.at]
	return &s
}

// to gives the focus to a slot.
func (o *Overlay) to(at int) tea.Cmd {
	o.slot().blur()
	o.at = at
	return o.slot().focus()
}

func (o *Overlay) move(n int) tea.Cmd {
	count := len(o.form.slots())
	return o.to((o.at + n + count) % count)
}

// toField gives the focus to a field, and to a row of it.
func (o *Overlay) toField(field string, row int) tea.Cmd {
	at := slices.IndexFunc(o.form.slots(), func(s slot) bool { return s.field == field && s.row == row })
	return o.to(max(0, at))
}

// changed reports whether something was typed that is not saved.
func (o *Overlay) changed() bool { return !reflect.DeepEqual(o.form.final(), o.before) }

// leave closes the overlay, after a question when typed text would be lost.
func (o *Overlay) leave() tea.Cmd {
	if !o.changed() {
		return screen.Close(o)
	}
	return screen.Ask(screen.Question{
		Title: "Leave without saving?", Text: "What you typed is lost.", Yes: "leave", Danger: true,
		Do: func() tea.Cmd { return screen.Close(o) },
	})
}

// ready makes the request to be fired or saved; where something is wrong it
// goes there.
func (o *Overlay) ready() (*request.Spec, tea.Cmd) {
	o.recheck()
	for _, f := range []string{fieldName, fieldMethod, fieldTarget, fieldQuery, fieldHeaders, fieldBody, fieldExpect} {
		if e := o.wrong[f]; e != nil {
			return nil, o.toField(f, max(0, e.Row-1))
		}
	}
	spec := o.form.final()
	return &spec, nil
}

func (o *Overlay) recheck() {
	o.wrong = o.form.check()
	if o.asked && o.form.spec().Name == "" {
		o.wrong[fieldName] = &request.FieldError{Field: fieldName, Text: "give it a name to save it"}
	}
}

func asFieldError(field string, err error) *request.FieldError {
	var wrong *request.FieldError
	if errors.As(err, &wrong) {
		return wrong
	}
	return &request.FieldError{Field: field, Text: secret.CleanLine(err.Error())}
}

// savedMsg says that the request was saved, or why not.
type savedMsg struct {
	ticket screen.Ticket
	name   string
	err    error
}

func (o *Overlay) save() tea.Cmd {
	o.asked = true
	spec, cmd := o.ready()
	if spec == nil || o.saving {
		return cmd
	}
	o.saving = true
	ticket, life, m, account, name := o.desk.Take(), o.life, o.ctx.Engine, o.account.Account, o.ctx.Line(spec.Name)
	return func() tea.Msg {
		return savedMsg{ticket: ticket, name: name, err: m.Requests.SaveRequest(life, &account, spec)}
	}
}

func (o *Overlay) saved(msg savedMsg) tea.Cmd {
	if !o.desk.Fresh(msg.ticket) {
		return nil
	}
	o.saving = false
	var wrong *request.FieldError
	switch {
	case errors.As(msg.err, &wrong):
		o.wrong[wrong.Field] = wrong
		return o.toField(wrong.Field, max(0, wrong.Row-1))
	case msg.err != nil:
		return screen.NotifyError(msg.err)
	}
	return tea.Batch(screen.Close(o), screen.Notify(screen.Info, "saved the request "+msg.name), screen.Changed())
}

func (o *Overlay) fire() tea.Cmd {
	o.asked = false
	spec, cmd := o.ready()
	if spec == nil {
		return cmd
	}
	return requestui.Open(o.ctx, o.account, spec)
}

// editedMsg brings the body back from the person's own editor.
type editedMsg struct {
	ticket screen.Ticket
	text   string
	err    error
}

func (o *Overlay) external() tea.Cmd {
	e, err := newExternal(o.ctx.Getenv, o.form.body.value(), o.form.kind().Suffix())
	if err != nil {
		return screen.NotifyError(err)
	}
	ticket := o.desk.Take()
	return tea.Exec(e, func(err error) tea.Msg { return editedMsg{ticket: ticket, text: e.text, err: err} })
}

func (o *Overlay) edited(msg editedMsg) tea.Cmd {
	if !o.desk.Fresh(msg.ticket) {
		return nil
	}
	o.form.body.set(msg.text)
	o.recheck()
	back := o.toField(fieldBody, 0)
	if msg.err != nil {
		return tea.Batch(back, screen.NotifyError(msg.err))
	}
	return tea.Batch(back, screen.Notify(screen.Info, "the plain text was removed from the disk"))
}

// methods are those a person turns through.
var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}

// turnMethod puts the next of the usual methods in place of the typed one.
func (o *Overlay) turnMethod(n int) {
	at := slices.Index(methods, cmp.Or(o.form.spec().Method, methods[0]))
	if at < 0 {
		at = 0
	} else {
		at = (at + n + len(methods)) % len(methods)
	}
	o.form.method.Set(methods[at])
	o.recheck()
}
