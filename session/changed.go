package session

import (
	"cmp"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"tokenring/session/prose"
	"tokenring/session/secret"
)

// SealBinding returns the owner of the account's Seal. It names no origin: that is
// part of what the seal holds.
func (a *Account) SealBinding() Binding { return Binding{AccountID: a.ID, Name: "account"} }

// SealText returns what the account's Seal holds: equal accounts have equal texts.
func (a *Account) SealText() ([]byte, error) {
	c := *a
	for _, m := range []*map[string]string{&c.Values, &c.References} {
		if *m == nil {
			*m = map[string]string{}
		}
	}
	for _, l := range []*[]string{&c.Origins, &c.Grants, &c.Secrets} {
		if len(*l) == 0 {
			*l = nil
		}
	}
	return json.Marshal(&c)
}

// Change is one column of an account's row that is not as it was sealed. Field says in
// words what it decides about; nothing in it is secret.
type Change struct {
	Column string `json:"column"`
	Field  string `json:"field"`
	Was    string `json:"was"`
	Is     string `json:"is"`
}

// ChangesSince lists the columns in which a differs from its sealed form. Name,
// environment and times are not part of it.
func (a *Account) ChangesSince(sealed *Account) []Change {
	var all []Change
	is, was := reflect.ValueOf(a).Elem(), reflect.ValueOf(sealed).Elem()
	for i := range is.NumField() {
		tag := is.Type().Field(i).Tag
		column, _, _ := strings.Cut(tag.Get("json"), ",")
		if column == "-" || sameValue(is.Field(i), was.Field(i)) {
			continue
		}
		all = append(all, Change{column, tag.Get("review"), shownValue(was.Field(i)), shownValue(is.Field(i))})
	}
	return all
}

// sameValue compares two fields. An empty list or map is like none.
func sameValue(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Slice, reflect.Map:
		if a.Len() == 0 && b.Len() == 0 {
			return true
		}
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// shownValue returns a field in one line for a person. Of a list each entry has a limit
// of its own, so that none hides another one.
func shownValue(v reflect.Value) string {
	entries := []string{v.String()}
	switch all := v.Interface().(type) {
	case Connection:
		return all.String()
	case bool:
		return map[bool]string{true: "yes", false: "no"}[all]
	case []string:
		entries = all
	case map[string]string:
		entries = nil
		for _, name := range slices.Sorted(maps.Keys(all)) {
			entries = append(entries, name+": "+all[name])
		}
	}
	shown := make([]string, len(entries))
	for i, entry := range entries {
		shown[i] = prose.Clip(secret.CleanLine(entry), maxShown)
	}
	return cmp.Or(strings.Join(shown, ", "), "none")
}

const maxShown = 120 // runes of a value in a message

// ChangedError says that an account's row is not as it was sealed: something other
// than tokenring wrote it. Nothing is sent or handed out until the person looked at it.
type ChangedError struct {
	Account string
	Changes []Change // none: the row has no seal of its own
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

// Summary is the error without the changes, which may be long.
func (e *ChangedError) Summary() string {
	name := secret.CleanLine(e.Account)
	if len(e.Changes) == 0 {
		return name + " is not sealed with this ring's key and may have been changed outside tokenring"
	}
	return name + " was changed outside tokenring"
}
