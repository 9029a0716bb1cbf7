package form

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/widget/field"
)

// show fills the set with the fields that are asked now, and their errors.
func (o *Overlay) show() tea.Cmd {
	fields := o.fields()
	for _, f := range fields {
		if f != nil && f.Control != nil {
			f.Error = o.errorOf(f.ID)
		}
	}
	return o.set.Show(fields)
}

func (o *Overlay) fields() []*field.Field {
	s := o.sheet
	var out []*field.Field
	if o.id == "" {
		out = append(out, s.once(idBackend, "Backend", o.ctx.Keys.Sentence("", keymap.Accept, "chooses another")+"; what was typed stays where both ask for it.",
			func() field.Control {
				return field.NewPick(o.ctx.Theme, o.def.Name, secret.CleanLine(o.def.Title), "")
			}))
	}
	out = append(out, s.name(o.suggestion()))
	out = append(out, s.environment(environments(s.begin, o.choices.accounts))...)
	out = append(out, o.variants()...)
	moved := s.was != nil && o.lost == nil && o.to.Origin != s.was.Origin
	for i := range o.questions.Fields {
		f := &o.questions.Fields[i]
		out = append(out, s.of(f, moved, &o.choices))
		if f.Type == definition.TypeAccount {
			out = append(out, s.grant(f, o.to.Origin, &o.choices))
		}
	}
	login := o.def.Login(o.login())
	if login != nil {
		out = append(out, notes("login", login.Notes)...)
	}
	out = append(out, notes("definition", o.def.Notes)...)
	out = append(out, o.consents()...)
	out = append(out, o.connection(moved)...)
	out = append(out, s.behaviour(o.def, &o.draft().Account)...)
	if o.def.Docs != "" {
		out = append(out, field.Note("docs", "Read on: "+o.ctx.URL(o.def.Docs)))
	}
	return out
}

// variants returns the ways to log in and to attach the token, where there is more
// than one.
func (o *Overlay) variants() []*field.Field {
	var logins, modes []field.Option
	for _, l := range o.questions.Logins {
		logins = append(logins, field.Option{Value: l.Name, Title: title(l.Title, l.Name)})
	}
	for _, a := range o.questions.Modes {
		modes = append(modes, field.Option{Value: a.Name, Title: title(a.Title, a.Name)})
	}
	var out []*field.Field
	if len(logins) > 1 {
		out = append(out, o.sheet.choice(idLogin, "Log in with", "The questions below change with it; what was typed stays.",
			o.login(), logins))
	}
	if len(modes) > 1 {
		out = append(out, o.sheet.choice(idAttach, "Token goes", "How the token is put on a request.",
			cmp.Or(o.sheet.begin.Attach, modes[0].Value), modes))
	}
	return out
}

func title(title, name string) string { return secret.CleanLine(cmp.Or(title, name)) }

func notes(of string, texts []string) []*field.Field {
	out := make([]*field.Field, 0, len(texts))
	for _, t := range texts {
		out = append(out, field.Note("note:"+of, secret.CleanLine(t)))
	}
	return out
}

// consents returns the questions the address brings: plain HTTP, further hosts.
func (o *Overlay) consents() []*field.Field {
	if o.lost != nil || !o.to.Plain && len(o.to.Origins) == 0 {
		return nil
	}
	out := []*field.Field{field.Heading("where", "Where the credentials go")}
	if o.to.Plain {
		warning := field.Note("plain", o.ctx.URL(o.to.Origin)+" is not encrypted; use https where you can")
		warning.Warn = true
		out = append(out, warning, o.sheet.plainHTTP(o.to.Origin))
	}
	for _, origin := range o.to.Origins {
		out = append(out, o.sheet.origin(origin))
	}
	return out
}

// errorOf returns what is wrong with a field, once the person has been at it or has
// tried to save.
func (o *Overlay) errorOf(id string) string {
	if !o.tried && !o.touched[id] {
		return ""
	}
	switch {
	case strings.HasPrefix(id, prefixOrigin):
		if !on(o.sheet, id, false) && o.errs.For("origins") != "" {
			return "agree to it, or choose another way to log in"
		}
		return ""
	case strings.HasPrefix(id, prefixHTTP):
		return secret.CleanLine(o.errs.For("allow_http"))
	case id == idOwnWord:
		return secret.CleanLine(o.errs.For(idEnvironment))
	case id == idEnvironment && o.sheet.made[idOwnWord] != nil, strings.HasPrefix(id, prefixGrant):
		return ""
	}
	if name, ok := strings.CutPrefix(id, prefixSecret); ok && slices.Contains(session.ConnectionSecrets(), name) {
		return secret.CleanLine(o.errs.For(name))
	}
	i := slices.IndexFunc(o.questions.Fields, func(f definition.Field) bool { return fieldID(&f) == id })
	if i >= 0 {
		return secret.CleanLine(o.errs.For(o.questions.Fields[i].Name))
	}
	return secret.CleanLine(o.errs.For(id))
}
