package keymap

import "strings"

// Markdown returns a Markdown table of keys for each group.
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
