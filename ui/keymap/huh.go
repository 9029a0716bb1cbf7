package keymap

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/huh/v2"
)

// Forms gives the key map of huh's forms, made from this table so that a
// rebound key holds there too. esc is left to the overlay around the form.
func (m *Map) Forms() *huh.KeyMap {
	next, prev, toggle := m.bubble(FormNext), m.bubble(FormPrev), m.bubble(FormToggle)
	submit := key.NewBinding(key.WithKeys(m.keys(FormNext)...), key.WithHelp(m.Key(FormNext), "done"))
	up, down := m.bubble(Up), m.bubble(Down)

	k := huh.NewDefaultKeyMap()
	k.Quit = key.NewBinding(key.WithDisabled())
	k.Input.Next, k.Input.Prev, k.Input.Submit = next, prev, submit
	k.Input.AcceptSuggestion = key.NewBinding(key.WithKeys("right"), key.WithHelp("→", "complete"))
	k.Text.Next, k.Text.Prev, k.Text.Submit = next, prev, submit
	k.Text.Editor = m.bubble(FormExternal)
	k.Select.Next, k.Select.Prev, k.Select.Submit = next, prev, submit
	k.Select.Up, k.Select.Down = up, down
	k.MultiSelect.Next, k.MultiSelect.Prev, k.MultiSelect.Submit = next, prev, submit
	k.MultiSelect.Up, k.MultiSelect.Down, k.MultiSelect.Toggle = up, down, toggle
	k.Note.Next, k.Note.Prev, k.Note.Submit = next, prev, submit
	k.Confirm.Next, k.Confirm.Prev, k.Confirm.Submit = next, prev, submit
	k.Confirm.Toggle = key.NewBinding(
		key.WithKeys(append([]string{"left", "right"}, m.keys(FormToggle)...)...), key.WithHelp("←/→", "toggle"))
	k.Confirm.Accept, k.Confirm.Reject = m.bubble(Confirm), m.bubble(Decline)
	return k
}

func (m *Map) keys(a Action) []string {
	b, _ := m.Binding(a)
	return b.Keys
}

func (m *Map) bubble(a Action) key.Binding {
	b, _ := m.Binding(a)
	if len(b.Keys) == 0 {
		return key.NewBinding(key.WithDisabled())
	}
	return key.NewBinding(key.WithKeys(b.Keys...), key.WithHelp(m.Key(a), b.Help))
}

// Markdown writes the table for a manual: one table of keys per group.
func (m *Map) Markdown() string {
	var b strings.Builder
	group := ""
	for i := range m.bindings {
		bind := &m.bindings[i]
		if bind.Group != group {
			if group != "" {
				b.WriteString("\n")
			}
			group = bind.Group
			b.WriteString("#### " + group + "\n\n| key | does | action id |\n| --- | --- | --- |\n")
		}
		b.WriteString("| " + markdownKeys(bind.Keys) + " | " + bind.Long + " | `" + string(bind.Action) + "` |\n")
	}
	return b.String()
}

func markdownKeys(keys []string) string {
	if len(keys) == 0 {
		return "commands"
	}
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = "`" + k + "`"
	}
	return strings.Join(out, " ")
}
