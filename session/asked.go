package session

import (
	"slices"

	"tokenring/session/backend"
)

// Asked is what a draft can choose from and is asked as it stands.
type Asked struct {
	Logins []backend.Login  // those offered now
	Modes  []backend.Attach // those offered now
	Fields []backend.Field  // the definition's, then those of the chosen login
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
	asked.Logins = slices.DeleteFunc(asked.Logins, func(l backend.Login) bool { return !holds(l.When, scope) })
	asked.Modes = slices.DeleteFunc(asked.Modes, func(t backend.Attach) bool { return !holds(t.When, scope) })
	asked.Fields = slices.DeleteFunc(asked.Fields, func(f backend.Field) bool { return !holds(f.When, scope) })
	return asked, nil
}
