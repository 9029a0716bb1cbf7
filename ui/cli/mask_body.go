package cli

import (
	"bytes"
	"encoding/json"
	"strings"

	"tokenring/session/secret"
)

// maskBody lays JSON out and masks what in it is named or looks like a secret:
// a token that no capture found is one too. In any other text it masks the
// words that look like secrets.
func maskBody(body string) string {
	if m := (&jsonMasker{dec: json.NewDecoder(strings.NewReader(body))}); json.Valid([]byte(body)) {
		m.dec.UseNumber()
		m.value("")
		var out bytes.Buffer
		if json.Indent(&out, m.out.Bytes(), "", "  ") == nil {
			return out.String()
		}
	}
	var out strings.Builder
	for len(body) > 0 {
		n := strings.IndexAny(body, " \t\r\n\"'<>()[]{},;:&=?|")
		if n < 0 {
			n = len(body)
		}
		if word := body[:n]; secret.LooksSecret(word) || secret.HighEntropy(word) {
			out.WriteString(secret.Mask(word))
		} else {
			out.WriteString(word)
		}
		if n < len(body) {
			out.WriteByte(body[n])
			n++
		}
		body = body[n:]
	}
	return out.String()
}

// jsonMasker writes a JSON text again in its own order.
type jsonMasker struct {
	dec *json.Decoder
	out bytes.Buffer
}

// value writes the next value; name is that of the member it stands under.
func (m *jsonMasker) value(name string) {
	t, err := m.dec.Token()
	if err != nil {
		return
	}
	switch t := t.(type) {
	case json.Delim:
		m.out.WriteString(t.String())
		for first := true; m.dec.More(); first = false {
			if !first {
				m.out.WriteByte(',')
			}
			member := name
			if t == '{' {
				key, _ := m.dec.Token()
				member, _ = key.(string)
				m.write(member)
				m.out.WriteByte(':')
			}
			m.value(member)
		}
		end, _ := m.dec.Token()
		if d, ok := end.(json.Delim); ok {
			m.out.WriteString(d.String())
		}
	case string:
		if secret.SecretName(name) || secret.LooksSecret(t) || secret.HighEntropy(t) {
			t = secret.Mask(t)
		}
		m.write(t)
	default:
		m.write(t)
	}
}

func (m *jsonMasker) write(v any) {
	enc := json.NewEncoder(&m.out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // a token of JSON is JSON
}
