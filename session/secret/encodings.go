package secret

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/url"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// encodings returns the forms of raw that a [Redactor] looks for.
func encodings(raw string) []string {
	forms := []string{raw, html.EscapeString(raw)}
	forms = append(forms, urlForms(raw)...)
	forms = append(forms, jsonForms(raw)...)
	forms = append(forms, base64Forms(raw)...)
	low := hex.EncodeToString([]byte(raw))
	return append(forms, low, strings.ToUpper(low))
}

// urlForms percent-escapes raw like Go, browsers and forms, with hex digits of
// both cases.
func urlForms(raw string) []string {
	query := url.QueryEscape(raw)
	spaced := strings.ReplaceAll(query, "+", "%20")
	component := strings.NewReplacer(
		"%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*").Replace(spaced)
	forms := []string{query, spaced, component, url.PathEscape(raw)}
	for _, f := range forms {
		if low := lowerEscapes(f); low != f {
			forms = append(forms, low)
		}
	}
	return forms
}

func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:], strings.ToLower(string(b[i+1:i+3])))
			i += 2
		}
	}
	return string(b)
}

// jsonForms writes raw as the inside of a JSON string: plain, with <, > and &
// escaped (Go), with slashes escaped (PHP), and in ASCII only.
func jsonForms(raw string) []string {
	quoted, _ := jsontext.AppendQuote(nil, raw) // it goes on after invalid UTF-8
	inside := string(quoted[1 : len(quoted)-1])
	angles := strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`).Replace(inside)
	slashes := strings.ReplaceAll(inside, "/", `\/`)
	return []string{inside, angles, slashes, asciiJSON(inside), asciiJSON(slashes)}
}

func asciiJSON(s string) string {
	var out strings.Builder
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			out.WriteRune(r)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}

// base64Forms encodes raw with both alphabets: alone, padded or not, and inside
// a longer text ("user:password"), where it begins at one of three positions
// and only some characters depend on raw alone.
func base64Forms(raw string) []string {
	var forms []string
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		padded := enc.EncodeToString([]byte(raw))
		forms = append(forms, padded, strings.TrimRight(padded, "="))
		for before := range 3 {
			text := enc.WithPadding(base64.NoPadding).EncodeToString([]byte("\x00\x00"[:before] + raw))
			from, to := (before*8+5)/6, (before+len(raw))*8/6
			if to-from >= minKnown {
				forms = append(forms, text[from:to])
			}
		}
	}
	return forms
}
