package form

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
)

// review asks what to do about an account that was changed outside tokenring, before its
// form opens. One without a seal has nothing to put back.
func (o *Overlay) review(seen *session.Account, changed *session.ChangedError) screen.Question {
	ctx, drafts := o.ctx, o.engine.Drafts
	edit := screen.AskedMsg{Action: keymap.Edit, Account: seen.ID, At: o.beginAt}
	// What was agreed to is done even when the screen is left meanwhile.
	settle := func(do func() error) func() tea.Cmd {
		return func() tea.Cmd {
			return screen.Run(ctx.Life, func() func() tea.Cmd {
				err := do()
				return func() tea.Cmd { // also after an error: some of it may be done, or there may be more to show
					return tea.Batch(screen.Changed(), screen.NotifyError(err), func() tea.Msg { return edit })
				}
			})
		}
	}
	life := context.WithoutCancel(ctx.Life)
	keep := settle(func() error { return drafts.Accept(life, seen) })
	lines := []string{changed.Summary() + "."}
	if len(changed.Changes) == 0 {
		for _, c := range seen.ChangesSince(&session.Account{}) {
			lines = append(lines, "  "+c.Field+"  "+secret.CleanLine(c.Is))
		}
		return screen.Question{
			Title: "Keep " + seen.Name + " as it is?", Text: strings.Join(append(lines, "Nothing is sent until you decide."), "\n"),
			Yes: "keep it", Do: keep, No: "decide later", Danger: true,
		}
	}
	for _, c := range changed.Changes {
		lines = append(lines, "  "+c.Field+"  was  "+secret.CleanLine(c.Was), "  "+c.Field+"  is   "+secret.CleanLine(c.Is))
	}
	return screen.Question{
		Title: "Undo the changes of " + seen.Name + "?", Text: strings.Join(append(lines, "Nothing is sent until you decide."), "\n"),
		Yes: "undo", Do: settle(func() error { return drafts.Restore(life, seen.ID) }), No: "keep", Otherwise: keep,
	}
}
