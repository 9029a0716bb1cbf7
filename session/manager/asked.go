package manager

import (
	"slices"

	"tokenring/session/definition"
)

// Asked is what a draft can choose from and is asked as it stands.
type Asked struct {
	Logins []definition.Login  // those offered now
	Modes  []definition.Attach // those offered now
	Fields []definition.Field  // the definition's, then those of the chosen login
}

// Asked says what a form asks for a draft: it changes with the login that was
// chosen and with the values that others depend on. Secret fields are listed
// whether they are stored or not.
func (m *Manager) Asked(d *Draft) (Asked, error) {
	def, err := m.catalog.Get(d.Definition)
	if err != nil {
		return Asked{}, err
	}
	a := d.account()
	scope := plainScope(&a, nil, def)
	asked := Asked{
		Logins: slices.Clone(def.Logins),
		Modes:  slices.Clone(def.Attach),
		Fields: def.FieldsFor(d.Login),
	}
	asked.Logins = slices.DeleteFunc(asked.Logins, func(l definition.Login) bool { return !holds(l.When, scope) })
	asked.Modes = slices.DeleteFunc(asked.Modes, func(t definition.Attach) bool { return !holds(t.When, scope) })
	asked.Fields = slices.DeleteFunc(asked.Fields, func(f definition.Field) bool { return !holds(f.When, scope) })
	return asked, nil
}

// Settle is Asked, and leaves in the draft only what it is asked as it stands.
// What is asked may change with what was left out, so it is asked again until it
// does not.
func (m *Manager) Settle(d *Draft) (Asked, error) {
	asked, err := m.Asked(d)
	for range 4 {
		if err != nil || !prune(d, asked.Fields) {
			break
		}
		asked, err = m.Asked(d)
	}
	return asked, err
}

func prune(d *Draft, fields []definition.Field) (changed bool) {
	asked := func(name string) bool {
		return slices.ContainsFunc(fields, func(f definition.Field) bool { return f.Name == name })
	}
	for name := range d.Values {
		if !asked(name) {
			delete(d.Values, name)
			changed = true
		}
	}
	for name := range d.Secrets {
		if !asked(name) {
			delete(d.Secrets, name)
		}
	}
	for name := range d.References {
		if !asked(name) {
			delete(d.References, name)
		}
	}
	d.Forget = slices.DeleteFunc(d.Forget, func(name string) bool { return !asked(name) })
	return changed
}
