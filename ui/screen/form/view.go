package form

import (
	"strings"

	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

const sep = theme.SignDot

// footRows is the room below the fields: a rule, where the credentials go, and
// the help of the field in focus.
const footRows = 4

// View draws the page that is shown.
func (o *Overlay) View(w, h int) string {
	switch o.page {
	case pageBackend:
		return o.picker.View(w, h)
	case pageFill:
		return o.form(w, h)
	}
	return "\n  " + o.ctx.Theme.Muted.Render("reading"+theme.SignMore)
}

func (o *Overlay) form(w, h int) string {
	foot := o.foot(w)
	if h < 14 {
		foot = foot[1:]
	}
	rows := max(1, h-len(foot))
	body := widget.Lines(o.set.View(w, rows), w, rows)
	return strings.Join(append(body, foot...), "\n")
}

func (o *Overlay) foot(w int) []string {
	th := o.ctx.Theme
	foot := []string{th.Border.Render(strings.Repeat("─", w))}
	say := func(look theme.Style, text string, rows int) {
		lines := widget.Wrap(text, w-4)
		if len(lines) > rows {
			lines = append(lines[:rows-1], widget.Cut(strings.Join(lines[rows-1:], " "), w-4))
		}
		for i := range rows {
			l := ""
			if i < len(lines) {
				l = "  " + look.Render(lines[i])
			}
			foot = append(foot, l)
		}
	}
	switch {
	case o.problem != "":
		say(th.Bad, theme.SignFailed+" "+o.problem, 3)
	case o.saving:
		say(th.Accent, "saving…", 3)
	default:
		foot = append(foot, "  "+o.destination(w-4))
		help := ""
		if f := o.set.Focused(); f != nil {
			help = f.Help
		}
		say(th.Muted, help, 2)
	}
	return foot
}

// destination shows where the credentials of the draft would go.
func (o *Overlay) destination(w int) string {
	th := o.ctx.Theme
	switch {
	case o.tried && o.errs.For("base_url") != "":
		return th.Bad.Render(widget.Cut(theme.SignFailed+" "+secret.CleanLine(o.errs.For("base_url")), w))
	case o.lost != nil || o.to.BaseURL == "":
		return th.Faint.Render(widget.Cut("→ nowhere yet: the address is not complete", w))
	}
	line := th.Muted.Render("credentials → ") + th.Text.Render(o.ctx.URL(o.shown))
	if o.to.Plain {
		line += " " + th.Badge.Render(" plain HTTP ")
	}
	return widget.Cut(line, w)
}

// Keys implements screen.Screen.
func (o *Overlay) Keys() []keymap.Hint {
	switch o.page {
	case pageBackend:
		return []keymap.Hint{{Action: keymap.Accept}, {Action: keymap.Close, Label: "back"}}
	case pageFill:
		hints := append(o.set.Steps("save"), keymap.Hint{Action: keymap.FormPrev})
		return append(append(hints, o.set.Keys()...), keymap.Hint{Action: keymap.Close, Label: "leave"})
	}
	return []keymap.Hint{{Action: keymap.Close}}
}
