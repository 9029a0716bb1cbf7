package shell

import (
	"cmp"
	"io"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// Bounds of what scripts expand to, in bytes: values that double soon fill the memory.
const (
	maxValue    = 256 << 10 // of a variable
	maxExpanded = 64 << 20  // of all that are read
)

const blanks = " \t\n" // between fields

// unknown begins the names of variables without a value. It is in no name of a script.
const unknown = "without a value: "

// environment shows the variables of a script to the expansion of a word.
type environment struct {
	*script
	separators string
}

func (e environment) Get(name string) expand.Variable {
	if without, ok := strings.CutPrefix(name, unknown); ok {
		return literal(e.Open(without))
	}
	if user, ok := strings.CutPrefix(name, "HOME "); ok {
		return literal("~" + user) // of a machine that is not this one
	}
	if name == "IFS" {
		return literal(e.separators)
	}
	v := e.variable(name)
	if e.expanded += len(v.Str) + len(strings.Join(v.List, "")); e.expanded > maxExpanded {
		return expand.Variable{}
	}
	return v
}

// variable returns a variable that is given or set.
func (s *script) variable(name string) expand.Variable {
	if value, ok := s.Given(name); ok {
		return literal(value)
	}
	return s.set[name]
}

func literal(text string) expand.Variable {
	return expand.Variable{Set: true, Kind: expand.String, Str: text}
}

func (e environment) Each(func(string, expand.Variable) bool) {}

func (e environment) Set(name string, v expand.Variable) error { // by ${A:=b}
	e.set[name] = v
	return nil
}

func (s *script) config(separators string) *expand.Config {
	return &expand.Config{
		Env: environment{s, separators}, ExtGlob: true, CmdSubst: s.substitute,
		ProcSubst: func(*syntax.ProcSubst) (string, error) { return s.Open("command"), nil },
	}
}

// fields expands a word.
func (s *script) fields(w *syntax.Word, separators string) []string {
	return s.expand(w, separators, func(c *expand.Config) ([]string, error) { return expand.Fields(c, w) })
}

// document expands the text of a here-document.
func (s *script) document(w *syntax.Word) string {
	return s.expand(w, blanks, func(c *expand.Config) ([]string, error) {
		text, err := expand.Document(c, w)
		return []string{text}, err
	})[0]
}

// expand expands a word unless that makes too much of it.
func (s *script) expand(w *syntax.Word, separators string, with func(*expand.Config) ([]string, error)) []string {
	most := max(s.expanded, maxExpanded)
	if s.leaveOpen(w.Parts); s.expanded <= most {
		if all, err := with(s.config(separators)); err == nil && s.expanded <= most {
			return all
		}
	}
	s.made = true
	return []string{s.Open("expression")}
}

// substitute writes the output of a command substitution if it is in the script. Else it adds the
// commands of curl in it.
func (s *script) substitute(w io.Writer, c *syntax.CmdSubst) error {
	before := len(s.commands)
	s.statements(c.Stmts)
	text, known := s.output(before)
	if known {
		s.commands = s.commands[:before]
	} else {
		s.onlyCurl(before)
		text, s.made = s.Open("command"), true
	}
	_, err := io.WriteString(w, text)
	return err
}

// leaveOpen lets the parts of a word that need a variable without a value expand to what Open
// returns for it.
func (s *script) leaveOpen(parts []syntax.WordPart) {
	for i, part := range parts {
		name := ""
		switch p := part.(type) {
		case *syntax.DblQuoted:
			s.leaveOpen(p.Parts)
		case *syntax.ParamExp:
			name = s.missing(p)
		case *syntax.ArithmExp:
			name = s.missingIn(p)
		}
		if name != "" {
			parts[i] = &syntax.ParamExp{Short: true, Param: &syntax.Lit{Value: unknown + name}}
		}
	}
}

// missing returns the name of a variable whose value an expansion needs and that has none.
func (s *script) missing(p *syntax.ParamExp) string {
	v, needed := s.variable(p.Param.Value), true
	if p.Exp != nil {
		switch p.Exp.Op {
		case syntax.DefaultUnset, syntax.DefaultUnsetOrNull, syntax.AssignUnset, syntax.AssignUnsetOrNull, syntax.AlternateUnset, syntax.AlternateUnsetOrNull:
			needed = false
		case syntax.ErrorUnset, syntax.ErrorUnsetOrNull:
			v.Set = v.String() != ""
		}
		if p.Exp.Word != nil {
			s.leaveOpen(p.Exp.Word.Parts)
		}
	}
	switch {
	case needed && !v.IsSet(), p.Repl != nil && v.String() == "":
		return p.Param.Value
	case p.Repl != nil && p.Repl.With != nil:
		with := strings.Join(s.fields(p.Repl.With, ""), "")
		s.expanded += len(v.String()) * len(with)
		p.Repl.With = &syntax.Word{Parts: []syntax.WordPart{&syntax.SglQuoted{Value: with}}}
	case p.Slice != nil:
		return cmp.Or(s.missingIn(p.Slice.Offset), s.missingIn(p.Slice.Length))
	case p.Index != nil:
		return s.missingIn(p.Index)
	}
	return ""
}

// missingIn returns the name of a variable in a number whose value is missing.
func (s *script) missingIn(number syntax.Node) (name string) {
	if number == nil {
		return ""
	}
	syntax.Walk(number, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.ParamExp:
			name = cmp.Or(name, s.missing(n))
			return false
		case *syntax.Word:
			if bare := n.Lit(); syntax.ValidName(bare) && !s.variable(bare).IsSet() {
				name = cmp.Or(name, bare)
			}
		}
		return name == ""
	})
	return name
}
