package welcome

import (
	"fmt"
	"strings"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

const (
	wantWide = 80 // cells the text may take, frame included
	column   = 12 // cells for the names on the left
)

const (
	about = "A key ring for API tokens: the accounts you have on every backend, their sessions kept alive, " +
		"what each token says and how long it lives, copied where it is needed, and test requests sent with it."
	aboutBriefly = "A key ring for API tokens: every account, its session kept alive, and what its token says."
)

// line is one line of the text, with what a click on it does.
type line struct {
	text   string
	action keymap.Action
}

// View draws the text in a frame in the middle. Where there is little room,
// the blanks go first and then what can be read elsewhere.
func (s *Screen) View(w, h int) string {
	outer := min(w, wantWide)
	if w-outer < 4 {
		outer = w
	}
	inner := outer - 6
	lines := s.lines(inner, h-2)
	high := min(h, len(lines)+4)
	if high > len(lines)+2 && high == h {
		high = len(lines) + 2
	}
	s.box = widget.Box{X: (w - outer) / 2, Y: max(0, (h-high)*2/5), W: outer, H: high}
	pad := max(0, (high-2-len(lines))/2)
	s.places = map[int]keymap.Action{}
	body := make([]string, pad, pad+len(lines))
	for i, l := range lines {
		body = append(body, "  "+l.text)
		if l.action != "" {
			s.places[s.box.Y+1+pad+i] = l.action
		}
	}
	th := s.ctx.Theme
	pane := widget.Pane{Theme: th, Frame: th.Frame(), Title: "Welcome to tokenring", Focus: true}
	out := make([]string, s.box.Y, h)
	for row := range strings.SplitSeq(pane.View(strings.Join(body, "\n"), outer, high), "\n") {
		out = append(out, widget.Blank(s.box.X)+row)
	}
	return strings.Join(out, "\n")
}

// lines writes the text for w by h cells: the most that fits.
func (s *Screen) lines(w, h int) []line {
	var out []line
	for _, try := range [...]struct {
		about  string
		most   int // lines for a fact
		blanks bool
	}{{about, 3, true}, {about, 1, true}, {aboutBriefly, 1, true}, {aboutBriefly, 1, false}} {
		out = join([][]line{s.about(try.about, w), s.start(w), s.look(w), s.facts(w, try.most)}, try.blanks)
		if len(out) <= h {
			break
		}
	}
	return out
}

func join(parts [][]line, blanks bool) []line {
	var out []line
	for i, p := range parts {
		if i > 0 && blanks {
			out = append(out, line{})
		}
		out = append(out, p...)
	}
	return out
}

func (s *Screen) about(text string, w int) []line {
	var out []line
	for _, l := range widget.Wrap(text, w) {
		out = append(out, line{text: s.ctx.Theme.Text.Render(l)})
	}
	return out
}

// start says which keys begin.
func (s *Screen) start(w int) []line {
	th := s.ctx.Theme
	var out []line
	for _, k := range [...]struct {
		action     keymap.Action
		does, what string
	}{
		{keymap.Add, "add an account", "at a backend below, or another"},
		{keymap.Decode, "read a token", "paste any token; nothing is stored"},
		{keymap.Palette, "import", "paste a curl command, or tokenring import FILE"},
		{keymap.Help, "help", "every key and every sign"},
	} {
		key := s.ctx.Keys.Key(k.action)
		if key == "" {
			continue
		}
		text := widget.Fit(th.AccentStrong.Render(key), 4) + widget.Fit(th.Strong.Render(k.does), 16) + "  " + th.Muted.Render(k.what)
		out = append(out, line{text: widget.Cut(text, w), action: k.action})
	}
	return out
}

// look says how to try everything first.
func (s *Screen) look(w int) []line {
	th := s.ctx.Theme
	text := th.Muted.Render("Just looking? ")
	if key := s.ctx.Keys.Key(keymap.Quit); key != "" {
		text += th.Muted.Render("Leave with ") + th.Key.Render(key) + th.Muted.Render(" and type ")
	}
	return []line{{text: widget.Cut(text+th.Accent.Render("tokenring demo"), w)}}
}

// facts tell what is known and where things will be kept, each in so many
// lines at most.
func (s *Screen) facts(w, most int) []line {
	th := s.ctx.Theme
	var out []line
	room := max(8, w-column)
	add := func(name string, look theme.Style, rows ...string) {
		if len(rows) > most {
			rows = append(rows[:most-1:most-1], widget.Cut(strings.Join(rows[most-1:], theme.SignDot), room))
		}
		for i, row := range rows {
			if i > 0 {
				name = ""
			}
			out = append(out, line{text: widget.Fit(th.Muted.Render(name), column) + look.Render(row)})
		}
	}
	add("backends", th.Text, s.backends(room, most)...)
	if s.bad > 0 {
		add("", th.Warn, "a definition of yours cannot be used; "+s.ctx.Keys.Key(keymap.Help)+" says why")
	}
	add("stored in", th.Text, widget.Wrap(widget.CutMiddle(s.ctx.Line(s.store), room*most), room)...)
	add("secrets", th.Text, widget.Wrap(s.sealed(), room)...)
	return out
}

// backends returns the titles in at most so many rows of w cells, and counts those that
// do not fit.
func (s *Screen) backends(w, most int) []string {
	var rows []string
	for i, title := range s.titles {
		title = s.ctx.Line(title)
		more := ""
		if rest := len(s.titles) - i - 1; rest > 0 && len(rows) == most {
			more = fmt.Sprintf(" and %d more", rest)
		}
		n := len(rows) - 1
		switch {
		case n >= 0 && widget.Width(rows[n]+theme.SignDot+title+more) <= w:
			rows[n] += theme.SignDot + title
		case len(rows) == most:
			rows[n] += fmt.Sprintf(" and %d more", len(s.titles)-i)
			return rows
		default:
			rows = append(rows, title)
		}
	}
	return rows
}

// sealed says how secrets are kept.
func (s *Screen) sealed() string {
	switch s.vault.State {
	case session.VaultOpen:
		return ways[s.vault.Way]
	case session.VaultLocked:
		return "locked: " + secret.CleanLine(s.vault.Reason)
	case session.VaultUnset:
		return "you choose how they are sealed before the first one is kept"
	}
	return ""
}

var ways = map[session.Way]string{
	session.WayKeyring:    "sealed; the key is in this machine's keyring",
	session.WayPassphrase: "sealed; the key comes from your passphrase",
	session.WayVariable:   "sealed; the key comes from TOKENRING_KEY",
	session.WayMemory:     "in memory only, gone when the program ends",
}
