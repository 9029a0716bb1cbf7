//go:build linux

package cli

import (
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkIdle measures an idle program with many accounts, none of which expires
// within the hour: the part of one core that it uses, and its resident memory.
func BenchmarkIdle(b *testing.B) {
	path := build(b, b.TempDir(), filepath.Join("..", ".."))
	env, names := crowd(b, crowdSize)
	p := start(b, path, env)
	p.settled(names[0], "help")
	time.Sleep(5 * time.Second) // the start does not count
	var part, memory float64
	for b.Loop() {
		began, used := time.Now(), p.cpu()
		time.Sleep(time.Minute)
		part, memory = float64(p.cpu()-used)/float64(time.Since(began)), p.resident()
	}
	p.quit()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(part*100, "%core")
	b.ReportMetric(memory/1e6, "MB")
}

// BenchmarkKey measures the time from a key, typed while the screen rests, to
// the first byte of what it shows.
func BenchmarkKey(b *testing.B) {
	path := build(b, b.TempDir(), filepath.Join("..", ".."))
	env, names := crowd(b, crowdSize)
	p := start(b, path, env)
	p.settled(names[0], "help")
	var waits []time.Duration
	for b.Loop() {
		for i := range 100 {
			time.Sleep(time.Duration(300+i*61%200) * time.Millisecond)
			waits = append(waits, p.press([]string{"j", "k"}[i%2]))
		}
	}
	p.quit()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(median(waits)), "ms/median")
	b.ReportMetric(milliseconds(waits[len(waits)*95/100]), "ms/p95")
}
