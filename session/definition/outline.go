package definition

import (
	_ "embed"
	"encoding/json"
	"slices"
	"sync"

	"tokenring/session/jq"
)

// Outline is what a listing needs to know of a definition to tell how an
// account stands. Unlike a Definition it is had at once where it is built in:
// reading all of those files takes longer than all else until the first frame.
type Outline struct {
	Title   string
	Fields  []Field // without what a form shows
	Logins  []LoginOutline
	Refresh *FlowOutline
	Check   *FlowOutline
	Logout  *FlowOutline
}

// LoginOutline is the outline of one login.
type LoginOutline struct {
	Name       string
	Fields     []Field
	Unattended bool // with stored values it needs nobody, and asks nothing

	all []Field // those of the account, then those of the login
}

// FlowOutline is the outline of a refresh, a check or a logout.
type FlowOutline struct {
	Needs string // the token that must still be alive; "" when none
	When  *jq.Query
}

// FieldsFor gives the fields an account with this login has, as
// Definition.FieldsFor does. They must not be changed.
func (o *Outline) FieldsFor(login string) []Field {
	if l := o.Login(login); l != nil {
		return l.all
	}
	return o.Fields
}

// add puts a login behind the others.
func (o *Outline) add(l LoginOutline) {
	l.all = slices.Concat(o.Fields, l.Fields)
	o.Logins = append(o.Logins, l)
}

// Login gives the login of a name; "" is the first. Nil when there is none.
func (o *Outline) Login(name string) *LoginOutline {
	for i := range o.Logins {
		if name == "" || o.Logins[i].Name == name {
			return &o.Logins[i]
		}
	}
	return nil
}

// Outline takes from the definition what a listing needs.
func (d *Definition) Outline() *Outline {
	o := &Outline{Title: d.Title, Fields: bareFields(d.Fields)}
	for i := range d.Logins {
		l := &d.Logins[i]
		o.add(LoginOutline{Name: l.Name, Fields: bareFields(l.Fields), Unattended: l.Unattended && !l.asks()})
	}
	if d.Refresh != nil {
		o.Refresh = &FlowOutline{Needs: d.Refresh.Needs, When: d.Refresh.When}
	}
	if d.Check != nil {
		o.Check = &FlowOutline{When: d.Check.When}
	}
	if d.Logout != nil {
		o.Logout = &FlowOutline{When: d.Logout.When}
	}
	return o
}

// asks reports whether a step of the login turns to the person.
func (l *Login) asks() bool {
	for i := range l.Steps {
		if l.Steps[i].Prompt != nil || l.Steps[i].Show != nil {
			return true
		}
	}
	return false
}

// bareFields are fields without what a form shows of them.
func bareFields(fields []Field) []Field {
	var out []Field
	for _, f := range fields {
		out = append(out, Field{
			Name: f.Name, Type: f.Type, Secret: f.Secret, Optional: f.Optional, Default: f.Default, When: f.When,
		})
	}
	return out
}

// outlinesJSON holds the outlines of the definitions that are built in, by
// name. It is written by the test that compares the two.
//
//go:generate go test -run ^TestTheOutlinesBuiltIn$ -update .
//go:embed outlines.json
var outlinesJSON []byte

// builtinOutlines gives the outlines of the definitions that are built in, by
// name; each is read when it is first asked for.
var builtinOutlines = sync.OnceValue(func() map[string]func() *Outline {
	var files map[string]json.RawMessage
	mustRead(outlinesJSON, &files)
	out := make(map[string]func() *Outline, len(files))
	for name, text := range files {
		out[name] = sync.OnceValue(func() *Outline {
			var f outlineFile
			mustRead(text, &f)
			return f.outline()
		})
	}
	return out
})

func mustRead(text []byte, into any) {
	if err := json.Unmarshal(text, into); err != nil {
		panic(err) // the file is embedded
	}
}

// outlineFile is an Outline in outlines.json.
type outlineFile struct {
	Title   string         `json:"title"`
	Fields  []outlineField `json:"fields,omitempty"`
	Logins  []outlineLogin `json:"logins"`
	Refresh *outlineFlow   `json:"refresh,omitempty"`
	Check   *outlineFlow   `json:"check,omitempty"`
	Logout  *outlineFlow   `json:"logout,omitempty"`
}

type outlineField struct {
	Name     string    `json:"name"`
	Type     FieldType `json:"type"`
	Secret   bool      `json:"secret,omitempty"`
	Optional bool      `json:"optional,omitempty"`
	Text     *string   `json:"default,omitempty"`
	Number   *int64    `json:"default_int,omitempty"`
	Bool     *bool     `json:"default_bool,omitempty"`
	When     string    `json:"when,omitempty"`
}

type outlineLogin struct {
	Name       string         `json:"name"`
	Fields     []outlineField `json:"fields,omitempty"`
	Unattended bool           `json:"unattended,omitempty"`
}

type outlineFlow struct {
	Needs string `json:"needs,omitempty"`
	When  string `json:"when,omitempty"`
}

func (f *outlineFile) outline() *Outline {
	o := &Outline{
		Title: f.Title, Fields: readFields(f.Fields),
		Refresh: f.Refresh.outline(), Check: f.Check.outline(), Logout: f.Logout.outline(),
	}
	for _, l := range f.Logins {
		o.add(LoginOutline{Name: l.Name, Fields: readFields(l.Fields), Unattended: l.Unattended})
	}
	return o
}

func (f *outlineFlow) outline() *FlowOutline {
	if f == nil {
		return nil
	}
	return &FlowOutline{Needs: f.Needs, When: later(f.When)}
}

func readFields(fields []outlineField) []Field {
	var out []Field
	for _, f := range fields {
		field := Field{Name: f.Name, Type: f.Type, Secret: f.Secret, Optional: f.Optional, When: later(f.When)}
		switch {
		case f.Text != nil:
			field.Default = *f.Text
		case f.Number != nil:
			field.Default = *f.Number
		case f.Bool != nil:
			field.Default = *f.Bool
		}
		out = append(out, field)
	}
	return out
}

func later(src string) *jq.Query {
	if src == "" {
		return nil
	}
	return jq.Later(src)
}
