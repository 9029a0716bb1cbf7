package yaml

import (
	"testing"
	"time"
)

func TestBoundsOfDurationsHaveUnits(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", 10 * time.Second: "10s", 10 * time.Minute: "10m", time.Hour: "1h", 20 * time.Hour: "20h",
		time.Hour + 30*time.Second: "1h0m30s", 90 * time.Minute: "1h30m", 100 * time.Millisecond: "100ms",
	} {
		if got := shortDuration(d); got != want {
			t.Errorf("%v is written %q", d, got)
		}
	}
}
