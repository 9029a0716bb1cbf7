package shell

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

var fence = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile("(?m)^[ \t>]*(```+|~~~+)[ \t]*([\\w-]*)[^\n]*$")
})

// Fences returns the code of a page of Markdown that may have commands and is wanted,
// each block with blanks in place of all that is before it.
func Fences(src string, wanted func(code string) bool) []string {
	var blocks []string
	begins := -1
	mark := ""
	for _, m := range fence().FindAllStringSubmatchIndex(src, -1) {
		sign, language := src[m[2]:m[3]], strings.ToLower(src[m[4]:m[5]])
		switch {
		case begins < 0:
			begins, mark = m[1], sign
			if !slices.Contains([]string{"", "sh", "bash", "shell", "zsh", "console", "curl", "shellsession", "shell-session", "terminal", "cmd"}, language) {
				mark += " " + language
			}
		case strings.HasPrefix(sign, strings.Fields(mark)[0]):
			if code := src[begins:m[0]]; !strings.Contains(mark, " ") && wanted(code) {
				blank := strings.Map(func(r rune) rune {
					if r == '\n' {
						return r
					}
					return ' '
				}, src[:begins])
				blank += strings.Repeat(" ", begins-len(blank))
				blocks = append(blocks, blank+code)
			}
			begins = -1
		}
	}
	return blocks
}
