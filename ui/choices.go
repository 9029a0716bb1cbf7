package ui

import (
	"cmp"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/project"
	"tokenring/session/prose"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget/pick"
)

// choiceOfAccounts asks who sends a request again: another account, first those of the
// server that was asked, or anonymous.
func (m *Model) choiceOfAccounts(ask requestui.PickAccount) screen.Choice {
	var sides map[string]requestui.Side
	return screen.Choice{
		Title: "Send it again as", Hint: "which account?", Yes: "send",
		Items: func() (items []pick.Item) {
			items, sides = m.sides(&ask.Was)
			return items
		},
		Do: func(value string) tea.Cmd { return ask.Chosen(sides[value]) },
	}
}

// sides lists who can send the request of a run again, and their sides by the values of the items.
func (m *Model) sides(was *requestui.Side) ([]pick.Item, map[string]requestui.Side) {
	c, sides := m.ctx, map[string]requestui.Side{}
	var items []pick.Item
	if !was.Anonymous {
		sides[""] = requestui.Side{Account: was.Account, Anonymous: true}
		items = append(items, pick.Item{
			Title: request.Anonymous, Detail: "no token", More: "To " + c.URL(was.Account.Account.BaseURL) + ", without a token.",
		})
	}
	own := &was.Account.Account
	far := func(s session.Snapshot) int {
		switch {
		case s.Account.ID == own.ID:
			return 0
		case s.Account.Origin == own.Origin:
			return 1
		}
		return 2
	}
	accounts := slices.SortedStableFunc(slices.Values(m.list.All()), func(a, b session.Snapshot) int { return cmp.Compare(far(a), far(b)) })
	for i := range accounts {
		s := &accounts[i]
		if s.Account.ID == own.ID && !was.Anonymous {
			continue
		}
		state := s.StateAt(c.Now())
		_, sign := c.Theme.State(state)
		it := pick.Item{
			Value: s.Account.ID, Title: c.Line(s.Account.Name), Detail: sign + " " + string(state) + theme.SignDot + secret.CleanLine(s.Title),
			More: "To " + c.URL(s.Account.BaseURL) + ".",
		}
		if s.Account.Environment != "" {
			it.Detail += theme.SignDot + c.Line(s.Account.Environment)
		}
		if s.Broken != "" {
			it.Broken, it.More = true, c.Line(s.Broken)
		}
		sides[it.Value] = requestui.Side{Account: s}
		items = append(items, it)
	}
	return items, sides
}

// usualSuite is the suite that is made where there is none.
const usualSuite = "smoke"

// addToSuite asks into which suite of the folder's file a request goes, and puts it there.
func (m *Model) addToSuite(ask requestui.AddToSuite) tea.Cmd {
	c, f, name := m.ctx, m.folder, ask.Account.Account.Name
	return screen.Run(c.Life, func() func() tea.Cmd {
		path, p, err := f.File()
		return func() tea.Cmd {
			if err != nil {
				return screen.NotifyError(err)
			}
			file := project.Label(path)
			return screen.AskFor(screen.Choice{
				Title: "Put it into a suite", Hint: "into which suite?", Yes: "put it there",
				Items: func() []pick.Item { return suitesOf(c, p, file, name) },
				Do: func(to string) tea.Cmd {
					return screen.Run(c.Life, func() func() tea.Cmd {
						added, err := f.Keep(c.Life, name, to, &ask.Spec)
						return func() tea.Cmd {
							if err != nil {
								return screen.NotifyError(err)
							}
							return screen.Notify(screen.Info, secret.CleanLine(fmt.Sprintf("added %s to %s in %s", added, to, file)))
						}
					})
				},
			})
		}
	})
}

// suitesOf lists the suites of a project, or of the file that would be made for an account.
func suitesOf(c *screen.Context, p *project.Project, file, account string) []pick.Item {
	usual := pick.Item{Value: usualSuite, Title: usualSuite, Detail: "a new suite", More: "It is created in " + file + "."}
	if p == nil {
		usual.Detail = "a new file"
		usual.More = file + " is created, with " + c.Line(account) + " and this request in it."
		return []pick.Item{usual}
	}
	var items []pick.Item
	for _, s := range p.Suites {
		items = append(items, pick.Item{
			Value: s.Name, Title: c.Line(s.Name), Detail: prose.Count(len(s.Cases), "request"),
			More: "At the end of it, in " + file + ". The rest of the file stays as it is.",
		})
	}
	if slices.ContainsFunc(items, func(it pick.Item) bool { return it.Value == usualSuite }) {
		return items
	}
	return append(items, usual)
}
