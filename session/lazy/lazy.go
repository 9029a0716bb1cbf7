// Package lazy makes values when they are first used: most runs of the program need few of
// them, and all would wait for the rest.
package lazy

import (
	"regexp"
	"sync"
)

// Regexp returns a function that compiles the expression once. Inlined at each variable, it would
// make what runs at every start several times as much code.
//
//go:noinline
func Regexp(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
