package draft

import (
	"maps"
	"slices"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/definition"
	"tokenring/session/secret"
)

// Questions holds the choices and fields of a form with its current values.
type Questions struct {
	Logins []definition.Login  // those offered now
	Modes  []definition.Attach // those offered now
	Fields []definition.Field  // the definition's, then those of the chosen login
}

// Questions returns what a form asks for: it changes with the login that was
// chosen and with the values that others depend on. Secret fields are listed
// whether they are stored or not.
func (e *Editor) Questions(d *Form) (Questions, error) {
	def, err := e.Catalog.Get(d.Definition)
	if err != nil {
		return Questions{}, err
	}
	holds := def.Conditions(&session.Record{Account: d.account()})
	var questions Questions
	questions.Logins = slices.DeleteFunc(slices.Clone(def.Logins), func(l definition.Login) bool { return !holds(l.When) })
	questions.Modes = slices.DeleteFunc(slices.Clone(def.Attach), func(t definition.Attach) bool { return !holds(t.When) })
	questions.Fields = slices.DeleteFunc(def.FieldsFor(d.Login), func(f definition.Field) bool { return !holds(f.When) })
	return questions, nil
}

// Normalize is Questions, and leaves in the form only what it asks for. What it
// asks for may change with what was left out, so it repeats until it does not. The address
// of a login, where a part of it is asked for, becomes the values that are in it.
func (e *Editor) Normalize(d *Form) (Questions, error) {
	if def, err := e.Catalog.Get(d.Definition); err == nil {
		readAddress(d, def)
	}
	questions, err := e.Questions(d)
	for range 4 {
		if err != nil || !prune(d, questions.Fields) {
			break
		}
		questions, err = e.Questions(d)
	}
	return questions, err
}

func prune(d *Form, fields []definition.Field) (changed bool) {
	unasked := func(name string) bool {
		return !slices.Contains(session.ConnectionSecrets(), name) &&
			!slices.ContainsFunc(fields, func(f definition.Field) bool { return f.Name == name })
	}
	had := len(d.Values)
	maps.DeleteFunc(d.Values, func(name, _ string) bool { return unasked(name) })
	maps.DeleteFunc(d.NewSecrets, func(name string, _ secret.String) bool { return unasked(name) })
	maps.DeleteFunc(d.References, func(name, _ string) bool { return unasked(name) })
	d.Forget = slices.DeleteFunc(d.Forget, unasked)
	return len(d.Values) < had
}

// readAddress takes apart the first value that is the address of a login. It changes no
// other value that was entered.
func readAddress(d *Form, def *definition.Definition) {
	for _, f := range def.Fields {
		u, err := address.Parse(d.Values[f.Name])
		if err != nil || u.User != nil || u.RawQuery+u.Fragment != "" {
			continue
		}
		values, ok := def.LoginAt(u)
		if _, in := values[f.Name]; !ok || !in {
			continue
		}
		for _, other := range def.Fields {
			value, in := values[other.Name]
			had := d.Values[other.Name]
			if in && (had == "" || had == other.Default || other.Name == f.Name) {
				d.Values[other.Name] = value
			}
		}
		return
	}
}
