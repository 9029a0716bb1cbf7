package field

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// Option is one of the values of a Choice.
type Option struct{ Value, Title string }

// Choice is one of a few values, side by side where they fit.
type Choice struct {
	still
	theme   *theme.Theme
	options []Option
	at      int // -1: none yet
}

// NewChoice makes a choice; a value that is no option chooses none.
func NewChoice(th *theme.Theme, options []Option, value string) *Choice {
	c := &Choice{theme: th}
	c.SetOptions(options)
	c.Set(value)
	return c
}

// SetOptions replaces the options and keeps the value where it is still one.
func (c *Choice) SetOptions(options []Option) {
	was := c.Value()
	c.options = options
	c.Set(was)
}

// Set chooses the option of a value.
func (c *Choice) Set(value string) {
	c.at = slices.IndexFunc(c.options, func(o Option) bool { return o.Value == value })
}

// Value returns the chosen option; "" when there is none.
func (c *Choice) Value() string {
	if c.at < 0 || c.at >= len(c.options) {
		return ""
	}
	return c.options[c.at].Value
}

// View draws the options side by side, or the chosen one with its place among
// them.
func (c *Choice) View(w int, focused bool) string {
	if c.width() > w {
		return c.narrow(w, focused)
	}
	options := make([]string, len(c.options))
	for i := range c.options {
		if i == c.at {
			options[i] = look(c.theme, focused).Render(theme.SignValid + " " + c.options[i].Title)
		} else {
			options[i] = c.theme.Muted.Render(theme.SignNeedsLogin + " " + c.options[i].Title)
		}
	}
	return strings.Join(options, "  ")
}

// width returns how many cells the options take side by side.
func (c *Choice) width() int {
	cells := -2
	for i := range c.options {
		cells += 4 + widget.Width(c.options[i].Title)
	}
	return cells
}

func (c *Choice) narrow(w int, focused bool) string {
	place := fmt.Sprintf("  %d of %d", c.at+1, len(c.options))
	title := "choose one"
	if c.at >= 0 {
		title = c.options[c.at].Title
	}
	title = widget.Cut(title, w-widget.Width(place)-4)
	return c.theme.Muted.Render("← ") + look(c.theme, focused).Render(title) + c.theme.Muted.Render(" →"+place)
}

// look returns the look of a control's value.
func look(th *theme.Theme, focused bool) theme.Style {
	if focused {
		return th.AccentStrong
	}
	return th.Text
}

// Do moves to another option.
func (c *Choice) Do(a keymap.Action) (used, changed bool) {
	n := len(c.options)
	switch {
	case n == 0:
		return false, false
	case a == keymap.FormRight || a == keymap.FormToggle:
		c.at = (c.at + 1) % n
	case a == keymap.FormLeft:
		c.at = (max(c.at, 0) + n - 1) % n
	default:
		return false, false
	}
	return true, n > 1
}

// click chooses the option under column x of a control of w cells.
func (c *Choice) click(x, w int) (changed bool) {
	if c.width() > w {
		_, changed = c.Do(keymap.FormRight)
		return changed
	}
	for i := range c.options {
		size := 2 + widget.Width(c.options[i].Title)
		if x >= 0 && x < size {
			changed = c.at != i
			c.at = i
			return changed
		}
		x -= size + 2
	}
	return false
}

// Switch is yes or no.
type Switch struct {
	still
	On   bool
	Text string // beside the box: what yes means

	theme *theme.Theme
}

// NewSwitch makes a switch.
func NewSwitch(th *theme.Theme, text string, on bool) *Switch {
	return &Switch{On: on, Text: text, theme: th}
}

// Value returns "true" or "false".
func (s *Switch) Value() string { return strconv.FormatBool(s.On) }

// View draws a box and what it means.
func (s *Switch) View(w int, focused bool) string {
	box := "[ ] "
	if s.On {
		box = "[" + theme.SignOK + "] "
	}
	return look(s.theme, focused).Render(widget.Cut(box+s.Text, w))
}

// Do switches.
func (s *Switch) Do(a keymap.Action) (used, changed bool) {
	switch a {
	case keymap.FormToggle, keymap.FormLeft, keymap.FormRight:
		s.On = !s.On
		return true, true
	}
	return false, false
}

// Pick is a value that is chosen on a page of its own.
type Pick struct {
	still
	Title string // of what is chosen; "" when nothing is
	Hint  string

	theme *theme.Theme
	value string
}

// NewPick makes a field whose value is chosen elsewhere.
func NewPick(th *theme.Theme, value, title, hint string) *Pick {
	return &Pick{Title: title, Hint: hint, theme: th, value: value}
}

// Value returns the choice.
func (p *Pick) Value() string { return p.value }

// Set chooses.
func (p *Pick) Set(value, title string) { p.value, p.Title = value, title }

// View draws what is chosen.
func (p *Pick) View(w int, focused bool) string {
	if p.Title == "" {
		return p.theme.Faint.Render(widget.Cut("▸ "+p.Hint, w))
	}
	return look(p.theme, focused).Render("▸ " + widget.CutMiddle(p.Title, w-2))
}

// Do clears what was chosen.
func (p *Pick) Do(a keymap.Action) (used, changed bool) {
	if a != keymap.FormClear {
		return false, false
	}
	had := p.value != ""
	p.value, p.Title = "", ""
	return true, had
}
