package request

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"tokenring/session/answer"
)

// The versions of the stored forms, which are their first byte.
const (
	specVersion = 1

	packedRun = 1 // in gzip format
	plainRun  = 2
)

// maxSealed bounds an unpacked run: its head and two bodies, which may have grown in the
// conversion to UTF-8.
const maxSealed = 4 * answer.MaxBody

var errVersion = errors.New("written by another version of tokenring; update this one")

// sealedRun is the JSON head of a stored run, with the lengths of the two bodies after it.
type sealedRun struct {
	*Run
	Body, RequestBody int
}

// minPacked is the size, in bytes, from which compressing a run is worthwhile.
const minPacked = 4 << 10

// packers pools gzip writers: making one costs more time and memory than most runs need.
var packers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // a valid level
	return z
}}

// MarshalBinary encodes a run for sealing: a version, then one JSON object and the bodies.
func (r *Run) MarshalBinary() ([]byte, error) {
	head, err := json.Marshal(sealedRun{Run: r, Body: len(r.Body), RequestBody: len(r.RequestBody)})
	if err != nil {
		return nil, fmt.Errorf("cannot encode a run: %w", err)
	}
	size := len(head) + len(r.Body) + len(r.RequestBody)
	if size >= maxSealed {
		return nil, errors.New("the run is too large to store")
	}
	if size < minPacked {
		return slices.Concat([]byte{plainRun}, head, []byte{'\n'}, r.Body, r.RequestBody), nil
	}
	z := packers.Get().(*gzip.Writer)
	defer packers.Put(z)
	var out bytes.Buffer
	out.WriteByte(packedRun)
	z.Reset(&out)
	for _, part := range [][]byte{head, {'\n'}, r.Body, r.RequestBody} {
		if _, err := z.Write(part); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// UnmarshalBinary decodes the result of MarshalBinary.
func (r *Run) UnmarshalBinary(data []byte) error {
	if len(data) == 0 || data[0] != packedRun && data[0] != plainRun {
		return errVersion
	}
	var from io.Reader = bytes.NewReader(data[1:])
	var err error
	if data[0] == packedRun {
		if from, err = gzip.NewReader(from); err != nil {
			return fmt.Errorf("cannot read a stored run: %w", err)
		}
	}
	plain, err := io.ReadAll(io.LimitReader(from, maxSealed))
	if err != nil {
		return fmt.Errorf("cannot read a stored run: %w", err)
	}
	head, bodies, _ := bytes.Cut(plain, []byte("\n"))
	var run Run
	sealed := sealedRun{Run: &run}
	if err := json.Unmarshal(head, &sealed); err != nil {
		return fmt.Errorf("cannot read a stored run (%T)", err)
	}
	if min(sealed.Body, sealed.RequestBody) < 0 || sealed.Body > len(bodies) || sealed.Body+sealed.RequestBody != len(bodies) {
		return errors.New("a stored run is incomplete")
	}
	run.Body, run.RequestBody = bodies[:sealed.Body:sealed.Body], bodies[sealed.Body:]
	*r = run
	return nil
}
