package form

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/address"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/secret"
	"tokenring/ui/screen"
	"tokenring/ui/widget/field"
	"tokenring/ui/widget/pick"
)

func (o *Overlay) chooseBackend() tea.Cmd {
	o.page = pageBackend
	var items []pick.Item
	for _, d := range o.choices.definitions {
		it := describe(d)
		it.Words = o.choices.words[d.Name]
		items = append(items, it)
	}
	items = append(items, pick.Item{
		Value: anotherBackend, Title: "another backend", Detail: "write its definition in $EDITOR", Last: true,
		More: "Writes a definition to begin with, named as you typed here, and opens it in your editor.",
	}, pick.Item{
		Value: importing, Title: "import…", Detail: "curl, HAR, Postman, OpenAPI", Last: true, More: screen.ImportHint,
	})
	for _, err := range o.choices.problems {
		text := secret.CleanLine(err.Error())
		file, _, _ := strings.Cut(text, ": ")
		items = append(items, pick.Item{Title: filepath.Base(file), Detail: "cannot be used", More: text, Broken: true})
	}
	o.picker = pick.New(o.ctx.Theme, o.ctx.Keys, "which backend?", items)
	return o.picker.Focus()
}

// describe describes a backend in a line: how to log in to it.
func describe(d *definition.Definition) pick.Item {
	ways := make([]string, 0, len(d.Logins))
	for _, l := range d.Logins {
		ways = append(ways, title(l.Title, l.Name))
	}
	logins := strings.Join(ways, sep) // their titles have commas
	it := pick.Item{Value: d.Name, Title: secret.CleanLine(d.Title), Detail: logins, More: "Log in with: " + logins + "."}
	if d.Source != "" && d.Source != "built in" {
		it.Detail = "your own" + sep + it.Detail
		it.More = "Your own definition, " + secret.CleanLine(d.Source) + ". " + it.More
	}
	if d.Docs != "" {
		it.More += " Read on: " + secret.CleanLine(d.Docs)
	}
	return it
}

// open lists what can be chosen for a field.
func (o *Overlay) open(f *field.Field) tea.Cmd {
	if f.ID == idBackend {
		return o.chooseBackend()
	}
	items := func() []pick.Item { return o.lenders(f) }
	return screen.AskFor(screen.Choice{Title: f.Label, Hint: "whose token?", Items: items, Do: func(id string) tea.Cmd { return o.lend(f, id) }})
}

// lenders lists the accounts whose token can be the value of a field.
func (o *Overlay) lenders(f *field.Field) (items []pick.Item) {
	for i := range o.choices.accounts {
		a := &o.choices.accounts[i]
		if a.Account.ID == o.id {
			continue
		}
		it := pick.Item{
			Value: a.Account.ID, Title: o.ctx.Line(a.Account.Name),
			Detail: secret.CleanLine(a.Title) + sep + o.ctx.Line(a.Host),
			More:   "Its token would be the value of " + f.Label + ".",
		}
		if a.Account.Environment != "" {
			it.Detail += sep + secret.CleanLine(a.Account.Environment)
		}
		items = append(items, it)
	}
	return items
}

// lend has an account lend its token.
func (o *Overlay) lend(f *field.Field, id string) tea.Cmd {
	if c, ok := f.Control.(*field.Pick); ok {
		c.Set(id, o.ctx.Line(o.choices.account(id).Account.Name))
	}
	o.dirty = true
	return tea.Batch(o.show(), o.set.Focus(f.ID), o.assess(o.tried))
}

// choose passes a message to the list. A pasted address or answer may have a secret in it and is not shown.
func (o *Overlay) choose(msg tea.Msg) tea.Cmd {
	if paste, ok := msg.(tea.PasteMsg); ok && (isAddress(paste.Content) || strings.Contains(paste.Content, "{")) {
		return o.recognize(paste.Content, true)
	}
	before := o.picker.Typed()
	it, cmd := o.picker.Update(msg)
	switch typed := o.picker.Typed(); {
	case it != nil:
		return o.picked(it)
	case typed != before:
		return tea.Batch(cmd, o.recognize(typed, false))
	}
	return cmd
}

func isAddress(text string) bool {
	_, err := address.Parse(text)
	return err == nil
}

// recognize suggests the backends that a text speaks of.
func (o *Overlay) recognize(text string, pasted bool) tea.Cmd {
	o.loads.Drop()
	if !pasted && !isAddress(text) {
		return nil
	}
	all := o.choices.definitions
	return o.loads.Run(o.Life, func() func() tea.Cmd {
		fits := draft.Backends(text, all)
		return func() tea.Cmd {
			if len(fits) == 0 && pasted {
				return screen.Refuse("no backend found for it; paste the answer of a login, or an address without a password and a query")
			}
			o.suggest(fits)
			return nil
		}
	})
}

// suggest lists the backends of these forms; a chosen one begins with its form.
func (o *Overlay) suggest(fits []*draft.Form) {
	if len(fits) == 0 {
		return
	}
	o.fits = fits
	names := make([]string, len(fits))
	for i, d := range fits {
		names[i] = d.Definition
	}
	o.picker.Suggest(names)
}

func (o *Overlay) picked(it *pick.Item) tea.Cmd {
	switch it.Value {
	case anotherBackend:
		return o.writeBackend()
	case importing:
		return tea.Batch(screen.Close(o), screen.Notify(screen.Advice, it.More))
	}
	def, err := o.engine.Catalog.Get(it.Value)
	if err != nil {
		return screen.NotifyError(err)
	}
	at := slices.IndexFunc(o.fits, func(d *draft.Form) bool { return d.Definition == def.Name })
	if o.def == def && at < 0 {
		o.page = pageFill
		return o.refocus()
	}
	begin := fresh(def)
	if o.sheet != nil {
		begin = o.carry(def)
	}
	if at >= 0 {
		begin.Login, begin.NewSecrets = o.fits[at].Login, o.fits[at].NewSecrets
		maps.Copy(begin.Values, o.fits[at].Values)
		begin.SetDefaults(def)
	}
	return o.start(def, begin)
}

// carry copies what was typed for one backend to another.
func (o *Overlay) carry(def *definition.Definition) *draft.Form {
	d := o.draft()
	begin := fresh(def)
	if t, ok := controlOf[*field.Text](o.sheet, idName); ok {
		begin.Name = t.Value()
	}
	begin.Environment, begin.Guard, begin.KeepAlive, begin.Verify = d.Environment, d.Guard, d.KeepAlive, d.Verify
	for _, f := range def.FieldsFor("") {
		if v := d.Values[f.Name]; v != "" && f.Type != definition.TypeAccount {
			begin.Values[f.Name] = v
		}
	}
	return begin
}
