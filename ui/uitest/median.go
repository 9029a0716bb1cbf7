package uitest

import (
	"slices"
	"testing"
	"time"
)

// Median runs step for each iteration of the benchmark, and reports the median and the
// longest time.
func Median(b *testing.B, step func(i int)) {
	b.Helper()
	b.ReportAllocs()
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		began := b.Elapsed()
		step(i)
		took = append(took, b.Elapsed()-began)
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2].Seconds()*1000, "ms/median")
	b.ReportMetric(took[len(took)-1].Seconds()*1000, "ms/worst")
}
