package widget

import (
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// Left writes how long something goes on, in two units at most: "41s",
// "9m41s", "23h59m", "3d 4h", "120d", "2y 40d". Negative is as good as none: "0s".
func Left(d time.Duration) string {
	n := func(of, unit time.Duration) string { return strconv.FormatInt(int64(of/unit), 10) }
	two := func(of, unit time.Duration) string {
		if of/unit < 10 {
			return "0" + n(of, unit)
		}
		return n(of, unit)
	}
	switch {
	case d < 0:
		return "0s"
	case d < time.Minute:
		return n(d, time.Second) + "s"
	case d < time.Hour:
		return n(d, time.Minute) + "m" + two(d%time.Minute, time.Second) + "s"
	case d < day:
		return n(d, time.Hour) + "h" + two(d%time.Hour, time.Minute) + "m"
	case d < 100*day:
		return n(d, day) + "d " + n(d%day, time.Hour) + "h"
	case d < 366*day:
		return n(d, day) + "d"
	}
	return n(d, 365*day) + "y " + n(d%(365*day), day) + "d"
}

// Roughly is Left without seconds, and without units that are nought: "58m",
// "2h05m", "10m", "24h". Below a minute it counts seconds after all.
func Roughly(d time.Duration) string {
	if d >= time.Minute {
		d = d.Truncate(time.Minute)
	}
	return whole(d)
}

// whole is Left without units that are nought.
func whole(d time.Duration) string {
	s := Left(d)
	for _, nought := range [...]string{"00s", "00m", " 0h", " 0d"} {
		s = strings.TrimSuffix(s, nought)
	}
	return s
}

// Until is Left for the time from now to t, however far away that is.
func Until(t, now time.Time) string { return far(t, now, Left) }

// UntilRoughly is Roughly for the time from now to t.
func UntilRoughly(t, now time.Time) string { return far(t, now, Roughly) }

// Span writes the time from one moment to another, without units that are nought: "10m",
// "59m59s".
func Span(from, to time.Time) string {
	return far(to.Round(time.Second), from.Round(time.Second), whole)
}

// far writes what is too long for a time.Duration, 292 years, in years.
func far(t, now time.Time, near func(time.Duration) string) string {
	const year = 31556952 // seconds of a mean year
	if d := t.Sub(now); d < math.MaxInt64 {
		return near(d)
	}
	return strconv.FormatInt((t.Unix()-now.Unix())/year, 10) + "y"
}

// Seconds reports whether Left(d) changes with the second.
func Seconds(d time.Duration) bool { return d > 0 && d < time.Hour }

// Relative writes when t is or was, seen from now: "in 9m41s", "3m02s ago",
// "now".
func Relative(t, now time.Time) string {
	d := t.Sub(now)
	switch {
	case d >= time.Second:
		return "in " + Until(t, now)
	case d <= -time.Second:
		return Until(now, t) + " ago"
	}
	return "now"
}

// Ago is Relative in its largest unit only, for lists of the past: "3m ago".
func Ago(t, now time.Time) string {
	d := now.Sub(t)
	if d == math.MaxInt64 {
		return Until(now, t) + " ago"
	}
	for _, u := range [...]struct {
		unit time.Duration
		name string
	}{{365 * day, "y"}, {day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d >= u.unit {
			return strconv.FormatInt(int64(d/u.unit), 10) + u.name + " ago"
		}
	}
	return "now"
}

// Date writes a moment in the zone of loc.
func Date(t time.Time, loc *time.Location) string { return t.In(loc).Format(time.DateTime) }
