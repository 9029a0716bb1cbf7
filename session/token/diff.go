package token

import (
	"encoding/json"
	"slices"
	"strings"
)

// Change is a claim in which two tokens differ. Its texts are not safe for a terminal yet.
type Change struct {
	Name string `json:"name"`           // with those of the objects around it, as "realm_access.roles"
	Old  string `json:"old,omitempty"`  // as a Line shows it; "" where there was none
	New  string `json:"new,omitempty"`  // "" where there is none
	Note string `json:"note,omitempty"` // how much later a time is, or which values of a list came and went
}

// Diff lists the claims in which a newer token differs from an older one: those that changed or came, in their order,
// then those that went.
func Diff(older, newer *Token, labels Labels) []Change {
	was, is := leaves(older.Lines(labels)), leaves(newer.Lines(labels))
	var all []Change
	for _, now := range is {
		at := slices.IndexFunc(was, func(l leaf) bool { return l.name == now.name })
		switch {
		case at < 0:
			all = append(all, Change{Name: now.name, New: now.Value})
		case was[at].Reveal().Raw != now.Reveal().Raw:
			all = append(all, Change{now.name, was[at].Value, now.Value, difference(&was[at].Line, &now.Line)})
		}
	}
	for _, old := range was {
		if !slices.ContainsFunc(is, func(l leaf) bool { return l.name == old.name }) {
			all = append(all, Change{Name: old.name, Old: old.Value})
		}
	}
	return all
}

// leaf is a line with a value of its own, and its whole name.
type leaf struct {
	Line
	name string
}

func leaves(lines []Line) (all []leaf) {
	var around []string
	for _, l := range lines {
		around = append(around[:min(l.Depth, len(around))], l.Name)
		if l.Raw != "" {
			all = append(all, leaf{l, strings.Join(around, ".")})
		}
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
		before, after := elements(old.JSON), elements(now.JSON)
		var parts []string
		for _, v := range after {
			if !contains(before, v) {
				parts = append(parts, "+"+plain(v))
			}
		}
		for _, v := range before {
			if !contains(after, v) {
				parts = append(parts, "-"+plain(v))
			}
		}
		return cut(strings.Join(parts, ", "))
	}
	return ""
}

func contains(all []json.RawMessage, v json.RawMessage) bool {
	return slices.ContainsFunc(all, func(one json.RawMessage) bool { return string(one) == string(v) })
}
