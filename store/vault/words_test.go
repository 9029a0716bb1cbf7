package vault

import (
	"sync"
	"testing"
	"time"

	"tokenring/session"
)

// TestManyReadersOfSealedWords lists sealed words from several goroutines while the
// vault, which reads its record from the same store, is locked.
func TestManyReadersOfSealedWords(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	v := w.chosen(t, session.WayVariable)
	w.store.SealWords(v)
	check(t, w.store.PutAccount(t.Context(), &session.Account{ID: "a1", Name: "me"}, nil))
	for range 50 {
		check(t, w.store.AddEvent(t.Context(), &session.Event{AccountID: "a1", At: time.Now(), Text: "words"}))
	}
	v.Lock()
	var readers sync.WaitGroup
	for range 16 {
		readers.Go(func() {
			for range 5 {
				events, err := w.store.Events(t.Context(), "a1", 50)
				if err != nil || len(events) != 50 || events[0].Text != session.SealedText {
					t.Errorf("%d events, %v", len(events), err)
				}
			}
		})
	}
	readers.Wait()
}
