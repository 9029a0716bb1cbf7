package shell

import (
	"io"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// Bounds of what a script expands to, in bytes: values that double soon fill the memory.
const (
	maxValue    = 256 << 10 // of a variable
	maxReplaced = 1 << 10   // of one in which a text is replaced
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
	text := func(s string) expand.Variable { return expand.Variable{Set: true, Kind: expand.String, Str: s} }
	if without, ok := strings.CutPrefix(name, unknown); ok {
		return text(e.Open(without))
	}
	if user, ok := strings.CutPrefix(name, "HOME "); ok {
		return text("~" + user) // of a machine that is not this one
	}
	if name == "IFS" {
		return text(e.separators)
	}
	if value, ok := e.Given(name); ok {
		return text(value)
	}
	return e.set[name]
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
	s.leaveOpen(w.Parts)
	all, err := expand.Fields(s.config(separators), w)
	if err != nil {
		return []string{s.Open("expression")}
	}
	return all
}

// document expands the text of a here-document.
func (s *script) document(w *syntax.Word) string {
	s.leaveOpen(w.Parts)
	text, err := expand.Document(s.config(blanks), w)
	if err != nil {
		return s.Open("expression")
	}
	return text
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
			if name = s.missing(p); name == "" && p.Exp != nil && p.Exp.Word != nil {
				s.leaveOpen(p.Exp.Word.Parts)
			}
		case *syntax.ArithmExp:
			syntax.Walk(p, func(n syntax.Node) bool {
				switch n := n.(type) {
				case *syntax.ParamExp:
					name = s.missing(n)
				case *syntax.Word:
					if bare := n.Lit(); syntax.ValidName(bare) && !(environment{s, ""}).Get(bare).IsSet() {
						name = bare
					}
				}
				return name == ""
			})
		}
		if name != "" {
			parts[i] = &syntax.ParamExp{Short: true, Param: &syntax.Lit{Value: unknown + name}}
		}
	}
}

// missing returns the name of a variable whose value an expansion needs and that has none.
func (s *script) missing(p *syntax.ParamExp) string {
	v, replaces := environment{s, ""}.Get(p.Param.Value), p.Repl != nil
	if p.Exp != nil {
		switch p.Exp.Op {
		case syntax.DefaultUnset, syntax.DefaultUnsetOrNull, syntax.AssignUnset, syntax.AssignUnsetOrNull, syntax.AlternateUnset, syntax.AlternateUnsetOrNull:
			return ""
		case syntax.ErrorUnset, syntax.ErrorUnsetOrNull:
			replaces = v.String() == ""
		}
	}
	if !v.IsSet() || replaces && (v.String() == "" || len(v.String()) > maxReplaced) {
		return p.Param.Value
	}
	return ""
}
