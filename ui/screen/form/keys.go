package form

import (
	"tokenring/ui/keymap"
	"tokenring/ui/widget/field"
)

// Keys lists what can be done on the page.
func (o *Overlay) Keys() []keymap.Hint {
	switch o.page {
	case pageBackend, pageLender:
		return []keymap.Hint{{Action: keymap.Accept}, {Action: keymap.Close, Label: "back"}}
	case pageLeave:
		return []keymap.Hint{{Action: keymap.Confirm, Label: "throw away"}, {Action: keymap.Decline, Label: "go on"}}
	case pageOffer:
		return []keymap.Hint{{Action: keymap.Confirm, Label: "log in"}, {Action: keymap.Decline, Label: "later"}}
	case pageReview:
		return o.review.keys()
	case pageFill:
		return o.fillKeys()
	}
	return []keymap.Hint{{Action: keymap.Close}}
}

func (o *Overlay) fillKeys() []keymap.Hint {
	hints := []keymap.Hint{{Action: keymap.FormSubmit}, {Action: keymap.FormNext}, {Action: keymap.FormPrev}}
	if f := o.set.Focused(); f != nil {
		switch c := f.Control.(type) {
		case *field.Choice:
			hints = append(hints, keymap.Hint{Action: keymap.FormRight})
		case *field.Switch:
			hints = append(hints, keymap.Hint{Action: keymap.FormToggle})
		case *field.Pick:
			hints = append(hints, keymap.Hint{Action: keymap.Accept})
		case *field.Secret:
			if c.Stored {
				hints = append(hints, keymap.Hint{Action: keymap.FormClear, Label: "keep or forget"})
			}
			hints = append(hints, keymap.Hint{Action: keymap.FormReference})
		}
	}
	return append(hints, keymap.Hint{Action: keymap.Close, Label: "leave"})
}
