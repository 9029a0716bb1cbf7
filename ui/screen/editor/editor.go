// Package editor is the overlay in which a test request is written or changed.
// What is wrong is said at its field while it is typed.
package editor

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/preferred"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/widget/field"
)

// Engine is the part of the engine that the editor calls.
type Engine struct {
	Catalog interface {
		Get(name string) (*definition.Definition, error)
	}
	Requests interface {
		SaveRequest(ctx context.Context, a *session.Account, spec *request.Spec) error
	}
}

// Overlay edits one request of an account.
type Overlay struct {
	screen.Base
	ctx     *screen.Context
	engine  Engine
	account *session.Snapshot

	form   *form
	set    *field.Set
	before request.Spec // as it was opened
	first  string       // the field to begin with
	wrong  map[string]*request.FieldError
	naming bool // it is to be saved, and needs a name

	desk   screen.Desk
	saving bool
}

// New makes the overlay for a draft; the root opens it with screen.Open.
func New(c *screen.Context, engine Engine, d requestui.RequestForm) *Overlay {
	o := &Overlay{ctx: c, engine: engine, account: d.Account, Base: screen.NewBase(c), first: d.Focus}
	def, err := engine.Catalog.Get(d.Account.Account.Definition)
	if err != nil {
		o.form = newForm(c.Theme, &d.Spec, nil) // without the names of its modes
	} else {
		o.form = newForm(c.Theme, &d.Spec, def.Attach)
	}
	o.before, o.set = o.form.final(), field.NewSet(c.Theme, c.Keys)
	o.recheck()
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
	w = min(maxW, mostWidth)
	o.share(w, maxH-1)
	return w, min(maxH, o.set.Height(w)+1)
}

// mostWidth is the width from which a longer line is no easier to edit.
const mostWidth = 160

// share gives the body the lines that the other fields leave of h.
func (o *Overlay) share(w, h int) {
	body := &o.form.body.room
	*body = leastArea
	*body = max(leastArea, h-o.set.Height(w)+leastArea)
}

// View implements screen.Screen.
func (o *Overlay) View(w, h int) string {
	o.share(w, h)
	return o.set.View(w, h)
}

// Cursor implements screen.Screen.
func (o *Overlay) Cursor() *tea.Cursor { return o.set.Cursor() }

// TakesText reports whether a paste of any kind is text where the cursor is: in the body.
func (o *Overlay) TakesText() bool { return o.set.Focused().ID == fieldBody }

// Init focuses the first field.
func (o *Overlay) Init() tea.Cmd { return o.set.Focus(o.first) }

// Keys implements screen.Screen.
func (o *Overlay) Keys() []keymap.Hint {
	pair := "only a parameter or a header can be disabled"
	if o.pair() != nil {
		pair = ""
	}
	text := "only text can be cleared"
	if o.set.Focused().Control.Typing() {
		text = ""
	}
	hints := append([]keymap.Hint{{Action: keymap.EditorSave}, {Action: keymap.EditorFire}, {Action: keymap.EditorNext}}, o.set.Keys()...)
	return append(hints, keymap.Hint{Action: keymap.EditorToggle, Disabled: pair}, keymap.Hint{Action: keymap.EditorExternal},
		keymap.Hint{Action: keymap.Close}, keymap.Hint{Action: keymap.EditorPrev}, keymap.Hint{Action: keymap.FormClear, Disabled: text})
}

// Update implements screen.Screen.
func (o *Overlay) Update(msg tea.Msg) (cmd tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		cmd = o.key(msg)
	default:
		cmd = o.typed(msg)
	}
	o.show()
	return cmd
}

func (o *Overlay) key(msg tea.KeyPressMsg) tea.Cmd {
	switch o.ctx.Keys.Match(msg, keymap.Editor, keymap.Dialog) {
	case keymap.EditorSave:
		return o.save()
	case keymap.EditorFire:
		return o.fire()
	case keymap.EditorExternal:
		return o.external()
	case keymap.EditorNext:
		return o.next()
	case keymap.EditorPrev:
		return o.previous()
	case keymap.EditorToggle:
		if p := o.pair(); p != nil {
			p.off = !p.off
			o.recheck()
		}
		return nil
	case keymap.Close:
		return screen.Leave(o)
	case keymap.Accept:
		if o.set.Focused().ID != fieldBody {
			return o.next()
		}
	}
	return o.typed(msg)
}

// typed passes a message to the form. In the body every key but one is text.
func (o *Overlay) typed(msg tea.Msg) tea.Cmd {
	if p, ok := msg.(tea.PasteMsg); ok && o.pair() != nil && (o.form.query.paste(o.pair(), p.Content) || o.form.headers.paste(o.pair(), p.Content)) {
		o.recheck()
		return nil
	}
	var cmd tea.Cmd
	switch key, isKey := msg.(tea.KeyPressMsg); {
	case !isKey || o.set.Focused().ID != fieldBody:
		_, cmd = o.set.Update(msg)
	case o.ctx.Keys.Match(key, keymap.Form) == keymap.FormClear:
		o.form.body.Do(keymap.FormClear)
	default:
		_, cmd = o.form.body.Update(msg)
	}
	o.recheck()
	return cmd
}

// pair is the row of query or headers in focus, or nil.
func (o *Overlay) pair() *pair {
	p, _ := o.set.Focused().Control.(*pair)
	return p
}

// next goes from a name to its value, or to the next field.
func (o *Overlay) next() tea.Cmd {
	if p := o.pair(); p != nil {
		if moved, cmd := p.to(p.value); moved {
			return cmd
		}
	}
	return o.set.Move(1)
}

// previous goes from a value to its name, or to the field before.
func (o *Overlay) previous() tea.Cmd {
	p := o.pair()
	if p != nil {
		if moved, cmd := p.to(p.name); moved {
			return cmd
		}
	}
	cmd := o.set.Move(-1)
	if p = o.pair(); p != nil {
		_, cmd = p.to(p.value)
	}
	return cmd
}

// show lays the fields out with their errors, and the notes on the one in focus below
// it.
func (o *Overlay) show() {
	o.form.query.grow()
	o.form.headers.grow()
	fields := o.form.fields()
	for _, f := range fields {
		f.Error = ""
		for _, e := range o.wrong {
			if id(e) == f.ID {
				f.Error = o.ctx.Line(place(e) + e.Text)
			}
		}
	}
	at := slices.Index(fields, o.set.Focused()) + 1
	o.set.Show(slices.Insert(fields, at, o.notes()...))
}

func (o *Overlay) notes() []*field.Field {
	if o.set.Focused() == nil {
		return nil
	}
	var notes []*field.Field
	switch o.set.Focused().ID {
	case fieldBody:
		if o.form.kind() == body.Multipart {
			notes = append(notes, field.Note("parts", "name=@path reads a file when the request is sent; ;type=image/png and ;filename=a.png may follow"))
		}
		if key := o.ctx.Keys.Key(keymap.EditorExternal); key != "" {
			notes = append(notes, field.Note("editor", key+" opens it in $EDITOR; until you leave that, it is on the disk as plain text"))
		}
	}
	return notes
}

// place says where in a text of several lines something is wrong.
func place(e *request.FieldError) string {
	switch {
	case e.Line > 1 || e.Field == fieldBody && e.Line > 0:
		return fmt.Sprintf("line %d, column %d: ", e.Line, e.Column)
	case e.Column > 0:
		return fmt.Sprintf("column %d: ", e.Column)
	}
	return ""
}

// Unsaved implements screen.Draft.
func (o *Overlay) Unsaved() bool { return !reflect.DeepEqual(o.form.final(), o.before) }

// ready returns the request to send or to save. If something is wrong with it, it moves
// to the first error.
func (o *Overlay) ready() (*request.Spec, tea.Cmd) {
	o.recheck()
	for _, f := range []string{fieldName, fieldMethod, fieldTarget, fieldQuery, fieldHeaders, fieldBody, fieldExpect} {
		if e := o.wrong[f]; e != nil {
			return nil, o.set.Focus(id(e))
		}
	}
	spec := o.form.final()
	return &spec, nil
}

func (o *Overlay) recheck() {
	o.wrong = o.form.check()
	if o.naming && o.form.spec().Name == "" {
		o.wrong[fieldName] = &request.FieldError{Field: fieldName, Text: "give it a name to save it"}
	}
	o.show()
}

func asFieldError(field string, err error) *request.FieldError {
	var wrong *request.FieldError
	if errors.As(err, &wrong) {
		return wrong
	}
	return &request.FieldError{Field: field, Text: secret.CleanLine(err.Error())}
}

func (o *Overlay) save() tea.Cmd {
	o.naming = true
	spec, cmd := o.ready()
	if spec == nil || o.saving {
		return cmd
	}
	o.saving = true
	life, m, account, name := o.Life, o.engine, o.account.Account, o.ctx.Line(spec.Name)
	return o.desk.Run(o.Life, func() func() tea.Cmd {
		err := m.Requests.SaveRequest(life, &account, spec)
		return func() tea.Cmd { return o.saved(name, err) }
	})
}

func (o *Overlay) saved(name string, err error) tea.Cmd {
	o.saving = err == nil // until it has closed
	var wrong *request.FieldError
	switch {
	case errors.As(err, &wrong):
		o.wrong[wrong.Field] = wrong
		o.show()
		return o.set.Focus(id(wrong))
	case err != nil:
		return screen.NotifyError(err)
	}
	return tea.Batch(screen.Close(o), screen.Notify(screen.Info, "saved the request "+name), screen.Changed())
}

func (o *Overlay) fire() tea.Cmd {
	o.naming = false
	spec, cmd := o.ready()
	if spec == nil {
		return cmd
	}
	return requestui.Open(o.ctx, o.account, spec)
}

// external edits the body in the person's own editor.
func (o *Overlay) external() tea.Cmd {
	e, err := preferred.Edit(o.Life, o.ctx.Environ, []byte(o.form.body.value()), "body"+o.form.kind().Suffix())
	if err != nil {
		return screen.NotifyError(err)
	}
	return o.desk.Exec(o.Life, e, func(err error) tea.Cmd {
		o.form.body.set(string(e.Text))
		back := o.set.Focus(fieldBody)
		o.recheck()
		if err != nil {
			return tea.Batch(back, screen.NotifyError(fmt.Errorf("%w; the body stays as it was", err)))
		}
		return tea.Batch(back, screen.Notify(screen.Info, "the plain text was removed from the disk"))
	})
}
