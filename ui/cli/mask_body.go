package cli

import (
	"bytes"
	"encoding/json"
	"strings"

	"tokenring/session/body"
	"tokenring/session/secret"
)

// maskBody lays JSON out and masks what in it is named or looks like a secret:
// a token that no capture found is one too. In any other text it masks the
// words that look like secrets.
func maskBody(text string) string {
	if json.Valid([]byte(text)) {
		text = body.Rewrite(body.JSON, text, func(l body.Leaf) string {
			if !l.Number && (secret.SecretName(l.Name) || secret.LooksSecret(l.Value) || secret.HighEntropy(l.Value)) {
				return secret.Mask(l.Value)
			}
			return l.Value
		})
		var out bytes.Buffer
		if json.Indent(&out, []byte(text), "", "  ") == nil {
			return out.String()
		}
	}
	var out strings.Builder
	for len(text) > 0 {
		n := strings.IndexAny(text, " \t\r\n\"'<>()[]{},;:&=?|")
		if n < 0 {
			n = len(text)
		}
		if word := text[:n]; secret.LooksSecret(word) || secret.HighEntropy(word) {
			out.WriteString(secret.Mask(word))
		} else {
			out.WriteString(word)
		}
		if n < len(text) {
			out.WriteByte(text[n])
			n++
		}
		text = text[n:]
	}
	return out.String()
}
