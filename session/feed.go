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
	status   map[string]Status // of accounts
	inFlight int
}

// FeedStore stores the activity and detects writes of other processes. See store.Store.
type FeedStore interface {
	AddEvent(ctx context.Context, e *Event) error
	Version(ctx context.Context) (int64, error)
}

// Status is what a Feed knows of an account.
type Status struct {
	Work     *Work    // the flow that this process runs for it; or nil
	Failure  *Failure // of the last flow; nil if it succeeded
	FailedAt time.Time
	NextTry  time.Time // when the background tries again after that, our clock; zero: unknown
}

// NewFeed returns a Feed without watchers.
func NewFeed(store FeedStore, now func() time.Time) *Feed {
	return &Feed{
		store: store, now: now,
		watchers: map[chan struct{}]struct{}{}, status: map[string]Status{},
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
	f.setStatus(id, func(s *Status) { s.Work = w })
	progress = func(s Step) {
		f.set(func() { w.Step = s })
		if p != nil {
			p(s)
		}
	}
	return progress, func() {
		f.setStatus(id, func(s *Status) {
			if s.Work == w { // else a later flow still runs
				s.Work = nil
			}
		})
	}
}

// SetFailure sets the failure of the account's last flow; nil clears it.
func (f *Feed) SetFailure(id string, failure *Failure) {
	f.setStatus(id, func(s *Status) {
		if s.Failure, s.FailedAt = failure, f.now(); failure == nil {
			s.FailedAt, s.NextTry = time.Time{}, time.Time{}
		}
	})
}

// SetNextTry sets when the background tries again for the account. SetFailure with nil
// clears it.
func (f *Feed) SetNextTry(id string, at time.Time) {
	f.setStatus(id, func(s *Status) { s.NextTry = at })
}

// Status returns the status of an account.
func (f *Feed) Status(id string) Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	status := f.status[id]
	if status.Work != nil {
		work := *status.Work
		status.Work = &work
	}
	return status
}

func (f *Feed) setStatus(id string, change func(*Status)) {
	f.set(func() {
		status := f.status[id]
		if change(&status); status == (Status{}) {
			delete(f.status, id)
		} else {
			f.status[id] = status
		}
	})
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
