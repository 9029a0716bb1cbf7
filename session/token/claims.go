package token

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// ClaimsJSON writes the claims as an indented object with a line feed at its
// end, in their order and with the digits they came with; of duplicates the last
// one, which is the one that counts.
func (t *Token) ClaimsJSON() ([]byte, error) {
	last := map[string]int{}
	for i := range t.Claims {
		last[t.Claims[i].Name] = i
	}
	var out bytes.Buffer
	enc := jsontext.NewEncoder(&out, jsontext.WithIndent("  "), jsontext.PreserveRawStrings(true),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	err := enc.WriteToken(jsontext.BeginObject)
	for i, c := range t.Claims {
		if last[c.Name] == i {
			err = errors.Join(err, enc.WriteToken(jsontext.String(c.Name)), enc.WriteValue(jsontext.Value(c.Raw)))
		}
	}
	if errors.Join(err, enc.WriteToken(jsontext.EndObject)) != nil {
		return nil, errors.New("the claims cannot be written as JSON")
	}
	return out.Bytes(), nil
}
