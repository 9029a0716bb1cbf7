package manager

import (
	"context"

	"tokenring/session"
	"tokenring/session/request"
)

// What the history of a suite is written by.
const (
	keepBatch = 256      // runs in a transaction
	keepBytes = 16 << 20 // of sealed runs in one
)

// scribe writes the runs of a suite to the history, many in a transaction, and
// seals them while further requests are on their way.
type scribe struct {
	m    *Manager
	in   chan scribeItem
	done chan error
}

type scribeItem struct {
	account *session.Account
	run     *request.Run
}

func newScribe(ctx context.Context, m *Manager) *scribe {
	s := &scribe{m: m, in: make(chan scribeItem, keepBatch), done: make(chan error, 1)}
	go func() { s.done <- s.keep(ctx) }()
	return s
}

// add hands over a run.
func (s *scribe) add(a *session.Account, run *request.Run) {
	account := *a
	s.in <- scribeItem{&account, run}
}

// close returns when all is written. The error is the first there was.
func (s *scribe) close() error {
	close(s.in)
	return <-s.done
}

func (s *scribe) keep(ctx context.Context) (first error) {
	packer := &request.Packer{}
	var batch []*session.RunRecord
	size := 0
	note := func(err error) {
		if first == nil {
			first = err
		}
	}
	flush := func() {
		if len(batch) > 0 {
			note(s.m.store.AddRuns(ctx, batch...))
			batch, size = nil, 0
		}
	}
	for item := range s.in {
		rec, err := s.m.sealRun(item.account, item.run, packer)
		if err != nil {
			note(err)
			continue
		}
		batch, size = append(batch, rec), size+len(rec.Sealed.Box)
		if len(batch) >= keepBatch || size >= keepBytes {
			flush()
		}
	}
	flush()
	return first
}
