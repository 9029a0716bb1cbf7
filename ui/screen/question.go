package screen

import tea "charm.land/bubbletea/v2"

// Question asks the root to confirm something that cannot be undone.
type Question struct {
	Title  string
	Text   string // what will happen, one or two sentences
	Yes    string // the verb on the key: "delete", "log out"
	Danger bool
	Typed  string         // what must be typed to agree; "" when a key is enough
	Do     func() tea.Cmd // run after the overlay closed with yes
	Also   []Answer       // further ways to agree; not offered where something must be typed
}

// Answer is a way to agree to a question.
type Answer struct {
	Label string
	Do    func() tea.Cmd
}

// Ask asks a question.
func Ask(q Question) tea.Cmd { return send(q) }
