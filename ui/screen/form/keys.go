package form

import "tokenring/ui/keymap"

// Keys implements screen.Screen.
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
	hints := append(o.set.Steps("save"), keymap.Hint{Action: keymap.FormPrev})
	hints = append(hints, o.set.Keys()...)
	return append(hints, keymap.Hint{Action: keymap.Close, Label: "leave"})
}
