package jq

import "sync"

// Later is Compile for an expression that compiled before: it is read when it
// is used first. It panics then if it does not compile after all.
func Later(src string) *Query {
	return &Query{source: src, later: sync.OnceValue(func() *Query {
		q, err := Compile(src)
		if err != nil {
			panic("expr: " + err.Error())
		}
		return q
	})}
}

// ready returns the compiled query.
func (q *Query) ready() *Query {
	if q.later != nil {
		return q.later()
	}
	return q
}
