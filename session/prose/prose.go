// Package prose formats counts, lists, times and other small parts of sentences.
package prose

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Count writes a number with its noun: "1 byte", "36 bytes".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// Size writes a number of bytes: "1 byte", "36 bytes", "64 KiB".
func Size(n int64) string {
	const kib = 1 << 10
	switch {
	case n < kib:
		return Count(int(n), "byte")
	case n < kib*kib:
		return fmt.Sprintf("%d KiB", (n+kib/2)/kib)
	case n < kib*kib*kib:
		return fmt.Sprintf("%d MiB", (n+kib*kib/2)/(kib*kib))
	}
	return fmt.Sprintf("%d GiB", (n/(kib*kib)+kib/2)/kib)
}

// List joins words with commas and a conjunction: "json, form or text".
func List[S ~string](words []S, conjunction string) string {
	text := ""
	for i, word := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			text += " " + conjunction + " "
		default:
			text += ", "
		}
		text += string(word)
	}
	return text
}

// Some joins at most n words with commas and counts the rest: "a, b and 3 more".
func Some(words []string, n int) string {
	if more := len(words) - n; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:n], ", "), more)
	}
	return strings.Join(words, ", ")
}

// Clip shortens text to at most n characters, ellipsis included.
func Clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}

// Moment writes a time in zone: "15:04" for today, "tomorrow 15:04", or with its date.
func Moment(t, now time.Time, zone *time.Location) string {
	return moment(t, now, zone, "15:04")
}

// Second is Moment to the second: "15:04:05".
func Second(t, now time.Time, zone *time.Location) string {
	return moment(t, now, zone, time.TimeOnly)
}

func moment(t, now time.Time, zone *time.Location, layout string) string {
	t, now = t.In(zone), now.In(zone)
	switch clock := t.Format(layout); t.Format(time.DateOnly) {
	case now.Format(time.DateOnly):
		return clock
	case now.AddDate(0, 0, 1).Format(time.DateOnly):
		return "tomorrow " + clock
	}
	return t.Format(time.DateOnly + " " + layout)
}

// UTC writes a time to the second: "2006-01-02 15:04:05 UTC".
func UTC(t time.Time) string { return t.UTC().Format(time.DateTime) + " UTC" }

// Position converts a byte offset in text to a line and a column in characters, both
// from 1.
func Position(text string, offset int) (line, column int) {
	return NewLines([]byte(text)).Position(offset)
}

// Lines counts the lines of a text, from one position to the next.
type Lines struct {
	text                 []byte
	offset, line, column int
}

// NewLines returns the lines of text.
func NewLines(text []byte) *Lines { return &Lines{text, 0, 1, 1} }

// Position is [Position] in the text.
func (l *Lines) Position(offset int) (line, column int) {
	if offset = max(0, min(offset, len(l.text))); offset < l.offset {
		l.line -= bytes.Count(l.text[offset:l.offset], []byte("\n"))
		l.offset, l.column = bytes.LastIndexByte(l.text[:offset], '\n')+1, 1
	}
	part := l.text[l.offset:offset]
	if last := bytes.LastIndexByte(part, '\n'); last >= 0 {
		l.line += bytes.Count(part, []byte("\n"))
		l.column, part = 1, part[last+1:]
	}
	l.column += utf8.RuneCount(part)
	l.offset = offset
	return l.line, l.column
}

// Names are those that are taken, each with the last number that was tried behind it.
type Names map[string]int

// Free returns a name, numbered if it is taken, and takes it.
func (n Names) Free(name string) string {
	free := name
	for n[free] > 0 {
		n[name]++
		free = name + "-" + strconv.Itoa(n[name])
	}
	n[free] = 1
	return free
}
