// Package keymap is the one table of keys. Footer, help, palette, README and
// the key map of the forms are made from it, and a person may bind every
// action anew by its id.
package keymap

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// Action is what a key asks for. Its id is stable: people write it into their
// configuration.
type Action string

// Scope is where a binding holds. Focus is an ordered list of scopes, and the
// innermost one that knows a key wins.
type Scope string

// The scopes.
const (
	Global   Scope = "global"   // everywhere; under an overlay only what harms nothing
	List     Scope = "list"     // moving in whatever can be moved in
	Accounts Scope = "accounts" // the list of accounts
	Account  Scope = "account"  // one account, and the list for the account under its cursor
	Tabs     Scope = "tabs"     // the tabs of the account pane
	Claims   Scope = "claims"   // the Session and Claims tabs
	Requests Scope = "requests" // the Requests tab
	Response Scope = "response" // one run with its response
	Grid     Scope = "matrix"   // a suite fired as several accounts
	Compare  Scope = "compare"  // two responses beside each other
	Editor   Scope = "editor"   // a request being edited
	Form     Scope = "form"     // questions
	Dialog   Scope = "dialog"   // every overlay
	Filter   Scope = "filter"   // a line of text that narrows something
	Picker   Scope = "picker"   // a list that is narrowed while one types
	CopyAs   Scope = "copy"     // the copy menu
)

// Binding ties an action to its keys.
type Binding struct {
	Action Action
	Keys   []string // as tea.KeyPressMsg.String gives them; none: palette only
	Help   string   // one or two words, for the footer
	Long   string   // one sentence, for help and palette
	Group  string   // heading in help and README
	Scope  Scope
	Fixed  bool // cannot be bound anew
}

// Hint is an action as a screen offers it now.
type Hint struct {
	Action   Action
	Label    string // in place of the binding's Help; "" keeps it
	Disabled string // why it cannot be used now; "" when it can
	Shadowed bool   // its keys mean something else where it is offered
}

// Map is the table in force. It does not change once made.
type Map struct {
	bindings []Binding
	byScope  map[Scope]map[string]Action
	byAction map[Action]int
}

// New returns the default table with the keys of rebound actions replaced. An
// empty list takes an action's keys away. It names every unknown or fixed
// action and every key that would mean two things in one scope.
func New(rebound map[string][]string) (*Map, error) {
	m := &Map{bindings: table(), byScope: map[Scope]map[string]Action{}, byAction: map[Action]int{}}
	for i := range m.bindings {
		m.byAction[m.bindings[i].Action] = i
	}
	var wrong []string
	for id, keys := range rebound {
		i, ok := m.byAction[Action(id)]
		switch {
		case !ok:
			wrong = append(wrong, fmt.Sprintf("there is no action %q", id))
		case m.bindings[i].Fixed:
			wrong = append(wrong, fmt.Sprintf("%s cannot be bound anew", id))
		default:
			m.bindings[i].Keys = slices.Clone(keys)
		}
	}
	for i := range m.bindings {
		wrong = append(wrong, m.index(&m.bindings[i])...)
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return nil, fmt.Errorf("keys: %s", strings.Join(wrong, "; "))
	}
	return m, nil
}

// Default is New without changes.
func Default() *Map {
	m, err := New(nil)
	if err != nil {
		panic("keymap: the built-in table contradicts itself: " + err.Error())
	}
	return m
}

func (m *Map) index(b *Binding) (clashes []string) {
	keys := m.byScope[b.Scope]
	if keys == nil {
		keys = map[string]Action{}
		m.byScope[b.Scope] = keys
	}
	for _, k := range b.Keys {
		if other, taken := keys[k]; taken {
			clashes = append(clashes, fmt.Sprintf("%s means both %s and %s", k, other, b.Action))
			continue
		}
		keys[k] = b.Action
	}
	return clashes
}

// Match returns what a key asks for, looking through the scopes in order. It is
// "" when none of them knows the key.
func (m *Map) Match(msg tea.KeyPressMsg, scopes ...Scope) Action {
	a, _ := m.MatchIn(msg, scopes...)
	return a
}

// MatchIn is Match that also says which scope knew the key.
func (m *Map) MatchIn(msg tea.KeyPressMsg, scopes ...Scope) (Action, Scope) {
	return m.lookup(msg.String(), scopes)
}

func (m *Map) lookup(key string, scopes []Scope) (Action, Scope) {
	for _, s := range scopes {
		if a, ok := m.byScope[s][key]; ok {
			return a, s
		}
	}
	return "", ""
}

// Binding returns the binding of an action.
func (m *Map) Binding(a Action) (Binding, bool) {
	i, ok := m.byAction[a]
	if !ok {
		return Binding{}, false
	}
	return m.bindings[i], true
}

// Bindings returns the whole table in its order. The caller must not change it.
func (m *Map) Bindings() []Binding { return m.bindings }

// Key returns the first key of an action as it is written on the screen, or "".
func (m *Map) Key(a Action) string {
	i, ok := m.byAction[a]
	if !ok || len(m.bindings[i].Keys) == 0 {
		return ""
	}
	return Spell(m.bindings[i].Keys[0])
}

// Tell adds to a sentence what the key of an action does: "there is no account;
// a adds one". Without a key the sentence stays as it is.
func (m *Map) Tell(text string, a Action, does string) string {
	key := m.Key(a)
	switch {
	case key == "":
		return text
	case text == "":
		return key + " " + does
	}
	return text + "; " + key + " " + does
}

// Shadowed reports whether each key of an action means something else where
// these scopes, its own among them, are looked through.
func (m *Map) Shadowed(a Action, scopes ...Scope) bool {
	b, _ := m.Binding(a)
	if len(b.Keys) == 0 || !slices.Contains(scopes, b.Scope) {
		return false
	}
	return !slices.ContainsFunc(b.Keys, func(k string) bool {
		found, _ := m.lookup(k, scopes)
		return found == a
	})
}

// Spell writes a key the way people read it.
func Spell(key string) string { return cmp.Or(spelled[key], key) }

var spelled = map[string]string{
	"up": "↑", "down": "↓", "left": "←", "right": "→", "pgdown": "page down", "pgup": "page up",
}
