package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"tokenring/session/secret"
	"tokenring/ui/widget"
)

// tell says something to the person that is no data.
func (w *World) tell(format string, args ...any) {
	fmt.Fprintln(w.Stderr, secret.CleanLine(fmt.Sprintf(format, args...)))
}

// print writes text as it is for another program, and what a terminal may show
// of it on a terminal.
func (w *World) print(text string) error {
	if isTerminal(w.Stdout) {
		text = secret.CleanText(text)
	}
	_, err := io.WriteString(w.Stdout, text)
	return err
}

// writeJSON writes a value for other programs. What a terminal would obey, and
// what would hide or reorder text, is written as an escape: to a program that is
// the same, and it may be read on a terminal.
func writeJSON(out io.Writer, value any) error { return encodeJSON(out, value, "  ") }

// writeJSONLine writes a value in one line, for programs that read a stream.
func writeJSONLine(out io.Writer, value any) error { return encodeJSON(out, value, "") }

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

// escaped writes such runes of a JSON text, which can stand only in its
// strings, as \uXXXX.
func escaped(text string) string {
	harmless := func(r rune) bool {
		return r < 0x7f || r != utf8.RuneError && !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)
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

// columns writes rows with their cells in line; nothing when there is none.
// Empty columns are left out.
func columns(out io.Writer, rows [][]string) error {
	if len(rows) == 0 {
		return nil
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], widget.Width(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var cells []string
		for i, cell := range row {
			if widths[i] > 0 {
				cells = append(cells, widget.Fit(cell, widths[i]))
			}
		}
		b.WriteString(strings.TrimRight(strings.Join(cells, "  "), " "))
		b.WriteByte('\n')
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// writeNew writes a file that must not be there yet. One that could be written
// in part only goes again.
func writeNew(path string, text []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return advise(fmt.Errorf("%s is there already", secret.CleanLine(path)), "choose another name, or see what it is and remove it")
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
