package jq

import (
	"context"
	"time"

	"github.com/itchyny/gojq"
)

const (
	// outputsTime bounds a run over a whole document.
	outputsTime = 2 * time.Second
	// outputsSize bounds all outputs of such a run, in bytes of JSON.
	outputsSize = 64 << 20
)

// Outputs runs the expression over a decoded JSON document of any type, whose
// numbers may be json.Number to keep their digits, and hands yield each value
// it returns as JSON. It is for a person who looks through a document: there are
// several outputs, and wider limits than those of [Query.Value]. The error is
// an [*EvalError] or that of a cancelled ctx; what was handed out before it
// remains valid.
func (q *Query) Outputs(ctx context.Context, document any, yield func(json []byte)) error {
	left := outputsSize
	return q.each(ctx, outputsTime, document, func(v any) error {
		b, err := gojq.Marshal(v)
		if left -= len(b); err != nil || left < 0 {
			return &EvalError{Source: q.source, Kind: "the result is too large"}
		}
		yield(b)
		return nil
	})
}
