package session

import (
	"encoding/json"
	"reflect"
	"strings"

	"tokenring/session/prose"
	"tokenring/session/secret"
)

// SealBinding returns the owner of the account's Seal. It names no origin: that is
// part of what the seal holds.
func (a *Account) SealBinding() Binding { return Binding{AccountID: a.ID, Name: "account"} }

// Change is one column of an account's row that is not as it was sealed.
type Change struct{ Column, Was, Is string }

// ChangesSince lists the columns in which a differs from its sealed form. Name,
// environment and times are not part of it.
func (a *Account) ChangesSince(sealed *Account) []Change {
	var all []Change
	is, was := reflect.ValueOf(a).Elem(), reflect.ValueOf(sealed).Elem()
	for i := range is.NumField() {
		column, _, _ := strings.Cut(is.Type().Field(i).Tag.Get("json"), ",")
		if column == "-" || sameValue(is.Field(i), was.Field(i)) {
			continue
		}
		all = append(all, Change{column, shownValue(was.Field(i)), shownValue(is.Field(i))})
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

// shownValue returns a field in one line for a person.
func shownValue(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		if v.Len() == 0 {
			return "empty"
		}
	case reflect.Struct:
		if v.IsZero() {
			return "empty"
		}
	case reflect.String:
		if v.Len() == 0 {
			return "empty"
		}
		return prose.Clip(secret.CleanLine(v.String()), maxShown)
	}
	text, _ := json.Marshal(v.Interface()) // lists, maps and switches never fail
	return prose.Clip(secret.CleanLine(string(text)), maxShown)
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
