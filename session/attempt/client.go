// Package attempt sends requests as accounts, one by one or as a suite. It stores saved
// requests and the history.
package attempt

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/lifecycle"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
)

// Store stores requests, the history and the approvals of files. See store.Store.
type Store interface {
	Atomically(ctx context.Context, do func(ctx context.Context) error) error
	Account(ctx context.Context, id string) (*session.Record, error)
	Exists(ctx context.Context, id string) error
	Accounts(ctx context.Context) ([]*session.Record, error)
	Named(ctx context.Context, name string) (*session.Record, error)
	Requests(ctx context.Context, accountID string) ([]session.SavedRequest, error)
	PutRequest(ctx context.Context, r *session.SavedRequest) error
	DeleteRequest(ctx context.Context, id string) error
	Purge(ctx context.Context, id string) error
	AddRuns(ctx context.Context, runs ...*session.RunRecord) error
	Runs(ctx context.Context, q session.RunQuery) ([]session.RunRecord, error)
	Run(ctx context.Context, id string) (session.RunRecord, error)
	Approval(ctx context.Context, file string) ([]byte, error)
	PutApproval(ctx context.Context, file string, box []byte) error
}

// Client sends requests as accounts. Its methods are safe for concurrent use. All fields
// are required and must not change.
type Client struct {
	Store    Store
	Vault    credential.Vault
	Opener   *credential.Opener
	Sessions *lifecycle.Sessions
	Catalog  *definition.Catalog
	Runner   *flow.Runner
	Feed     *session.Feed
	Now      func() time.Time
}

// Options configures one request.
type Options struct {
	Consent session.Consent

	// OnAnswer, unless nil, is called when the header of an answer has arrived, and again
	// when a large answer is whole, before it is judged and stored. now returns the run as
	// received by the time of the call. It has the ID of the run that Fire returns, unless
	// the request was sent again.
	OnAnswer func(now func() *request.Run, whole bool)
}

// largeAnswer is the size of an answer from which OnAnswer is called again, in bytes.
const largeAnswer = 1 << 20

// Fire sends a request and stores the run. It renews the session first if necessary. If the
// server rejects the token, it renews the session and sends once more; the run's Refusal
// says why that did not help. The error is a *session.GuardError if the guard needs consent.
// An error with a run means that the answer arrived but could not be stored; it is a
// *HistoryError if only the history lacks it.
func (c *Client) Fire(ctx context.Context, as suite.Identity, spec *request.Spec, o Options) (*request.Run, error) {
	rec, err := c.Opener.Compared(ctx, as.ID)
	if err != nil {
		return nil, err
	}
	if err := rec.Account.Authorize(spec.Method, spec.Safe(), o.Consent); err != nil {
		return nil, err
	}
	call, err := c.compile(as, &rec.Account, spec)
	if err != nil {
		return nil, err
	}
	defer c.Feed.Hold()()
	a := &attempt{account: &account{Client: c, as: as, rec: rec}, spec: spec, call: call, onAnswer: o.OnAnswer}
	run, err := a.run(ctx)
	if run == nil {
		return nil, err
	}
	if run.Verdict == request.Interrupted {
		_ = c.keepRun(context.WithoutCancel(ctx), as, run) // the caller no longer waits
		return nil, err
	}
	c.recall(ctx, as, run)
	if keepErr := c.keepRun(context.WithoutCancel(ctx), as, run); err == nil && keepErr != nil {
		err = &HistoryError{keepErr}
	}
	return run, err
}

// HistoryError reports that answers arrived but could not be stored in the history.
type HistoryError struct{ Cause error }

func (e *HistoryError) Error() string { return "not stored in the history: " + e.Cause.Error() }

// Unwrap returns the cause.
func (e *HistoryError) Unwrap() error { return e.Cause }

// recall adds to a refused run when the server last accepted the same request.
func (c *Client) recall(ctx context.Context, as suite.Identity, run *request.Run) {
	if run.Evidence == nil {
		return
	}
	before, err := c.Runs(ctx, session.RunQuery{AccountID: as.ID, Own: true, Method: run.Method})
	if err != nil {
		return // the run only lacks a reason
	}
	same := func(r session.RunRecord) bool {
		return r.Name == run.Spec.Name && r.Path == run.Spec.Path() && r.Status/100 == 2
	}
	if at := slices.IndexFunc(before, same); at >= 0 {
		run.Evidence.Accepted = before[at].At
	}
}

// Curl formats the request as a curl command line, with the account's token if clear, and
// otherwise with the variable TOKENRING_TOKEN, which needs no session. first says what to do
// before running it; see [request.Curl].
func (c *Client) Curl(ctx context.Context, as suite.Identity, spec *request.Spec, clear bool) (line secret.String, first string, err error) {
	rec, err := c.Store.Account(ctx, as.ID)
	if err != nil {
		return secret.String{}, "", err
	}
	call, err := c.compile(as, &rec.Account, spec)
	if err != nil {
		return secret.String{}, "", err
	}
	caller, err := c.open(ctx, as, rec)
	if err != nil {
		return secret.String{}, "", err
	}
	if name := caller.Primary(); !clear && !as.IsAnonymous() && name != "" && caller.Tokens[name].IsZero() {
		if caller.Tokens == nil {
			caller.Tokens = map[string]secret.String{}
		}
		caller.Tokens[name] = secret.New(uuid.NewString()) // request.Curl replaces it with the variable
	}
	built, err := caller.Build(ctx, call)
	if err != nil {
		return secret.String{}, "", err
	}
	line, first = request.Curl(built, caller.Tokens[caller.Primary()], clear && !as.IsAnonymous())
	return line, first, nil
}

// Attached returns what the account's attach mode adds to a request.
func (c *Client) Attached(ctx context.Context, rec *session.Record) (flow.Attached, error) {
	sub, err := c.Opener.Open(ctx, rec, credential.Options{Lender: c.Sessions})
	if err != nil {
		return flow.Attached{}, err
	}
	return sub.Attached(ctx)
}

// compile compiles a request for an account, or anonymous.
func (c *Client) compile(as suite.Identity, a *session.Account, spec *request.Spec) (*definition.Request, error) {
	var readable []string
	if def, err := c.Catalog.Get(a.Definition); err == nil { // opening the account reports an error
		readable = def.Readable()
	}
	call, err := spec.Compile(readable...)
	if err == nil && as.IsAnonymous() {
		call.Attach = definition.AttachNone
	}
	return call, err
}
