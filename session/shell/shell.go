// Package shell parses command lines like a shell, without running or expanding
// them.
package shell

import (
	"errors"
	"io"
	"runtime"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// Word is one word of a command, without quotes. A variable in it is {{NAME}},
// a command substitution {{command}}.
type Word struct {
	Text   string
	Offset int // in the source
}

// Command is a simple command of a script. Its own variables come first, as in
// the source.
type Command struct {
	Words []Word
	Rest  string // the redirection or pipe after it, or ""
}

// Error is a syntax error. It repeats nothing of the source, which may hold
// secrets.
type Error struct {
	Offset     int
	Incomplete bool // the source ends inside quotes or brackets
}

func (e *Error) Error() string {
	if e.Incomplete {
		return "a quote or a bracket is not closed"
	}
	return "a shell does not accept this"
}

// errorIn returns the [Error] of a parser's error in src.
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

// Commands parses a script for a POSIX shell or bash. The error is an [Error].
func Commands(src string) ([]Command, error) {
	s := &script{src: withoutPrompts(src)}
	file, err := syntax.NewParser().Parse(shallow{strings.NewReader(s.src)}, "")
	if err != nil {
		return nil, errorIn(s.src, err)
	}
	for _, stmt := range file.Stmts {
		s.statement(stmt)
	}
	return s.commands, nil
}

// shallow ends a source once the parser has recursed too deeply: a stack
// overflow is fatal.
type shallow struct{ io.Reader }

const maxDepth = 10_000 // calls

func (s shallow) Read(p []byte) (int, error) {
	if runtime.Callers(maxDepth, make([]uintptr, 1)) > 0 {
		return 0, errors.New("nested too deeply")
	}
	return s.Reader.Read(p)
}

// withoutPrompts blanks the prompts of a copied terminal session.
func withoutPrompts(src string) string {
	if !strings.HasPrefix(src, "$ ") && !strings.Contains(src, "\n$ ") {
		return src
	}
	lines := strings.SplitAfter(src, "\n")
	for i, line := range lines {
		for _, prompt := range []string{"$ ", "> "} {
			if rest, ok := strings.CutPrefix(line, prompt); ok {
				lines[i] = "  " + rest
			}
		}
	}
	return strings.Join(lines, "")
}

type script struct {
	src      string
	commands []Command
}

// statement adds the simple commands of a statement, with those of its blocks
// and loops. The target of a pipe or || is the rest of a command.
func (s *script) statement(stmt *syntax.Stmt) {
	before := len(s.commands)
	switch c := stmt.Cmd.(type) {
	case nil:
	case *syntax.CallExpr:
		s.commands = append(s.commands, s.call(c))
	case *syntax.BinaryCmd:
		s.statement(c.X)
		if c.Op == syntax.AndStmt {
			s.statement(c.Y)
		} else {
			s.rest(before, s.src[c.OpPos.Offset():c.End().Offset()])
		}
	default:
		syntax.Walk(c, func(n syntax.Node) bool {
			inner, ok := n.(*syntax.Stmt)
			if ok {
				s.statement(inner)
			}
			return !ok
		})
		if len(s.commands) == before { // export and the like: the keyword is the program
			at := int(stmt.Pos().Offset())
			keyword, _, _ := strings.Cut(s.src[at:], " ")
			s.commands = append(s.commands, Command{Words: []Word{{keyword, at}}})
		}
	}
	for _, r := range stmt.Redirs {
		s.rest(before, s.src[r.OpPos.Offset():r.End().Offset()])
	}
}

// rest sets the rest of the last command since before, unless it has one.
func (s *script) rest(before int, text string) {
	if n := len(s.commands); n > before && s.commands[n-1].Rest == "" {
		s.commands[n-1].Rest = text
	}
}

func (s *script) call(c *syntax.CallExpr) Command {
	var out Command
	for _, a := range c.Assigns {
		at, end := a.Pos().Offset(), a.End().Offset()
		out.Words = append(out.Words, Word{s.src[at:end], int(at)})
	}
	for _, w := range c.Args {
		out.Words = append(out.Words, Word{s.text(w.Parts, false), int(w.Pos().Offset())})
	}
	return out
}

// text returns the text of a word, or of the quoted part of one.
func (s *script) text(parts []syntax.WordPart, quoted bool) string {
	var b strings.Builder
	for _, part := range parts {
		switch p := part.(type) {
		case *syntax.Lit:
			escapable := ""
			if quoted {
				escapable = "\\\"$`"
			}
			b.WriteString(unescape(p.Value, escapable))
		case *syntax.SglQuoted:
			b.WriteString(single(p))
		case *syntax.DblQuoted:
			b.WriteString(s.text(p.Parts, true))
		case *syntax.ParamExp:
			b.WriteString("{{" + p.Param.Value + "}}")
		case *syntax.CmdSubst:
			b.WriteString("{{command}}")
		default:
			b.WriteString(s.src[p.Pos().Offset():p.End().Offset()])
		}
	}
	return b.String()
}

// single returns the text of '…', or of $'…' (Bash manual, ANSI-C quoting).
func single(q *syntax.SglQuoted) string {
	if q.Dollar {
		if text, _, err := expand.Format(nil, q.Value, nil); err == nil {
			return text
		}
	}
	return q.Value
}

// unescape drops the backslashes before the characters of escapable; "" means
// any character.
func unescape(s, escapable string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (escapable == "" || strings.IndexByte(escapable, s[i+1]) >= 0) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Split splits a command line that no shell will run. Quotes make everything
// literal; an operator, variable or comment outside them is an [Error]. A
// backslash that escapes nothing stays: it belongs to a path on Windows.
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

// Quote writes a word for a POSIX shell; a plain one stays bare.
func Quote(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
