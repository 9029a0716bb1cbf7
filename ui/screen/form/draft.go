package form

import (
	"slices"
	"strconv"
	"strings"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/secret"
	"tokenring/ui/widget/field"
)

// draft returns the account as the form holds it now. Fields that are not asked at
// the moment are in it too; settle leaves them out.
func (o *Overlay) draft() *draft.Form {
	s, b := o.sheet, o.sheet.begin
	d := &draft.Form{
		Account: session.Account{
			ID: o.id, Definition: o.def.Name, Name: o.name(), Login: o.login(),
			Environment: s.word(), Values: map[string]string{},
			References: map[string]string{},
			Attach:     chosen(s, idAttach, b.Attach), Guard: session.Guard(chosen(s, idGuard, string(b.Guard))),
			KeepAlive: on(s, idKeepAlive, b.KeepAlive), Relogin: on(s, idRelogin, b.Relogin), Verify: on(s, idVerify, b.Verify),
		},
		Was:        b.Was,
		NewSecrets: map[string]secret.String{},
	}
	for _, f := range o.def.FieldsFor(d.Login) {
		if f.Secret {
			s.draftSecret(d, &f)
		} else if v, ok := s.value(&f); ok {
			d.Values[f.Name] = v
		}
	}
	if needsPerson(o.def.Login(d.Login)) != "" {
		d.Relogin = false
	}
	o.draftConnection(d)
	o.agreed(d)
	return d
}

func (s *sheet) draftSecret(d *draft.Form, f *definition.Field) {
	c, ok := controlOf[*field.Secret](s, fieldID(f))
	switch {
	case !ok:
	case c.Forget:
		d.Forget = append(d.Forget, f.Name)
	case c.Place() != "":
		d.References[f.Name] = c.Place()
	case !c.Value().IsZero():
		d.NewSecrets[f.Name] = c.Value()
	}
}

// agreed copies what the person agreed to for the current address:
// consent to another one does not count.
func (o *Overlay) agreed(d *draft.Form) {
	d.AllowHTTP = on(o.sheet, prefixHTTP+o.to.Origin, false)
	for _, origin := range o.to.Origins {
		if on(o.sheet, originID(origin), o.sheet.begin.Origins.Allow(origin.Origin, origin.For)) {
			d.Origins = d.Origins.With(origin)
		}
	}
	for _, f := range o.def.FieldsFor(d.Login) {
		lender := d.Values[f.Name]
		if f.Type == definition.TypeAccount && lender != "" && !slices.Contains(d.Grants, lender) &&
			on(o.sheet, prefixGrant+lender+"@"+o.to.Origin, false) {
			d.Grants = append(d.Grants, lender)
		}
	}
}

// login returns the name of the chosen login.
func (o *Overlay) login() string {
	name := o.sheet.begin.Login
	if name == "" && len(o.def.Logins) > 0 {
		name = o.def.Logins[0].Name
	}
	return chosen(o.sheet, idLogin, name)
}

// name returns what was typed, else the suggestion.
func (o *Overlay) name() string {
	if t, ok := controlOf[*field.Text](o.sheet, idName); ok && t.Value() != "" {
		return t.Value()
	}
	return o.suggestion()
}

// suggestion returns a name that no account has yet.
func (o *Overlay) suggestion() string {
	who := ""
	if l := o.def.Login(o.login()); l != nil {
		for i := range l.Fields {
			if v, ok := o.sheet.value(&l.Fields[i]); ok && v != "" && l.Fields[i].Type == definition.TypeString && !l.Fields[i].Secret {
				who = v
				break
			}
		}
	}
	base := suggest(who, o.to.Origin, o.def.Name)
	name := base
	for n := 2; o.choices.named(name, o.id); n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	return name
}

// word returns the environment.
func (s *sheet) word() string {
	w := chosen(s, idEnvironment, s.begin.Environment)
	if w != ownWord {
		return w
	}
	if t, ok := controlOf[*field.Text](s, idOwnWord); ok {
		return strings.TrimSpace(t.Value())
	}
	return ""
}

func chosen(s *sheet, id, otherwise string) string {
	if c, ok := controlOf[*field.Choice](s, id); ok {
		return c.Value()
	}
	return otherwise
}

func on(s *sheet, id string, otherwise bool) bool {
	if c, ok := controlOf[*field.Switch](s, id); ok {
		return c.On
	}
	return otherwise
}
