package request

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"tokenring/session/answer"
)

// The versions of the stored forms, their first byte.
const (
	specVersion = 1
	runVersion  = 1
)

// maxSealed bounds what a stored run may unfold to: two bodies, which are text
// that conversion to UTF-8 may have lengthened, and the rest.
const maxSealed = 4 * answer.MaxBody

var errVersion = errors.New("it was written by another version of tokenring; update this one")

// sealedRun is the readable head of a stored run. In it the two bodies are
// their lengths; they follow it as they are.
type sealedRun struct {
	*Run
	Body, RequestBody int
}

// minPacked is how large a run is that packing makes worth its time, in bytes.
const minPacked = 4 << 10

// packers are gzip writers that are at rest, by their level: each takes more
// memory than most runs.
var packers [gzip.BestSpeed + 1]sync.Pool

// MarshalBinary returns the form in which a run is sealed: a version and,
// packed with gzip, one JSON object followed by the bodies.
func (r *Run) MarshalBinary() ([]byte, error) {
	head, err := json.Marshal(sealedRun{Run: r, Body: len(r.Body), RequestBody: len(r.RequestBody)})
	if err != nil {
		return nil, fmt.Errorf("a run cannot be written: %w", err)
	}
	size := len(head) + len(r.Body) + len(r.RequestBody)
	if size >= maxSealed {
		return nil, errors.New("the run is too large to be kept")
	}
	level := gzip.BestSpeed
	if size < minPacked {
		level = gzip.NoCompression
	}
	z, _ := packers[level].Get().(*gzip.Writer)
	if z == nil {
		z, _ = gzip.NewWriterLevel(nil, level) // both levels are known
	}
	defer packers[level].Put(z)
	var out bytes.Buffer
	out.WriteByte(runVersion)
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

// UnmarshalBinary reads what MarshalBinary returned.
func (r *Run) UnmarshalBinary(data []byte) error {
	if len(data) == 0 || data[0] != runVersion {
		return errVersion
	}
	z, err := gzip.NewReader(bytes.NewReader(data[1:]))
	if err != nil {
		return fmt.Errorf("a stored run cannot be read: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(z, maxSealed))
	if err != nil {
		return fmt.Errorf("a stored run cannot be read: %w", err)
	}
	head, bodies, _ := bytes.Cut(plain, []byte("\n"))
	var run Run
	sealed := sealedRun{Run: &run}
	if err := json.Unmarshal(head, &sealed); err != nil {
		return fmt.Errorf("a stored run cannot be read (%T)", err)
	}
	if min(sealed.Body, sealed.RequestBody) < 0 || sealed.Body > len(bodies) || sealed.Body+sealed.RequestBody != len(bodies) {
		return errors.New("a stored run is incomplete")
	}
	run.Body, run.RequestBody = bodies[:sealed.Body:sealed.Body], bodies[sealed.Body:]
	*r = run
	return nil
}
