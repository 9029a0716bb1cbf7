package accounts

import (
	"cmp"
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokenring/ui/keymap"
	"tokenring/ui/screen"
)

// Act implements screen.Pane.
func (l *List) Act(a keymap.Action) tea.Cmd {
	switch a {
	case keymap.FilterList:
		l.began = l.current
		return l.filter.Renew()
	case keymap.Group:
		l.regroup()
		l.arrange()
	case keymap.Sort:
		l.resort()
	case keymap.Mark:
		l.mark()
	case keymap.MarkAll:
		l.markAll()
	case keymap.Open:
		return screen.Do(keymap.Open, l.current)
	default:
		l.move(screen.Steps(a, &l.scroll))
	}
	return nil
}

// narrow shows what the filter finds, and puts the cursor on the best of it.
func (l *List) narrow() {
	l.scroll.To(0)
	if best := l.arrange(); l.filter.Value() != "" {
		l.current = best
		l.find()
	}
}

// Back clears the filter, or else the marks, and reports whether there was
// anything to clear. After a filter without a match the cursor is where it was before.
func (l *List) Back() bool {
	switch {
	case l.filtering():
		l.filter.End()
		l.current = cmp.Or(l.current, l.began)
	case len(l.marked) > 0:
		clear(l.marked)
	default:
		return false
	}
	if !l.frozen() {
		l.book.sort(l.order, l.ctx.Now())
	}
	l.arrange()
	return true
}

func (l *List) move(n int) {
	if n == 0 || len(l.lines) == 0 {
		return
	}
	l.scroll.Move(n)
	l.settle(cmp.Compare(n, 0))
}

func (l *List) mark() {
	if l.current == "" {
		return
	}
	if l.marked[l.current] {
		delete(l.marked, l.current)
	} else {
		l.marked[l.current] = true
	}
	l.move(1)
}

func (l *List) markAll() {
	shown := l.Shown()
	all := !slices.ContainsFunc(shown, func(id string) bool { return !l.marked[id] })
	for _, id := range shown {
		if all {
			delete(l.marked, id)
		} else {
			l.marked[id] = true
		}
	}
}

// click selects the row under the mouse; x and y count from the frame.
func (l *List) click(x, y int) {
	at := l.scroll.Offset + y - 1
	if y < 1 || y > l.scroll.Height || x < 1 || at >= len(l.lines) || l.lines[at].row < 0 {
		return
	}
	l.scroll.To(at)
	l.settle(1)
}
