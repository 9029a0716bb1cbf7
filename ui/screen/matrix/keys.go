package matrix

import (
	tea "charm.land/bubbletea/v2"

	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

func (o *Overlay) key(msg tea.KeyPressMsg) tea.Cmd {
	a := o.ctx.Keys.Match(msg, keymap.Grid, keymap.Dialog, keymap.List)
	switch {
	case a == keymap.Close:
		return o.leave()
	case a == keymap.MatrixChoose && len(o.offers) > 1 && o.work.stop == nil:
		return o.choose()
	case len(o.cells) > 0:
		return o.act(a)
	}
	return nil
}

// leave is esc: what runs, then the mark, then the overlay.
func (o *Overlay) leave() tea.Cmd {
	switch {
	case o.work.stop != nil:
		o.work.stop() // what was answered comes with its end
		return nil
	case o.marked.row >= 0:
		o.marked = place{row: -1}
		return nil
	}
	return screen.Close(o)
}

func (o *Overlay) act(a keymap.Action) tea.Cmd {
	if why := screen.Disabled(o.Keys(), a); why != "" {
		return screen.Notify(screen.Warning, why)
	}
	switch a {
	case keymap.MatrixOpen:
		return o.open(o.cursor)
	case keymap.MatrixCompare:
		return o.compare()
	case keymap.MatrixMark:
		if o.marked == o.cursor {
			o.marked = place{row: -1}
		} else {
			o.marked = o.cursor
		}
	case keymap.MatrixRun:
		if o.work.stop == nil {
			return o.prepare(o.at)
		}
	default:
		o.move(a)
	}
	return nil
}

// open shows the response of a cell.
func (o *Overlay) open(p place) tea.Cmd {
	r := o.cells[p.row][p.column]
	return requestui.Send(requestui.OpenRequest{
		Account: &o.ready.accounts[r.Identity], Run: r.Run, Spec: &r.Run.Spec,
	})
}

// compare shows two cells beside each other, the left one on the left.
func (o *Overlay) compare() tea.Cmd {
	other, why := o.pair()
	if why != "" {
		return screen.Notify(screen.Warning, why)
	}
	left, right := other, o.cursor
	if right.column < left.column {
		left, right = right, left
	}
	return requestui.Send(requestui.Pair{
		Spec: &o.cells[left.row][left.column].Run.Spec, Left: o.side(left), Right: o.side(right),
	})
}

func (o *Overlay) side(p place) requestui.Side {
	r := o.cells[p.row][p.column]
	return requestui.SideOf(&o.ready.accounts[r.Identity], r.Run)
}

func (o *Overlay) move(a keymap.Action) {
	switch a {
	case keymap.MatrixLeft:
		o.cursor.column = max(0, o.cursor.column-1)
	case keymap.MatrixRight:
		o.cursor.column = min(len(o.cells[0])-1, o.cursor.column+1)
	default:
		o.down(screen.Steps(a, &o.scroll))
	}
}

// down moves the cursor n rows down, or up.
func (o *Overlay) down(n int) { o.cursor.row = max(0, min(o.cursor.row+n, len(o.cells)-1)) }

// mouse moves the cursor; a click on the cell under it opens it.
func (o *Overlay) mouse(msg tea.Msg) tea.Cmd {
	if len(o.cells) == 0 {
		return nil
	}
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		o.down(widget.WheelSteps(msg.Button))
	case tea.MouseClickMsg:
		p, ok := o.under(msg.X, msg.Y)
		switch {
		case msg.Button != tea.MouseLeft || !ok:
		case p == o.cursor && o.noRun(p) == "":
			return o.open(p)
		default:
			o.cursor = p
		}
	}
	return nil
}

// under is the cell that was drawn at x, y.
func (o *Overlay) under(x, y int) (place, bool) {
	d := &o.drawn
	if d.cell == 0 || x < d.name || y < d.top {
		return place{}, false
	}
	column := (x - d.name) / d.cell
	p := place{row: o.scroll.Offset + y - d.top, column: o.shift + column}
	return p, column < d.columns && p.column < len(o.cells[0]) && p.row < len(o.cells) && y-d.top < o.scroll.Height
}
