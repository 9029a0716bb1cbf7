// Package shell parses command lines like a shell, without running or expanding
// them.
package shell

import (
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"tokenring/session/lazy"
)

// Word is one word of a command, without quotes.
type Word struct {
	Text   string
	Offset int // in the source
}

// Command is a simple command of a script.
type Command struct {
	Words []Word
	Input *string // its standard input if the source contains it; nil: unknown
	Rest  string  // the redirection or pipe after it, or ""
}

// Variables are the variables of scripts that run one after the other.
type Variables struct {
	Given func(name string) (value string, ok bool) // one that wins over the script's own
	Open  func(name string) string                  // returns the text for a variable without a value, or for "command", a command substitution
	Set   func(name, value string)                  // called for each variable that the script sets

	set      map[string]expand.Variable // by the scripts so far
	expanded int                        // bytes that expansions have read
}

// Error is a syntax error. It does not quote the source, which may hold secrets.
type Error struct {
	Offset     int
	Incomplete bool   // the source ends inside quotes or brackets
	Typeset    string // describes a character that an editor substituted; or ""
}

func (e *Error) Error() string {
	switch {
	case e.Typeset != "":
		return e.Typeset
	case e.Incomplete:
		return "a quote or a bracket is not closed"
	}
	return "invalid shell syntax"
}

// errorIn converts an error of the parser to an [Error].
func errorIn(src string, err error) error {
	e := &Error{Offset: len(src)}
	var parse syntax.ParseError
	var lang syntax.LangError
	switch {
	case errors.As(err, &parse):
		e.Offset, e.Incomplete = int(parse.Pos.Offset()), parse.Incomplete
	case errors.As(err, &lang):
		e.Offset = int(lang.Pos.Offset())
	}
	e.Incomplete = e.Incomplete || e.Offset >= len(src)
	return e
}

// Commands parses a script for bash, or for a shell of Windows if it looks like one. It expands
// what bash does, but paths, of variables that are given or that the script sets. The error is
// an [Error].
func Commands(src string, vars *Variables) ([]Command, error) {
	if cmdStyle().MatchString(src) {
		return windowsCommands(src)
	}
	if vars.set == nil {
		vars.set = map[string]expand.Variable{}
	}
	s := &script{src: fromPowerShell(plainBlanks(src)), Variables: vars}
	file, err := syntax.NewParser().Parse(shallow{strings.NewReader(s.src)}, "")
	if typeset := typesetIn(file); typeset != nil && typeset.Offset < len(src) {
		return nil, typeset
	}
	if err != nil {
		return nil, errorIn(s.src, err)
	}
	s.statements(file.Stmts)
	return s.commands, nil
}

// shallow stops reading when the parser has recursed too deeply: a stack overflow is
// fatal.
type shallow struct{ io.Reader }

const maxDepth = 10_000 // calls

func (s shallow) Read(p []byte) (int, error) {
	if runtime.Callers(maxDepth, make([]uintptr, 1)) > 0 {
		return 0, errors.New("nested too deeply")
	}
	return s.Reader.Read(p)
}

type script struct {
	*Variables
	src      string
	commands []Command
	made     bool // a value is not known
}

// statements adds the commands of a list of statements. An assignment after an & on the
// same line is the rest of an unquoted URL; it counts as a command.
func (s *script) statements(list []*syntax.Stmt) {
	for i, stmt := range list {
		call, ok := stmt.Cmd.(*syntax.CallExpr)
		if cut := i > 0 && list[i-1].Background && list[i-1].Pos().Line() == stmt.Pos().Line(); cut && ok && len(call.Args) == 0 {
			a := call.Assigns[0]
			s.commands = append(s.commands, Command{Words: []Word{{s.src[a.Pos().Offset():a.End().Offset()], int(a.Pos().Offset())}}})
			continue
		}
		s.statement(stmt)
	}
}

// statement adds the simple commands of a statement, also those in blocks and loops. The
// target of a pipe or || becomes the rest of a command.
func (s *script) statement(stmt *syntax.Stmt) {
	before := len(s.commands)
	switch c := stmt.Cmd.(type) {
	case nil:
	case *syntax.CallExpr:
		s.call(c)
	case *syntax.DeclClause: // export and the like
		s.assign(c.Args)
	case *syntax.BinaryCmd:
		s.binary(before, c)
	default:
		syntax.Walk(c, func(n syntax.Node) bool {
			inner, ok := n.(*syntax.Stmt)
			if ok {
				s.statement(inner)
			}
			return !ok
		})
	}
	for _, r := range stmt.Redirs {
		if input, ok := s.input(r); ok && len(s.commands) > before {
			s.commands[len(s.commands)-1].Input = &input
			continue
		}
		s.rest(before, s.src[r.OpPos.Offset():r.End().Offset()])
	}
}

func (s *script) binary(before int, c *syntax.BinaryCmd) {
	s.statement(c.X)
	switch c.Op {
	case syntax.AndStmt:
		s.statement(c.Y)
		return
	case syntax.Pipe:
		input, known := s.output(before)
		if known {
			s.commands = s.commands[:before]
		}
		behind := len(s.commands)
		s.statement(c.Y)
		if !known {
			s.onlyCurl(behind)
		}
		if len(s.commands) > behind {
			if first := &s.commands[behind]; known && first.Input == nil {
				first.Input = &input
			}
			return
		}
	}
	s.rest(before, s.src[c.OpPos.Offset():c.End().Offset()])
}

// onlyCurl drops the commands since before that are not curl.
func (s *script) onlyCurl(before int) {
	kept := slices.DeleteFunc(s.commands[before:], func(c Command) bool { return c.Curl() == nil })
	s.commands = s.commands[:before+len(kept)]
}

// wide matches a format of printf that makes much of little.
var wide = lazy.Regexp(`%[^%a-zA-Z]*\d{3}`)

// output returns the output of the only command since before, if it is an echo, printf or
// cat of a literal text.
func (s *script) output(before int) (text string, ok bool) {
	if len(s.commands) != before+1 || s.commands[before].Rest != "" {
		return "", false
	}
	c := s.commands[before]
	switch words := c.Words; {
	case words[0].Text == "cat" && len(words) == 1 && c.Input != nil:
		return *c.Input, true
	case words[0].Text == "printf" && len(words) > 1 && !wide().MatchString(words[1].Text):
		text, _, err := expand.Format(nil, words[1].Text, texts(words[2:]))
		return text, err == nil
	case words[0].Text == "echo":
		end := "\n"
		if words = words[1:]; len(words) > 0 && words[0].Text == "-n" {
			words, end = words[1:], ""
		}
		return strings.Join(texts(words), " ") + end, true
	}
	return "", false
}

func texts(words []Word) []string {
	all := make([]string, len(words))
	for i := range words {
		all[i] = words[i].Text
	}
	return all
}

// input returns the text of a here-document or here-string.
func (s *script) input(r *syntax.Redirect) (text string, ok bool) {
	switch {
	case r.Op == syntax.WordHdoc:
		return strings.Join(s.fields(r.Word, ""), "") + "\n", true
	case r.Op != syntax.Hdoc && r.Op != syntax.DashHdoc:
		return "", false
	case r.Hdoc == nil:
		return "", true
	case strings.ContainsAny(s.src[r.Word.Pos().Offset():r.Word.End().Offset()], `'"\\`): // nothing in it is expanded
		for _, part := range r.Hdoc.Parts {
			if lit, ok := part.(*syntax.Lit); ok {
				text += lit.Value
			}
		}
	default:
		text = s.document(r.Hdoc)
	}
	if r.Op == syntax.DashHdoc {
		lines := strings.SplitAfter(text, "\n")
		for i := range lines {
			lines[i] = strings.TrimLeft(lines[i], "\t")
		}
		text = strings.Join(lines, "")
	}
	return text, true
}

// rest sets the rest of the last command since before, unless it has one.
func (s *script) rest(before int, text string) {
	if n := len(s.commands); n > before && s.commands[n-1].Rest == "" {
		s.commands[n-1].Rest = text
	}
}

// call adds a command, or sets variables if it only assigns.
func (s *script) call(c *syntax.CallExpr) {
	if len(c.Args) == 0 {
		s.assign(c.Assigns)
		return
	}
	for _, a := range c.Assigns { // for the command alone
		if a.Value != nil {
			s.Set(a.Name.Value, strings.Join(s.fields(a.Value, ""), ""))
		}
	}
	var out Command
	for _, w := range c.Args {
		for _, text := range s.fields(w, blanks) {
			out.Words = append(out.Words, Word{text, int(w.Pos().Offset())})
		}
	}
	if len(out.Words) > 0 {
		s.commands = append(s.commands, out)
	}
}

// assign sets variables. One whose value is not known has none.
func (s *script) assign(list []*syntax.Assign) {
	for _, a := range list {
		if a.Name == nil || a.Index != nil || a.Value == nil && a.Array == nil {
			continue
		}
		name, v := a.Name.Value, expand.Variable{Set: true, Kind: expand.String}
		was := s.set[name]
		delete(s.set, name)
		s.made = false
		switch {
		case a.Array != nil:
			v.Kind = expand.Indexed
			if a.Append {
				v.List = append(v.List, was.List...)
			}
			for _, e := range a.Array.Elems {
				if e.Value != nil {
					v.List = append(v.List, s.fields(e.Value, blanks)...)
				}
			}
		case a.Append:
			v.Str = was.Str + strings.Join(s.fields(a.Value, ""), "")
		default:
			v.Str = strings.Join(s.fields(a.Value, ""), "")
		}
		if !s.made && len(v.Str) < maxValue {
			s.set[name] = v
			s.Set(name, v.Str)
		}
	}
}

// unescape drops the backslashes before the characters of escapable.
func unescape(s, escapable string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte(escapable, s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Split splits a command line that no shell will run. Everything in quotes is literal; an
// operator, variable or comment outside of them is an [Error]. A backslash that escapes
// nothing stays: it belongs to a Windows path.
func Split(line string) ([]string, error) {
	const escapable = "\\'\" |&;<>()$`"
	var words []string
	end := 0
	for w, err := range syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).WordsSeq(shallow{strings.NewReader(line)}) {
		if err != nil {
			return nil, errorIn(line, err)
		}
		var text strings.Builder
		for i, part := range w.Parts {
			at := int(part.Pos().Offset())
			switch p := part.(type) {
			case *syntax.Lit:
				if i == 0 && strings.HasPrefix(p.Value, "~") {
					return nil, &Error{Offset: at}
				}
				text.WriteString(unescape(p.Value, escapable))
			case *syntax.SglQuoted:
				text.WriteString(p.Value)
			case *syntax.DblQuoted:
				text.WriteString(unescape(line[at+1:p.Right.Offset()], escapable))
			default:
				return nil, &Error{Offset: at}
			}
		}
		words, end = append(words, text.String()), int(w.End().Offset())
	}
	if comment := strings.TrimSpace(line[end:]); comment != "" {
		return nil, &Error{Offset: strings.LastIndex(line, comment)}
	}
	return words, nil
}

// Quote quotes a word for a POSIX shell if necessary.
func Quote(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
