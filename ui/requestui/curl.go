package requestui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/request"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// Curl asks whether the token shall stand in a curl command as a variable or
// in clear, and copies the command.
type Curl struct {
	screen.Base
	ctx    *screen.Context
	engine Requests
	as     Side
	spec   *request.Spec
	desk   screen.Desk
	clear  bool // the choice under the cursor
	busy   bool
}

// NewCurl makes the overlay for a request as a side sends it. spec must not
// change any more.
func NewCurl(c *screen.Context, engine Requests, as Side, spec *request.Spec) *Curl {
	return &Curl{ctx: c, engine: engine, as: as, spec: spec, Base: screen.NewBase(c)}
}

// Title implements screen.Overlay.
func (o *Curl) Title() string { return "Copy as curl" }

// Size implements screen.Overlay.
func (o *Curl) Size(maxW, maxH int) (w, h int) { return min(maxW, 66), min(maxH, 6) }

// Init implements screen.Screen.
func (o *Curl) Init() tea.Cmd {
	if o.as.Anonymous {
		return o.write() // there is no token to ask about
	}
	return nil
}

// Keys implements screen.Screen.
func (o *Curl) Keys() []keymap.Hint {
	return []keymap.Hint{{Action: keymap.Accept, Label: "copy"}, {Action: keymap.Down}, {Action: keymap.Up}, {Action: keymap.Close}}
}

// Update implements screen.Screen.
func (o *Curl) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return o.key(msg)
	case tea.MouseClickMsg:
		if msg.Y == 1 || msg.Y == 3 {
			o.clear = msg.Y == 3
			return o.write()
		}
	}
	return nil
}

func (o *Curl) key(msg tea.KeyPressMsg) tea.Cmd {
	switch o.ctx.Keys.Match(msg, keymap.Dialog, keymap.List) {
	case keymap.Accept:
		return o.write()
	case keymap.Close:
		return screen.Close(o)
	case keymap.Up, keymap.Top, keymap.PageUp:
		o.clear = false
	case keymap.Down, keymap.Bottom, keymap.PageDown:
		o.clear = true
	}
	return nil
}

func (o *Curl) write() tea.Cmd {
	if o.busy {
		return nil
	}
	o.busy = true
	life, m, as, spec, inClear := o.Life, o.engine, o.as, o.spec, o.clear
	return o.desk.Run(o.Life, func() func() tea.Cmd {
		text, first, err := as.Curl(life, m, spec, inClear)
		what := "curl command"
		if first != "" {
			what += " (before it runs, " + first + ")"
		}
		return func() tea.Cmd {
			if err != nil {
				return tea.Batch(screen.Close(o), screen.NotifyError(err))
			}
			return tea.Batch(screen.Close(o), screen.Copy(as.Account.Account.ID, what, text, inClear))
		}
	})
}

// View implements screen.Screen.
func (o *Curl) View(w, h int) string {
	th := o.ctx.Theme
	line := func(on bool, title, text string) []string {
		mark, look := "  ", th.Text
		if on {
			mark, look = th.AccentStrong.Render(theme.SignCursor+" "), th.AccentStrong
		}
		return []string{
			widget.Fit(" "+mark+look.Render(title), w), widget.Fit("   "+th.Muted.Render(text), w),
		}
	}
	lines := []string{""}
	lines = append(lines, line(!o.clear, "with the token as a variable", "the command names $"+request.TokenVariable+"; it can be shared")...)
	inClear := "it runs unchanged; anyone who has it can use the session"
	if o.as.Account.Signs {
		inClear = "it is signed: it works once, and only unchanged"
	}
	lines = append(lines, line(o.clear, "with the token in clear", inClear)...)
	return strings.Join(lines[:min(len(lines), h)], "\n")
}
