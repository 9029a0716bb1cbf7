package jq

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Marshal writes a value as JSON in one line. Unlike [json.Marshal] it leaves
// <, > and & as they are.
func Marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// Quote writes a text as a JSON string, which YAML reads as well.
func Quote(s string) string {
	b, _ := Marshal(s) // a string always has a form in JSON
	return string(b)
}

// Blot returns s, of the same length, with an x for every byte of its ${…}, so
// that it can be searched for delimiters.
func Blot(s string) string {
	if !strings.Contains(s, "${") {
		return s
	}
	out := []byte(s)
	for i := 0; i < len(s); i++ {
		if strings.HasPrefix(s[i:], "$${") {
			i += 2
			continue
		}
		if !strings.HasPrefix(s[i:], "${") {
			continue
		}
		src := scanner{src: s[:min(len(s), i+maxSource)]}
		end := src.group(i+2, '{', '}')
		if end < 0 {
			end = len(s)
		}
		for ; i < end; i++ {
			out[i] = 'x'
		}
		i--
	}
	return string(out)
}
