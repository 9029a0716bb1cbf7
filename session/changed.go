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

// SealBinding returns the binding of the account's Seal. It has no origin, because the seal
// itself holds the origin.
func (a *Account) SealBinding() Binding { return Binding{AccountID: a.ID, Name: "account"} }

// SealText returns the content of the account's Seal. Equal accounts have equal texts.
func (a *Account) SealText() ([]byte, error) {
	c := *a
	for _, m := range []*map[string]string{&c.Values, &c.References} {
		if *m == nil {
			*m = map[string]string{}
		}
	}
	for _, l := range []*[]string{&c.Grants, &c.Secrets} {
		if len(*l) == 0 {
			*l = nil
		}
	}
	if len(c.Origins) == 0 {
		c.Origins = nil
	}
	return json.Marshal(&c)
}

// Change is a column of an account that differs from its sealed value. It holds no secret.
type Change struct {
	Column string `json:"column"`
	Field  string `json:"field"` // describes the column
	Was    string `json:"was"`
	Is     string `json:"is"`
}

// ChangesSince lists the columns in which a differs from its sealed form. Name, environment
// and times are not sealed.
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
