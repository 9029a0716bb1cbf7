package token

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"
	"time"
)

// Change is a claim in which two tokens differ. Its texts are not safe for a terminal yet.
type Change struct {
	Name     string `json:"name"`           // with those of the objects around it, as "realm_access.roles"
	How      string `json:"how"`            // "added", "removed", "changed", or "not compared" for claims beyond those of Lines
	Old      string `json:"old,omitempty"`  // as a Line shows it; "" if it was added
	New      string `json:"new,omitempty"`  // "" if it was removed
	Note     string `json:"note,omitempty"` // how much later a time is, or which values of a list came and went
	Personal bool   `json:"-"`              // it identifies a person

	old, new *Line // nil: it was added, or removed
}

// Text returns what changed in one line: the note, or the values. Times are in zone.
func (c *Change) Text(zone *time.Location) string {
	switch {
	case c.Note != "":
		return c.Note
	case c.old == nil:
		return c.new.in(zone)
	case c.new == nil:
		return c.old.in(zone)
	}
	return c.old.in(zone) + " → " + c.new.in(zone)
}

// in returns the value of a line with a time in zone, and an empty one in quotes.
func (l *Line) in(zone *time.Location) string {
	if !l.At.IsZero() {
		return inZone(l.At, zone)
	}
	return cmp.Or(l.Value, `""`)
}

// Diff lists the claims in which a newer token differs from an older one: those that changed or were added, in their
// order, then those that were removed. Of a token without claims it compares what can be read of it; where that is
// nothing, it says so.
func Diff(older, newer *Token, labels Labels) []Change {
	for _, one := range []struct {
		of    *Token
		which string
	}{{older, "older"}, {newer, "newer"}} {
		if one.of.Claims == nil && len(one.of.Facts) == 0 {
			return []Change{{Name: "…", How: "not compared", Note: "nothing can be read from the " + one.which + " token"}}
		}
	}
	was, is := leavesOf(older, labels), leavesOf(newer, labels)
	var all []Change
	for _, name := range is.names {
		now, old := is.lines[name], was.lines[name]
		switch {
		case old == nil:
			all = append(all, Change{Name: name, How: "added", New: now.Value, Personal: now.Personal, new: now})
		case !same(old, now):
			all = append(all, Change{name, "changed", old.Value, now.Value, difference(old, now), old.Personal || now.Personal, old, now})
		}
	}
	for _, name := range was.names {
		if old := was.lines[name]; is.lines[name] == nil {
			all = append(all, Change{Name: name, How: "removed", Old: old.Value, Personal: old.Personal, old: old})
		}
	}
	if was.more || is.more {
		all = append(all, Change{Name: "…", How: "not compared", Note: "there are more claims than are shown"})
	}
	return all
}

// same compares the whole values of two lines, whatever blanks are inside of them.
func same(a, b *Line) bool {
	var first, second bytes.Buffer
	_, _ = json.Compact(&first, a.Reveal().JSON), json.Compact(&second, b.Reveal().JSON) // both were read as JSON
	return bytes.Equal(first.Bytes(), second.Bytes())
}

// leaves are the lines that no other line shows the values of, by their whole names. Of a name that appears more than once
// the last one counts.
type leaves struct {
	names []string
	lines map[string]*Line
	more  bool // lines were left out
}

func leavesOf(t *Token, labels Labels) leaves {
	lines := Lines(t.Claims, labels)
	if t.Claims == nil {
		lines = t.Facts
	}
	all := leaves{lines: make(map[string]*Line, len(lines))}
	var around []string
	for i := range lines {
		l := &lines[i]
		around = append(around[:min(l.Depth, len(around))], l.Name)
		if l.JSON == nil && !l.Masked {
			all.more = true
			continue
		}
		if i+1 < len(lines) && lines[i+1].Depth > l.Depth {
			continue
		}
		name := strings.Join(around, ".")
		if all.lines[name] == nil {
			all.names = append(all.names, name)
		}
		all.lines[name] = l
	}
	return all
}

// difference says how far apart two times are, or which values of a list differ.
func difference(old, now *Line) string {
	switch {
	case old.Kind == Time && now.Kind == Time && !old.At.IsZero() && !now.At.IsZero():
		if now.At.After(old.At) {
			return words(between(old.At, now.At)) + " later"
		}
		return words(between(now.At, old.At)) + " earlier"
	case old.Kind == List && now.Kind == List && !old.Masked && !now.Masked:
		return cut(strings.Join(append(beyond("+", old, now), beyond("-", now, old)...), ", "))
	}
	return ""
}

// beyond lists the values of one list that another lacks, each behind a sign.
func beyond(sign string, other, list *Line) (all []string) {
	has := map[string]bool{}
	for v := range elements(other.JSON) {
		has[string(v)] = true
	}
	for v := range elements(list.JSON) {
		if !has[string(v)] {
			all = append(all, sign+plain(v))
		}
	}
	return all
}
