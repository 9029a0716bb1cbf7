// Package keymap holds the table of keys. Footer, help, palette, README and the
// forms read it, and users can rebind every action by its id.
package keymap

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// Action identifies what a key does. It is stable, since users write it into
// their configuration.
type Action string

// Scope is the part of the screen where a binding applies. Focus is an ordered
// list of scopes; the first one that binds a key wins.
type Scope string

// The scopes.
const (
	Global   Scope = "global"   // everywhere; under an overlay only harmless actions
	List     Scope = "list"     // moving in lists and text
	Accounts Scope = "accounts" // the list of accounts
	Account  Scope = "account"  // one account, and the list for the account under its cursor
	Tabs     Scope = "tabs"     // the tabs of the account pane
	Claims   Scope = "claims"   // the Session and Claims tabs, and a pasted token
	Claim    Scope = "claim"    // one claim of a token
	Pasted   Scope = "pasted"   // a pasted token
	Requests Scope = "requests" // the Requests tab
	Response Scope = "response" // one run with its response
	Grid     Scope = "matrix"   // a suite sent as several accounts
	Compare  Scope = "compare"  // two responses side by side
	Editor   Scope = "editor"   // the request editor
	Form     Scope = "form"     // questions
	Dialog   Scope = "dialog"   // every overlay
	Filter   Scope = "filter"   // a filter line
	Picker   Scope = "picker"   // a list that typing filters
	CopyAs   Scope = "copy"     // the copy menu
)

// Binding ties an action to its keys.
type Binding struct {
	Action Action
	Keys   []string // as tea.KeyPressMsg.String returns them; none: palette only
	Help   string   // one or two words, for the footer
	Long   string   // one sentence, for help and palette
	Group  string   // heading in help and README
	Scope  Scope
	Effect Effect
}

// Effect is what an action does beyond showing something.
type Effect string

// The effects.
const (
	Looks   Effect = ""
	Copies  Effect = "copies"  // a value leaves for the clipboard, a file or another program
	Sends   Effect = "sends"   // a server is called
	Changes Effect = "changes" // accounts, requests, definitions or files are written
)

// fixed lists the actions that cannot be rebound.
var fixed = []Action{Interrupt, Close}

// Hint is an action that a screen offers.
type Hint struct {
	Action   Action
	Label    string // replaces the binding's Help unless ""
	Disabled string // why it is not available; "" if it is
	Shadowed bool   // its keys do something else in this scope
	Except   string // the one of its keys that does something else here
}

// Map is an immutable table of keys.
type Map struct {
	bindings []Binding
	byScope  map[Scope]map[string]Action
	byAction map[Action]int
	viewOnly bool
}

// New returns the default table with the keys of rebound actions replaced. An
// empty list removes an action's keys. The error names every unknown or fixed
// action and every key with two actions in one scope.
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
		case slices.Contains(fixed, m.bindings[i].Action):
			wrong = append(wrong, fmt.Sprintf("%s cannot be rebound", id))
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

// wider lists the scopes around each: a key that it does not bind means what it does in the
// first of them.
func wider() map[Scope][]Scope {
	return map[Scope][]Scope{
		Account:  {Global},
		Tabs:     {Account, Global},
		List:     {Tabs, Account, Global},
		Claims:   {List, Tabs, Account, Global},
		Claim:    {Claims, List, Tabs, Account, Global},
		Accounts: {List, Claims, Tabs, Account, Global},
		Requests: {List, Tabs, Account, Global},
		Pasted:   {Form, Dialog, List},
		Response: {Dialog, List},
		Grid:     {Dialog, List},
		Compare:  {Dialog, List},
		CopyAs:   {List, Dialog},
		Dialog:   {List},
		Editor:   {Dialog},
		Picker:   {Dialog},
	}
}

// Taken lists the keys that rebound actions take from actions of a wider scope, or lose to
// those of a narrower one.
func (m *Map) Taken() []string {
	standard, _ := New(nil)
	wider := wider()
	var taken []string
	for _, b := range m.bindings {
		for _, k := range b.Keys {
			other, in := m.lookup(k, wider[b.Scope])
			if other != "" && (standard.byScope[b.Scope][k] != b.Action || standard.byScope[in][k] != other) {
				taken = append(taken, fmt.Sprintf("%s takes %s from %s", b.Action, Spell(k), other))
			}
		}
	}
	return taken
}

// Actions lists the ids of every action.
func Actions() []string {
	var ids []string
	for _, r := range rows {
		ids = append(ids, string(r.action))
	}
	return ids
}

func (m *Map) index(b *Binding) (clashes []string) {
	keys := m.byScope[b.Scope]
	if keys == nil {
		keys = map[string]Action{}
		m.byScope[b.Scope] = keys
	}
	for _, k := range b.Keys {
		if other, taken := keys[k]; taken {
			clashes = append(clashes, fmt.Sprintf("%s is bound to both %s and %s", k, other, b.Action))
			continue
		}
		keys[k] = b.Action
	}
	return clashes
}

// ViewOnly returns the table for showing a ring: it matches no key of an action that does
// more than look.
func (m *Map) ViewOnly() *Map {
	v := *m
	v.viewOnly = true
	return &v
}

// IsViewOnly reports whether the table is one of ViewOnly.
func (m *Map) IsViewOnly() bool { return m.viewOnly }

// Refusal returns why an action is off; "" if it is not.
func (m *Map) Refusal(a Action) string {
	if b, _ := m.Binding(a); m.viewOnly && b.Effect != Looks {
		return "view only: " + b.Help + " is off, as is all that sends, changes or copies"
	}
	return ""
}

// Bound returns the action of a key, also one that is off.
func (m *Map) Bound(msg tea.KeyPressMsg, scopes ...Scope) Action {
	a, _ := m.lookup(msg.String(), scopes)
	return a
}

// Translate returns the key that a terminal without a protocol for keys would have sent,
// unless an action is bound to the key itself.
func (m *Map) Translate(msg tea.KeyPressMsg) tea.KeyPressMsg {
	code, ok := older[msg.String()]
	if !ok {
		return msg
	}
	for _, keys := range m.byScope {
		if _, bound := keys[msg.String()]; bound {
			return msg
		}
	}
	return tea.KeyPressMsg{Code: code}
}

// Match returns the action of a key in the first scope that binds it, or "".
func (m *Map) Match(msg tea.KeyPressMsg, scopes ...Scope) Action {
	a, _ := m.MatchIn(msg, scopes...)
	return a
}

// MatchIn returns the action of a key and the first scope that binds it.
func (m *Map) MatchIn(msg tea.KeyPressMsg, scopes ...Scope) (Action, Scope) {
	a, scope := m.lookup(msg.String(), scopes)
	if m.Refusal(a) != "" {
		return "", scope
	}
	return a, scope
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
func (m *Map) Key(a Action) string { return m.KeyOf(Hint{Action: a}) }

// KeyOf is Key for an action that a screen offers.
func (m *Map) KeyOf(h Hint) string {
	b, _ := m.Binding(h.Action)
	for _, key := range b.Keys {
		if key != h.Except {
			return Spell(key)
		}
	}
	return ""
}

// Sentence appends an action's key and what it does to a text: "there is no
// account; a adds one". It returns the text alone if the action has no key or is off.
func (m *Map) Sentence(text string, a Action, does string) string {
	key := m.Key(a)
	switch {
	case key == "", m.Refusal(a) != "":
		return text
	case text == "":
		return key + " " + does
	}
	return text + "; " + key + " " + does
}

// Shadowed reports whether every key of an action does something else in these
// scopes, its own among them.
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

// Spell returns a key as the screen writes it.
func Spell(key string) string { return cmp.Or(spelled[key], key) }

var spelled = map[string]string{
	"up": "↑", "down": "↓", "left": "←", "right": "→", "pgdown": "page down", "pgup": "page up",
}
