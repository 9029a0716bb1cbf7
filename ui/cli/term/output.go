package term

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"tokenring/session/secret"
	"tokenring/ui/widget"
)

// WriteJSON writes a value for other programs. It escapes what does not print, or prints
// nothing, so that a terminal can show the output.
func WriteJSON(out io.Writer, value any) error { return encodeJSON(out, value, "  ") }

// WriteJSONLine writes a value as WriteJSON does, on one line.
func WriteJSONLine(out io.Writer, value any) error { return encodeJSON(out, value, "") }

func encodeJSON(out io.Writer, value any, indent string) error {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(value); err != nil {
		return err
	}
	_, err := io.WriteString(out, escaped(b.String()))
	return err
}

// escaped writes the unsafe runes of a JSON text, which occur only within its
// strings, as \u and their number.
func escaped(text string) string {
	const brailleBlank = '\u2800' // a symbol to Unicode
	harmless := func(r rune) bool {
		return r < 0x7f || r != utf8.RuneError && r != brailleBlank && unicode.IsPrint(r) &&
			!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
	}
	if strings.IndexFunc(text, func(r rune) bool { return !harmless(r) }) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if harmless(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// WriteTable writes rows with aligned columns, sanitized for a terminal, and leaves
// out empty columns. It changes the rows.
func WriteTable(out io.Writer, rows [][]string) error {
	if len(rows) == 0 {
		return nil
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i := range row {
			row[i] = secret.CleanLine(row[i])
			widths[i] = max(widths[i], widget.Width(row[i]))
		}
	}
	lines := bufio.NewWriter(out)
	for _, row := range rows {
		line := lines.AvailableBuffer()
		for i, cell := range row {
			if widths[i] > 0 {
				line = append(append(line, cell...), widget.Blank(widths[i]-widget.Width(cell)+len("  "))...)
			}
		}
		_, _ = lines.Write(append(bytes.TrimRight(line, " "), '\n'))
	}
	return lines.Flush()
}
