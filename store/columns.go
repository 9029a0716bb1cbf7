package store

import (
	"database/sql/driver"
	"encoding/json"
	"math"
	"slices"
	"time"

	"tokenring/session"
)

// Scan and Exec share one list of a row's columns: pointers to the fields, or the
// types below for fields that are stored in another form.

// timeColumn stores a time as nanos.
type timeColumn struct{ t *time.Time }

func (c timeColumn) Value() (driver.Value, error) { return nanos(*c.t), nil }

func (c timeColumn) Scan(v any) error {
	n, _ := v.(int64)
	*c.t = fromNanos(n)
	return nil
}

// flagColumn stores true as 1. Any other number is false, which is the stricter
// value of every flag.
type flagColumn struct{ on *bool }

func (c flagColumn) Value() (driver.Value, error) { return *c.on, nil }

func (c flagColumn) Scan(v any) error {
	*c.on = v == int64(1)
	return nil
}

// numberColumn stores a number from least to most. It clamps any other number when reading,
// so that no sum overflows and no text shows an absurd number.
type numberColumn[T int | int64 | time.Duration] struct {
	to          *T
	least, most T
}

func (c numberColumn[T]) Value() (driver.Value, error) { return int64(*c.to), nil }

func (c numberColumn[T]) Scan(v any) error {
	n, _ := v.(int64)
	*c.to = T(min(max(n, int64(c.least)), int64(c.most)))
	return nil
}

// Bounds of numberColumn.
const (
	mostTimes  = 1_000_000_000        // refreshes
	mostStatus = 999                  // of three digits
	mostBytes  = 1 << 50              // of a body
	mostWait   = 365 * 24 * time.Hour // for an answer
	mostOffset = 200 * mostWait       // between two clocks
)

func countColumn(to *int) numberColumn[int] { return numberColumn[int]{to, 0, mostTimes} }

// maxGeneration is above any generation, which is in microseconds since 1970.
const maxGeneration = 1 << 60

// generationColumn reads a generation out of range as 1, so that the next one is in range
// again.
type generationColumn struct{ n *int64 }

func (c generationColumn) Value() (driver.Value, error) { return *c.n, nil }

func (c generationColumn) Scan(v any) error {
	if *c.n, _ = v.(int64); *c.n < 0 || *c.n > maxGeneration {
		*c.n = 1
	}
	return nil
}

// wordColumn stores one of a few words. It reads any other text as other.
type wordColumn[T ~string] struct {
	to    *T
	words []T
	other T
}

func (c wordColumn[T]) Value() (driver.Value, error) { return string(*c.to), nil }

func (c wordColumn[T]) Scan(v any) error {
	text, _ := v.(string)
	if *c.to = T(text); !slices.Contains(c.words, T(text)) {
		*c.to = c.other
	}
	return nil
}

// connectionColumn stores a connection as JSON, and one that says nothing as the empty
// text.
type connectionColumn struct{ to *session.Connection }

func (c connectionColumn) Value() (driver.Value, error) {
	if c.to.IsZero() {
		return "", nil
	}
	text, err := json.Marshal(c.to)
	return string(text), err
}

func (c connectionColumn) Scan(v any) error {
	if text, _ := v.(string); text != "" {
		return json.Unmarshal([]byte(text), c.to)
	}
	return nil
}

// boxColumn stores sealed bytes; nil becomes an empty value, not NULL.
type boxColumn struct{ box *[]byte }

func (c boxColumn) Value() (driver.Value, error) { return notNull(*c.box), nil }

func notNull(box []byte) []byte {
	if box == nil {
		return []byte{}
	}
	return box
}

func (c boxColumn) Scan(v any) error {
	box, _ := v.([]byte)
	*c.box = append((*c.box)[:0], box...) // the driver may use its own again; see sql.Scanner
	return nil
}

// nanos returns a time in nanoseconds since 1970, without its zone; the zero time is 0. It
// clamps times before 1678 and after 2262.
func nanos(t time.Time) int64 {
	switch {
	case t.IsZero():
		return 0
	case t.Before(time.Unix(0, math.MinInt64)):
		return math.MinInt64
	case t.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	}
	return t.UnixNano()
}

func fromNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// writable returns a time that RFC 3339 can write, in UTC. A server may state any expiry
// for a token, but a year of RFC 3339 has four digits: a time outside of that range
// becomes its first or last second.
func writable(t time.Time) time.Time {
	const (
		firstSecond = -62135596800 // of year 1
		lastSecond  = 253402300799 // of year 9999
	)
	switch s := t.Unix(); {
	case s < firstSecond:
		t = time.Unix(firstSecond, 0)
	case s > lastSecond:
		t = time.Unix(lastSecond, 0)
	}
	return t.UTC()
}
