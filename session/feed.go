package session

import (
	"context"
	"sync"
	"time"

	"tokenring/session/secret"
)

// Feed tells watchers that something changed, and holds which flows run and which failed
// last. It also writes the activity. Its methods are safe for concurrent use.
type Feed struct {
	store FeedStore
	now   func() time.Time

	mu       sync.Mutex
	watchers map[chan struct{}]struct{}
	work     map[string]*Work
	failures map[string]lastFailure
	nextTry  map[string]time.Time
	inFlight int
}

// FeedStore stores the activity and detects writes of other processes. See store.Store.
type FeedStore interface {
	AddEvent(ctx context.Context, e *Event) error
	Version(ctx context.Context) (int64, error)
}

type lastFailure struct {
	failure *Failure
	at      time.Time
}

// NewFeed returns a Feed without watchers.
func NewFeed(store FeedStore, now func() time.Time) *Feed {
	return &Feed{
		store: store, now: now,
		watchers: map[chan struct{}]struct{}{}, work: map[string]*Work{}, failures: map[string]lastFailure{}, nextTry: map[string]time.Time{},
	}
}

// subscribe returns a channel that receives after each Notify until cancel is called. It
// may merge several changes into one.
func (f *Feed) subscribe() (changes chan struct{}, cancel func()) {
	c := make(chan struct{}, 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watchers[c] = struct{}{}
	return c, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watchers, c)
	}
}

// Watch returns a channel that receives whenever this process or another may have changed
// something, until ctx ends. It polls the store every interval.
func (f *Feed) Watch(ctx context.Context, interval time.Duration) <-chan struct{} {
	c, cancel := f.subscribe()
	go func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		defer cancel()
		last, _ := f.store.Version(ctx)
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if v, err := f.store.Version(ctx); err == nil && v != last {
				last = v
				poke(c)
			}
		}
	}()
	return c
}

// Notify notifies every watcher.
func (f *Feed) Notify() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.watchers {
		poke(c)
	}
}

func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Record adds a line to an account's activity and notifies. It ignores write errors, so
// that they do not fail the operation.
func (f *Feed) Record(ctx context.Context, id string, kind EventKind, ok bool, text string) {
	_ = f.store.AddEvent(context.WithoutCancel(ctx), &Event{
		AccountID: id, At: f.now(), Kind: kind, OK: ok, Text: secret.CleanLine(text),
	})
	f.Notify()
}

// Start marks that a flow runs for the account until end is called. The returned Progress
// forwards each step to p, which may be nil.
func (f *Feed) Start(id string, p Progress) (progress Progress, end func()) {
	w := &Work{Started: f.now()}
	f.set(func() { f.work[id] = w })
	progress = func(s Step) {
		f.set(func() { w.Step = s })
		if p != nil {
			p(s)
		}
	}
	return progress, func() {
		f.set(func() {
			if f.work[id] == w { // else a later flow still runs
				delete(f.work, id)
			}
		})
	}
}

// SetFailure sets the failure of the account's last flow; nil clears it.
func (f *Feed) SetFailure(id string, failure *Failure) {
	f.set(func() {
		if failure == nil {
			delete(f.failures, id)
			delete(f.nextTry, id)
		} else {
			f.failures[id] = lastFailure{failure, f.now()}
		}
	})
}

// SetNextTry sets when the background tries again for the account. SetFailure with nil
// clears it.
func (f *Feed) SetNextTry(id string, at time.Time) { f.set(func() { f.nextTry[id] = at }) }

// NextTry returns when the background tries again, or zero.
func (f *Feed) NextTry(id string) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.nextTry[id]
}

// Status returns the running flow of the account, or nil, and the failure of its last flow,
// or nil, with its time.
func (f *Feed) Status(id string) (running *Work, failure *Failure, failedAt time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if w := f.work[id]; w != nil {
		copied := *w
		running = &copied
	}
	last := f.failures[id]
	return running, last.failure, last.at
}

// Hold blocks Wait until release is called.
func (f *Feed) Hold() (release func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inFlight++
	return func() { f.set(func() { f.inFlight-- }) }
}

// Wait waits until every started flow has been stored, or ctx ends. The process calls it
// before it exits, so that no fresh token is lost. A login that waits for the user counts:
// end its context first.
func (f *Feed) Wait(ctx context.Context) error {
	changes, cancel := f.subscribe()
	defer cancel()
	for f.busy() {
		select {
		case <-changes:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (f *Feed) busy() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.inFlight > 0
}

// set runs change under the lock and notifies.
func (f *Feed) set(change func()) {
	f.mu.Lock()
	change()
	f.mu.Unlock()
	f.Notify()
}
