package reference

import (
	"errors"
	"fmt"
	"strings"
)

// splitter takes a command apart into words.
type splitter struct {
	words []string
	word  strings.Builder
	open  bool // a word was begun, be it an empty one in quotes
	quote rune // 0 outside of quotes
}

// split takes a command apart as a shell does, and does nothing else of what a
// shell would do: what would mean more there is refused outside of quotes.
func split(line string) ([]string, error) {
	s := &splitter{}
	runes := []rune(line)
	for i := 0; i < len(runes); i++ {
		c := runes[i]
		if c == '\\' && s.quote != '\'' && i+1 < len(runes) && escapable(runes[i+1]) {
			i++
			s.add(runes[i])
			continue
		}
		if err := s.take(c); err != nil {
			return nil, err
		}
	}
	if s.quote != 0 {
		return nil, fmt.Errorf("a quote (%c) is not closed", s.quote)
	}
	s.end()
	if len(s.words) == 0 || s.words[0] == "" {
		return nil, errors.New("names no program; write cmd:program argument…")
	}
	return s.words, nil
}

// escapable keeps the backslashes of paths on Windows.
func escapable(c rune) bool {
	return strings.ContainsRune(`\'" `, c) || strings.ContainsRune(shellSigns, c)
}

const shellSigns = "|&;<>()$`"

func (s *splitter) take(c rune) error {
	switch {
	case s.quote != 0 && c == s.quote:
		s.quote = 0
	case s.quote != 0:
		s.add(c)
	case c == '\'' || c == '"':
		s.quote, s.open = c, true
	case c == ' ' || c == '\t' || c == '\n':
		s.end()
	case strings.ContainsRune(shellSigns, c), c == '~' && !s.open:
		return fmt.Errorf("no shell runs it, so that %c means nothing; put it in quotes, or write cmd:sh -c '…'", c)
	default:
		s.add(c)
	}
	return nil
}

func (s *splitter) add(c rune) {
	s.open = true
	s.word.WriteRune(c)
}

func (s *splitter) end() {
	if s.open {
		s.words = append(s.words, s.word.String())
	}
	s.word.Reset()
	s.open = false
}
