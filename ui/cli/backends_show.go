package cli

import (
	"cmp"
	"fmt"
	"strings"

	"tokenring/session/definition"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

// shownBackend is a definition as backends show --json prints it.
type shownBackend struct {
	Name     string         `json:"name"`
	Title    string         `json:"title"`
	Source   string         `json:"source"`
	Docs     string         `json:"docs,omitempty"`
	Proven   *shownProof    `json:"proven,omitempty"`
	From     []string       `json:"from,omitempty"`
	BaseURL  string         `json:"base_url"`
	Fields   []shownField   `json:"fields,omitempty"`
	Logins   []shownLogin   `json:"logins"`
	Refresh  []string       `json:"refresh,omitempty"`
	Check    string         `json:"check,omitempty"`
	Logout   []string       `json:"logout,omitempty"`
	Attach   []string       `json:"attach"`
	Requests []shownRequest `json:"requests,omitempty"`
	Notes    []string       `json:"notes,omitempty"`
}

type shownProof struct {
	On   string `json:"on"`
	When string `json:"when"`
}

type shownField struct {
	Name    string   `json:"name"`
	Label   string   `json:"label,omitempty"`
	Type    string   `json:"type"`
	Secret  bool     `json:"secret,omitempty"`
	Needed  bool     `json:"needed"`
	Default any      `json:"default,omitempty"`
	Options []string `json:"options,omitempty"`
	When    string   `json:"when,omitempty"`
}

type shownLogin struct {
	Name   string       `json:"name"`
	Title  string       `json:"title"`
	Fields []shownField `json:"fields,omitempty"`
	Steps  []string     `json:"steps"`
}

type shownRequest struct {
	Name   string `json:"name"`
	Title  string `json:"title,omitempty"`
	Method string `json:"method"`
	Target string `json:"target"`
	Expect string `json:"expect,omitempty"`
}

func (b *backends) show(name string) error {
	c := b.env.Catalog()
	if b.yaml {
		_, text, err := c.Text(name)
		if err == nil {
			_, err = b.env.Out.Write(text)
		}
		return err
	}
	def, err := c.Get(name)
	if err != nil {
		return app.Advise(err, "see them with: tokenring backends")
	}
	shown := showBackend(def)
	if b.env.JSON {
		return term.WriteJSON(b.env.Out, shown)
	}
	return b.env.Print(shown.text())
}

func showBackend(d *definition.Definition) *shownBackend {
	s := &shownBackend{Name: d.Name, Title: d.Title, Source: d.Source, Docs: d.Docs, From: d.From, BaseURL: d.BaseURL.Source(), Fields: showFields(d.Fields), Notes: d.Notes}
	if d.Proven.On != "" {
		s.Proven = &shownProof{d.Proven.On, d.Proven.When}
	}
	for i := range d.Logins {
		l := &d.Logins[i]
		s.Logins = append(s.Logins, shownLogin{Name: l.Name, Title: l.Title, Fields: showFields(l.Fields), Steps: showSteps(l.Steps)})
	}
	if d.Refresh != nil {
		s.Refresh = showSteps(d.Refresh.Steps)
	}
	if d.Check != nil {
		s.Check = showCall(d.Check.Request)
	}
	if d.Logout != nil {
		s.Logout = showSteps(d.Logout.Steps)
	}
	for i := range d.Attach {
		s.Attach = append(s.Attach, showAttach(&d.Attach[i]))
	}
	for i := range d.Requests {
		spec := request.FromDefinition(&d.Requests[i])
		s.Requests = append(s.Requests, shownRequest{Name: spec.Name, Title: spec.Title, Method: spec.Method, Target: spec.Target, Expect: spec.Expect})
	}
	return s
}

func showFields(fields []definition.Field) []shownField {
	var out []shownField
	for _, f := range fields {
		one := shownField{Name: f.Name, Label: f.Label, Type: string(f.Type), Secret: f.Secret, Needed: !f.Optional && f.Default == nil, Default: f.Default, Options: f.Options}
		if f.When != nil {
			one.When = f.When.Source()
		}
		out = append(out, one)
	}
	return out
}

// showSteps describes what each step does and captures.
func showSteps(steps []definition.Step) []string {
	var out []string
	for i := range steps {
		st := &steps[i]
		text := ""
		switch {
		case st.Request != nil:
			text = showCall(st.Request)
		case st.Sign != nil:
			text = "signs " + st.Sign.Name
		case st.Discover != nil:
			text = "reads the metadata of " + st.Discover.Issuer.Source()
		case st.Authorize != nil:
			text = "has a person log in with a browser at " + st.Authorize.URL.Source()
		case st.Browser != nil:
			text = "has a person log in with a browser at " + st.Browser.URL.Source()
		case st.Identify != nil:
			text = "checks the ID token"
		case st.Prompt != nil:
			text = "asks for " + st.Prompt.Name
		case st.Show != nil:
			text = "shows instructions"
		case st.Note != nil && len(st.Capture) == 0:
			continue // only a remark
		case st.Fail != nil:
			text = "fails as " + string(st.Fail.Is)
		default:
			text = "stores the entered values"
		}
		var kept []string
		for _, c := range st.Capture {
			name := c.Name
			if c.Optional {
				name += "?"
			}
			kept = append(kept, name)
		}
		if len(kept) > 0 {
			text += " → " + strings.Join(kept, ", ")
		}
		if st.When != nil {
			text += "  when " + st.When.Source()
		}
		out = append(out, text)
	}
	return out
}

func showCall(r *definition.Request) string {
	spec := request.FromDefinition(r)
	return spec.Method + " " + cmp.Or(spec.Target, "the base address")
}

func showAttach(a *definition.Attach) string {
	var parts []string
	for _, of := range []struct {
		what  string
		pairs []definition.Pair
	}{{"header", a.Headers}, {"query", a.Query}, {"cookie", a.Cookies}} {
		for _, p := range of.pairs {
			parts = append(parts, of.what+" "+p.Name.Source())
		}
	}
	if a.Path != nil {
		parts = append(parts, "path "+a.Path.Source())
	}
	if a.Body != nil {
		parts = append(parts, "body")
	}
	for i := range a.Sign {
		parts = append(parts, "signed "+a.Sign[i].Place+" "+a.Sign[i].Pair.Name.Source())
	}
	return a.Name + ": " + strings.Join(parts, ", ")
}

// text describes a definition for a reader.
func (s *shownBackend) text() string {
	var p outline
	p.line("name", s.Name+"  "+s.Title)
	p.line("file", s.Source)
	p.line("docs", s.Docs)
	if s.Proven != nil {
		p.line("proven", "on "+s.Proven.On+", "+s.Proven.When)
	}
	p.lines("from", s.From)
	p.line("address", s.BaseURL)
	p.fields(s.Fields)
	for _, l := range s.Logins {
		p.line("login", l.Name+"  "+l.Title)
		p.fields(l.Fields)
		p.lines("  step", l.Steps)
	}
	p.lines("refresh", s.Refresh)
	p.line("check", s.Check)
	p.lines("logout", s.Logout)
	p.lines("attach", s.Attach)
	for _, r := range s.Requests {
		p.line("request", strings.TrimRight(r.Name+"  "+r.Method+" "+r.Target+"  "+r.Title, " "))
	}
	p.lines("note", s.Notes)
	return p.String()
}

// outline is a text of labelled lines.
type outline struct{ strings.Builder }

func (p *outline) line(what, text string) {
	if text != "" {
		fmt.Fprintln(p, secret.CleanLine(fmt.Sprintf("%-9s %s", what, text)))
	}
}

func (p *outline) lines(what string, texts []string) {
	for _, text := range texts {
		p.line(what, text)
	}
}

func (p *outline) fields(fields []shownField) {
	var rows [][]string
	for _, f := range fields {
		rows = append(rows, []string{"  field  ", f.Name, f.Label, f.words()})
	}
	_ = term.WriteTable(p, rows) // a strings.Builder does not fail
}

func (f *shownField) words() string {
	var parts []string
	if f.Secret {
		parts = append(parts, "secret")
	} else if f.Type != string(definition.TypeString) {
		parts = append(parts, f.Type)
	}
	if len(f.Options) > 0 {
		parts = append(parts, strings.Join(f.Options, "|"))
	}
	switch {
	case f.Default != nil:
		parts = append(parts, fmt.Sprintf("default %v", f.Default))
	case !f.Needed:
		parts = append(parts, "optional")
	}
	if f.When != "" {
		parts = append(parts, "when "+f.When)
	}
	return strings.Join(parts, ", ")
}
