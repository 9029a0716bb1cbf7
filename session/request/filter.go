package request

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"tokenring/session/answer"
	"tokenring/session/jq"
)

// Errors of a filter.
var (
	// ErrPart reports that there is no whole value to filter.
	ErrPart = errors.New("jq is off: the body cannot be read in full")
	// ErrNotJSON reports that the body is not JSON.
	ErrNotJSON = errors.New("jq is off: the body is not JSON")
)

// Filter returns a document of the outputs of a jq expression over the unmasked body; known
// secrets in the outputs are masked. Numbers keep their digits; object keys are sorted, as
// in jq. The error is a [*jq.SyntaxError] or [*jq.EvalError] for the expression, or ErrPart
// or ErrNotJSON for the body.
func (d *Document) Filter(ctx context.Context, expression string) (*Document, error) {
	query, err := jq.Compile(expression)
	if err != nil {
		return nil, err
	}
	switch {
	case d.fault != "":
		return nil, fmt.Errorf("%w: %s", ErrPart, d.fault)
	case !d.json:
		return nil, ErrNotJSON
	}
	src := d.src
	if d.raw != nil {
		src = bytes.TrimPrefix(d.raw, []byte("\ufeff"))
	}
	shown, err := query.Outputs(ctx, src)
	var input *jq.InputError
	if errors.As(err, &input) {
		return nil, fmt.Errorf("%w from byte %d on", ErrNotJSON, input.Offset)
	}
	if err != nil {
		return nil, err
	}
	for _, red := range d.hide {
		shown = red.Bytes(shown)
	}
	return NewDocument(shown, answer.MediaJSON), nil
}
