package screen

import (
	tea "charm.land/bubbletea/v2"

	"tokenring/ui/widget/pick"
)

// Question asks the root to have a person answer. Without Do it is a menu of Also, and
// without both the text is only shown.
type Question struct {
	Title     string
	Text      string               // what will happen, one or two sentences
	Lines     func(w int) []string // draws what is below Text in w cells; nil: nothing
	Yes       string               // the verb on the key: "delete", "log out"
	Danger    bool
	Typed     string         // what must be typed to agree; "" when a key is enough
	Do        func() tea.Cmd // run after the overlay closed with yes
	Also      []Answer       // further ways to agree; not offered where something must be typed
	No        string         // what declines; "" is "no"
	Otherwise func() tea.Cmd // run after the overlay closed with no, or nil
	Left      func() tea.Cmd // run after the overlay closed without an answer, or nil
}

// Answer is a way to agree to a question, or an entry of a menu.
type Answer struct {
	Label string
	Text  string // what it does, or why it is off
	Off   bool
	Do    func() tea.Cmd
}

// Ask asks a question.
func Ask(q Question) tea.Cmd { return send(q) }

// Leave closes an overlay, after a question if typed text would be lost.
func Leave(o interface {
	Overlay
	Draft
}) tea.Cmd {
	if !o.Unsaved() {
		return Close(o)
	}
	return Ask(Question{
		Title: "Leave without saving?", Text: "What you typed is lost.", Yes: "leave", Danger: true,
		Do: func() tea.Cmd { return Close(o) },
	})
}

// Choice asks the root for a list to choose from.
type Choice struct {
	Title     string
	Hint      string                     // what is asked: "which account?"
	Yes       string                     // the verb on the key: "send"; "" is "ok"
	Items     func() []pick.Item         // called again when accounts change, and when others begin or end to watch
	Do        func(value string) tea.Cmd // run with the value of the chosen item after the list closed
	Stays     bool                       // the list stays open, below what Do opens
	Otherwise func() tea.Cmd             // run after the list closed without a choice, or nil
}

// AskFor asks for a choice.
func AskFor(c Choice) tea.Cmd { return send(c) }
