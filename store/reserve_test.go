package store

import (
	"os"
	"testing"
)

// A reserve of another process is left alone, unless that process was killed long ago.
func TestReservesOfOtherProcesses(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	withAccount(t, s, "a1")
	release, err := s.Lock(t.Context(), "a1") // makes the folder
	check(t, err)
	release()
	running, killed := s.reserveStem("a1")+".1.reserve", s.reserveStem("a1")+".2.reserve"
	for _, path := range []string{running, killed} {
		check(t, os.WriteFile(path, []byte("room"), 0o600))
	}
	long := s.now().Add(-2 * longestReserve)
	check(t, os.Chtimes(killed, long, long))
	check(t, os.Chtimes(running, s.now(), s.now()))
	giveUp, err := s.Reserve(t.Context(), "a1")
	check(t, err)
	for path, want := range map[string]bool{running: true, killed: false, s.reservePath("a1"): true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: %v, want it kept %v", path, err, want)
		}
	}
	giveUp()
	if _, err := os.Stat(running); err != nil {
		t.Errorf("the room of another process was freed: %v", err)
	}
}
