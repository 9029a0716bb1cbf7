package token

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// maxInteger is how many digits a whole number may have to be kept exactly; beyond, the nearest float is taken.
const maxInteger = 300

// Map gives the claims as jq wants its values: nil, bool, int, float64, *big.Int, string, []any and
// map[string]any. Of duplicates the last one counts. It is nil for a token without readable claims.
func (t *Token) Map() map[string]any {
	if t.Claims == nil {
		return nil
	}
	out := make(map[string]any, len(t.Claims))
	for _, m := range t.Claims {
		out[m.Name] = value(m.Raw)
	}
	return out
}

func value(raw json.RawMessage) any {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return nil
	}
	return withNumbers(v)
}

// withNumbers replaces each json.Number in place.
func withNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		return number(v.String())
	case []any:
		for i := range v {
			v[i] = withNumbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = withNumbers(v[k])
		}
	}
	return v
}

func number(digits string) any {
	if !strings.ContainsAny(digits, ".eE") {
		if n, err := strconv.Atoi(digits); err == nil {
			return n
		}
		if len(digits) <= maxInteger {
			if n, ok := new(big.Int).SetString(digits, 10); ok {
				return n
			}
		}
	}
	f, _ := strconv.ParseFloat(digits, 64) // out of range gives ±Inf, which jq does not know
	return max(-math.MaxFloat64, min(f, math.MaxFloat64))
}
