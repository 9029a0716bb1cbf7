package token

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"tokenring/session/prose"
)

const (
	year10000 = 253402300800 // the first second that RFC 3339 cannot write
	year1     = -62135596800 // the first second of Go's calendar

	maxSeconds = year10000 - year1 // longer than any two dates are apart
	year       = 31556952          // seconds of a mean year
)

// NumericDate reads seconds since 1970 (RFC 7519 section 2): a whole number, a fraction, or either one in quotes.
// It reads a date after the year 9999 as milliseconds, which some issuers write by mistake; [Audit] reports that.
// The result is in UTC.
func NumericDate(raw json.RawMessage) (time.Time, bool) {
	at, _, ok := numericDate(raw)
	return at, ok
}

func numericDate(raw json.RawMessage) (at time.Time, millis, ok bool) {
	s := string(raw)
	if unquoted, quoted := text(raw); quoted {
		s = strings.TrimSpace(unquoted)
	}
	if s == "" || s[0] != '-' && (s[0] < '0' || s[0] > '9') || strings.ContainsAny(s, "xX_pP") {
		return time.Time{}, false, false
	}
	f, err := strconv.ParseFloat(s, 64) // exact for whole numbers of this size
	switch {
	case err != nil || f < year1 || f >= year10000*1000:
		return time.Time{}, false, false
	case f >= year10000:
		return time.UnixMilli(int64(f)).UTC(), true, true
	}
	sec, frac := math.Modf(f)
	micros := int64(math.Round(frac * 1e6)) // a float of a current date has no more digits
	return time.Unix(int64(sec), micros*1000).UTC(), false, true
}

func inZone(at time.Time, zone *time.Location) string {
	return at.In(zone).Format("2006-01-02 15:04:05 MST")
}

// between returns the seconds from one time to another, which for a time.Duration may
// be too many.
func between(from, to time.Time) float64 {
	return float64(to.Unix()-from.Unix()) + float64(to.Nanosecond()-from.Nanosecond())/1e9
}

// words writes a number of seconds by its two largest units, such as "1 day 2 hours", and a century or more in
// years.
func words(seconds float64) string {
	if seconds >= 100*year {
		return prose.Count(int(seconds/year), "year")
	}
	units := []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}}
	d := time.Duration(seconds * float64(time.Second))
	if d < time.Second && d > 0 {
		return d.Round(time.Millisecond).String()
	}
	var parts []string
	for _, u := range units {
		if n := d / u.size; n > 0 {
			parts = append(parts, prose.Count(int(n), u.name))
			d -= n * u.size
		}
		if len(parts) == 2 {
			break
		}
	}
	if len(parts) == 0 {
		return "0 seconds"
	}
	return strings.Join(parts, " ")
}
