//go:build unix

package cli

import (
	"fmt"
	"regexp"
	"strings"
)

// effect is what must follow a key.
type effect struct {
	what string
	done func(s *terminal, before string) bool
}

// shows is a text that comes with the key. It may go first: a busy machine draws late what
// an earlier key did.
func shows(text string) effect {
	return effect{"showing " + text, func(s *terminal, before string) bool {
		shown := strings.Contains(s.frame(), text)
		s.gone[text] = s.gone[text] || !shown || !strings.Contains(before, text)
		return s.gone[text] && shown
	}}
}

// hides is a text that goes with the key.
func hides(text string) effect {
	return effect{"hiding " + text, func(s *terminal, before string) bool {
		return strings.Contains(before, text) && !strings.Contains(s.frame(), text)
	}}
}

// without is a text that is gone, with the key or before it.
func without(text string) effect {
	return effect{"no " + text, func(s *terminal, _ string) bool { return !strings.Contains(s.frame(), text) }}
}

// present is a text that is there, with the key or before it.
func present(text string) effect {
	return effect{text, func(s *terminal, _ string) bool { return strings.Contains(s.frame(), text) }}
}

// lists is a list with n lines of a text, at the latest when what runs has ended.
func lists(text string, n int) effect {
	return effect{fmt.Sprintf("%d times %s", n, text), func(s *terminal, _ string) bool { return strings.Count(s.frame(), text) == n }}
}

// chooses is a choice that is made, whichever way it is drawn.
func chooses(option string) effect {
	return moves(`[^│]*(● ` + option + `|← ` + option + ` →)`)
}

// moves is a cursor that comes to a line.
func moves(to string) effect {
	under := regexp.MustCompile(`▌[^│\n]*(` + to + `)`)
	return effect{"the cursor on " + to, func(s *terminal, before string) bool {
		return !under.MatchString(before) && under.MatchString(s.frame())
	}}
}

// on is a cursor that is on a line, with the key or before it.
func on(line string) effect {
	under := regexp.MustCompile(`▌[^│\n]*` + line)
	return effect{"the cursor on " + line, func(s *terminal, _ string) bool { return under.MatchString(s.frame()) }}
}

// The cursor goes up or down in what it stands in.
var (
	up   = effect{"the cursor further up", func(s *terminal, before string) bool { return row(s.frame()) < row(before) }}
	down = effect{"the cursor further down", func(s *terminal, before string) bool { return row(s.frame()) > row(before) }}
)

// ended is the program at its end.
var ended = effect{"the end of the program", func(s *terminal, _ string) bool {
	select {
	case <-s.ended:
		return s.cmd.ProcessState.Success()
	default:
		return false
	}
}}

// uptime is another answer of the server, which says how long it runs.
var uptime = effect{"another answer", func(s *terminal, before string) bool {
	number := regexp.MustCompile(`"uptime_seconds": (\d+)`)
	was, is := number.FindStringSubmatch(before), number.FindStringSubmatch(s.frame())
	return was != nil && is != nil && was[1] != is[1]
}}

// rests is a screen on which nothing runs; what ran is asserted by a later step.
var rests = effect{"nothing that runs", func(s *terminal, _ string) bool {
	return !strings.Contains(s.rest(), "working")
}}

// row returns the line of a frame that the cursor is on.
func row(frame string) int {
	at := strings.LastIndex(frame, " ▌") // of an overlay: the list behind it has a cursor too
	if at < 0 {
		at = strings.LastIndex(frame, "▌")
	}
	return strings.Count(frame[:max(0, at)], "\n")
}

// either is one effect or the other, where the size of the terminal decides.
func either(one, other effect) effect {
	return effect{one.what + ", or " + other.what, func(s *terminal, before string) bool {
		return one.done(s, before) || other.done(s, before)
	}}
}

// The account or the list gets the keyboard, in one pane of two or alone.
var (
	toAccount = either(shows("x log out"), shows("[Session]"))
	toList    = either(hides("x log out"), hides("[Session]"))
)

// sends are calls of the scene's server.
func sends(n int64) effect {
	return effect{fmt.Sprintf("%d calls", n), func(s *terminal, _ string) bool { return s.called.Load() >= n }}
}

// copies is a text that goes to the clipboard.
func copies(start string) effect {
	return effect{"copying " + start, func(s *terminal, _ string) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return strings.HasPrefix(s.copied, start)
	}}
}
