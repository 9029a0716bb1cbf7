package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"tokenring/session"
)

// Lists and maps are stored as a sequence of texts, each after its length in bytes and a colon:
// 5:admin4:user. This is faster to parse than JSON, and every list of accounts parses some.

func appendText(to []byte, text string) []byte {
	return append(append(strconv.AppendInt(to, int64(len(text)), 10), ':'), text...)
}

var errTexts = errors.New("not a list of texts")

// eachText calls do for each text in a column.
func eachText(column any, do func(string) error) error {
	texts, _ := column.(string)
	for texts != "" {
		text, rest, ok := cutText(texts)
		if !ok {
			return errTexts
		}
		if err := do(text); err != nil {
			return err
		}
		texts = rest
	}
	return nil
}

// cutText returns the first of some texts, and the others.
func cutText(texts string) (text, rest string, ok bool) {
	length := 0
	for i := range len(texts) {
		c, rest := texts[i], texts[i+1:]
		switch {
		case c == ':' && i > 0 && length <= len(rest):
			return rest[:length], rest[length:], true
		case c < '0' || c > '9' || length > len(texts):
			return "", "", false
		}
		length = 10*length + int(c-'0')
	}
	return "", "", false
}

// listColumn stores a list.
type listColumn struct{ to *[]string }

func (c listColumn) Value() (driver.Value, error) {
	var all []byte
	for _, text := range *c.to {
		all = appendText(all, text)
	}
	return string(all), nil
}

func (c listColumn) Scan(v any) error {
	return eachText(v, func(text string) error {
		*c.to = append(*c.to, text)
		return nil
	})
}

// originsColumn stores a list of origins, each in its text form.
type originsColumn struct{ to *session.Origins }

func (c originsColumn) Value() (driver.Value, error) {
	var all []byte
	for _, o := range *c.to {
		text, err := o.MarshalText()
		if err != nil {
			return nil, err
		}
		all = appendText(all, string(text))
	}
	return string(all), nil
}

func (c originsColumn) Scan(v any) error {
	return eachText(v, func(text string) error {
		var o session.FurtherOrigin
		err := o.UnmarshalText([]byte(text))
		*c.to = append(*c.to, o)
		return err
	})
}

// fieldsColumn stores a map as keys, each followed by its value.
type fieldsColumn struct{ to *map[string]string }

func (c fieldsColumn) Value() (driver.Value, error) {
	var all []byte
	for _, key := range slices.Sorted(maps.Keys(*c.to)) {
		all = appendText(appendText(all, key), (*c.to)[key])
	}
	return string(all), nil
}

func (c fieldsColumn) Scan(v any) error {
	key, isValue := "", false
	err := eachText(v, func(text string) error {
		if isValue {
			if *c.to == nil {
				*c.to = map[string]string{}
			}
			(*c.to)[key] = text
		}
		key, isValue = text, !isValue
		return nil
	})
	if isValue {
		return errTexts
	}
	return err
}

// tokensColumn stores the tokens of a session, each as one text of its tokenColumns.
type tokensColumn struct{ infos *[]session.TokenInfo }

// tokenColumns returns the stored fields of a token. New fields go to the end.
func tokenColumns(t *session.TokenInfo) [16]any {
	return [...]any{&t.Name, &t.Primary, &t.Token, &t.Received, &t.IssuedAt, &t.NotBefore, &t.ExpiresAt, &t.Source, &t.Idle, &t.Accepted, &t.Kind,
		&t.Cookie.Name, &t.Cookie.Host, &t.Cookie.Domain, &t.Cookie.Path, &t.Cookie.Secure}
}

func (c tokensColumn) Value() (driver.Value, error) {
	var all []byte
	for i := range *c.infos {
		columns := tokenColumns(&(*c.infos)[i])
		all = appendText(all, textsOf(columns[:]))
	}
	return string(all), nil
}

func (c tokensColumn) Scan(v any) error {
	return eachText(v, func(texts string) error {
		*c.infos = append(*c.infos, session.TokenInfo{})
		columns := tokenColumns(&(*c.infos)[len(*c.infos)-1])
		return readTexts(texts, columns[:])
	})
}

// factsColumn stores several values as one text: SQLite and its driver take as long for a small
// column as for a long one.
type factsColumn []any

func (c factsColumn) Value() (driver.Value, error) { return textsOf(c), nil }

func (c factsColumn) Scan(v any) error { return readTexts(v, c) }

// textsOf returns values in the form of readTexts.
func textsOf(values []any) string {
	var all []byte
	for _, from := range values {
		all = appendText(all, textOf(from))
	}
	return string(all)
}

// readTexts reads the values of a column. Those that an earlier version did not know stay, and
// those of a later one are left out.
func readTexts(column any, values []any) error {
	n := 0
	return eachText(column, func(text string) (err error) {
		if n < len(values) {
			err = readText(text, values[n])
		}
		n++
		return err
	})
}

// textOf returns a value in the form of readText; a zero value is "".
func textOf(from any) string {
	switch from := from.(type) {
	case *string:
		return *from
	case *bool:
		if *from {
			return "1"
		}
	case *time.Duration:
		if *from != 0 {
			return strconv.FormatInt(int64(*from), 10)
		}
	case *time.Time:
		if !from.IsZero() {
			return writable(*from).Format(time.RFC3339Nano)
		}
	case driver.Valuer:
		if v, _ := from.Value(); v != int64(0) {
			return strconv.FormatInt(v.(int64), 10)
		}
	}
	return ""
}

// readText reads a string, a flag, a duration, a time, or a column of a number.
func readText(text string, to any) (err error) {
	switch to := to.(type) {
	case *string:
		*to = text
	case *bool:
		*to = text == "1"
	case *time.Duration:
		if text != "" {
			var n int64
			n, err = strconv.ParseInt(text, 10, 64)
			*to = time.Duration(n)
		}
	case *time.Time:
		if text != "" {
			*to, err = time.Parse(time.RFC3339Nano, text)
		}
	case sql.Scanner:
		var n int64
		if text != "" {
			n, err = strconv.ParseInt(text, 10, 64)
		}
		return errors.Join(err, to.Scan(n))
	}
	return err
}
