package jq

import (
	"context"
	"errors"
	"sync"

	"github.com/itchyny/gojq"
)

// program is an expression that is compiled for one run at a time: the functions in
// it report to the run.
type program struct {
	code     *gojq.Code
	run      *run
	patterns map[string]*pattern // those of earlier runs
}

// compile compiles an expression with our functions in place of those of jq.
func (w *rewriting) compile(src string) (*program, error) {
	p := &program{}
	options := make([]gojq.CompilerOption, 0, len(w.used))
	for _, key := range w.used {
		options = append(options, builtins[key].option(key, p))
	}
	var err error
	if p.code, err = gojq.Compile(w.ast, options...); err != nil {
		return nil, compileFailure(src, err)
	}
	return p, nil
}

// programs keeps the programs of an expression that do not run.
type programs struct {
	pool sync.Pool
	make func() (*program, error)
}

func (s *programs) get() (*program, error) {
	if p, ok := s.pool.Get().(*program); ok {
		return p, nil
	}
	return s.make()
}

// do runs work with a program of the expression within a budget. Work has a
// goroutine of its own: the caller is free as soon as ctx ends, and the goroutine
// ends at its next step.
func (q *Query) do(ctx context.Context, within budget, work func(p *program) error) error {
	p, err := q.programs.get()
	if err != nil {
		return &EvalError{Source: q.source, Kind: "it is not valid jq"}
	}
	limited, cancel := context.WithTimeout(ctx, within.time)
	defer cancel()
	r := newRun(within)
	r.patterns = p.patterns
	p.run = r
	unhook := context.AfterFunc(limited, func() { r.stop.Store(true) })
	done := make(chan error, 1)
	go func() {
		err := p.protect(work)
		unhook()
		r.end()
		p.run, p.patterns = nil, r.patterns
		q.programs.pool.Put(p)
		done <- err
	}()
	select {
	case err = <-done:
	case <-limited.Done():
		err = tooLong
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, ok := err.(*InputError); ok {
		return err
	}
	return &EvalError{Source: q.source, Kind: err.Error()}
}

// protect runs work and returns its error in our words. jq panics on values of foreign
// types, and quotes them.
func (p *program) protect(work func(p *program) error) (err error) {
	defer func() {
		if recover() != nil {
			err = funcError("a value is of no type that jq knows")
		}
	}()
	err = work(p)
	switch err.(type) {
	case nil, limitError, *InputError:
		return err
	}
	if errors.Is(err, context.Canceled) {
		return tooLong // the caller has left
	}
	return funcError(kindOf(err))
}

// errStop ends a run that has what it needs.
var errStop = errors.New("enough")

// each passes yield each output over input, until one of them fails.
func (p *program) each(input any, yield func(any) error) error {
	for iter := p.code.RunWithContext(p.run, input); ; {
		v, ok := iter.Next()
		if !ok {
			return p.run.err
		}
		err, failed := v.(error)
		if !failed {
			err = yield(v)
		}
		if p.run.err != nil {
			err = p.run.err
		}
		if err != nil {
			return err
		}
	}
}

// plain calls a function of jq itself, for an input that our own leaves to it: one
// that fails, or a rare one. It is not for input that takes long.
func plain(name string, v any, args ...any) any {
	code := plainCode(name, len(args))
	if out, ok := code.Run(v, args...).Next(); ok {
		return out
	}
	return nil
}

var plainCodes sync.Map // of the codes by plainKey

type plainKey struct {
	name  string
	arity int
}

func plainCode(name string, arity int) *gojq.Code {
	key := plainKey{name, arity}
	if code, ok := plainCodes.Load(key); ok {
		return code.(*gojq.Code)
	}
	variables := []string{"$a", "$b", "$c"}[:arity]
	call := &gojq.Func{Name: name}
	for _, v := range variables {
		call.Args = append(call.Args, callOf(v))
	}
	code, err := gojq.Compile(&gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeFunc, Func: call}}, gojq.WithVariables(variables))
	if err != nil {
		panic(err) // a name in this package is wrong
	}
	plainCodes.Store(key, code)
	return code
}

// callOf returns a query that calls a function or reads a variable.
func callOf(name string, args ...*gojq.Query) *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeFunc, Func: &gojq.Func{Name: name, Args: args}}}
}
