package form

import (
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/backend"
	"tokenring/session/secret"
	"tokenring/ui/widget/field"
)

func (o *Overlay) chooseBackend() tea.Cmd {
	o.page = pageBackend
	var items []item
	for _, d := range o.world.definitions {
		items = append(items, describe(d))
	}
	for _, err := range o.world.problems {
		text := secret.CleanLine(err.Error())
		file, _, _ := strings.Cut(text, ": ")
		items = append(items, item{title: filepath.Base(file), detail: "cannot be used", more: text, broken: true})
	}
	o.picker = newPicker(o.ctx, "which backend?", items)
	return o.picker.Focus()
}

// describe says in a line what a backend is: how one logs in to it.
func describe(d *backend.Definition) item {
	ways := make([]string, 0, len(d.Logins))
	for _, l := range d.Logins {
		ways = append(ways, title(l.Title, l.Name))
	}
	it := item{
		value: d.Name, title: secret.CleanLine(d.Title), detail: strings.Join(ways, ", "),
		more: "Log in with: " + strings.Join(ways, ", ") + ".",
	}
	if d.Source != "" && d.Source != "built in" {
		it.detail = "your own" + sep + it.detail
		it.more = "Your own definition, " + secret.CleanLine(d.Source) + ". " + it.more
	}
	if d.Docs != "" {
		it.more += " Read on: " + secret.CleanLine(d.Docs)
	}
	return it
}

// open shows the page a field is chosen on.
func (o *Overlay) open(f *field.Field) tea.Cmd {
	if f.ID == idBackend {
		return o.chooseBackend()
	}
	o.page, o.picking = pageLender, f
	var items []item
	for i := range o.world.accounts {
		a := &o.world.accounts[i]
		if a.Account.ID == o.id {
			continue
		}
		it := item{
			value: a.Account.ID, title: o.ctx.Line(a.Account.Name),
			detail: secret.CleanLine(a.Title) + sep + o.ctx.Line(a.Host),
			more:   "Its token would be the value of " + f.Label + ".",
		}
		if a.Account.Environment != "" {
			it.detail += sep + secret.CleanLine(a.Account.Environment)
		}
		items = append(items, it)
	}
	o.picker = newPicker(o.ctx, "whose token?", items)
	return o.picker.Focus()
}

func (o *Overlay) picked(it *item) tea.Cmd {
	if o.page == pageLender {
		if c, ok := o.picking.Control.(*field.Pick); ok {
			c.Set(it.value, it.title)
		}
		o.page, o.dirty = pageFill, true
		return tea.Batch(o.show(), o.set.Focus(o.picking.ID), o.assess(o.tried))
	}
	def, err := o.ctx.Manager.Definition(it.value)
	if err != nil {
		o.page, o.problem = pageFailure, secret.CleanLine(err.Error())
		return nil
	}
	if o.def == def {
		o.page = pageFill
		return o.refocus()
	}
	begin := fresh(def)
	if o.sheet != nil {
		begin = o.carry(def)
	}
	return o.start(def, begin)
}

// carry takes what was typed for one backend over to another.
func (o *Overlay) carry(def *backend.Definition) *session.Draft {
	d := o.draft()
	begin := fresh(def)
	if t, ok := controlOf[*field.Text](o.sheet, idName); ok {
		begin.Name = t.Value()
	}
	begin.Environment, begin.Guard, begin.KeepAlive = d.Environment, d.Guard, d.KeepAlive
	for _, f := range def.FieldsFor("") {
		if v := d.Values[f.Name]; v != "" && f.Type != backend.TypeAccount {
			begin.Values[f.Name] = v
		}
	}
	return begin
}
