package theme

import (
	"charm.land/huh/v2"
	"charm.land/lipgloss/v2"
)

// Forms is the look of huh's forms.
func (t *Theme) Forms() huh.Theme {
	return huh.ThemeFunc(func(bool) *huh.Styles { return t.forms() })
}

func (t *Theme) forms() *huh.Styles {
	s := huh.ThemeBase(t.options.Dark)
	f := &s.Focused
	f.Base = lipgloss.NewStyle().PaddingLeft(1).BorderStyle(lipgloss.Border{Left: SignCursor}).BorderLeft(true).
		BorderForeground(t.colours["accent"])
	f.Card = f.Base
	f.Title = t.Strong.lip
	f.NoteTitle = t.Strong.lip
	f.Description = t.Muted.lip
	f.ErrorIndicator = t.Bad.lip.SetString(" " + SignFailed)
	f.ErrorMessage = t.Bad.lip
	f.SelectSelector = t.AccentStrong.lip.SetString("▸ ")
	f.NextIndicator = t.Muted.lip.MarginLeft(1).SetString("→")
	f.PrevIndicator = t.Muted.lip.MarginRight(1).SetString("←")
	f.Option = t.Text.lip
	f.SelectedOption = t.Accent.lip
	f.UnselectedOption = t.Text.lip
	f.MultiSelectSelector = t.AccentStrong.lip.SetString("▸ ")
	f.SelectedPrefix = t.Accent.lip.SetString(SignOK + " ")
	f.UnselectedPrefix = t.Faint.lip.SetString("· ")
	f.FocusedButton = lipgloss.NewStyle().Padding(0, 2).MarginRight(1).Reverse(true).Bold(true).
		Foreground(t.colours["accent"])
	f.BlurredButton = lipgloss.NewStyle().Padding(0, 2).MarginRight(1).Foreground(t.colours["muted"])
	f.Next = f.FocusedButton
	f.TextInput.Cursor = t.Accent.lip
	f.TextInput.Placeholder = t.Faint.lip
	f.TextInput.Prompt = t.Accent.lip
	f.TextInput.Text = t.Text.lip

	s.Blurred = s.Focused
	b := &s.Blurred
	b.Base = lipgloss.NewStyle().PaddingLeft(2)
	b.Card = b.Base
	b.Title = t.Text.lip
	b.NoteTitle = t.Text.lip
	b.SelectSelector = lipgloss.NewStyle().SetString("  ")
	b.MultiSelectSelector = lipgloss.NewStyle().SetString("  ")
	b.TextInput.Prompt = t.Faint.lip
	b.NextIndicator, b.PrevIndicator = lipgloss.NewStyle(), lipgloss.NewStyle()
	s.Group.Title = t.Strong.lip
	s.Group.Description = t.Muted.lip
	return s
}
