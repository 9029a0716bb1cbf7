package editor

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/request"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// The fields of a request, by the names that request.FieldError uses where it
// has one.
const (
	fieldName     = "name"
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
	theme                        *theme.Theme
	name, method, target, expect *widget.Input
	query, headers               pairs
	bodyType, attach, follow     *choice
	body                         *area
	kept                         request.Spec // what the form does not show
}

func newForm(th *theme.Theme, spec *request.Spec, modes []definition.Attach) *form {
	f := &form{theme: th, kept: *spec}
	f.name = input(th, spec.Name, "what it is called in the list")
	f.method = input(th, spec.Method, "GET")
	f.target = input(th, spec.Target, "/path below the base URL; ${.field} is filled in")
	f.expect = input(th, spec.Expect, `jq, such as .status == 200 and .body.id != null`)
	f.query = newPairs(th, spec.Query)
	f.headers = newPairs(th, spec.Headers)
	bodies := []option{{string(body.Auto), body.Auto.Title()}}
	for _, kind := range body.Kinds() {
		bodies = append(bodies, option{kind, body.Kind(kind).Title()})
	}
	f.bodyType = newChoice(string(spec.BodyType), bodies)
	attach := []option{{definition.AttachDefault, "as the account says"}, {definition.AttachNone, "none: without the token"}}
	for i := range modes {
		title := modes[i].Title
		if title == "" {
			title = modes[i].Name
		}
		attach = append(attach, option{modes[i].Name, title})
	}
	f.attach = newChoice(spec.Attach, attach)
	follow := ""
	if spec.Follow {
		follow = "yes"
	}
	f.follow = newChoice(follow, []option{{"yes", "follow redirects"}, {"", "show a redirect as the answer"}})
	f.body = newArea(th, spec.Body)
	return f
}

func input(th *theme.Theme, value, hint string) *widget.Input {
	in := widget.NewInput(th, "", hint)
	in.Set(value)
	return in
}

// spec is the request as it stands. Rows that are empty stay, so that the rows
// of an error are those of the form.
func (f *form) spec() request.Spec {
	s := f.kept
	s.Name = strings.TrimSpace(f.name.Value())
	s.Method = strings.ToUpper(strings.TrimSpace(f.method.Value()))
	s.Target = strings.TrimSpace(f.target.Value())
	s.Expect = strings.TrimSpace(f.expect.Value())
	s.Query, s.Headers = f.query.values(), f.headers.values()
	s.BodyType, s.Body = f.kind(), f.body.value()
	s.Attach, s.Follow = f.attach.value(), f.follow.value() != ""
	return s
}

// kind is the kind of body that was chosen.
func (f *form) kind() body.Kind { return body.Kind(f.bodyType.value()) }

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
	for field, part := range map[string]request.Spec{
		fieldMethod: {Method: s.Method}, fieldTarget: {Target: s.Target}, fieldQuery: {Query: s.Query},
		fieldHeaders: {Headers: s.Headers}, fieldBody: {Body: s.Body, BodyType: s.BodyType}, fieldExpect: {Expect: s.Expect},
	} {
		if _, err := part.Compile(); err != nil {
			wrong[field] = asFieldError(field, err)
		}
	}
	return wrong
}

// slot is a place of the form that can have the focus.
type slot struct {
	field string
	row   int // of query and headers
	value bool
	text  *widget.Input
	pick  *choice
	area  *area
}

// slots lists the places in the order of tab.
func (f *form) slots() []slot {
	out := []slot{
		{field: fieldName, text: f.name}, {field: fieldMethod, text: f.method}, {field: fieldTarget, text: f.target},
	}
	out = append(out, f.query.slots(fieldQuery)...)
	out = append(out, f.headers.slots(fieldHeaders)...)
	return append(out,
		slot{field: fieldBodyType, pick: f.bodyType}, slot{field: fieldBody, area: f.body},
		slot{field: fieldAttach, pick: f.attach}, slot{field: fieldFollow, pick: f.follow},
		slot{field: fieldExpect, text: f.expect},
	)
}

func (s *slot) focus() tea.Cmd {
	switch {
	case s.text != nil:
		return s.text.Focus()
	case s.area != nil:
		return s.area.focus()
	}
	return nil
}

func (s *slot) blur() {
	switch {
	case s.text != nil:
		s.text.Blur()
	case s.area != nil:
		s.area.blur()
	}
}

func (s *slot) update(msg tea.Msg) tea.Cmd {
	switch {
	case s.text != nil:
		return s.text.Update(msg)
	case s.area != nil:
		return s.area.update(msg)
	}
	return nil
}

// pairs is the rows of query or headers; the last one is always empty, to be
// written in.
type pairs struct {
	theme *theme.Theme
	rows  []*pair
}

type pair struct {
	name, value *widget.Input
	off         bool
}

func newPairs(th *theme.Theme, all []request.Pair) pairs {
	p := pairs{theme: th}
	for _, one := range all {
		p.rows = append(p.rows, &pair{name: input(th, one.Name, "name"), value: input(th, one.Value, "value"), off: one.Off})
	}
	p.grow()
	return p
}

// grow adds the empty row when there is none.
func (p *pairs) grow() {
	if n := len(p.rows); n > 0 && p.rows[n-1].name.Value() == "" && p.rows[n-1].value.Value() == "" {
		return
	}
	p.rows = append(p.rows, &pair{name: input(p.theme, "", "name"), value: input(p.theme, "", "value")})
}

func (p *pairs) values() []request.Pair {
	out := make([]request.Pair, len(p.rows))
	for i, r := range p.rows {
		out[i] = request.Pair{Name: r.name.Value(), Value: r.value.Value(), Off: r.off}
	}
	return out
}

func (p *pairs) slots(field string) []slot {
	var out []slot
	for i, r := range p.rows {
		out = append(out, slot{field: field, row: i, text: r.name}, slot{field: field, row: i, value: true, text: r.value})
	}
	return out
}

// choice is one of a few.
type choice struct {
	options []option
	at      int
}

type option struct{ value, title string }

// newChoice begins with a value, which is added when it is none of the
// options.
func newChoice(value string, options []option) *choice {
	c := &choice{options: options}
	for i := range options {
		if options[i].value == value {
			c.at = i
			return c
		}
	}
	c.options, c.at = append(options, option{value, value}), len(options)
	return c
}

func (c *choice) value() string { return c.options[c.at].value }

func (c *choice) turn(n int) { c.at = (c.at + n + len(c.options)) % len(c.options) }
