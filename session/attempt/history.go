package attempt

import (
	"context"
	"strings"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/session/suite"
)

// keepRun writes a run to the history and the activity.
func (c *Client) keepRun(ctx context.Context, as suite.Identity, run *request.Run) error {
	c.Feed.Record(ctx, as.ID, session.EventRequest, run.OK(), run.Summary())
	rec, err := c.sealRun(as, run, c.clearing(ctx))
	if err != nil {
		return err
	}
	defer c.Feed.Notify()
	return c.Store.AddRuns(ctx, rec)
}

// sealRun returns the record of a run, sealed. What lists read of it holds no secret.
func (c *Client) sealRun(as suite.Identity, run *request.Run, clearing clearing) (*session.RunRecord, error) {
	clear, err := clearing(as.ID, run.Spec.Name, run.Spec.Path())
	if err != nil {
		return nil, err
	}
	plain, err := run.MarshalBinary()
	if err != nil {
		return nil, err
	}
	sealed, err := c.Vault.Seal(binding(as.ID, "run:"+run.ID), plain)
	_, target, _ := strings.Cut(run.Call, " ") // after the method
	return &session.RunRecord{
		ID: run.ID, AccountID: as.ID, As: as.Sender(), At: run.At,
		Name: clear.Text(run.Spec.Name), Method: run.Spec.Method, Path: clear.Path(run.Spec.Path()), Target: target,
		Status: run.Status, Duration: run.Timings.Total, Size: run.Size,
		Verdict: string(run.Verdict), Sealed: sealed,
	}, err
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
	batchRuns  = 256      // runs
	batchBytes = 16 << 20 // of sealed runs
)

// historyWriter writes the runs of a suite to the history, many in a transaction,
// while further requests run.
type historyWriter struct {
	c    *Client
	in   chan historyItem
	done chan error
}

type historyItem struct {
	as  suite.Identity
	run *request.Run
}

func newHistoryWriter(ctx context.Context, c *Client) *historyWriter {
	s := &historyWriter{c: c, in: make(chan historyItem, batchRuns), done: make(chan error, 1)}
	go func() { s.done <- s.write(ctx) }()
	return s
}

// add hands over a run.
func (s *historyWriter) add(as suite.Identity, run *request.Run) {
	s.in <- historyItem{as, run}
}

// close waits until all is written and returns the first error.
func (s *historyWriter) close() error {
	close(s.in)
	return <-s.done
}

func (s *historyWriter) write(ctx context.Context) (first error) {
	var batch []*session.RunRecord
	size := 0
	note := func(err error) {
		if first == nil {
			first = err
		}
	}
	clearing := s.c.clearing(ctx)
	flush := func() {
		if len(batch) > 0 {
			note(s.c.Store.AddRuns(ctx, batch...))
			batch, size = nil, 0
		}
	}
	for item := range s.in {
		rec, err := s.c.sealRun(item.as, item.run, clearing)
		if err != nil {
			note(err)
			continue
		}
		batch, size = append(batch, rec), size+len(rec.Sealed.Box)
		if len(batch) >= batchRuns || size >= batchBytes {
			flush()
		}
	}
	flush()
	return first
}
