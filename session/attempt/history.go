package attempt

import (
	"context"
	"strings"
	"sync"
	"time"

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
	path := run.Spec.Path()
	clear, err := clearing(as.ID, run.Spec.Name, path)
	if err != nil {
		return runRecord{}, err
	}
	_, target, _ := strings.Cut(run.Call, " ") // after the method
	rec := &session.RunRecord{
		ID: run.ID, AccountID: as.ID, As: as.Sender(), At: run.At,
		Name: clear.Text(run.Spec.Name), Method: run.Spec.Method, Path: clear.Path(path), Target: target,
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
	sealed, err := c.Vault.SealAll(ctx, plain...)
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
)

// historyWriter writes the runs of a suite to the history, many per transaction. A crash may
// lose the last batch: nothing depends on the history, which is for people. Sessions are stored
// elsewhere, at once.
type historyWriter struct {
	c        *Client
	ctx      context.Context
	clearing clearing
	writing  sync.Mutex // locked while a batch is written

	mu    sync.Mutex // guards the rest
	batch []runRecord
	size  int
	due   *time.Timer // writes the batch; nil: it is empty
	err   error       // the first one
}

func newHistoryWriter(ctx context.Context, c *Client) *historyWriter {
	return &historyWriter{c: c, ctx: ctx, clearing: c.clearing(ctx)}
}

// add adds a run to the batch, which is written in the background when it is full or old. It
// waits for the batch before: with large answers, a suite is only as fast as its history.
func (s *historyWriter) add(as suite.Identity, run *request.Run) {
	rec, err := newRecord(as, run, s.clearing)
	if err != nil {
		s.note(err)
		return
	}
	s.mu.Lock()
	s.batch, s.size = append(s.batch, rec), s.size+len(rec.plain)
	full := s.size >= batchBytes
	if s.due == nil {
		s.due = time.AfterFunc(batchTime, func() { s.flush(0) })
	}
	s.mu.Unlock()
	if full {
		s.flush(batchBytes)
	}
}

// flush begins to write the batch, unless it has fewer bytes than least by then: another call may
// have written it meanwhile.
func (s *historyWriter) flush(least int) {
	s.writing.Lock()
	batch := s.take(least)
	if len(batch) == 0 {
		s.writing.Unlock()
		return
	}
	go func() {
		defer s.writing.Unlock()
		s.note(s.c.addRuns(s.ctx, batch...))
	}()
}

func (s *historyWriter) take(least int) (batch []runRecord) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.size < least || s.due == nil {
		return nil
	}
	s.due.Stop()
	batch, s.batch, s.size, s.due = s.batch, nil, 0, nil
	return batch
}

// note keeps the first error. A deleted account has no history.
func (s *historyWriter) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = session.IgnoreNotFound(err)
	}
}

// close writes what is left and returns the first error.
func (s *historyWriter) close() error {
	s.flush(0)
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.err
}
