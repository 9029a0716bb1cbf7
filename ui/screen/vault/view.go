package vault

import (
	"fmt"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// Size fits what is shown.
func (o *Overlay) Size(maxW, maxH int) (w, h int) {
	w = min(maxW, 74)
	h = len(o.above(w)) + 1
	switch o.page {
	case pageMenu:
		return 1, 1 // behind the question
	case pagePassphrase:
		h += o.set.Height(w) + len(o.below(w))
	}
	return w, min(maxH, max(7, h))
}

// View draws what there is to know, then what can be done.
func (o *Overlay) View(w, h int) string {
	above := o.above(w)
	if o.page == pagePassphrase {
		return o.set.Between(above, o.below(w), w, h)
	}
	return strings.Join(above, "\n")
}

// above describes the state of the vault.
func (o *Overlay) above(w int) []string {
	th := o.ctx.Theme
	out := []string{""}
	say := func(look theme.Style, text string) { out = append(out, widget.Paragraph(look, text, w)...) }
	switch {
	case o.page == pageWaiting:
		waited := o.ctx.Now().Sub(o.since)
		say(th.Accent, fmt.Sprintf("%s… %d s", o.waits, int(waited/time.Second)))
		if o.waits == forKeyring && waited > promptAfter {
			say(th.Text, "If your desktop shows a prompt, answer it there. The vault opens when the answer comes.")
		}
		out = append(out, "")
		say(th.Muted, o.ctx.Keys.Key(keymap.Close)+" stops it")
		return out
	case o.page == pageLocked:
		say(th.Bad, theme.SignFailed+" "+o.problem)
		out = append(out, "")
		say(th.Muted, "Until it is unlocked, accounts can be looked at, but no token can be used.")
		return out
	case o.page == pagePassphrase && o.ask.purpose == toChoose:
		say(th.Text, "Everything secret is sealed with a key that this passphrase locks. A lost passphrase cannot be recovered.")
	case o.page == pagePassphrase && o.ask.purpose == toRecover:
		say(th.Text, "A second passphrase, to be kept in a safe place.")
	case o.page == pagePassphrase && o.ask.purpose == toRekey:
		say(th.Text, "Enter what opens the vault now. It opens the new key, too.")
	case o.status.State == session.VaultOpen:
		say(th.Good, theme.SignOK+" open"+sep+o.status.OpenedBy())
	}
	if o.problem != "" {
		say(th.Bad, theme.SignFailed+" "+secret.CleanLine(o.problem))
	}
	if len(out) == 1 {
		return out
	}
	return append(out, "")
}

// promptAfter is how long a keyring takes that asks a person.
const promptAfter = 2 * time.Second

const sep = theme.SignDot

// below is the help of the question, and the strength of a new passphrase.
func (o *Overlay) below(w int) []string {
	th := o.ctx.Theme
	out := []string{""}
	if o.ask.new != nil {
		if word, means, good := strength(o.ask.new.Value()); word != "" {
			look := th.Warn
			if good {
				look = th.Good
			}
			return append(out, "  "+look.Render(word)+th.Faint.Render(sep)+th.Muted.Render(widget.Cut(means, w-10)))
		}
	}
	if f := o.set.Focused(); f != nil {
		out = append(out, widget.Paragraph(th.Muted, f.Help, w)...)
	}
	return out
}

// Keys implements screen.Screen.
func (o *Overlay) Keys() []keymap.Hint {
	leave := keymap.Hint{Action: keymap.Close}
	switch o.page {
	case pageWaiting:
		return []keymap.Hint{{Action: keymap.Close, Label: "stop"}}
	case pageMenu:
		return []keymap.Hint{leave}
	case pagePassphrase:
		return append(o.set.Steps("done"), leave)
	}
	return []keymap.Hint{{Action: keymap.Again}, leave}
}
