//go:build linux

package cli

import (
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkIdle measures what the program costs that shows many accounts, none
// of which dies within the hour, and whom nobody touches: the part of one core
// and the resident memory.
func BenchmarkIdle(b *testing.B) {
	path := build(b, b.TempDir(), filepath.Join("..", ".."))
	env, names := crowd(b)
	p := start(b, path, env)
	p.shown(names[0], "help")
	time.Sleep(5 * time.Second) // what the start left to do is none of it
	var parts, memory []float64
	for b.Loop() {
		for range 7 {
			began, used := time.Now(), p.cpu()
			time.Sleep(3 * time.Second)
			parts = append(parts, float64(p.cpu()-used)/float64(time.Since(began)))
			memory = append(memory, p.resident())
		}
	}
	p.quit()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(parts)*100, "%core")
	b.ReportMetric(median(memory)/1e6, "MB")
}

// BenchmarkKey measures the time from a key to what it shows.
func BenchmarkKey(b *testing.B) {
	path := build(b, b.TempDir(), filepath.Join("..", ".."))
	env, names := crowd(b)
	p := start(b, path, env)
	p.shown(names[0], "help")
	time.Sleep(time.Second)
	var waits []time.Duration
	for b.Loop() {
		for i := range 100 {
			time.Sleep(time.Duration(37+i*61%200) * time.Millisecond) // at any moment of the frame clock
			waits = append(waits, p.press([]string{"j", "k"}[i%2]))
		}
	}
	p.quit()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(median(waits)), "ms/median")
	b.ReportMetric(milliseconds(waits[len(waits)*95/100]), "ms/p95")
}
