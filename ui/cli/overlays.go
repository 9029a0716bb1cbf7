package cli

import "tokenring/ui"

// overlays are the screens that the root opens and does not know.
func overlays(r *ring) ui.Overlays {
	_ = r
	return ui.Overlays{}
}
