package jq

import (
	"context"
	"errors"
	"time"

	"github.com/itchyny/gojq"
)

const (
	// outputsTime bounds a run over a whole document.
	outputsTime = 2 * time.Second
	// outputsSize bounds what such a run gives in all, in bytes of JSON.
	outputsSize = 64 << 20
)

// Outputs runs the expression over a decoded JSON document of any type, whose
// numbers may be json.Number to keep their digits, and hands yield each value
// it gives as JSON. It is for a person who looks through a document: there are
// several outputs, and wider limits than those of [Query.Value]. The error is
// an [*EvalError] or that of a cancelled ctx; what was handed out before it
// stands.
func (q *Query) Outputs(ctx context.Context, document any, yield func(json []byte)) (err error) {
	limited, cancel := context.WithTimeout(ctx, outputsTime)
	defer cancel()
	defer func() {
		if recover() != nil { // see run
			err = &EvalError{Source: q.source, Kind: "a value is of no type that jq knows"}
		}
	}()
	iter := q.ready().code.RunWithContext(limited, document)
	for left := outputsSize; ; {
		v, ok := iter.Next()
		if !ok {
			return nil
		}
		switch failure, failed := v.(error); {
		case !failed:
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(failure, context.DeadlineExceeded):
			return &EvalError{Source: q.source, Kind: "it ran too long"}
		default:
			return &EvalError{Source: q.source, Kind: kindOf(failure)}
		}
		b, err := gojq.Marshal(v)
		if left -= len(b); err != nil || left < 0 {
			return &EvalError{Source: q.source, Kind: "the result is too large"}
		}
		yield(b)
	}
}
