package response

import (
	"strings"
	"time"

	"github.com/charmbracelet/colorprofile"

	"tokenring/session/transport"
	"tokenring/ui/requestui"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// phase is a part of an exchange as the timing bar shows it.
type phase struct {
	name string
	took time.Duration
	look theme.Style
}

// phases lists the parts that occurred, in their order.
func phases(th *theme.Theme, t *transport.Timings) []phase {
	all := []phase{
		{"DNS", t.DNS, th.Unknown},
		{"connect", t.Connect, th.Accent},
		{"TLS", t.TLS, th.JSON.Number},
		{"wait", t.Wait, th.Soon},
		{"transfer", t.Transfer, th.Valid},
	}
	out := all[:0]
	for _, p := range all {
		if p.took > 0 {
			out = append(out, p)
		}
	}
	return out
}

// share divides the cells among the phases, at least one for each.
func share(all []phase, cells int) []int {
	var sum time.Duration
	for _, p := range all {
		sum += p.took
	}
	out := make([]int, len(all))
	left, widest := cells, 0
	for i, p := range all {
		out[i] = max(1, int(float64(p.took)/float64(sum)*float64(cells)+0.5))
		left -= out[i]
		if out[i] > out[widest] {
			widest = i
		}
	}
	if len(out) > 0 {
		out[widest] = max(1, out[widest]+left)
	}
	return out
}

// timingBar draws the phases as parts of a bar of w cells. Where colours or
// blocks cannot be had, each part is drawn in the first letter of its name.
func timingBar(th *theme.Theme, t *transport.Timings, w int) string {
	all := phases(th, t)
	if len(all) == 0 || w < len(all) {
		return ""
	}
	o := th.Options()
	letters := o.ASCII || o.Profile <= colorprofile.ASCII
	var b strings.Builder
	for i, n := range share(all, w) {
		cell := "━"
		if letters {
			cell = all[i].name[:1]
		}
		b.WriteString(all[i].look.Render(strings.Repeat(cell, n)))
	}
	return b.String()
}

// timingLegend names the phases in the colours of the bar, in w cells.
func timingLegend(th *theme.Theme, t *transport.Timings, w int) string {
	var parts []string
	if t.Reused {
		parts = append(parts, th.Muted.Render("reused connection"))
	}
	for _, p := range phases(th, t) {
		parts = append(parts, p.look.Render(p.name)+" "+th.Muted.Render(requestui.Took(p.took)))
	}
	return widget.Cut(strings.Join(parts, "  "), w)
}
