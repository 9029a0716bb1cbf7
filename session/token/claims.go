package token

import (
	"bytes"
	"encoding/json"
	"errors"
)

// ClaimsJSON writes the claims as an indented object with a line feed at its
// end, in their order and with the digits they came with; of duplicates the last
// one, which is the one that counts.
func (t *Token) ClaimsJSON() ([]byte, error) {
	last := map[string]int{}
	for i := range t.Claims {
		last[t.Claims[i].Name] = i
	}
	var object, out bytes.Buffer
	enc := json.NewEncoder(&object)
	enc.SetEscapeHTML(false)
	object.WriteByte('{')
	first := true
	for i, c := range t.Claims {
		if last[c.Name] != i {
			continue
		}
		if !first {
			object.WriteByte(',')
		}
		first = false
		if err := enc.Encode(c.Name); err != nil {
			return nil, errors.New("the claims cannot be written as JSON")
		}
		object.WriteByte(':')
		object.Write(c.Raw)
	}
	object.WriteByte('}')
	if err := json.Indent(&out, object.Bytes(), "", "  "); err != nil {
		return nil, errors.New("the claims cannot be written as JSON")
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
