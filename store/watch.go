package store

import (
	"context"
	"time"
)

// Version returns a number that changes whenever any process, this one
// included, has written.
func (s *Store) Version(ctx context.Context) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	// An interrupted connection would be dropped, and its count with it.
	ctx = context.WithoutCancel(ctx)
	s.versionMu.Lock()
	defer s.versionMu.Unlock()
	if s.version == nil {
		conn, err := s.db.Conn(ctx)
		if err != nil {
			return 0, s.explain(err)
		}
		s.version = conn
	}
	var v int64
	err := s.version.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&v)
	return v, s.explain(err)
}

// Watch looks every so often whether any process has written, from now on,
// and sends when so. What happens while nobody receives is one message. The
// channel is closed when ctx ends or the store is closed.
func (s *Store) Watch(ctx context.Context, every time.Duration) <-chan struct{} {
	changed := make(chan struct{}, 1)
	last, err := s.Version(ctx)
	go func() {
		defer close(changed)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.done:
				return
			case <-tick.C:
			}
			var now int64
			was, failed := last, err != nil
			if now, err = s.Version(ctx); err != nil {
				continue // it may work the next time
			}
			if last = now; now == was && !failed {
				continue
			}
			select {
			case changed <- struct{}{}:
			default:
			}
		}
	}()
	return changed
}
