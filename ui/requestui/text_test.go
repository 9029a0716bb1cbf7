package requestui

import (
	"testing"
	"time"
)

func TestFiguresAreWrittenForPeople(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		Size(0): "0 B", Size(999): "999 B", Size(34_120): "34.1 kB", Size(10 << 20): "10.5 MB", Size(250_000_000): "250 MB",
		Took(0): "0 ms", Took(400 * time.Microsecond): "0.4 ms", Took(20 * time.Microsecond): "<0.1 ms",
		Took(2310 * time.Microsecond): "2.3 ms", Took(128 * time.Millisecond): "128 ms",
		Took(2310 * time.Millisecond): "2.31 s", Took(31 * time.Second): "31.0 s",
		Count(7): "7", Count(999): "999", Count(1000): "1 000", Count(1203455): "1 203 455",
		Method(" post "): "POST", Method(""): "GET", Status(0): "—", Status(204): "204",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
