//go:build linux

package cli

import (
	"cmp"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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

// BenchmarkInit measures where the time of the shortest command goes, by phase: the start
// and end of a program that does nothing, what the packages do before main, and the rest,
// which is main and the larger program. It logs the packages that take longest. Of several
// starts the least counts.
func BenchmarkInit(b *testing.B) {
	path, empty := build(b, b.TempDir(), filepath.Join("..", "..")), buildEmpty(b)
	line := regexp.MustCompile(`(?m)^init (\S+) @.*, ([0-9.]+) ms clock`)
	packages := map[string]float64{}
	nothing, command := time.Hour, time.Hour
	for b.Loop() {
		for range leastRuns {
			nothing = min(nothing, took(b, exec.Command(empty)))
			command = min(command, took(b, exec.Command(path, "--version")))
			cmd := exec.Command(path, "--version")
			cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
			out, err := cmd.CombinedOutput()
			must(b, err)
			for _, m := range line.FindAllStringSubmatch(string(out), -1) {
				ms, err := strconv.ParseFloat(m[2], 64)
				must(b, err)
				if was, ok := packages[m[1]]; !ok || ms < was {
					packages[m[1]] = ms
				}
			}
		}
	}
	names := slices.SortedFunc(maps.Keys(packages), func(x, y string) int { return cmp.Compare(packages[y], packages[x]) })
	all := 0.0
	for i, name := range names {
		if all += packages[name]; i < 12 {
			b.Logf("%.3f ms %s", packages[name], name)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(nothing), "ms/empty")
	b.ReportMetric(all, "ms/packages")
	b.ReportMetric(milliseconds(command-nothing)-all, "ms/rest")
	b.ReportMetric(float64(command)/float64(nothing), "x/empty")
}

func ownTerminal() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true, Setctty: true} }
