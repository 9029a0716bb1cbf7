package importer

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"tokenring/session/secret"
)

// note adds a note about something that is not imported.
func (p *parser) note(at place, hint, format string, args ...any) {
	p.out.Notes = append(p.out.Notes, fault(at, hint, format, args...))
}

// once adds a note unless the file has it already.
func (p *parser) once(at place, hint, format string, args ...any) {
	note := fault(at, hint, format, args...)
	if key := note.File + "\n" + note.Text; !p.told[key] {
		p.told[key] = true
		p.out.Notes = append(p.out.Notes, note)
	}
}

// minHidden is the length of the shortest secret that is cut out of notes: a shorter one is
// part of any sentence.
const minHidden = 4

// hide takes what the files call secret out of notes. A later line may declare what an
// earlier one repeats, so this comes last.
func (p *parser) hide(notes []Note) {
	var shown declared
	for value := range p.declared.values {
		if len(value) >= minHidden {
			shown.add(secret.CleanLine(value))
		}
	}
	for i := range notes {
		notes[i].Text, _ = shown.cut(notes[i].Text, "", secret.Hidden)
	}
}

// fault returns the error of a file that cannot be read. It hides words that look like
// secrets. A pasted command is never repeated: a copied text can have a password anywhere,
// and what is wrong with it is often why the note is written.
func fault(at place, hint, format string, args ...any) Note {
	return Note{
		File: at.file, Line: at.line, Column: at.column,
		Text: secret.MaskText(secret.CleanLine(shown(fmt.Sprintf(format, args...)))), Hint: secret.MaskText(hint),
	}
}

// shown writes the variables of a text for a person.
func shown(text string) string {
	return strings.NewReplacer(markBegin, "{{", markEnd, "}}").Replace(text)
}

// place is a position in a file.
type place struct {
	file         string
	line, column int // from 1; 0: unknown
}

// text is that of a file, with the places of its bytes.
type text struct {
	at     place // the file
	data   []byte
	begins []int // where each line begins; made on first use
}

// longLine is the length from which a column counts bytes, since a file of one line
// would be decoded again for each note.
const longLine = 64 << 10

// place returns the place of a byte, or of the end.
func (t *text) place(offset int) place {
	if t.begins == nil {
		t.begins = append(make([]int, 0, 1+bytes.Count(t.data, []byte("\n"))), 0)
		for i, c := range t.data {
			if c == '\n' {
				t.begins = append(t.begins, i+1)
			}
		}
	}
	offset = max(0, min(offset, len(t.data)))
	at := t.at
	at.line, _ = slices.BinarySearch(t.begins, offset+1)
	before := t.data[t.begins[at.line-1]:offset]
	if at.column = 1 + len(before); len(before) < longLine {
		at.column = 1 + utf8.RuneCount(before)
	}
	return at
}
