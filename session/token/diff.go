package token

import (
	"bytes"
	"encoding/json"
)

// Change is one name whose value differs between two tokens.
type Change struct {
	Name   string
	Header bool            // a header parameter, not a claim
	Old    json.RawMessage // nil when absent
	New    json.RawMessage // nil when absent
}

// Diff says what changed from token a to token b: header first, then claims, in the order of a, with what only b
// has at the end. Of duplicates the last one counts; white space inside values does not.
func Diff(a, b *Token) []Change {
	changes := diff(nil, a.Header, b.Header, true)
	return diff(changes, a.Claims, b.Claims, false)
}

func diff(out []Change, before, after []Member, header bool) []Change {
	older, newer := byName(before), byName(after)
	for _, m := range before {
		was, pending := older[m.Name]
		if !pending {
			continue
		}
		delete(older, m.Name)
		is := newer[m.Name]
		delete(newer, m.Name)
		if is == nil || !same(was, is) {
			out = append(out, Change{Name: m.Name, Header: header, Old: was, New: is})
		}
	}
	for _, m := range after {
		if is, pending := newer[m.Name]; pending {
			delete(newer, m.Name)
			out = append(out, Change{Name: m.Name, Header: header, New: is})
		}
	}
	return out
}

func byName(members []Member) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage, len(members))
	for _, m := range members {
		out[m.Name] = m.Raw
	}
	return out
}

func same(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var compactA, compactB bytes.Buffer
	return json.Compact(&compactA, a) == nil && json.Compact(&compactB, b) == nil &&
		bytes.Equal(compactA.Bytes(), compactB.Bytes())
}
