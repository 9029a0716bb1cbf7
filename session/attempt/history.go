package attempt

import (
	"context"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/session/suite"
)

// keepRun writes a run to the history and the activity.
func (c *Client) keepRun(ctx context.Context, as suite.Identity, run *request.Run) error {
	c.Feed.Record(ctx, as.ID, session.EventRequest, run.OK(), run.Summary())
	rec, err := newRecord(as, run, c.clearing(ctx))
	if err != nil {
		return err
	}
	defer c.Feed.Notify()
	return c.addRuns(ctx, rec)
}

// runRecord is a RunRecord that is not sealed yet.
type runRecord struct {
	*session.RunRecord
	plain []byte
}

// newRecord returns the record of a run. Its fields in clear hold no secret.
func newRecord(as suite.Identity, run *request.Run, clearing clearing) (runRecord, error) {
	clear, err := clearing(as.ID, run.Spec.Name, run.Spec.Path())
	if err != nil {
		return runRecord{}, err
	}
	_, target, _ := strings.Cut(run.Call, " ") // after the method
	rec := &session.RunRecord{
		ID: run.ID, AccountID: as.ID, As: as.Sender(), At: run.At,
		Name: clear.Text(run.Spec.Name), Method: run.Spec.Method, Path: clear.Path(run.Spec.Path()), Target: target,
		Status: run.Status, Duration: run.Timings.Total, Size: run.Size,
		Verdict: string(run.Verdict),
	}
	plain, err := run.MarshalBinary()
	return runRecord{rec, plain}, err
}

// addRuns seals runs and adds them to the history.
func (c *Client) addRuns(ctx context.Context, runs ...runRecord) error {
	plain, records := make([]session.Plain, len(runs)), make([]*session.RunRecord, len(runs))
	for i, r := range runs {
		plain[i], records[i] = session.Plain{Binding: binding(r.AccountID, "run:"+r.ID), Text: r.plain}, r.RunRecord
	}
	sealed, err := c.Vault.SealAll(plain...)
	if err != nil {
		return err
	}
	for i := range records {
		records[i].Sealed = sealed[i]
	}
	return c.Store.AddRuns(ctx, records...)
}

// Runs lists the history, newest first.
func (c *Client) Runs(ctx context.Context, q session.RunQuery) ([]session.RunRecord, error) {
	return c.Store.Runs(ctx, q)
}

// Run opens one run of the history.
func (c *Client) Run(ctx context.Context, runID string) (*request.Run, error) {
	rec, err := c.Store.Run(ctx, runID)
	if err != nil {
		return nil, err
	}
	plain, err := c.Vault.Open(binding(rec.AccountID, "run:"+runID), rec.Sealed)
	if err != nil {
		return nil, err
	}
	run := &request.Run{}
	return run, run.UnmarshalBinary(plain)
}

// Bounds of one transaction of the history.
const (
	batchBytes = 1 << 20 // of packed runs
	batchTime  = time.Second
	// waitingRuns and waitingBytes bound the answers in the queue: with large answers, a suite
	// is only as fast as its history.
	waitingRuns  = 256
	waitingBytes = 32 << 20
)

// historyWriter writes the runs of a suite to the history in the background, many per
// transaction. A crash may lose the last batch: nothing depends on the history, which is for
// people. Sessions are stored elsewhere, at once.
type historyWriter struct {
	c       *Client
	in      chan historyItem
	waiting *semaphore.Weighted
	done    chan error
}

type historyItem struct {
	as   suite.Identity
	run  *request.Run
	size int64 // acquired from waiting
}

func newHistoryWriter(ctx context.Context, c *Client) *historyWriter {
	s := &historyWriter{c: c, in: make(chan historyItem, waitingRuns), waiting: semaphore.NewWeighted(waitingBytes), done: make(chan error, 1)}
	go func() { s.done <- s.write(ctx) }()
	return s
}

// add queues a run. It blocks while the queue is full.
func (s *historyWriter) add(as suite.Identity, run *request.Run) {
	size := min(int64(len(run.Body)+len(run.RequestBody)), waitingBytes)
	_ = s.waiting.Acquire(context.Background(), size) // the writer never stops
	s.in <- historyItem{as, run, size}
}

// close waits until every run is written and returns the first error.
func (s *historyWriter) close() error {
	close(s.in)
	return <-s.done
}

func (s *historyWriter) write(ctx context.Context) (first error) {
	var batch []runRecord
	size, clearing := 0, s.c.clearing(ctx)
	var due <-chan time.Time // nil: the batch is empty
	note := func(err error) {
		if first == nil {
			first = session.IgnoreNotFound(err) // a deleted account has no history
		}
	}
	flush := func() {
		if len(batch) > 0 {
			note(s.c.addRuns(ctx, batch...))
		}
		batch, size, due = nil, 0, nil
	}
	for {
		select {
		case item, open := <-s.in:
			if !open {
				flush()
				return first
			}
			rec, err := newRecord(item.as, item.run, clearing)
			s.waiting.Release(item.size)
			if err != nil {
				note(err)
				continue
			}
			if batch, size = append(batch, rec), size+len(rec.plain); size >= batchBytes {
				flush()
			} else if due == nil {
				due = time.After(batchTime)
			}
		case <-due:
			flush()
		}
	}
}
