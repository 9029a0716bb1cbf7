package session

import (
	"cmp"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tokenring/session/prose"
	"tokenring/session/secret"
)

// SealBinding returns the binding of the account's Seal. It has no origin, because the seal
// itself holds the origin.
func (a *Account) SealBinding() Binding { return Binding{AccountID: a.ID, Name: "account"} }

// SealText returns the content of the account's Seal: JSON, as encoding/json writes it, but in
// less time, because a list makes one for each account. Equal accounts have equal texts.
func (a *Account) SealText() ([]byte, error) {
	return a.sealText(make([]byte, 0, 640)) // inlined: a caller that only compares it needs no memory
}

func (a *Account) sealText(text []byte) (_ []byte, err error) {
	fields := reflect.ValueOf(a).Elem()
	for _, c := range sealedColumns() {
		if text, err = appendJSON(append(text, c.key...), fields.Field(c.field).Addr().Interface()); err != nil {
			return nil, err
		}
	}
	text[0] = '{'
	return append(text, '}'), nil
}

// sealedColumn is a field of Account that is sealed, and its tags.
type sealedColumn struct {
	field             int
	name, key, review string // key: ,"name":
}

var sealedColumns = sync.OnceValue(func() (all []sealedColumn) {
	for i := range reflect.TypeFor[Account]().NumField() {
		tag := reflect.TypeFor[Account]().Field(i).Tag
		if name := tag.Get("json"); name != "-" {
			all = append(all, sealedColumn{i, name, `,"` + name + `":`, tag.Get("review")})
		}
	}
	return all
})

// appendJSON appends what v points to. An empty list is null.
func appendJSON(to []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case *string:
		return appendQuoted(to, *v), nil
	case *Guard:
		return appendQuoted(to, string(*v)), nil
	case *bool:
		return strconv.AppendBool(to, *v), nil
	case *[]string:
		if len(*v) == 0 {
			return append(to, "null"...), nil
		}
		before := byte('[')
		for _, one := range *v {
			to, before = appendQuoted(append(to, before), one), ','
		}
		return append(to, ']'), nil
	case *map[string]string:
		keys := make([]string, 0, 16)
		for key := range *v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		to = append(to, '{')
		for i, key := range keys {
			if i > 0 {
				to = append(to, ',')
			}
			to = appendQuoted(append(appendQuoted(to, key), ':'), (*v)[key])
		}
		return append(to, '}'), nil
	case *Origins:
		if len(*v) == 0 {
			return append(to, "null"...), nil
		}
	case *Connection:
		if v.IsZero() {
			return append(to, "{}"...), nil
		}
	}
	text, err := json.Marshal(v)
	return append(to, text...), err
}

// appendQuoted appends a JSON string.
func appendQuoted(to []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(text) // of a string never fails
			return append(to, quoted...)
		}
	}
	return append(append(append(to, '"'), text...), '"')
}

// Change is a column of an account that differs from its sealed value. It holds no secret.
type Change struct {
	Column string `json:"column"`
	Field  string `json:"field"` // describes the column
	Was    string `json:"was"`
	Is     string `json:"is"`
}

// ChangesSince lists the columns in which a differs from its sealed form. Name and environment
// are not sealed.
func (a *Account) ChangesSince(sealed *Account) []Change {
	var all []Change
	is, was := reflect.ValueOf(a).Elem(), reflect.ValueOf(sealed).Elem()
	for _, c := range sealedColumns() {
		if now, before := is.Field(c.field), was.Field(c.field); !sameValue(now, before) {
			all = append(all, Change{c.name, c.review, shownValue(before), shownValue(now)})
		}
	}
	return all
}

// sameValue compares two fields. An empty list or map equals nil.
func sameValue(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Slice, reflect.Map:
		if a.Len() == 0 && b.Len() == 0 {
			return true
		}
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// shownValue formats a field in one line. It clips each entry of a list by itself, so that
// none hides another.
func shownValue(v reflect.Value) string {
	entries := []string{v.String()}
	switch all := v.Interface().(type) {
	case Connection:
		return all.String()
	case bool:
		return map[bool]string{true: "yes", false: "no"}[all]
	case []string:
		entries = all
	case Origins:
		entries = nil
		for _, o := range all {
			entries = append(entries, o.String())
		}
	case map[string]string:
		entries = nil
		for _, name := range slices.Sorted(maps.Keys(all)) {
			entries = append(entries, name+": "+all[name])
		}
	}
	shown := make([]string, len(entries))
	for i, entry := range entries {
		shown[i] = prose.Clip(secret.CleanLine(entry), maxPart)
	}
	return cmp.Or(strings.Join(shown, ", "), "none")
}

// ChangedError reports that an account differs from its seal: something other than tokenring
// wrote it. The account cannot be used until the user has reviewed it.
type ChangedError struct {
	Account string
	Changes []Change // empty: the account has no seal
}

func (e *ChangedError) Error() string {
	var parts []string
	for _, c := range e.Changes {
		parts = append(parts, c.Column+" was "+c.Was+" and is now "+c.Is)
	}
	if parts == nil {
		return e.Summary()
	}
	return e.Summary() + ": " + strings.Join(parts, "; ")
}

// Summary returns the error without the changes, which may be long.
func (e *ChangedError) Summary() string {
	name := secret.CleanLine(e.Account)
	if len(e.Changes) == 0 {
		return name + " is not sealed with this ring's key and may have been changed outside tokenring"
	}
	return name + " was changed outside tokenring"
}
