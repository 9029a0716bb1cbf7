//go:build linux

package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// leastRuns is how often a start is measured at least.
const leastRuns = 20

// BenchmarkStart measures the time from the start of the process to the screen
// with many accounts that does not change any more, and in turn the start and
// end of a program that does nothing.
func BenchmarkStart(b *testing.B) {
	path, empty := build(b, b.TempDir(), filepath.Join("..", "..")), buildEmpty(b)
	env, names := crowd(b, crowdSize)
	seen := append(names[:25:25], "valid", "help")
	var screens, busy, nothing []time.Duration
	for b.Loop() {
		for range leastRuns {
			began := time.Now()
			must(b, exec.Command(empty).Run())
			nothing = append(nothing, time.Since(began))

			p := start(b, path, env)
			screens = append(screens, p.settled(seen...).Sub(p.started))
			busy = append(busy, p.cpu())
			p.quit()
		}
	}
	screen, least := median(screens), median(nothing)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(screen), "ms/screen")
	b.ReportMetric(milliseconds(median(busy)), "cpu-ms/screen")
	b.ReportMetric(milliseconds(least), "ms/empty")
	b.ReportMetric(float64(screen)/float64(least), "x/empty")
}

// BenchmarkInit measures what each package does before main: the least of
// several starts.
func BenchmarkInit(b *testing.B) {
	path := build(b, b.TempDir(), filepath.Join("..", ".."))
	line := regexp.MustCompile(`(?m)^init (\S+) @.*, ([0-9.]+) ms clock`)
	least := map[string]float64{}
	for b.Loop() {
		for range 15 {
			cmd := exec.Command(path, "--version")
			cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
			out, err := cmd.CombinedOutput()
			must(b, err)
			for _, m := range line.FindAllStringSubmatch(string(out), -1) {
				ms, err := strconv.ParseFloat(m[2], 64)
				must(b, err)
				if was, ok := least[m[1]]; !ok || ms < was {
					least[m[1]] = ms
				}
			}
		}
	}
	worst, name, all := 0.0, "", 0.0
	for n, ms := range least {
		all += ms
		if ms > worst {
			worst, name = ms, n
		}
	}
	b.Logf("the slowest package to start is %s", name)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(worst, "ms/worst")
	b.ReportMetric(all, "ms/all")
}

func ownTerminal() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true, Setctty: true} }
