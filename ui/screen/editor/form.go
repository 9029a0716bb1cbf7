package editor

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/theme"
	"tokenring/ui/widget/field"
)

// The fields of a request, by the names that request.FieldError uses where it
// has one.
const (
	fieldName     = "name"
	fieldMethods  = "methods"
	fieldMethod   = "method"
	fieldTarget   = "target"
	fieldQuery    = "query"
	fieldHeaders  = "headers"
	fieldBodyType = "body type"
	fieldBody     = "body"
	fieldAttach   = "attach"
	fieldFollow   = "follow"
	fieldExpect   = "expect"
)

// form is a request as it is being typed.
type form struct {
	name, method, target, expect *field.Text // method is one that methods has not
	query, headers               pairs
	methods, bodyType, attach    *field.Choice
	follow                       *field.Switch
	body                         *area
	before, after                []*field.Field // those above query and headers, and those below
	kept                         request.Spec   // what the form does not show
}

// otherMethod is the choice of a method that is typed.
const otherMethod = "\x00other"

var methods = func() []field.Option {
	var all []field.Option
	for _, m := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"} {
		all = append(all, field.Option{Value: m, Title: m})
	}
	return append(all, field.Option{Value: otherMethod, Title: "other"})
}()

func newForm(th *theme.Theme, spec *request.Spec, modes []definition.Attach) *form {
	bodies := []field.Option{{Value: string(body.Auto), Title: body.Auto.Title()}}
	for _, kind := range body.Kinds() {
		bodies = append(bodies, field.Option{Value: kind, Title: body.Kind(kind).Title()})
	}
	attach := []field.Option{
		{Value: definition.AttachDefault, Title: "as the account says"}, {Value: definition.AttachNone, Title: "none: without the token"},
	}
	for i := range modes {
		title := cmp.Or(modes[i].Title, modes[i].Name)
		attach = append(attach, field.Option{Value: modes[i].Name, Title: secret.CleanLine(title)})
	}
	f := &form{
		name:     text(th, spec.Name, "what it is called in the list"),
		methods:  field.NewChoice(th, methods, strings.ToUpper(strings.TrimSpace(spec.Method))),
		method:   text(th, "", ""),
		target:   text(th, spec.Target, "/path below the base URL; ${.field} is filled in"),
		expect:   text(th, spec.Expect, `jq, such as .status == 200 and .body.id != null`),
		query:    newPairs(th, fieldQuery, spec.Query),
		headers:  newPairs(th, fieldHeaders, spec.Headers),
		bodyType: choice(th, bodies, string(spec.BodyType)),
		attach:   choice(th, attach, spec.Attach),
		follow:   field.NewSwitch(th, "follow redirects", spec.Follow),
		body:     newArea(th, spec.Body),
		kept:     *spec,
	}
	f.method.Default = methods[0].Value
	switch {
	case spec.Method == "":
		f.methods.Set(methods[0].Value)
	case f.methods.Value() == "":
		f.methods.Set(otherMethod)
		f.method.Set(spec.Method)
	}
	f.before = []*field.Field{
		{ID: fieldName, Label: "name", Control: f.name}, {ID: fieldMethods, Label: "method", Control: f.methods},
		{ID: fieldMethod, Control: f.method}, {ID: fieldTarget, Label: "path", Control: f.target},
	}
	f.after = []*field.Field{
		{ID: fieldBodyType, Label: "body", Control: f.bodyType}, {ID: fieldBody, Control: f.body},
		{ID: fieldAttach, Label: "token", Control: f.attach}, {ID: fieldFollow, Label: "redirects", Control: f.follow},
		{ID: fieldExpect, Label: "expect", Control: f.expect},
	}
	return f
}

func text(th *theme.Theme, value, hint string) *field.Text {
	t := field.NewText(th, value)
	t.Hint = hint
	return t
}

// choice begins with a value, which is added when it is none of the options.
func choice(th *theme.Theme, options []field.Option, value string) *field.Choice {
	if !slices.ContainsFunc(options, func(o field.Option) bool { return o.Value == value }) {
		options = append(options, field.Option{Value: value, Title: secret.CleanLine(value)})
	}
	return field.NewChoice(th, options, value)
}

// fields lists the fields in the order of tab.
func (f *form) fields() []*field.Field {
	all := slices.Concat(f.before, f.query.fields(), f.headers.fields(), f.after)
	return slices.DeleteFunc(all, func(one *field.Field) bool { return one.ID == fieldMethod && f.methods.Value() != otherMethod })
}

// spec is the request as it stands. Rows that are empty stay, so that the rows
// of an error are those of the form.
func (f *form) spec() request.Spec {
	s := f.kept
	s.Shown = "" // of what it was
	if s.Method = f.methods.Value(); s.Method == otherMethod {
		s.Method = strings.ToUpper(f.method.Value())
	}
	s.Name, s.Target = f.name.Value(), f.target.Value()
	s.Expect, s.Query, s.Headers = f.expect.Value(), f.query.values(), f.headers.values()
	s.BodyType, s.Body = f.kind(), f.body.value()
	s.Attach, s.Follow = f.attach.Value(), f.follow.On
	return s
}

// kind is the kind of body that was chosen.
func (f *form) kind() body.Kind { return body.Kind(f.bodyType.Value()) }

// final is spec without empty rows.
func (f *form) final() request.Spec {
	s := f.spec()
	s.Query, s.Headers = filled(s.Query), filled(s.Headers)
	return s
}

func filled(all []request.Pair) []request.Pair {
	var out []request.Pair
	for _, p := range all {
		if p.Name != "" || p.Value != "" {
			out = append(out, p)
		}
	}
	return out
}

// check finds what is wrong with each field by itself.
func (f *form) check() map[string]*request.FieldError {
	s := f.spec()
	wrong := map[string]*request.FieldError{}
	for name, part := range map[string]request.Spec{
		fieldMethod: {Method: s.Method}, fieldTarget: {Target: s.Target}, fieldQuery: {Query: s.Query},
		fieldHeaders: {Headers: s.Headers}, fieldBody: {Body: s.Body, BodyType: s.BodyType}, fieldExpect: {Expect: s.Expect},
	} {
		if _, err := part.Compile(); err != nil {
			wrong[name] = asFieldError(name, err)
		}
	}
	return wrong
}

// id is the field that an error belongs to.
func id(e *request.FieldError) string {
	if e.Field == fieldQuery || e.Field == fieldHeaders {
		return row(e.Field, e.Row)
	}
	return e.Field
}

// row is the id of a row of query or headers, from 1.
func row(name string, n int) string { return name + " " + strconv.Itoa(max(1, n)) }
