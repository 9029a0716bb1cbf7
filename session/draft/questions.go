package draft

import (
	"maps"
	"slices"

	"tokenring/session"
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
// asks for may change with what was left out, so it repeats until it does not.
func (e *Editor) Normalize(d *Form) (Questions, error) {
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
