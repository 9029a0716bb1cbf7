// Package decode is the overlay that finds the tokens in a pasted text and reads them. Nothing is stored or sent; a token
// can be kept as an account, or renew one that takes pasted tokens.
package decode

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/oauth"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/screen/claimsview"
	"tokenring/ui/widget/pick"
)

// Engine is what the overlay calls.
type Engine struct {
	// Renewable lists the accounts that take a pasted token, first those of a server of a token that was found at an
	// address, or "".
	Renewable func(t secret.String, at string) (all []session.Snapshot, same int)
	// Renew makes the login of an account with a token.
	Renew func(s *session.Snapshot, t secret.String) screen.Overlay
	// Keep makes the form of a new account with a token that was found in a text.
	Keep func(t, text secret.String) screen.Overlay
	// Verify verifies a token with the keys that its issuer publishes.
	Verify func(ctx context.Context, raw string, way oauth.Way) (oauth.Verified, error)
}

// Overlay reads one text after the other.
type Overlay struct {
	screen.Base
	ctx    *screen.Context
	engine Engine
	desk   screen.Desk

	text    secret.String // as pasted or typed
	typing  bool          // letters are of the text
	problem string
	found   []token.Found
	at      int // the token that is shown
	view    *claimsview.View
	end     int // the width of the line that is typed at
}

// New makes the overlay. It begins with a text, unless that is empty.
func New(ctx *screen.Context, engine Engine, text secret.String) *Overlay {
	return &Overlay{Base: screen.NewBase(ctx), ctx: ctx, engine: engine, text: text, typing: text.IsZero(), view: claimsview.New(ctx)}
}

// Init reads the text that the overlay begins with.
func (o *Overlay) Init() tea.Cmd {
	if o.text.IsZero() {
		return nil
	}
	return o.take(o.text.Reveal())
}

// Title says what the overlay does.
func (o *Overlay) Title() string { return "Read a token" }

// Close forgets the text.
func (o *Overlay) Close() {
	o.Base.Close()
	o.desk.Drop()
	o.text, o.found = secret.String{}, nil
	o.view.Show("", nil)
}

// Size is large: tokens say a lot.
func (o *Overlay) Size(maxW, maxH int) (w, h int) { return min(maxW, 120), maxH }

// Cursor makes every letter one of the text while it is typed: where a terminal does not mark what is pasted, that
// arrives as keys.
func (o *Overlay) Cursor() *tea.Cursor {
	if o.typing {
		return tea.NewCursor(o.end, 0)
	}
	c := o.view.Cursor()
	if c != nil && len(o.found) > 1 {
		c.Y++ // below the names
	}
	if c != nil {
		c.Y++ // below the headline
	}
	return c
}

// Update takes a text as it is pasted or typed, and then the keys for its tokens. What is pasted replaces what was there.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.PasteMsg: // never into a line that shows what is typed: it may be a token
		o.typing = false
		return o.take(msg.Content)
	case tea.MouseWheelMsg, tea.MouseClickMsg:
		return o.view.Update(msg)
	case tea.KeyPressMsg:
		switch {
		case o.typing:
			return o.typed(msg)
		case o.view.Typing():
			return o.view.Update(msg)
		}
		return o.key(msg)
	}
	return nil
}

// typed takes a key as a part of the text.
func (o *Overlay) typed(msg tea.KeyPressMsg) tea.Cmd {
	raw := o.text.Reveal()
	switch a := o.ctx.Keys.Match(msg, keymap.Dialog, keymap.Form); {
	case msg.Text != "":
		return o.take(raw + msg.Text)
	case msg.Code == tea.KeyEnter:
		return o.take(raw + "\n")
	case msg.Code == tea.KeyBackspace:
		_, size := utf8.DecodeLastRuneInString(raw)
		return o.take(raw[:len(raw)-size])
	case a == keymap.Close:
		return screen.Close(o)
	case a == keymap.FormNext || a == keymap.FormPrev:
		o.typing = len(o.found) == 0
	case a == keymap.FormClear:
		return o.take("")
	case a == keymap.FormSubmit:
		return o.keep()
	}
	return nil
}

// key does an action on the token that is shown.
func (o *Overlay) key(msg tea.KeyPressMsg) tea.Cmd {
	switch a := o.ctx.Keys.Match(msg, keymap.Claim, keymap.Claims, keymap.Pasted, keymap.Form, keymap.Dialog, keymap.List); a {
	case keymap.Close:
		if o.view.Back() {
			return nil
		}
		return screen.Close(o)
	case keymap.TokenNext, keymap.TokenPrev:
		step := 1
		if a == keymap.TokenPrev {
			step = -1
		}
		return o.show(o.at + step)
	case keymap.PastedKeep, keymap.FormSubmit:
		return o.keep()
	case keymap.ClaimVerify:
		if len(o.found) == 0 {
			return nil
		}
		raw, verify := o.found[o.at].Text, o.engine.Verify
		return o.view.Verify(o.Life, func(ctx context.Context) (oauth.Verified, error) { return verify(ctx, raw.Reveal(), oauth.Way{}) })
	case keymap.ClaimDiff:
		if read := o.view.Reading(); read != nil {
			return screen.CompareClaims(screen.CompareClaimsMsg{Title: "the pasted token", Token: read.Token})
		}
		return screen.Refuse("no token to read")
	case keymap.PastedRenew:
		return o.askAccount()
	case keymap.PastedCopy:
		value, _, fault := o.value()
		if fault != "" {
			return screen.Refuse("it cannot be copied: " + fault)
		}
		return screen.Copy("", "the token", value, true)
	case keymap.PastedReveal:
		o.view.Reveal(!o.view.Revealed())
	case keymap.FormClear:
		return o.take("")
	default:
		return o.view.Act(a)
	}
	return nil
}

// take reads another text.
func (o *Overlay) take(text string) tea.Cmd {
	o.problem, o.found, o.at = "", nil, 0
	o.view.Show("", nil)
	o.desk.Drop()
	o.text = secret.New(text)
	if text == "" {
		o.typing = true
		return nil
	}
	return o.desk.Run(o.Life, func() func() tea.Cmd {
		found, err := token.Find(text)
		return func() tea.Cmd {
			if err != nil {
				o.text, o.problem, o.typing = secret.String{}, err.Error(), true
				return nil
			}
			o.found = found
			return o.show(0)
		}
	})
}

// show reads one of the tokens.
func (o *Overlay) show(at int) tea.Cmd {
	n := len(o.found)
	if n == 0 {
		return nil
	}
	o.at = (at + n) % n
	raw, now := o.found[o.at].Text, o.ctx.Now().In(o.ctx.Zone())
	return o.desk.Run(o.Life, func() func() tea.Cmd {
		read := claimsview.Read(raw, nil, now)
		return func() tea.Cmd {
			o.view.Show("", read)
			return nil
		}
	})
}

// name returns what calls a token in the text, or its number.
func (o *Overlay) name(at int) string {
	return o.ctx.Line(cmp.Or(o.found[at].Name, "token "+strconv.Itoa(at+1)))
}

// value returns the token that is shown as it can be sent, and the address that the text names, or "".
func (o *Overlay) value() (value secret.String, at, fault string) {
	if len(o.found) == 0 {
		return value, "", "no token"
	}
	value, _, fault = token.Enter(o.found[o.at].Text)
	return value, token.AddressIn(o.text.Reveal()), fault
}

// keep opens the form of an account with the token.
func (o *Overlay) keep() tea.Cmd {
	value, _, fault := o.value()
	if fault != "" {
		return screen.Refuse("it cannot be stored: " + fault)
	}
	return tea.Sequence(screen.Close(o), screen.Open(o.engine.Keep(value, o.text)))
}

// askAccount asks which account to renew.
func (o *Overlay) askAccount() tea.Cmd {
	value, at, fault := o.value()
	if fault != "" {
		return screen.Refuse("it cannot be stored: " + fault)
	}
	renewable := o.engine.Renewable
	return o.desk.Run(o.Life, func() func() tea.Cmd {
		all, same := renewable(value, at)
		return func() tea.Cmd {
			if len(all) == 0 {
				return screen.Refuse(o.ctx.Keys.Sentence("no account takes a pasted token", keymap.PastedKeep, "keeps it as a new one"))
			}
			return screen.AskFor(screen.Choice{
				Title: "Renew an account with the token", Hint: "which account?", Yes: "renew it",
				Items: func() []pick.Item { return o.items(all, same) },
				Do: func(id string) tea.Cmd {
					at := slices.IndexFunc(all, func(s session.Snapshot) bool { return s.Account.ID == id })
					return tea.Sequence(screen.Close(o), screen.Open(o.engine.Renew(&all[at], value)))
				},
			})
		}
	})
}

// items lists accounts; the first ones are of the token's server.
func (o *Overlay) items(all []session.Snapshot, same int) []pick.Item {
	items := make([]pick.Item, len(all))
	for i := range all {
		a := &all[i].Account
		items[i] = pick.Item{Value: a.ID, Title: o.ctx.Line(a.Name), Detail: o.ctx.URL(a.BaseURL)}
		if i < same {
			items[i].More = "the token is from its server"
		}
	}
	return items
}

// Ticks reports whether a time nearby is shown.
func (o *Overlay) Ticks() bool { return o.view.Ticks() }

// Keys implements screen.Screen.
func (o *Overlay) Keys() []keymap.Hint {
	none := ""
	if len(o.found) == 0 {
		none = "no token yet; paste one"
	}
	keep := keymap.Hint{Action: keymap.PastedKeep, Disabled: none}
	switch {
	case o.typing:
		return []keymap.Hint{
			{Action: keymap.FormNext, Label: "read it", Disabled: none, Except: "enter"}, {Action: keymap.FormSubmit, Label: "keep as account", Disabled: none},
			{Action: keymap.FormClear, Disabled: none}, {Action: keymap.Close},
		}
	case o.view.Typing():
		return o.view.Keys()
	}
	hints := []keymap.Hint{keep, {Action: keymap.PastedRenew, Disabled: none}, {Action: keymap.PastedCopy, Disabled: none}}
	if len(o.found) > 1 {
		hints = append([]keymap.Hint{{Action: keymap.TokenNext}, {Action: keymap.TokenPrev}}, hints...)
	}
	hints = append(hints, o.view.Keys()...)
	return append(hints, keymap.Hint{Action: keymap.PastedReveal, Disabled: none}, keymap.Hint{Action: keymap.FormClear, Label: "another"},
		keymap.Hint{Action: keymap.Down, Label: "move"}, keymap.Hint{Action: keymap.Close})
}
