package token

import (
	"encoding/json"
	"maps"
	"slices"
)

// maxKept is the size in bytes up to which the claims of a token are kept.
const maxKept = 64 << 10

// Keep writes the claims of tokens, by the names of the tokens, as [Kept] reads them; "" if none has claims. It leaves out
// the tokens themselves, and claims that are too large.
func Keep(tokens map[string]*Token) string {
	var all Members
	for _, name := range slices.Sorted(maps.Keys(tokens)) {
		claims, _ := tokens[name].Claims.MarshalJSON() // it does not fail
		if tokens[name].Claims != nil && len(claims) <= maxKept && json.Valid(claims) {
			all = append(all, Member{Name: name, Raw: claims})
		}
	}
	if all == nil {
		return ""
	}
	text, _ := all.MarshalJSON()
	return string(text)
}

// Kept returns a token with the claims that Keep wrote for the named one, or nil.
func Kept(text, name string) *Token {
	all, _ := members([]byte(text))
	raw := all.get(name)
	if raw == nil {
		return nil
	}
	claims, _ := members(raw)
	return &Token{Kind: JWS, Claims: claims, Size: len(raw)}
}
