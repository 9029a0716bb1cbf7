package jq

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/itchyny/gojq"
)

//go:embed prelude.jq
var preludeSource string

// definition is a function that jq itself defines in jq.
type definition struct {
	def   *gojq.FuncDef
	needs []string
	used  map[string]struct{}
}

// prelude returns the functions of jq that are defined in jq, by name and number of
// arguments, as prelude.jq has them.
var prelude = sync.OnceValue(func() map[string]definition {
	ast, err := gojq.Parse(preludeSource + " .")
	if err != nil {
		panic(err)
	}
	out := make(map[string]definition, len(ast.FuncDefs))
	for _, d := range ast.FuncDefs {
		out[keyOf(d.Name, len(d.Args))] = definition{}
	}
	return out
})

// defined returns the definitions of the prelude with our functions in them.
var defined = sync.OnceValue(func() map[string]definition {
	ast, err := gojq.Parse(preludeSource + " .")
	if err != nil {
		panic(err)
	}
	out := make(map[string]definition, len(ast.FuncDefs))
	for _, d := range ast.FuncDefs {
		w := &rewriter{prelude: true, catches: true, used: map[string]struct{}{}}
		w.def(d, nil)
		if w.err != nil {
			panic(fmt.Sprintf("%s: %v", d.Name, w.err))
		}
		out[keyOf(d.Name, len(d.Args))] = definition{d, w.needs, w.used}
	}
	return out
})

// define appends a definition of the prelude, after those that it calls.
func (w *rewriter) define(key string, seen map[string]bool) {
	if seen[key] {
		return
	}
	seen[key] = true
	d := defined()[key]
	for _, need := range d.needs {
		w.define(need, seen)
	}
	w.defs = append(w.defs, d.def)
	for used := range d.used {
		w.used[used] = struct{}{}
	}
}
