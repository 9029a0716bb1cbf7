// Package decode is the overlay that reads a pasted token. Nothing is stored or
// sent; the token can be made an account.
package decode

import (
	"fmt"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// most is how much is taken as a token, in bytes.
const most = 1 << 20

// Overlay reads one token after the other.
type Overlay struct {
	screen.Base
	ctx     *screen.Context
	account func(secret.String) screen.Overlay
	desk    screen.Desk

	raw     secret.String
	problem string
	read    *reading // nil until the token was read
	scroll  widget.Scroll
	end     int  // the width of the first line
	ticks   bool // something drawn last changes with the second
}

// reading holds the contents of a token.
type reading struct {
	token  *token.Token
	mask   string
	header []token.Line
	claims []token.Line
	finds  []token.Finding
}

// New makes the overlay. account makes the form for an account with a token.
func New(ctx *screen.Context, account func(secret.String) screen.Overlay) *Overlay {
	return &Overlay{ctx: ctx, account: account}
}

// Title says what the overlay does.
func (o *Overlay) Title() string { return "Read a token" }

// Close forgets the token.
func (o *Overlay) Close() {
	o.desk.Drop()
	o.raw, o.read = secret.String{}, nil
}

// Size is large: tokens say a lot.
func (o *Overlay) Size(maxW, maxH int) (w, h int) { return min(maxW, 100), min(maxH, 30) }

// Cursor makes every letter one of the token: where a terminal does not mark what is
// pasted, it arrives as keys.
func (o *Overlay) Cursor() *tea.Cursor {
	if from, _ := o.scroll.Window(); from > 0 {
		return tea.NewCursor(0, 0)
	}
	return tea.NewCursor(o.end, 0)
}

// Update takes the token as it is pasted or typed. What is pasted replaces
// what was there.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.Result:
		return msg.For(&o.desk)
	case tea.PasteMsg:
		return o.take(msg.Content)
	case tea.MouseWheelMsg:
		o.scroll.Slide(widget.WheelSteps(msg.Button))
	case tea.KeyPressMsg:
		return o.key(msg)
	}
	return nil
}

func (o *Overlay) key(msg tea.KeyPressMsg) tea.Cmd {
	if msg.Text != "" {
		return o.take(o.raw.Reveal() + msg.Text)
	}
	switch a := o.ctx.Keys.Match(msg, keymap.Dialog, keymap.Form, keymap.List); a {
	case keymap.Close:
		return screen.Close(o)
	case keymap.FormSubmit:
		if o.raw.IsZero() {
			return nil
		}
		clean, _, fault := token.Enter(o.raw)
		if fault != "" {
			o.problem = "it cannot be stored: " + fault
			return nil
		}
		return tea.Sequence(screen.Close(o), screen.Open(o.account(clean)))
	case keymap.FormClear:
		return o.take("")
	default:
		if msg.Code == tea.KeyBackspace {
			raw := o.raw.Reveal()
			_, size := utf8.DecodeLastRuneInString(raw)
			return o.take(raw[:len(raw)-size])
		}
		o.scroll.Slide(screen.Steps(a, &o.scroll))
	}
	return nil
}

// take reads another text as the token.
func (o *Overlay) take(text string) tea.Cmd {
	o.problem, o.scroll = "", widget.Scroll{Height: o.scroll.Height}
	if len(text) > most {
		o.problem = fmt.Sprintf("not a token: it has %d KiB", len(text)>>10)
		text = ""
	}
	o.raw = secret.New(text)
	o.desk.Drop()
	if text == "" {
		o.read = nil
		return nil
	}
	raw, now := o.raw, o.ctx.Now()
	return o.desk.Run(func() func() tea.Cmd {
		done := read(raw, now)
		return func() tea.Cmd {
			o.read = done
			return nil
		}
	})
}

func read(raw secret.String, now time.Time) *reading {
	text, _, _ := token.Clean(raw.Reveal())
	t := token.Parse(raw.Reveal())
	return &reading{
		token: t, mask: secret.Mask(text), header: token.Lines(t.Header, nil), claims: t.Lines(nil),
		finds: token.Audit(t, now),
	}
}

// Ticks reports whether a time nearby is shown.
func (o *Overlay) Ticks() bool { return o.ticks }

// Keys lists what can be done with the token.
func (o *Overlay) Keys() []keymap.Hint {
	none := ""
	if o.raw.IsZero() {
		none = "there is no token yet; paste one"
	}
	return []keymap.Hint{
		{Action: keymap.FormSubmit, Label: "make it an account", Disabled: none},
		{Action: keymap.FormClear, Disabled: none}, {Action: keymap.Down, Label: "scroll"}, {Action: keymap.Close},
	}
}
