package jq

import (
	"context"
	"errors"
	"sync"

	"github.com/itchyny/gojq"
)

// program is a compiled expression for one run at a time, which its functions charge.
type program struct {
	code *gojq.Code
	run  run
}

// compile compiles an expression with our functions in place of those of jq.
func (w *rewriting) compile(src string) (*program, error) {
	p := &program{}
	options := make([]gojq.CompilerOption, 0, len(w.used))
	for _, key := range w.used {
		options = append(options, builtins()[key].option(key, &p.run))
	}
	var err error
	if p.code, err = gojq.Compile(w.ast, options...); err != nil {
		return nil, compileFailure(src, err)
	}
	return p, nil
}

// program returns an idle program of the expression, or a new one.
func (q *Query) program() (*program, error) {
	if p, ok := q.idle.Get().(*program); ok {
		return p, nil
	}
	ours, err := q.code()
	if err != nil {
		return nil, err
	}
	return ours.compile(q.source)
}

// do runs f with a program of the expression, first with the work of a trial. If that is not
// enough, it starts again in its own goroutine, which the caller leaves when ctx ends: a
// function of jq cannot be interrupted, but it has been charged for and ends soon. f may be
// called twice, and may still run after do has returned.
func (q *Query) do(ctx context.Context, f func(p *program) error) error {
	err := ctx.Err()
	if err == nil {
		if err = q.try(ctx, trial, f); err == tooLong {
			limited, cancel := context.WithTimeout(ctx, longest)
			defer cancel()
			done := make(chan error, 1)
			go func() { done <- q.try(limited, valueWork, f) }()
			select {
			case err = <-done:
			case <-limited.Done():
				err = tooLong
			}
		}
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	switch err.(type) {
	case nil, *InputError:
		return err
	}
	return &EvalError{Source: q.source, Kind: err.Error()}
}

// try runs f with this much work and returns its error in our own words. jq panics on values of
// unsupported types, and quotes them.
func (q *Query) try(ctx context.Context, work int, f func(p *program) error) (err error) {
	p, err := q.program()
	if err != nil {
		return funcError("it is not valid jq")
	}
	p.run.begin(ctx, work)
	defer func() {
		if recover() != nil {
			err = funcError("jq does not support the type of a value")
		}
		p.run.end()
		q.idle.Put(p)
	}()
	err = f(p)
	switch err.(type) {
	case nil, limitError, *InputError:
		return err
	}
	if p.run.err != nil {
		return tooLong // the caller has left
	}
	return funcError(kindOf(err))
}

// errStop ends a run that needs no more outputs.
var errStop = errors.New("enough")

// each passes each output for input to yield until one of them fails.
func (p *program) each(input any, yield func(any) error) error {
	for iter := p.code.RunWithContext(&p.run, input); ; {
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

// plain calls one of jq's own functions. It is slower than a call in a program.
func plain(name string, v any, args ...any) any {
	key := keyOf(name, len(args))
	code, ok := plainCodes.Load(key)
	if !ok {
		variables := []string{"$a", "$b", "$c"}[:len(args)]
		call := callOf(name)
		for _, v := range variables {
			call.Term.Func.Args = append(call.Term.Func.Args, callOf(v))
		}
		var err error
		if code, err = gojq.Compile(call, gojq.WithVariables(variables)); err != nil {
			panic(err) // a name in this package is wrong
		}
		plainCodes.Store(key, code)
	}
	out, _ := code.(*gojq.Code).Run(v, args...).Next()
	return out
}

var plainCodes sync.Map // compiled calls, by name and number of arguments
