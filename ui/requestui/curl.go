package requestui

import (
	tea "charm.land/bubbletea/v2"

	"tokenring/session/request"
	"tokenring/ui/screen"
)

// Curl asks whether the token shall be in a curl command as a variable or in clear, and copies
// the command for a request as a side sends it. spec must not change any more.
func Curl(c *screen.Context, m Requests, as Side, spec *request.Spec) tea.Cmd {
	copied := func(clear bool) tea.Cmd {
		return screen.Run(c.Life, func() func() tea.Cmd {
			text, first, err := as.Curl(c.Life, m, spec, clear)
			what := "curl command"
			if first != "" {
				what += " (before it runs, " + first + ")"
			}
			return func() tea.Cmd {
				if err != nil {
					return screen.NotifyError(err)
				}
				return screen.Copy(as.Account.Account.ID, what, text, clear)
			}
		})
	}
	if as.Anonymous {
		return copied(false) // there is no token to ask about
	}
	inClear := "it runs unchanged; anyone who has it can use the session"
	if as.Account.Signs {
		inClear = "it is signed: it works once, and only unchanged"
	}
	return screen.Ask(screen.Question{Title: "Copy as curl", Also: []screen.Answer{
		{
			Label: "with the token as a variable", Text: "the command names $" + request.TokenVariable + "; it can be shared",
			Do: func() tea.Cmd { return copied(false) },
		},
		{Label: "with the token in clear", Text: inClear, Do: func() tea.Cmd { return copied(true) }},
	}})
}
