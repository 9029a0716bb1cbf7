package shell

import (
	"slices"
	"strings"

	"tokenring/session/lazy"
)

var fence = lazy.Regexp("(?m)^[ \t>]*(```+|~~~+)[ \t]*([\\w-]*)[^\n]*$")

// Block is a block of code in a text.
type Block struct {
	Code   string
	Offset int // in the text
}

// Fences returns the fenced code blocks of a Markdown text that are wanted. It skips
// those of a language other than a shell's.
func Fences(src string, wanted func(code string) bool) []Block {
	var blocks []Block
	begins := -1
	mark, commands := "", false
	for _, m := range fence().FindAllStringSubmatchIndex(src, -1) {
		sign, language := src[m[2]:m[3]], strings.ToLower(src[m[4]:m[5]])
		switch {
		case begins < 0:
			begins, mark = m[1], sign
			commands = slices.Contains([]string{"", "sh", "bash", "shell", "zsh", "console", "curl", "shellsession", "shell-session", "terminal", "cmd"}, language)
		case strings.HasPrefix(sign, mark):
			if code := src[begins:m[0]]; commands && wanted(code) {
				blocks = append(blocks, Block{code, begins})
			}
			begins = -1
		}
	}
	return blocks
}
