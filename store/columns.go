package store

import (
	"encoding/json"
	"math"
	"time"

	"tokenring/session"
)

// nanos keeps a time, without its zone, as nanoseconds since 1970; 0 is the
// zero time. Times that do not fit (before 1678, after 2262) become the
// nearest that do.
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

// list writes strings as JSON, none as the empty text: a listing of thousands
// of accounts parses mostly nothing.
func list(l []string) string {
	if len(l) == 0 {
		return ""
	}
	text, _ := json.Marshal(l) // strings always marshal
	return string(text)
}

func fromList(text string) (l []string, err error) {
	if text == "" {
		return nil, nil
	}
	err = json.Unmarshal([]byte(text), &l)
	return l, err
}

func fields(m map[string]string) string {
	if len(m) == 0 {
		return ""
	}
	text, _ := json.Marshal(m) // strings always marshal
	return string(text)
}

// fromFields never returns a nil map, so that its reader may write to it.
func fromFields(text string) (map[string]string, error) {
	m := map[string]string{}
	if text == "" {
		return m, nil
	}
	err := json.Unmarshal([]byte(text), &m)
	return m, err
}

// tokenRow is a session.TokenInfo as the database keeps it.
type tokenRow struct {
	Name      string        `json:"name"`
	Primary   bool          `json:"primary,omitempty"`
	Token     bool          `json:"token,omitempty"`
	Received  moment        `json:"received,omitzero"`
	IssuedAt  moment        `json:"issued_at,omitzero"`
	ExpiresAt moment        `json:"expires_at,omitzero"`
	Source    string        `json:"source,omitempty"`
	Idle      time.Duration `json:"idle,omitempty"`
	Accepted  moment        `json:"accepted,omitzero"`
	Kind      string        `json:"kind,omitempty"`
}

func tokens(infos []session.TokenInfo) (string, error) {
	if len(infos) == 0 {
		return "", nil
	}
	rows := make([]tokenRow, len(infos))
	for i, t := range infos {
		rows[i] = tokenRow{
			Name: t.Name, Primary: t.Primary, Token: t.Token,
			Received: moment{t.Received}, IssuedAt: moment{t.IssuedAt}, ExpiresAt: moment{t.ExpiresAt},
			Source: t.Source, Idle: t.Idle, Accepted: moment{t.Accepted}, Kind: t.Kind,
		}
	}
	text, err := json.Marshal(rows)
	return string(text), err
}

func fromTokens(text string) ([]session.TokenInfo, error) {
	if text == "" {
		return nil, nil
	}
	var rows []tokenRow
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		return nil, err
	}
	infos := make([]session.TokenInfo, len(rows))
	for i, r := range rows {
		infos[i] = session.TokenInfo{
			Name: r.Name, Primary: r.Primary, Token: r.Token,
			Received: r.Received.Time, IssuedAt: r.IssuedAt.Time, ExpiresAt: r.ExpiresAt.Time,
			Source: r.Source, Idle: r.Idle, Accepted: r.Accepted.Time, Kind: r.Kind,
		}
	}
	return infos, nil
}

// moment is a time in JSON, in UTC. A server may state any end for a token,
// and RFC 3339 has years of four digits: what lies outside becomes the first
// or the last second of them.
type moment struct{ time.Time }

const (
	firstSecond = -62135596800 // of year 1
	lastSecond  = 253402300799 // of year 9999
)

func (m moment) MarshalJSON() ([]byte, error) {
	t := m.Time
	switch s := t.Unix(); {
	case s < firstSecond:
		t = time.Unix(firstSecond, 0)
	case s > lastSecond:
		t = time.Unix(lastSecond, 0)
	}
	return t.UTC().MarshalJSON()
}
