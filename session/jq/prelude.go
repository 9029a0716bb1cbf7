package jq

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/itchyny/gojq"
)

// preludeSource defines functions, each at the beginning of a line.
//
//go:embed prelude.jq
var preludeSource string

// definition is a function that jq itself defines in jq.
type definition struct {
	source string
	once   sync.Once // for read, which fills the rest

	def   *gojq.FuncDef // with our functions in it
	needs []string
	used  map[string]struct{}
}

// prelude returns the functions of prelude.jq, by name and number of arguments. Each is parsed
// at its first use.
var prelude = sync.OnceValue(func() map[string]*definition {
	out := map[string]*definition{}
	for _, text := range strings.Split("\n"+preludeSource, "\ndef ")[1:] {
		head, _, _ := strings.Cut(text, ":")
		name, args, _ := strings.Cut(head, "(")
		arity := 0
		if args != "" {
			arity = 1 + strings.Count(args, ";")
		}
		out[keyOf(name, arity)] = &definition{source: "def " + text}
	}
	return out
})

// read parses the source of d.
func (d *definition) read() {
	ast, err := gojq.Parse(d.source + " .")
	if err != nil {
		panic(fmt.Sprintf("%s: %v", d.source, err))
	}
	w := &rewriter{prelude: true, catches: true, used: map[string]struct{}{}}
	d.def = ast.FuncDefs[0]
	if w.def(d.def, nil); w.err != nil {
		panic(fmt.Sprintf("%s: %v", d.def.Name, w.err))
	}
	d.needs, d.used = w.needs, w.used
}

// define appends a definition of the prelude after the definitions that it calls.
func (w *rewriter) define(key string, seen map[string]bool) {
	if seen[key] {
		return
	}
	seen[key] = true
	d := prelude()[key]
	d.once.Do(d.read)
	for _, need := range d.needs {
		w.define(need, seen)
	}
	w.defs = append(w.defs, d.def)
	for used := range d.used {
		w.used[used] = struct{}{}
	}
}
