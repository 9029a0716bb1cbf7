package importer

import (
	"fmt"
	"strings"

	"tokenring/session/prose"
	"tokenring/session/secret"
)

// note adds a note about something that is not imported.
func (p *parser) note(at place, hint, format string, args ...any) {
	p.out.Notes = append(p.out.Notes, fault(at, hint, format, args...))
}

// leaveOut adds a note about a request or an account that is not imported, and counts it.
func (p *parser) leaveOut(at place, hint, format string, args ...any) {
	p.seen++
	p.note(at, hint, format, args...)
}

// once adds a note unless the file has it already.
func (p *parser) once(at place, hint, format string, args ...any) {
	note := fault(at, hint, format, args...)
	if key := note.File + "\n" + note.Text; !p.told[key] {
		p.told[key] = true
		p.out.Notes = append(p.out.Notes, note)
	}
}

// fault returns the error of a file that cannot be read. It hides words that look like
// secrets. A pasted command is never repeated: a copied text can have a password anywhere,
// and what is wrong with it is often why the note is written.
func fault(at place, hint, format string, args ...any) Note {
	note := Note(at)
	note.Text, note.Hint = secret.MaskText(secret.CleanLine(shown.Replace(fmt.Sprintf(format, args...)))), secret.MaskText(hint)
	return note
}

// shown writes the variables of a text for a person.
var shown = strings.NewReplacer(markBegin, "{{", markEnd, "}}")

// place is a position in a file: what a note has before its text.
type place Note

// within returns a function that finds the places of bytes in the file, which holds data.
func (at place) within(data []byte) func(offset int) place {
	lines := prose.NewLines(data)
	return func(offset int) place {
		at.Line, at.Column = lines.Position(offset)
		return at
	}
}
